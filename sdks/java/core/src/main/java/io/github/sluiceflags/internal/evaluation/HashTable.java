package io.github.sluiceflags.internal.evaluation;

import java.util.HexFormat;
import java.util.List;

/** Places of 64-bit hashes in a list, found in one step or little more. They are spread evenly already, so their own bits place them. */
final class HashTable {
  /** Hash texts are this many hexadecimal digits. */
  private static final int DIGITS = 16;

  private final long[] hashes;

  /** 0 is free, else the place in the list plus 1. */
  private final int[] places;

  private HashTable(int capacity) {
    hashes = new long[capacity];
    places = new int[capacity];
  }

  /** Of equal ones the first counts; a text that is no hash is nobody's. */
  static HashTable of(List<String> texts) {
    HashTable table = new HashTable(Integer.highestOneBit(Math.max(1, texts.size())) * 4);
    for (int place = 0; place < texts.size(); place++) {
      if (isHash(texts.get(place))) {
        table.add(HexFormat.fromHexDigitsToLong(texts.get(place)), place);
      }
    }
    return table;
  }

  private void add(long hash, int place) {
    int at = slotOf(hash);
    if (places[at] == 0) {
      hashes[at] = hash;
      places[at] = place + 1;
    }
  }

  private int slotOf(long hash) {
    int at = (int) hash & hashes.length - 1;
    while (places[at] != 0 && hashes[at] != hash) {
      at = at + 1 & hashes.length - 1;
    }
    return at;
  }

  /** −1 where it is not there. */
  int placeOf(long hash) {
    return places[slotOf(hash)] - 1;
  }

  boolean has(long hash) {
    return places[slotOf(hash)] != 0;
  }

  /** 16 lower-case hexadecimal digits. */
  static boolean isHash(String text) {
    if (text.length() != DIGITS) {
      return false;
    }
    for (int at = 0; at < DIGITS; at++) {
      char c = text.charAt(at);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }
}
