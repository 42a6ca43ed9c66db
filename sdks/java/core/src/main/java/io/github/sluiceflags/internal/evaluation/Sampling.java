package io.github.sluiceflags.internal.evaluation;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What may be shown of contexts. Immutable. */
public final class Sampling {
  /** Attributes that a project may name. */
  public static final int ATTRIBUTES_MAX = 20;

  /** Characters of a text, and items of a list; what goes beyond them is left out. */
  private static final int TEXT_CHARS_MAX = 200;

  private static final int ITEMS_MAX = 20;

  /** Characters of a digest that are kept: 132 bits. */
  private static final int DIGEST_CHARS = 22;

  /** Digits that tell any double from its neighbours. */
  private static final int DIGITS_MAX = 17;

  /** Whole numbers are written out below 10²¹, and fractions from 10⁻⁶ on. */
  private static final int WRITTEN_OUT_DIGITS = 21;

  private static final int ZEROS_MAX = 6;

  private static final String SHORT_ESCAPES = "\b\f\n\r\t";

  private record Named(String path, boolean isPlain, Attribute.Read read) {}

  /** One attribute as it is. */
  private record Part(Named of, List<Value> items, boolean isList) {}

  /** A context's sampled attributes as they are. They never leave the process. */
  public static final class Picked {
    private final List<Part> parts = new ArrayList<>();

    /** Whether the context had nothing that is named. */
    public boolean isEmpty() {
      return parts.isEmpty();
    }

    /** The same for contexts that are alike in all that is taken of them. */
    public String text() {
      StringBuilder text = new StringBuilder();
      for (Part part : parts) {
        text.append(part.of.path).append(part.isList ? " list" : "");
        part.items.forEach(item -> text.append('\n').append(json(item)));
        text.append('\n');
      }
      return text.toString();
    }
  }

  private final List<Named> named = new ArrayList<>();
  private final Attribute.Read customer;
  private final Attribute.Read user = Attribute.compileRead(AttributesCopy.TARGETING_KEY);
  private final byte[] key;

  /**
   * Compiles what is taken of a context. The customer's key and the user's are never taken plain, nor is any other plain attribute that has the same value:
   * a tenant's id under a second name is still who it is.
   *
   * @param attributes says {@code plain} or {@code hashed} by path
   * @param customer where the customer's key stands
   * @param key what hashes are made with
   */
  public Sampling(Map<String, String> attributes, String customer, String key) {
    this.customer = Attribute.compileRead(customer);
    this.key = key.getBytes(StandardCharsets.UTF_8);
    attributes.keySet().stream()
        .sorted()
        .filter(path -> attributes.get(path).equals("hashed") || !(path.equals(customer) || path.equals(AttributesCopy.TARGETING_KEY)))
        .limit(ATTRIBUTES_MAX)
        .forEach(path -> named.add(new Named(path, attributes.get(path).equals("plain"), Attribute.compileRead(path))));
  }

  /** Takes what is named. */
  public Picked pick(Attributes context) {
    List<String> secret = Arrays.asList(Attribute.unitText(customer.read(context)), Attribute.unitText(user.read(context)));
    Picked picked = new Picked();
    for (Named one : named) {
      Value found = one.read.read(context);
      boolean isList = found != null && found.kind == Value.Kind.LIST;
      List<Value> items = new ArrayList<>();
      Value[] all = isList ? found.items : new Value[] {found};
      for (int at = 0; at < Math.min(all.length, ITEMS_MAX); at++) {
        if (isSampled(all[at])) {
          items.add(all[at]);
        }
      }
      boolean isSecret = one.isPlain && items.stream().anyMatch(item -> item.kind != Value.Kind.BOOLEAN && secret.contains(shown(item)));
      if (!items.isEmpty() && !isSecret) {
        picked.parts.add(new Part(one, items, isList));
      }
    }
    return picked;
  }

