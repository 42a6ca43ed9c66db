package io.github.sluiceflags.internal.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EventParserTest {
  private static final String STREAM =
      "\ufeffevent: hello\ndata: {\"a\":\"é😀\"}\n\n: comment\r\ndata:one\r\ndata: two\r\nsig: abc\r\n\r\nevent: empty\n\nid: 7\rdata\r\revent:last\ndata:  x\n\n"
          + "data: never ended\n";
  private static final List<String> WANTED =
      List.of("hello|{\"a\":\"é😀\"}|", "message|one\ntwo|abc", "message||", "last| x|");

  private static List<String> parse(byte[] bytes, Random cuts) throws EventParser.FrameTooLong {
    EventParser parser = new EventParser();
    List<String> frames = new ArrayList<>();
    for (int from = 0; from < bytes.length; ) {
      int to = cuts == null ? bytes.length : Math.min(bytes.length, from + cuts.nextInt(4));
      for (EventParser.Frame frame : parser.push(Arrays.copyOfRange(bytes, from, to))) {
        frames.add(frame.event() + "|" + frame.text() + "|" + frame.sig());
      }
      from = to;
    }
    return frames;
  }

  @Test
  void bytesMayBeCutAnywhere() throws EventParser.FrameTooLong {
    byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
    assertEquals(WANTED, parse(bytes, null));
    for (int seed = 0; seed < 300; seed++) {
      assertEquals(WANTED, parse(bytes, new Random(seed)), "seed " + seed);
    }
  }

  @Test
  void aFrameBeyondTheLimitEndsTheStream() {
    byte[] line = ("data: " + "x".repeat(1 << 20) + "\n").getBytes(StandardCharsets.UTF_8);
    EventParser lines = new EventParser();
    assertThrows(
        EventParser.FrameTooLong.class,
        () -> {
          for (int at = 0; at < 10; at++) {
            lines.push(line);
          }
        });
    EventParser oneLine = new EventParser();
    assertThrows(EventParser.FrameTooLong.class, () -> oneLine.push(new byte[EventParser.FRAME_BYTES_MAX + 1]));
  }
}
