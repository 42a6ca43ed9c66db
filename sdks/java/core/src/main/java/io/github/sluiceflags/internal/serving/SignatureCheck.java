package io.github.sluiceflags.internal.serving;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The public keys that this process trusts, for one environment (docs/signatures.md). Ed25519, RFC 8032, as Java has it. */
public final class SignatureCheck {
  /** Two are enough while one key follows another; more are most likely a mistake. */
  private static final int KEYS_MAX = 4;

  private static final int KEY_ID_LENGTH = 8;
  private static final String KEY_START = "slv_";

  /** 32 bytes in base64url without padding: the last character has two bits that mean nothing and must be 0. */
  private static final int KEY_LENGTH = 43;

  private static final String KEY_ENDS = "AEIMQUYcgkosw048";

  /** 64 bytes in base64url without padding: the last character has four such bits. */
  private static final int SIGNATURE_LENGTH = 86;

  private static final String SIGNATURE_ENDS = "AQgw";

  /** What stands before the 32 bytes of a key in the form that Java reads (RFC 8410). */
  private static final byte[] KEY_HEADER = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

  private static final Problem UNSIGNED = new Problem(Problem.Kind.UNSIGNED, "it is not signed");

  private static final Problem DOES_NOT_FIT =
      new Problem(
          Problem.Kind.DOES_NOT_FIT,
          "it does not fit its signature: it was changed on its way, or was signed for another environment or another use");

  private final String environment;
  private final Map<String, List<PublicKey>> keys = new LinkedHashMap<>();

  private SignatureCheck(String environment) {
    this.environment = environment;
  }

  /** What a signature may stand under. */
  public enum Kind {
    SNAPSHOT("snapshot"),
    PATCH("patch"),
    /** An urgent kill of a stream. */
    KILL("kill"),
    /** The list of urgent kills in force. */
    KILLS("kills");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }

    /** Null for a word that this version does not know. */
    static Kind of(String word) {
      for (Kind kind : values()) {
        if (kind.word.equals(word)) {
          return kind;
        }
      }
      return null;
    }
  }

  /** Why something received is not accepted. */
  public record Problem(Kind kind, String words) {
    /** Each has another cure. */
    public enum Kind {
      UNSIGNED,
      UNKNOWN_KEY,
      /** Changed on its way, or signed for another environment or another use. */
      DOES_NOT_FIT
    }
  }

  /** Keys that cannot be used; the message ends a sentence. */
  public static final class BadKeys extends Exception {
    private static final long serialVersionUID = 1L;

    BadKeys(String message) {
      super(message);
    }
  }

  /** Reads the keys of the options. An empty list is a mistake and no wish: it would trust everybody. */
  public static SignatureCheck of(List<String> texts, String environment) throws BadKeys {
    if (environment == null || environment.isEmpty()) {
      throw new BadKeys(
          "signatureKeys are set and environment is not: without it, flags signed for another environment could not be told from yours");
    }
    if (texts.isEmpty() || texts.size() > KEYS_MAX) {
      throw new BadKeys("signatureKeys holds " + texts.size() + " keys, where 1 to " + KEYS_MAX + " are needed");
    }
    SignatureCheck check = new SignatureCheck(environment);
    for (int at = 0; at < texts.size(); at++) {
      String text = texts.get(at) == null ? "" : texts.get(at).strip();
      PublicKey key = text.startsWith(KEY_START) ? readKey(text.substring(KEY_START.length())) : null;
      if (key == null) {
        throw new BadKeys("signatureKeys[" + at + "] is no public key: slv_ and 43 characters of base64url");
      }
      String id = text.substring(KEY_START.length(), KEY_START.length() + KEY_ID_LENGTH);
      check.keys.computeIfAbsent(id, name -> new ArrayList<>()).add(key);
    }
    return check;
  }

  private static PublicKey readKey(String text) {
    byte[] raw = decode(text, KEY_LENGTH, KEY_ENDS);
    if (raw == null) {
      return null;
    }
    try {
      ByteArrayOutputStream form = new ByteArrayOutputStream();
      form.writeBytes(KEY_HEADER);
      form.writeBytes(raw);
      return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(form.toByteArray()));
    } catch (GeneralSecurityException noPoint) {
      return null;
    }
  }

  /** Base64url of one length and without loose bits, so that one key or signature has one text; null for anything else. */
  private static byte[] decode(String text, int length, String ends) {
    if (text.length() != length || ends.indexOf(text.charAt(length - 1)) < 0) {
      return null;
    }
    try {
      return Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException noBase64) {
      return null;
    }
  }

  /**
   * Null where one of the keys has signed exactly these bytes, as this kind, for this environment, or, of a kill, somebody to whom one
   * of the keys has delegated kills.
   */
  public Problem problemOf(Kind kind, byte[] text, String signature) {
    if (signature != null && signature.indexOf('.') >= 0) {
      return delegatedProblem(kind, text, signature);
    }
    return trustedProblem(headOf(kind.toString()), text, signature);
  }

  private byte[] headOf(String kind) {
    return ("sluice-signature-1\n" + kind + "\n" + environment + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** A relay's signature counts for kills alone, so that whoever steals its key can switch off and never on. */
  private Problem delegatedProblem(Kind kind, byte[] text, String signature) {
    String[] parts = signature.split("\\.", -1);
    String name = parts.length == 3 ? parts[1] : "";
    PublicKey key = readKey(name);
    byte[] raw = parts[0].indexOf(':') == KEY_ID_LENGTH ? decode(parts[0].substring(KEY_ID_LENGTH + 1), SIGNATURE_LENGTH, SIGNATURE_ENDS) : null;
    if (key == null || raw == null) {
      return UNSIGNED;
    }
    Problem problem = trustedProblem(headOf("delegate"), (KEY_START + name).getBytes(StandardCharsets.UTF_8), parts[2]);
    if (problem != null) {
      return problem;
    }
    boolean isKill = (kind == Kind.KILL || kind == Kind.KILLS) && parts[0].startsWith(name.substring(0, KEY_ID_LENGTH));
    return isKill && isSignedBy(key, headOf(kind.toString()), text, raw) ? null : DOES_NOT_FIT;
  }

  private Problem trustedProblem(byte[] head, byte[] text, String signature) {
    int colon = signature == null ? -1 : signature.indexOf(':');
    byte[] raw = colon == KEY_ID_LENGTH ? decode(signature.substring(colon + 1), SIGNATURE_LENGTH, SIGNATURE_ENDS) : null;
    if (raw == null) {
      return UNSIGNED;
    }
    String id = signature.substring(0, KEY_ID_LENGTH);
    List<PublicKey> trusted = keys.get(id);
    if (trusted == null) {
      String ids = keys.keySet().stream().map(one -> one + "…").collect(Collectors.joining(" and "));
      return new Problem(Problem.Kind.UNKNOWN_KEY, "it is signed by the key " + id + "…, and signatureKeys trusts only " + ids);
    }
    for (PublicKey key : trusted) {
      if (isSignedBy(key, head, text, raw)) {
        return null;
      }
    }
    return DOES_NOT_FIT;
  }

  private static boolean isSignedBy(PublicKey key, byte[] head, byte[] text, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(head);
      verifier.update(text);
      return verifier.verify(signature);
    } catch (GeneralSecurityException malformed) {
      return false;
    }
  }
}