  /** What leaves the process of a picked context, as JSON. */
  public String seal(Picked picked) throws GeneralSecurityException {
    Mac digest = Mac.getInstance("HmacSHA256");
    digest.init(new SecretKeySpec(key, "HmacSHA256"));
    Map<String, Object> plain = new LinkedHashMap<>();
    Map<String, Object> hashed = new LinkedHashMap<>();
    for (Part part : picked.parts) {
      List<Object> shown = new ArrayList<>();
      for (Value item : part.items) {
        shown.add(part.of.isPlain ? new JsonWriter.Raw(json(item)) : hash(digest, part.of.path, item));
      }
      (part.of.isPlain ? plain : hashed).put(part.of.path, part.isList ? shown : shown.get(0));
    }
    return JsonWriter.write(Map.of("plain", plain, "hashed", hashed));
  }

  /** Stands for one value of one attribute: the first letter of its type (s, n, b), then base64url of HMAC-SHA256 of path, line feed and the value as JSON. */
  private static String hash(Mac digest, String path, Value item) {
    String letter = item.kind == Value.Kind.STRING ? "s" : item.kind == Value.Kind.NUMBER ? "n" : "b";
    byte[] bytes = digest.doFinal((path + "\n" + json(item)).getBytes(StandardCharsets.UTF_8));
    return letter + Base64.getUrlEncoder().encodeToString(bytes).substring(0, DIGEST_CHARS);
  }

  private static boolean isSampled(Value value) {
    return value != null && value.isScalar() && (!value.isText() || value.unit.length() <= TEXT_CHARS_MAX);
  }

  private static String shown(Value value) {
    return value.isText() ? value.unit : json(value);
  }

  /** JSON as ECMAScript writes it. */
  private static String json(Value value) {
    return switch (value.kind) {
      case STRING -> textJson(value.unit);
      case NUMBER -> numberText(value.number);
      default -> String.valueOf(value.isTrue);
    };
  }

  /** Nothing is escaped that need not be; lone surrogates are. */
  private static String textJson(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (SHORT_ESCAPES.indexOf(c) >= 0) {
        out.append('\\').append("bfnrt".charAt(SHORT_ESCAPES.indexOf(c)));
      } else if (c < ' ' || JsonWriter.isLone(text, at)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /** A finite number by the shortest digits that give the same double, as ECMAScript writes it. Java's own text is longer at times, before 19. */
  static String numberText(double number) {
    if (number == 0) {
      return "0";
    }
    BigDecimal shortest = shortest(new BigDecimal(Math.abs(number)), Math.abs(number)).stripTrailingZeros();
    String sign = number < 0 ? "-" : "";
    String digits = shortest.unscaledValue().toString();
    // Digits before the decimal point; not above 0 where it is followed by zeros.
    int before = digits.length() - shortest.scale();
    if (digits.length() <= before && before <= WRITTEN_OUT_DIGITS) {
      return sign + digits + "0".repeat(before - digits.length());
    }
    if (before > 0 && before <= WRITTEN_OUT_DIGITS) {
      return sign + digits.substring(0, before) + "." + digits.substring(before);
    }
    if (before > -ZEROS_MAX && before <= 0) {
      return sign + "0." + "0".repeat(-before) + digits;
    }
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    return sign + digits.charAt(0) + fraction + "e" + (before > 0 ? "+" : "") + (before - 1);
  }

  private static BigDecimal shortest(BigDecimal exact, double number) {
    for (int digits = 1; digits < DIGITS_MAX; digits++) {
      // Above a power of two the neighbour is twice as far as below it, so that the nearest is not always the one.
      for (RoundingMode mode : List.of(RoundingMode.HALF_EVEN, RoundingMode.UP)) {
        BigDecimal rounded = exact.round(new MathContext(digits, mode));
        if (rounded.doubleValue() == number) {
          return rounded;
        }
      }
    }
    return exact.round(new MathContext(DIGITS_MAX, RoundingMode.HALF_EVEN));
  }
}
