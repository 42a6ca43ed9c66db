package io.github.sluiceflags.internal.evaluation;

import java.util.HexFormat;
import java.util.function.Function;

/** Who is counted where: slots of shares and weights, and the hashes that stand for customers and users. */
public final class Bucketing {
  /** Number of equal slots that shares and weights are counted in. */
  static final int SLOTS = 100_000;

  /** Seed of variants in Unleash's client specification 6. */
  private static final int UNLEASH_VARIANT_SEED = 86_028_157;

  /** What weights of an Unleash flag add up to, unless its file says otherwise. */
  private static final int UNLEASH_WEIGHTS = 1_000;

  private static final int UNLEASH_SHARES = 100;
  private static final String UNLEASH = "unleash-v1";

  private Bucketing() {}

  /** Places unit texts in slots 0–99,999; made once for a salt. */
  @FunctionalInterface
  interface SlotOf {
    int slotOf(String unit);
  }

  /** A way of bucketing, by salt. {@code variant} decides within a split and must not correlate with {@code share}. */
  record Algorithm(Function<String, SlotOf> share, Function<String, SlotOf> variant) {}

  /**
   * The algorithm of an id; null where this version knows none. Foreign ones (for migrated flags) are further cases here. {@code unleash-v1/N} is
   * {@code unleash-v1} with weights that add up to N in Unleash, 1–100,000.
   */
  static Algorithm algorithmOf(Object id) {
    if (!(id instanceof String text)) {
      return null;
    }
    if (text.equals("sluice-v1")) {
      return new Algorithm(Bucketing::slotsOf, salt -> slotsOf(salt + ":variant"));
    }
    if (text.equals(UNLEASH)) {
      return unleash(UNLEASH_WEIGHTS);
    }
    if (!text.startsWith(UNLEASH + "/")) {
      return null;
    }
    String digits = text.substring(UNLEASH.length() + 1);
    boolean isCount = SemVer.isNumber(digits) && digits.length() <= Integer.toString(SLOTS).length();
    int weights = isCount ? Integer.parseInt(digits) : 0;
    return weights >= 1 && weights <= SLOTS ? unleash(weights) : null;
  }

  /** The salt is Unleash's groupId. There {@code hash % 100 + 1 <= percent} is in, and variants are counted from 1 in the same way. */
  private static Algorithm unleash(int weights) {
    return new Algorithm(salt -> remaindersOf(salt, UNLEASH_SHARES, 0), salt -> remaindersOf(salt, weights, UNLEASH_VARIANT_SEED));
  }

  /**
   * Places a unit in one of 100,000 equal slots, the same in every SDK: MurmurHash3 x86 32-bit, seed 0, over the UTF-8 bytes of salt + ":" + unit;
   * slot = hash × 100000 / 2³², rounded down.
   */
  public static int slot(String salt, String unit) {
    return slotsOf(salt).slotOf(unit);
  }

  static SlotOf slotsOf(String salt) {
    Murmur3 before = new Murmur3(salt + ":", 0);
    return unit -> (int) (Integer.toUnsignedLong(before.hashAfter(unit)) * SLOTS >>> 32);
  }

  /** The remainder of the hash by steps in place of its upper bits: the first slot of that step. */
  private static SlotOf remaindersOf(String salt, int steps, int seed) {
    Murmur3 before = new Murmur3(salt + ":", seed);
    return unit -> (int) ((long) Integer.remainderUnsigned(before.hashAfter(unit), steps) * SLOTS / steps);
  }

  /**
   * What snapshots hold instead of customer keys and targetingKeys: the first 64 bits of MurmurHash3 x86 128-bit, seed 0, of the UTF-8 bytes of
   * salt + ":" + key, as 16 lower-case hexadecimal digits. The salt is the environment's.
   */
  public static String customerHash(String salt, String key) {
    return HexFormat.of().toHexDigits(hashesOf(salt).hashAfter(key));
  }

  static Murmur3Long hashesOf(String salt) {
    return new Murmur3Long(salt + ":");
  }
}
