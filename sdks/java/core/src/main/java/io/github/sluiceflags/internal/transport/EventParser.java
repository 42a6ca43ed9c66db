package io.github.sluiceflags.internal.transport;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code text/event-stream} from bytes cut anywhere, also inside a UTF-8 sequence or between CR and LF. Field rules: WHATWG HTML, section 9.2.6
 * (one optional space after the colon, comments, a frame without data is no event).
 */
public final class EventParser {
  /** A patch above this is never sent, the server answers {@code reset} instead; it bounds what one peer can make us hold. */
  static final int FRAME_BYTES_MAX = 8 << 20;

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  /**
   * One event.
   *
   * @param event {@code message} where the stream names none
   * @param sig the signature of the data: a field of ours, which other readers of event streams pass over; empty where there is none
   */
  public record Frame(String event, byte[] data, String sig) {
    /** The data as text. */
    public String text() {
      return new String(data, StandardCharsets.UTF_8);
    }
  }

  /** A stream that cannot be followed any further. */
  public static final class FrameTooLong extends Exception {
    private static final long serialVersionUID = 1L;

    FrameTooLong() {
      super("a frame is longer than " + FRAME_BYTES_MAX + " bytes", null, false, false);
    }
  }

  /** Pieces of a line that has not ended yet. */
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  private ByteArrayOutputStream data;
  private String event = "";
  private String sig = "";
  private int frameBytes;
  private boolean isAfterReturn;
  private boolean hasBegun;

  /** Takes the next bytes and gives the frames that they completed. After an error the parser must not be used again. */
  public List<Frame> push(byte[] chunk) throws FrameTooLong {
    List<Frame> frames = new ArrayList<>();
    int from = 0;
    for (int at = 0; at < chunk.length; at++) {
      byte c = chunk[at];
      if (isAfterReturn && c == '\n') {
        isAfterReturn = false;
        from = at + 1;
        continue;
      }
      isAfterReturn = c == '\r';
      if (c == '\n' || c == '\r') {
        line.write(chunk, from, at - from);
        from = at + 1;
        endLine(frames);
      }
    }
    line.write(chunk, from, chunk.length - from);
    if (frameBytes + line.size() > FRAME_BYTES_MAX) {
      throw new FrameTooLong();
    }
    return frames;
  }

  private void endLine(List<Frame> frames) throws FrameTooLong {
    byte[] bytes = line.toByteArray();
    line.reset();
    frameBytes += bytes.length;
    if (frameBytes > FRAME_BYTES_MAX) {
      throw new FrameTooLong();
    }
    int start = !hasBegun && startsWith(bytes, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
    hasBegun = true;
    if (bytes.length == start) {
      dispatch(frames);
      return;
    }
    int colon = start;
    while (colon < bytes.length && bytes[colon] != ':') {
      colon++;
    }
    int text = Math.min(colon + 1, bytes.length);
    if (text < bytes.length && bytes[text] == ' ') {
      text++;
    }
    field(new String(bytes, start, colon - start, StandardCharsets.UTF_8), bytes, text);
  }

  private void field(String name, byte[] bytes, int from) {
    int length = bytes.length - from;
    switch (name) {
      case "data" -> {
        if (data == null) {
          data = new ByteArrayOutputStream(length);
        } else {
          data.write('\n');
        }
        data.write(bytes, from, length);
      }
      case "event" -> event = new String(bytes, from, length, StandardCharsets.UTF_8);
      case "sig" -> sig = new String(bytes, from, length, StandardCharsets.UTF_8);
      default -> {
        // Fields of later versions, comments, ids and retries.
        return;
      }
    }
  }

  private void dispatch(List<Frame> frames) {
    if (data != null) {
      frames.add(new Frame(event.isEmpty() ? "message" : event, data.toByteArray(), sig));
    }
    data = null;
    event = "";
    sig = "";
    frameBytes = 0;
  }

  private static boolean startsWith(byte[] bytes, byte[] start) {
    for (int at = 0; at < start.length; at++) {
      if (at >= bytes.length || bytes[at] != start[at]) {
        return false;
      }
    }
    return true;
  }
}
