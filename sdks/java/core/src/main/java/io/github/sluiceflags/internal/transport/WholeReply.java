package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.internal.ports.World;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/**
 * An answer with its whole body.
 *
 * @param failure the network's own reason where there was no answer, and null otherwise
 * @param body decompressed
 * @param requests how often it was asked: 2 where the network asked again of its own accord, else 1
 */
record WholeReply(int status, Map<String, String> headers, byte[] body, String failure, int requests) {
  /** How much is waited for and read: milliseconds for the whole answer, bytes of its body before and after decompression. */
  record Limits(long timeMs, int bytes) {}

  /** Asks; {@code done} is called once unless it is cancelled. */
  static World.Cancel ask(World world, World.Request request, Limits limits, Consumer<WholeReply> done) {
    Collector collector = new Collector(limits, done);
    collector.timer = world.after(limits.timeMs(), () -> collector.end(collector.failed("no whole answer within " + limits.timeMs() + " ms")));
    collector.call = world.send(request, collector);
    return collector::stop;
  }

  private static final class Collector implements World.Listener {
    private final Limits limits;
    private final Consumer<WholeReply> done;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int status;
    private int requests = 1;
    private Map<String, String> headers = Map.of();
    private World.Cancel timer;
    private World.Cancel call;
    private boolean isOver;

    Collector(Limits limits, Consumer<WholeReply> done) {
      this.limits = limits;
      this.done = done;
    }

    @Override
    public void head(int replyStatus, Map<String, String> replyHeaders) {
      status = replyStatus;
      headers = replyHeaders;
    }

    @Override
    public void chunk(byte[] bytes) {
      if (isOver) {
        return;
      }
      if (body.size() + bytes.length > limits.bytes()) {
        end(failed("the answer is larger than the limit"));
      } else {
        body.writeBytes(bytes);
      }
    }

    @Override
    public void askedAgain() {
      requests++;
    }

    @Override
    public void ended(String why) {
      end(why == null ? whole() : failed(why));
    }

    private WholeReply failed(String why) {
      return new WholeReply(0, Map.of(), new byte[0], why, requests);
    }

    private WholeReply whole() {
      if (!"gzip".equalsIgnoreCase(headers.get("content-encoding"))) {
        return new WholeReply(status, headers, body.toByteArray(), null, requests);
      }
      try (GZIPInputStream inflated = new GZIPInputStream(new ByteArrayInputStream(body.toByteArray()))) {
        byte[] bytes = inflated.readNBytes(limits.bytes() + 1);
        return bytes.length > limits.bytes() ? failed("the answer is larger than the limit") : new WholeReply(status, headers, bytes, null, requests);
      } catch (IOException spoilt) {
        return failed("its compression is spoilt");
      }
    }

    private void end(WholeReply reply) {
      if (!isOver) {
        stop();
        done.accept(reply);
      }
    }

    void stop() {
      isOver = true;
      if (timer != null) {
        timer.cancel();
      }
      if (call != null) {
        call.cancel();
      }
    }
  }
}
