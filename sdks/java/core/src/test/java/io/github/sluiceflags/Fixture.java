package io.github.sluiceflags;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;

/** What tests of this module share: one environment, and a logger that keeps what it is told. */
final class Fixture {
  static final String ENVIRONMENT =
      """
      {"format":1,"environment":"production","epoch":"e1","seq":3,"salt":"pepper","flags":{"site.diary":{"default":"on"},"site.photos":{"default":"on"},
      "greeting":{"type":"string","variants":{"plain":"Hello","warm":"Good morning"},"off":"plain","default":"warm"}}}""";

  private Fixture() {}

  /** Keeps messages instead of printing them. */
  static final class Lines implements System.Logger {
    private final List<String> said = new ArrayList<>();

    synchronized long count(String event) {
      return said.stream().filter(line -> line.contains(event + ":")).count();
    }

    synchronized String all() {
      return String.join("\n", said);
    }

    @Override
    public String getName() {
      return "test";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public synchronized void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
      said.add(level + " " + message);
    }

    @Override
    public synchronized void log(Level level, ResourceBundle bundle, String format, Object... parts) {
      said.add(level + " " + format);
    }
  }
}
