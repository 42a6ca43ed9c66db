package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.Trouble;
import io.github.sluiceflags.Version;
import io.github.sluiceflags.internal.evaluation.Decode;
import io.github.sluiceflags.internal.evaluation.Kill;
import io.github.sluiceflags.internal.evaluation.Patch;
import io.github.sluiceflags.internal.ports.World;
import io.github.sluiceflags.internal.serving.Offer;
import io.github.sluiceflags.internal.serving.SignatureCheck;
import io.github.sluiceflags.internal.serving.Step;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** One stream from its opening to its end. */
final class Session implements World.Listener {
  /** Heartbeats come every 5 s; a stream silent for this long is dead (docs/protocol.md). */
  private static final long SILENT_MS_MAX = 12_000;

  /** The head of the answer and the first bytes must be there by then; healthy servers take a few milliseconds. */
  private static final long OPEN_MS_MAX = 5_000;

  /** Patches that are kept while the snapshot they build on is being fetched: as many as the server's own ring holds. */
  private static final int WAITING_PATCHES_MAX = 1_000;

  /** After a heartbeat with another head, a patch that is on its way gets this long before the snapshot is fetched. */
  private static final long HEAD_GRACE_MS = 1_000;

  private static final World.Cancel NOTHING = () -> {};

  private final Connection connection;
  private final Source source;
  private final World world;
  private final Receiver receiver;
  private final Consumer<Trouble> done;
  private final EventParser parser = new EventParser();
  private final List<Waiting> waiting = new ArrayList<>();

  private World.Cancel stream = NOTHING;
  private World.Cancel watch = NOTHING;
  private World.Cancel headTimer;

  /** At most one refetch is planned or under way. */
  private World.Cancel refetch;

  private String refetchWhy = "";

  /** How many requests the last refetch took. */
  private int refetchRequests = 1;
  private long jitterMs;
  private boolean isConnected;
  private boolean hasBytes;
  private boolean isOver;

  /** A patch that waits for the snapshot it builds on. */
  private record Waiting(Patch patch, Step step) {}

  Session(Connection connection, Consumer<Trouble> done) {
    this.connection = connection;
    this.done = done;
    source = connection.source;
    world = connection.world;
    receiver = connection.receiver;
  }

  void open() {
    // A stream that a proxy compresses is held back by it, so none is asked for.
    Map<String, String> headers =
        new HashMap<>(Map.of("Accept", "text/event-stream", "Cache-Control", "no-cache", "Accept-Encoding", "identity"));
    Version version = receiver.version();
    if (version != null) {
      headers.put("Last-Event-ID", Address.visible(version.toString()));
    }
    String late = "the stream gave nothing within " + OPEN_MS_MAX / 1000 + " s";
    watch = world.after(OPEN_MS_MAX, () -> end(Troubles.unreachable(base(), late)));
    stream = world.send(source.address().request("GET", "/sdk/v1/stream", headers, null), this);
  }

  private String base() {
    return source.address().base();
  }

  /** Ends without a word. */
  void stop() {
    if (!isOver) {
      isOver = true;
      for (World.Cancel one : new World.Cancel[] {stream, watch, headTimer, refetch}) {
        if (one != null) {
          one.cancel();
        }
      }
      connection.deaf += isConnected ? 0 : 1;
    }
  }

  private void end(Trouble trouble) {
    if (!isOver) {
      stop();
      done.accept(trouble);
    }
  }

  @Override
  public void head(int status, Map<String, String> headers) {
    Trouble trouble = Troubles.of(base(), status, headers, "text/event-stream");
    if (trouble != null) {
      end(trouble);
    }
  }

