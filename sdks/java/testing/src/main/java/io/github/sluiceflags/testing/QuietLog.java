package io.github.sluiceflags.testing;

import java.util.ResourceBundle;

/** Says nothing: a test says itself what is wrong. */
final class QuietLog implements System.Logger {
  @Override
  public String getName() {
    return "sluice-testing";
  }

  @Override
  public boolean isLoggable(Level level) {
    return false;
  }

  @Override
  public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {}

  @Override
  public void log(Level level, ResourceBundle bundle, String format, Object... parts) {}
}
