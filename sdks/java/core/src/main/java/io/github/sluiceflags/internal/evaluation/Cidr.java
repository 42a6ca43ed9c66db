package io.github.sluiceflags.internal.evaluation;

import java.util.List;

/** Addresses and blocks of them. Java's own {@link java.net.InetAddress} asks the network about what it cannot read, and takes other forms. */
final class Cidr {
  /** ::ffff:0:0/96 is where IPv6 writes IPv4 addresses (RFC 4291 §2.5.5.2). */
  private static final int MAPPED_BITS = 96;

  /** The longest text form: six groups of four, an IPv4 tail, and separators. */
  private static final int ADDRESS_LENGTH_MAX = 45;

  private Cidr() {}

  /** Compiled block; families never match each other. */
  record Block(int[] groups, int bits) {
    boolean has(int[] address) {
      if (address.length != groups.length) {
        return false;
      }
      for (int at = 0; at * 16 < bits; at++) {
        int unused = Math.max(0, 16 - (bits - at * 16));
        if ((address[at] ^ groups[at]) >> unused != 0) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * Reads IPv4 dotted decimal without leading zeros, or IPv6 text of RFC 4291 without zone, as 16-bit groups: 2 for IPv4, 8 for IPv6. An IPv4-mapped
   * IPv6 address is its IPv4 address. Null where it is neither.
   */
  static int[] parseAddress(String text) {
    int[] groups = parseGroups(text);
    return groups != null && isMapped(groups) ? lastTwo(groups) : groups;
  }

  /** Compiles {@code address/bits}; bits beyond the prefix are ignored. Null where it does not parse. */
  static Block compileBlock(String text) {
    int slash = text.indexOf('/');
    int[] groups = slash < 0 ? null : parseGroups(text.substring(0, slash));
    String written = text.substring(slash + 1);
    if (groups == null || !SemVer.isNumber(written) || written.length() > 3) {
      return null;
    }
    int bits = Integer.parseInt(written);
    if (bits > groups.length * 16) {
      return null;
    }
    return isMapped(groups) && bits >= MAPPED_BITS ? new Block(lastTwo(groups), bits - MAPPED_BITS) : new Block(groups, bits);
  }

  private static boolean isMapped(int[] groups) {
    return groups.length == 8 && groups[5] == 0xffff && (groups[0] | groups[1] | groups[2] | groups[3] | groups[4]) == 0;
  }

  private static int[] lastTwo(int[] groups) {
    return new int[] {groups[6], groups[7]};
  }

  private static int[] parseGroups(String text) {
    if (text.length() > ADDRESS_LENGTH_MAX) {
      return null;
    }
    return text.indexOf(':') < 0 ? parseIpv4(text) : parseIpv6(text);
  }

  private static int[] parseIpv4(String text) {
    List<String> parts = SemVer.split(text, ".");
    if (parts.size() != 4) {
      return null;
    }
    int[] bytes = new int[4];
    for (int at = 0; at < 4; at++) {
      String part = parts.get(at);
      if (!SemVer.isNumber(part) || part.length() > 3) {
        return null;
      }
      bytes[at] = Integer.parseInt(part);
      if (bytes[at] > 255) {
        return null;
      }
    }
    return new int[] {bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]};
  }

  /** "::" stands for at least one group; without it all eight must be there. */
  private static int[] parseIpv6(String text) {
    List<String> halves = SemVer.split(text, "::");
    if (halves.size() > 2) {
      return null;
    }
    boolean isWhole = halves.size() == 1;
    int[] before = parseHalf(halves.get(0), isWhole);
    int[] after = isWhole ? new int[0] : parseHalf(halves.get(1), true);
    if (before == null || after == null) {
      return null;
    }
    int missing = 8 - before.length - after.length;
    if (isWhole ? missing != 0 : missing < 1) {
      return null;
    }
    int[] groups = new int[8];
    System.arraycopy(before, 0, groups, 0, before.length);
    System.arraycopy(after, 0, groups, before.length + missing, after.length);
    return groups;
  }

  private static int[] parseHalf(String text, boolean mayEndInIpv4) {
    if (text.isEmpty()) {
      return new int[0];
    }
    List<String> parts = SemVer.split(text, ":");
    int[] ipv4 = mayEndInIpv4 ? parseIpv4(parts.get(parts.size() - 1)) : null;
    int[] groups = new int[parts.size() + (ipv4 == null ? 0 : 1)];
    for (int at = 0; at < parts.size() - (ipv4 == null ? 0 : 1); at++) {
      groups[at] = parseGroup(parts.get(at));
      if (groups[at] < 0) {
        return null;
      }
    }
    if (ipv4 != null) {
      System.arraycopy(ipv4, 0, groups, parts.size() - 1, 2);
    }
    return groups;
  }

  /** One to four hexadecimal digits; −1 for anything else. */
  private static int parseGroup(String text) {
    if (text.isEmpty() || text.length() > 4) {
      return -1;
    }
    int group = 0;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        return -1;
      }
      group = group << 4 | digit;
    }
    return group;
  }
}