  @Override
  public void chunk(byte[] bytes) {
    if (isOver) {
      return;
    }
    // Bytes alone are no sign of life before the hello: a proxy may drip them for ever.
    if (!hasBytes || isConnected) {
      watch.cancel();
      watch = world.after(SILENT_MS_MAX, () -> end(Troubles.silent(base(), SILENT_MS_MAX)));
    }
    hasBytes = true;
    try {
      for (EventParser.Frame frame : parser.push(bytes)) {
        if (!isOver) {
          frame(frame);
        }
      }
    } catch (EventParser.FrameTooLong tooLong) {
      // It would come again after every reconnect; the snapshot leads past it.
      connection.mustFetch = true;
      ended(tooLong.getMessage());
    }
  }

  @Override
  public void askedAgain() {
    connection.requests++;
  }

  @Override
  public void ended(String why) {
    String reason = why == null ? "it ended" : why;
    end(isConnected ? Troubles.cutOff(base(), reason) : Troubles.unreachable(base(), reason));
  }

  /** Events of later versions of the protocol are passed over. */
  private void frame(EventParser.Frame frame) {
    switch (frame.event()) {
      case "hello" -> hello(frame.text());
      case "patch" -> patch(frame);
      case "urgent" -> urgent(frame);
      case "reset" -> reset(frame.text());
      case "heartbeat" -> heartbeat(frame.text());
      default -> {
        return;
      }
    }
  }

  private void hello(String text) {
    Wire.Hello hello = Wire.readHello(text);
    if (hello == null) {
      refetch("a hello that cannot be read", 0);
      return;
    }
    if (source.isForeign(hello.environment())) {
      end(Troubles.otherEnvironment(base(), source.environment(), hello.environment()));
      return;
    }
    jitterMs = hello.confirmJitterMs();
    isConnected = true;
    connection.connected();
    // What is served is confirmed now: one request more of a stream that may go silent again at once.
    connection.requests++;
    receiver.connected(hello);
    receiver.samplingIs(Wire.readSamplingId(text), jitterMs);
    compareHead(hello.version());
  }

  private void heartbeat(String text) {
    // A stream that lived until its heartbeat works: the next loss starts from the shortest wait.
    connection.attempts.succeeded();
    receiver.samplingIs(Wire.readSamplingId(text), jitterMs);
    Version head = Wire.readHead(text);
    if (head != null) {
      compareHead(head);
    }
    if (receiver.wantsSnapshot()) {
      fetchWhole("many patches are kept since the last one");
    }
  }

  /** Checks a frame's signature; false where that ended the stream, which is tried again with growing waits. */
  private boolean isSigned(SignatureCheck.Kind kind, EventParser.Frame frame) {
    SignatureCheck.Problem problem = source.check() == null ? null : source.check().problemOf(kind, frame.data(), frame.sig());
    if (problem != null) {
      end(Troubles.badSignature(base(), kind.toString(), problem));
    }
    return problem == null;
  }

  private Step stepOf(SignatureCheck.Kind kind, EventParser.Frame frame) {
    return source.check() == null ? null : new Step(kind, new String(frame.data(), StandardCharsets.UTF_8), frame.sig());
  }

  private void patch(EventParser.Frame frame) {
    if (!isSigned(SignatureCheck.Kind.PATCH, frame)) {
      return;
    }
    try {
      Waiting one = new Waiting(Decode.patch(frame.text()), stepOf(SignatureCheck.Kind.PATCH, frame));
      Offer offer = receiver.patch(one.patch, one.step);
      if (offer.kind() == Offer.Kind.SWAPPED) {
        connection.refetches.succeeded();
        broughtNews();
      } else if (offer.kind() == Offer.Kind.GAP) {
        if (waiting.size() < WAITING_PATCHES_MAX) {
          waiting.add(one);
        }
        refetch(offer.why(), 0);
      }
    } catch (Decode.Refused refused) {
      refetch("a patch that cannot be read", 0);
    }
  }

