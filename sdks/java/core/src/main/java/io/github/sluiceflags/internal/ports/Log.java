package io.github.sluiceflags.internal.ports;

/** Where messages go: an event's name, and words for whoever reads them. */
public interface Log {
  /** Something ended well. */
  void info(String event, String message);

  /** Something needs a look. */
  void warn(String event, String message);

  /** Something does not work. */
  void error(String event, String message);

  /** To a logger of Java's own, which the host's logging takes from there. One that throws harms nobody. */
  static Log to(System.Logger logger) {
    return new Log() {
      @Override
      public void info(String event, String message) {
        say(System.Logger.Level.INFO, event, message);
      }

      @Override
      public void warn(String event, String message) {
        say(System.Logger.Level.WARNING, event, message);
      }

      @Override
      public void error(String event, String message) {
        say(System.Logger.Level.ERROR, event, message);
      }

      private void say(System.Logger.Level level, String event, String message) {
        try {
          logger.log(level, event + ": " + message);
        } catch (Throwable unsayable) {
          // There is nowhere else to say it; bridges between loggers miss classes.
          return;
        }
      }
    };
  }
}
