package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.Trouble;
import io.github.sluiceflags.internal.serving.SignatureCheck;
import java.util.Map;

/** What is wrong, in words. */
public final class Troubles {
  /** Trying again quickly cannot help where a person must cure it. */
  static final long REFUSED_WAIT_MS = 5_000;

  private static final int SHOWN_MAX = 200;
  private static final String GOES_ON = "Flags keep their last answers; the connection is tried again for ever.";

  private Troubles() {}

  static long waitFloorMs(Trouble trouble) {
    return switch (trouble.kind()) {
      case BAD_KEY, WRONG_ENVIRONMENT, WRONG_PATH, BAD_SIGNATURE -> REFUSED_WAIT_MS;
      case BAD_ADDRESS, UNREACHABLE, SERVER_FAILED, BAD_ANSWER, BAD_OPTIONS, SILENT -> 0;
    };
  }

  static Trouble unreachable(String address, String why) {
    return new Trouble(
        Trouble.Kind.UNREACHABLE,
        "No Sluice server answers at " + address + ": " + why + ".",
        "Check that the server runs and that this machine may reach it. " + GOES_ON);
  }

  static Trouble cutOff(String address, String why) {
    return new Trouble(Trouble.Kind.UNREACHABLE, "The connection to " + address + " was lost: " + why + ".", GOES_ON);
  }

  /** The stream opened and then nothing came, not even a heartbeat. */
  static Trouble silent(String address, long afterMs) {
    return new Trouble(
        Trouble.Kind.SILENT,
        "The stream from " + address + " has been silent for " + afterMs / 1000 + " s.",
        "A proxy between this process and the server may hold back or cut long answers; it must pass text/event-stream on unbuffered. "
            + "Until then the flags are asked for from time to time.");
  }

  /** The address itself cannot be used. */
  public static Trouble badAddress(String address) {
    return new Trouble(
        Trouble.Kind.BAD_ADDRESS, "\"" + address + "\" is not a web address.", "Set url to the server's address, such as https://flags.example.com.");
  }

  /** The options name public keys that cannot be used. Nothing is accepted then: to go on unchecked would be what nobody asked for. */
  public static Trouble badSignatureKeys(String problem) {
    return new Trouble(
        Trouble.Kind.BAD_OPTIONS,
        "Signatures cannot be checked: " + problem + ". No flags are accepted.",
        "Copy the keys that `sluice signing-keys` prints on the server, and set environment; without signatureKeys nothing is checked.");
  }

  static Trouble badAnswer(String address, String problem) {
    return new Trouble(
        Trouble.Kind.BAD_ANSWER,
        "The server at " + address + " answered something that is no snapshot: " + problem + ".",
        "Check the versions of server and SDK, and whether a proxy changes the answers.");
  }

  static Trouble otherEnvironment(String address, String expected, String actual) {
    return new Trouble(
        Trouble.Kind.WRONG_ENVIRONMENT,
        "The SDK key belongs to environment \"" + actual + "\", but this process expects \"" + expected + "\".",
        "Use the SDK key of \"" + expected + "\" at " + address + ", or change the environment option.");
  }

  /** Something came that none of the trusted keys has signed. */
  static Trouble badSignature(String address, String what, SignatureCheck.Problem problem) {
    String cure =
        switch (problem.kind()) {
          case UNSIGNED ->
              "Start the server with --sign, or see why a proxy takes the signature away; without signatureKeys in the options, nothing is checked.";
          case UNKNOWN_KEY ->
              "If `sluice signing-keys` on the server prints this key, add it to signatureKeys; else it is not your server that answers.";
          case DOES_NOT_FIT ->
              "Check that url and environment belong together and that no proxy changes the answers; else somebody tampers with them.";
        };
    return new Trouble(
        Trouble.Kind.BAD_SIGNATURE,
        "A " + what + " from " + address + " is refused: " + problem.words() + ".",
        cure + " Flags keep their last answers.");
  }

  /** What an answer's status and kind of content say; null where they look right. */
  static Trouble of(String address, int status, Map<String, String> headers, String expected) {
    String content = headers.getOrDefault("content-type", "");
    boolean isRedirect = status >= 300 && status < 400 && status != 304;
    boolean isPage = status < 500 && content.contains("text/html");
    if (status == 401) {
      return new Trouble(
          Trouble.Kind.BAD_KEY,
          "The server at " + address + " does not know this SDK key.",
          "Copy the key of the environment again from the console; keys that were replaced stop working.");
    }
    if (status == 403) {
      return new Trouble(
          Trouble.Kind.WRONG_ENVIRONMENT,
          "The server at " + address + " knows this SDK key, but not for this environment.",
          "Use the SDK key that belongs to the environment this process runs in.");
    }
    if (isRedirect || isPage || status == 404 || status == 405 || status == 410) {
      String what = isRedirect ? "a redirect to " + shortened(headers.getOrDefault("location", "")) : "status " + status;
      return wrongPath(address, isPage ? "a web page (status " + status + ")" : what);
    }
    if (status == 200 && !content.contains(expected)) {
      return badAnswer(address, "its content type is \"" + shortened(content) + "\", not " + expected);
    }
    if (status == 200 || status == 304) {
      return null;
    }
    return new Trouble(
        Trouble.Kind.SERVER_FAILED, "The server at " + address + " answered status " + status + ".", "Look at the server's own log and at its /health.");
  }

  private static Trouble wrongPath(String address, String what) {
    return new Trouble(
        Trouble.Kind.WRONG_PATH,
        address + " answers, but there is no Sluice server at this path: it sent " + what + ".",
        "Set url to the server's own address without a path, or with the prefix under which a proxy serves it.");
  }

  private static String shortened(String text) {
    return text.length() > SHOWN_MAX ? text.substring(0, SHOWN_MAX) : text;
  }
}