  private void urgent(EventParser.Frame frame) {
    if (!isSigned(SignatureCheck.Kind.KILL, frame)) {
      return;
    }
    try {
      Kill.Urgent kill = Decode.urgentKill(frame.text());
      Offer offer = receiver.urgent(kill, stepOf(SignatureCheck.Kind.KILL, frame));
      if (offer.kind() == Offer.Kind.SWAPPED) {
        broughtNews();
      } else if (offer.kind() == Offer.Kind.REFUSED) {
        connection.log.error("sluice.urgent.refused", "An urgent kill is not applied: " + offer.why() + ".");
      }
    } catch (Decode.Refused refused) {
      connection.log.error("sluice.urgent.unreadable", "An urgent kill cannot be read; the snapshot is fetched instead.");
      connection.mustFetchWhole = true;
      refetch("an urgent kill that cannot be read", 0);
    }
  }

  /** A link that ends streams before their first heartbeat and still brings decisions is no outage: a kill must not wait for as long as in one. */
  private void broughtNews() {
    connection.attempts.progressed();
  }

  private void reset(String text) {
    Version head = Wire.readHead(text);
    if (head == null || !isBehindUs(head)) {
      fetchWhole("the server cannot patch this version");
    }
  }

  /** Many instances may be reset at once, so they fetch spread over the time that the server named for confirms. */
  private void fetchWhole(String why) {
    connection.mustFetch = true;
    connection.mustFetchWhole = true;
    refetch(why, (long) (world.unit() * jitterMs));
  }

  /** A head that is not ours means a patch that is on its way or lost. */
  private void compareHead(Version head) {
    if (head.equals(receiver.version())) {
      connection.refetches.succeeded();
    } else if (!isBehindUs(head) && headTimer == null) {
      headTimer =
          world.after(
              HEAD_GRACE_MS,
              () -> {
                headTimer = null;
                if (!head.equals(receiver.version()) && !isBehindUs(head)) {
                  refetch("the server is at another version", 0);
                }
              });
    }
  }

  /** True for a head that we must not go to: fetching it would be refused each time. */
  private boolean isBehindUs(Version head) {
    Version version = receiver.version();
    return version != null && version.epoch().equals(head.epoch()) ? head.seq() < version.seq() : receiver.isReplaced(head.epoch());
  }

  /** Gets the snapshot while the stream goes on: at once the first time, then with growing waits until something fits again. */
  private void refetch(String why, long spreadMs) {
    if (refetch != null) {
      return;
    }
    boolean isAgain = connection.refetches.hasFailed();
    long waitMs = connection.refetches.failed(0, refetchRequests);
    refetchWhy = why;
    refetch = world.after(isAgain ? waitMs : spreadMs, this::startFetch);
  }

  private void startFetch() {
    connection.requests++;
    Version held = connection.mustFetchWhole ? null : receiver.version();
    refetch = source.fetch(held, connection.refetches.lastedMs(), this::refetched);
  }

  /** What is wrongly signed ends the stream: it is not asked for again beside it. */
  private void refetched(Source.Fetched fetched) {
    refetch = null;
    refetchRequests = fetched.requests();
    connection.requests += refetchRequests - 1;
    List<Waiting> patches = new ArrayList<>(waiting);
    waiting.clear();
    Version before = receiver.version();
    Trouble trouble = connection.take(fetched);
    if (trouble != null && trouble.kind() == Trouble.Kind.BAD_SIGNATURE) {
      end(trouble);
      return;
    }
    if (!Objects.equals(before, receiver.version())) {
      broughtNews();
    }
    boolean isBehind = trouble != null;
    for (Waiting one : patches) {
      isBehind = receiver.patch(one.patch, one.step).kind() == Offer.Kind.GAP || isBehind;
    }
    if (trouble != null) {
      String words = "The snapshot is needed (" + refetchWhy + ") and could not be had: " + trouble.message();
      connection.log.warn("sluice.snapshot.missing", words);
    }
    if (isBehind) {
      refetch(refetchWhy, 0);
    }
  }
}
