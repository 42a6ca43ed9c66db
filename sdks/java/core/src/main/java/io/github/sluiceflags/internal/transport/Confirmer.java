package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.Version;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import io.github.sluiceflags.internal.evaluation.Kill;
import io.github.sluiceflags.internal.ports.World;
import io.github.sluiceflags.internal.serving.Holder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells the server what this process serves and asks for: after each swap, spread over the jitter that the server named. One confirm at a time; what
 * changes meanwhile goes with the next. Only while the stream is connected. Belongs to the SDK's own thread.
 */
public final class Confirmer {
  /** A confirm is a few hundred bytes to a process that answers from memory, and its answer is empty. */
  private static final WholeReply.Limits LIMITS = new WholeReply.Limits(5_000, 16 << 10);

  /** Newly asked keys wait for others to join them; the console shows an unknown key within 30 s. */
  private static final long KEYS_WAIT_MIN_MS = 2_000;

  private static final long KEYS_WAIT_MAX_MS = 10_000;

  /** Keeps the body below the server's 16 KiB. The newest are the ones somebody waits for. */
  private static final int URGENT_IDS_MAX = 100;

  private final World world;
  private final Address address;
  private final AskedKeys keys;
  private final Holder holder;
  private final Backoff backoff;
  private boolean isConnected;

  /** Something was swapped since the last confirm left. */
  private boolean isDue;

  private long jitterMs;
  private World.Cancel timer;
  private long dueMs;
  private World.Cancel sending;

  public Confirmer(World world, Address address, AskedKeys keys, Holder holder) {
    this.world = world;
    this.address = address;
    this.keys = keys;
    this.holder = holder;
    backoff = new Backoff(world);
  }

  /** The stream is there. What this process serves is confirmed, also when nothing changed, because the server may be a new one. */
  public void connected(long spreadMs) {
    isConnected = true;
    jitterMs = spreadMs;
    // Waits after confirms that failed go on growing: a stream that says hello and then nothing is opened again and again.
    changed();
  }

  /** Plans nothing until it is connected. */
  public void disconnected() {
    isConnected = false;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /** After a swap. Where the server asks for no spreading, the confirm leaves at once. */
  public void changed() {
    isDue = true;
    planChange();
  }

  /** Never in the first half of the jitter, where others may still have to swap on the same cores. */
  private void planChange() {
    plan(jitterMs / 2 + (long) (world.unit() * (jitterMs / 2.0)));
  }

  /** A key was asked for the first time. */
  public void keysNoted() {
    plan(KEYS_WAIT_MIN_MS + (long) (world.unit() * (KEYS_WAIT_MAX_MS - KEYS_WAIT_MIN_MS)));
  }

  /** Sends within this time; an earlier plan stands. */
  private void plan(long waitMs) {
    long atMs = world.monotonicMs() + waitMs;
    if (!isConnected || sending != null || (timer != null && atMs >= dueMs)) {
      return;
    }
    if (timer != null) {
      timer.cancel();
    }
    dueMs = atMs;
    timer = world.after(waitMs, this::send);
  }

  private void send() {
    timer = null;
    isDue = false;
    Version version = holder.version();
    if (version == null) {
      return;
    }
    List<String> urgent = holder.urgent().stream().map(Kill.Urgent::id).toList();
    AskedKeys.Taken taken = keys.peek();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("instance", address.instance());
    body.put("epoch", version.epoch());
    body.put("seq", version.seq());
    body.put("urgent", urgent.subList(Math.max(0, urgent.size() - URGENT_IDS_MAX), urgent.size()));
    body.put("asked", taken.asked());
    body.put("unknown", taken.unknown());
    byte[] bytes = JsonWriter.write(body).getBytes(StandardCharsets.UTF_8);
    World.Request request = address.request("POST", "/sdk/v1/confirm", Map.of("Content-Type", "application/json"), bytes);
    sending = WholeReply.ask(world, request, LIMITS, reply -> sent(reply.failure() == null ? reply.status() : 0, taken));
  }

  private void sent(int status, AskedKeys.Taken taken) {
    sending = null;
    boolean isTaken = status >= 200 && status < 300;
    // Keys that the server calls malformed would be malformed again: they are dropped, and the confirm goes on without them.
    if (isTaken || status == 400 || status == 413) {
      keys.sent(taken);
    }
    if (isTaken) {
      backoff.succeeded();
      if (isDue) {
        planChange();
      } else if (!keys.isEmpty()) {
        plan(KEYS_WAIT_MIN_MS);
      }
      return;
    }
    // The connection's own trouble is logged by the connection; a confirm only has to come through some time.
    boolean isRefused = status == 401 || status == 403 || status == 404;
    isDue = true;
    plan(backoff.failed(isRefused ? Troubles.REFUSED_WAIT_MS : 0, 1));
  }

  /** Sends nothing more. */
  public void close() {
    disconnected();
    if (sending != null) {
      sending.cancel();
    }
  }
}
