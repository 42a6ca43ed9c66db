package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.internal.ports.World;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/**
 * Where the server is and who asks.
 *
 * @param base has no slash at the end; a path prefix is kept
 * @param instance unique per process
 * @param service null where it is not stated
 * @param version null where it is not stated
 */
public record Address(String base, String key, String instance, String service, String version) {
  /** The name and version that this SDK reports. */
  public static final String SDK = "java/0.1.0";

  /** A service name above this is cut, because header blocks are limited to 16 KiB. */
  private static final int HEADER_MAX = 200;

  /** The base of a web address; null where the text is none. */
  public static String parseBase(String text) {
    if (text == null) {
      return null;
    }
    try {
      URI parsed = URI.create(text.strip());
      boolean isWeb = "http".equalsIgnoreCase(parsed.getScheme()) || "https".equalsIgnoreCase(parsed.getScheme());
      if (!isWeb || parsed.getHost() == null) {
        return null;
      }
      String path = parsed.getRawPath() == null ? "" : parsed.getRawPath();
      return (parsed.getScheme() + "://" + parsed.getRawAuthority() + path).replaceAll("/+$", "");
    } catch (IllegalArgumentException notAnAddress) {
      return null;
    }
  }

  /** A request with the key and the names of this process. */
  World.Request request(String method, String path, Map<String, String> headers, byte[] body) {
    Map<String, String> all = new HashMap<>(headers);
    all.put("Authorization", "Bearer " + visible(key));
    all.put("Sluice-Instance", instance);
    all.put("Sluice-Sdk", SDK);
    putShort(all, "Sluice-Service", service);
    putShort(all, "Sluice-App-Version", version);
    return new World.Request(method, base + path, all, body);
  }

  private static void putShort(Map<String, String> headers, String name, String text) {
    if (text != null && !text.isEmpty()) {
      headers.put(name, visible(text.substring(0, Math.min(text.length(), HEADER_MAX))));
    }
  }

  /** Header values are visible ASCII; anything else would be refused by the HTTP client or end the header early. */
  static String visible(String text) {
    StringBuilder shown = new StringBuilder(text == null ? "" : text);
    for (int at = 0; at < shown.length(); at++) {
      if (shown.charAt(at) < ' ' || shown.charAt(at) > '~') {
        shown.setCharAt(at, '?');
      }
    }
    return shown.toString();
  }
}
