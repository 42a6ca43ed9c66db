package io.github.sluiceflags.internal.serving;

import io.github.sluiceflags.internal.evaluation.Decode;
import io.github.sluiceflags.internal.evaluation.JsonReader;
import io.github.sluiceflags.internal.evaluation.Kill;
import io.github.sluiceflags.internal.evaluation.NotJson;
import io.github.sluiceflags.internal.evaluation.Snapshot;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A state as it is kept on disk: what is served, or, where signatures are checked, the signed texts that it is made of.
 *
 * @param snapshot null where there are signed texts
 * @param signed null where there are none
 */
public record Stored(Snapshot snapshot, List<Kill.Urgent> urgent, List<Step> signed) {
  /** More than a trail ever has, with those of a replaced epoch. */
  private static final int SIGNED_MAX = 10_000;

  private static final int KEY_DIGITS = 16;

  /**
   * The name of the file: the environment where it was stated, else 16 hexadecimal digits of the key's SHA-256. Letters of the key itself would put part
   * of a secret into a file name, and keys of two environments may begin alike.
   */
  public static String nameOf(String environment, String key) {
    String name = environment == null || environment.isEmpty() ? hashOf(key) : environment.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]", "-");
    return "sluice-" + name + ".json";
  }

  private static String hashOf(String key) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest((key == null ? "" : key).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, KEY_DIGITS);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }

  /**
   * Reads a stored state. One that cannot be read whole is no state. A bare snapshot is accepted too: that is what GET /sdk/v1/snapshot gives and what
   * people save by hand.
   */
  public static Stored read(byte[] bytes) throws Decode.Refused {
    String text = new String(bytes, StandardCharsets.UTF_8);
    Map<String, String> parts = membersOf(text);
    if (parts.containsKey("signed")) {
      return new Stored(null, List.of(), readSigned(parts.get("signed")));
    }
    if (!parts.containsKey("snapshot")) {
      return new Stored(Decode.snapshot(text), List.of(), null);
    }
    Snapshot snapshot = Decode.snapshot(parts.get("snapshot"));
    return new Stored(snapshot, parts.containsKey("urgent") ? readUrgentList(text) : List.of(), null);
  }

  private static Map<String, String> membersOf(String text) {
    try {
      Map<String, String> members = JsonReader.members(text);
      return members == null ? Map.of() : members;
    } catch (NotJson toldByWhoeverDecodes) {
      return Map.of();
    }
  }

  private static List<Step> readSigned(String text) throws Decode.Refused {
    List<Step> steps = new ArrayList<>();
    for (String item : items(text, SIGNED_MAX, "its list of signed texts cannot be read")) {
      Map<String, String> members = membersOf(item);
      SignatureCheck.Kind kind = SignatureCheck.Kind.of(textOf(members.get("kind")));
      if (kind == null) {
        throw new Decode.Refused("one among its signed texts is of a kind that this version does not know");
      }
      steps.add(new Step(kind, textOf(members.get("text")), textOf(members.get("signature"))));
    }
    return steps;
  }

  private static String textOf(String json) {
    try {
      return json != null && JsonReader.parse(json) instanceof String text ? text : "";
    } catch (NotJson impossible) {
      return "";
    }
  }

  /** Reads {@code {"urgent":[…]}}; half a list would switch things on, so it is all or none. */
  public static List<Kill.Urgent> readUrgentList(String text) throws Decode.Refused {
    String list = membersOf(text).get("urgent");
    List<Kill.Urgent> urgent = new ArrayList<>();
    for (String item : items(list == null ? "" : list, Holder.URGENT_MAX, "no list of at most " + Holder.URGENT_MAX + " urgent kills")) {
      urgent.add(Decode.urgentKill(item));
    }
    return urgent;
  }

  private static List<String> items(String list, int most, String problem) throws Decode.Refused {
    try {
      List<String> items = JsonReader.items(list);
      if (items != null && items.size() <= most) {
        return items;
      }
    } catch (NotJson unreadable) {
      throw new Decode.Refused(problem);
    }
    throw new Decode.Refused(problem);
  }
}
