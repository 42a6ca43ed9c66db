package io.github.sluiceflags;

/**
 * Why there is no live connection, in words for the person who reads the log, and what to do about it.
 *
 * @param message what is wrong
 * @param fix what to do
 */
public record Trouble(Kind kind, String message, String fix) {
  /** Each kind has a message of its own, because each has another cure. */
  public enum Kind {
    /** The address is no web address. */
    BAD_ADDRESS("badAddress"),
    /** Nobody answers, or the connection was lost. */
    UNREACHABLE("unreachable"),
    /** Somebody answers who is no Sluice server. */
    WRONG_PATH("wrongPath"),
    /** The server does not know the key. */
    BAD_KEY("badKey"),
    /** The key belongs to another environment. */
    WRONG_ENVIRONMENT("wrongEnvironment"),
    /** The server answered a failure. */
    SERVER_FAILED("serverFailed"),
    /** What was answered is no snapshot. */
    BAD_ANSWER("badAnswer"),
    /** Something came that none of the trusted keys has signed. */
    BAD_SIGNATURE("badSignature"),
    /** The options cannot be used; nothing is accepted. */
    BAD_OPTIONS("badOptions"),
    /** The stream opened and then nothing came. */
    SILENT("silent");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** The word that stands for it in every language. */
    @Override
    public String toString() {
      return word;
    }
  }

  /** Both sentences. */
  @Override
  public String toString() {
    return message + " " + fix;
  }
}
