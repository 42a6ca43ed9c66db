package io.github.sluiceflags;

import io.github.sluiceflags.internal.adapters.NetworkOptions;
import io.github.sluiceflags.internal.adapters.RealWorld;
import io.github.sluiceflags.internal.evaluation.Answer;
import io.github.sluiceflags.internal.evaluation.Asker;
import io.github.sluiceflags.internal.evaluation.Compiled;
import io.github.sluiceflags.internal.evaluation.Explain;
import io.github.sluiceflags.internal.ports.Log;
import io.github.sluiceflags.internal.ports.World;
import io.github.sluiceflags.internal.serving.Holder;
import io.github.sluiceflags.internal.testing.ClientAccess;
import io.github.sluiceflags.internal.transport.AskedKeys;
import io.github.sluiceflags.internal.transport.Samples;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Answers the flags of one environment in this process. Safe for any number of threads; its calls never throw, and only {@link #ready()} and
 * {@link #close()} wait. Make one per process, and close it at the end.
 */
public final class SluiceClient extends FlagAnswers implements AutoCloseable {
  /** A disk that hangs must not keep a host from ending. */
  private static final long CLOSE_MS_MAX = 5_000;

  /** The last counts have a second; what their request takes to end is in it. */
  private static final long FLUSH_MS_MAX = 1_000;

  /** How late a thread's turn may be on a machine that is busy. */
  private static final long TURN_MS_MAX = 250;

  static {
    ClientAccess.open((client, patch) -> ((SluiceClient) client).takePatch(patch));
  }

  private final SluiceOptions options;
  private final World world;
  private final Holder holder;
  private final Counts counts;
  private final Samples samples;
  private final OutcomeCounts outcomes = new OutcomeCounts();
  private final Warnings warnings;
  private final Upkeep upkeep;
  private final long startedMs;
  private final CountDownLatch ended = new CountDownLatch(1);

  private SluiceClient(SluiceOptions options, World world, Log log) {
    this(options, world, log, new Parts(options, log));
  }

  /** What a client and its requests share. {@code keysNoted} is told to the upkeep, which is made after it. */
  private record Parts(Counts counts, AskedKeys keys, Warnings warnings, Samples samples, AtomicReference<Runnable> keysNoted) {
    Parts(SluiceOptions options, Log log) {
      this(new Counts(), new AskedKeys(), new Warnings(log, options.strict), new Samples(), new AtomicReference<>());
    }
  }

  private SluiceClient(SluiceOptions options, World world, Log log, Parts parts) {
    super(new Asking(parts.counts, parts.keys, parts.warnings, parts.samples, () -> parts.keysNoted.get().run(), options.countCustomersOf));
    this.options = options;
    this.world = world;
    counts = parts.counts;
    samples = parts.samples;
    startedMs = world.monotonicMs();
    warnings = parts.warnings;
    holder = new Holder(new Compiled.Options(new Asker(stated(options.service), stated(options.version)), counts::counter));
    upkeep = new Upkeep(options, new Upkeep.Parts(world, log, holder, parts.keys, warnings, counts, outcomes, parts.samples));
    parts.keysNoted.set(() -> world.post(upkeep::keysNoted));
    world.post(upkeep::start);
  }

  /**
   * Makes a client and begins to connect. Never fails and never waits: what is wrong is logged and told by {@link #trouble()}, and the code's defaults
   * are answered until flags arrive.
   */
  public static SluiceClient create(SluiceOptions options) {
    Log log = Log.to(options.log);
    return new SluiceClient(options, new RealWorld(log, new NetworkOptions(options.proxyUrl, options.caFile)), log);
  }

  /** For tests: a client of another world. */
  static SluiceClient of(SluiceOptions options, World world) {
    return new SluiceClient(options, world, Log.to(options.log));
  }

  private static String stated(String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  @Override
  Compiled compiled() {
    return holder.compiled();
  }

  long monotonicMs() {
    return world.monotonicMs();
  }

  /**
   * The same calls, answered from the version that is served now, kills included, for one request or job: two flags agree although a change arrives in
   * between. After 30 s it answers from the newest flags.
   */
  public RequestFlags forRequest() {
    return new RequestFlags(this);
  }

  /**
   * Says how something that a flag is about went for a customer, such as {@code track("export", context, Outcome.failed("billing.invoice-export"))}: also
   * when it went well, because a guard looks at shares. Counted by customer (as a hash), outcome and the variant that the flag answers for this context,
   * and sent as counts alone. Without a customer in the context nothing is counted; what no guard of the flag watches is thrown away by the server.
   */
  public void track(String outcome, Context context, Outcome about) {
    Compiled compiled = holder.compiled();
    if (compiled == null || context == null || about == null || about.flag() == null || outcome == null) {
      return;
    }
    try {
      Answer answer = compiled.evaluate(about.flag(), context.attributes());
      String customer = compiled.customerHash(context.attributes());
      if (!answer.isServed || customer == null) {
        return;
      }
      if (outcomes.note(new OutcomeCounts.Counted(about.flag(), answer.variant, outcome, customer), about.failed())) {
        upkeep.outcomeNoted();
      } else {
        warnings.badOutcome(outcome);
      }
    } catch (RuntimeException | StackOverflowError fault) {
      warnings.fault("Tracking", fault);
    }
  }

  /** Says why a flag answers what it answers: plain English, one line a step; lines of conditions are indented by two spaces a level. */
  public List<String> explain(String key, Context context) {
    Compiled compiled = holder.compiled();
    if (compiled == null) {
      return List.of(key + " answers the code's default: no flags were received yet.");
    }
    try {
      return Explain.lines(compiled, String.valueOf(key), (context == null ? Context.EMPTY : context).attributes());
    } catch (RuntimeException | StackOverflowError fault) {
      warnings.fault("Explaining", fault);
      return List.of(key + " could not be explained.");
    }
  }

  /**
   * Waits for the first flags (from the server, the cache or a file), at the latest until the wait of the options is over, counted from when the client
   * was made. True where there are flags; where not, the code's defaults are answered until some arrive.
   */
  public boolean ready() {
    if (upkeep.isWithinInvocations()) {
      return refresh();
    }
    try {
      upkeep.settled().await(options.readyWait.toMillis() - (world.monotonicMs() - startedMs), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return holder.compiled() != null;
  }

  /**
   * At the beginning of an invocation, with {@code refreshEvery} of the options: asks for the flags where they are older than that, and returns when they are
   * there, at the latest after {@code readyWait}, with nothing left under way. True where there are flags. Without that option it returns at once.
   */
  public boolean refresh() {
    within(options.readyWait.toMillis(), upkeep::refresh);
    return holder.compiled() != null;
  }

  /**
   * At the end of an invocation, with {@code refreshEvery} of the options: sends what was counted, returns within about a second, and keeps for the next
   * invocation what did not come through.
   */
  public void flush() {
    within(FLUSH_MS_MAX, upkeep::flush);
  }

  /** Waits for what the SDK's own thread does within this time; a moment more, since it ends it by itself. A listener, on that thread, does not wait. */
  private void within(long waitMs, Consumer<Runnable> what) {
    if (!upkeep.isWithinInvocations()) {
      return;
    }
    if (world.isOwnThread()) {
      what.accept(() -> {});
      return;
    }
    CountDownLatch done = new CountDownLatch(1);
    world.post(() -> what.accept(done::countDown));
    try {
      boolean isDone = done.await(waitMs + TURN_MS_MAX, TimeUnit.MILLISECONDS);
      if (!isDone) {
        warnings.fault("An invocation", new IllegalStateException("the SDK's own thread did not get its turn"));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Where the flags come from now. */
  public State state() {
    return upkeep.state();
  }

  /** The environment whose flags are served; null while none are. */
  public String environment() {
    Compiled compiled = holder.compiled();
    return compiled == null ? null : compiled.head().environment();
  }

  /** Why there is no connection; null where there is one. */
  public Trouble trouble() {
    return upkeep.trouble();
  }

  /** Calls the listener after each swap, from the client's own thread: it must return soon. Gives what ends it. */
  public Runnable onChange(Consumer<Change> listener) {
    return upkeep.changes().add(listener);
  }

  /** Calls the listener when {@link #state()} changes; as {@link #onChange}. */
  public Runnable onState(Consumer<State> listener) {
    return upkeep.states().add(listener);
  }

  /**
   * How often each answer was given since the client was made, by flag, variant and reason; where the code's default was answered, the reason is
   * ERROR and the cause says why. At most 20,000 answers and 1,000 defaults are counted apart, and {@link #uncounted()} has the rest.
   */
  public List<Count> counts() {
    return counts.given();
  }

  /** What of contexts this process shows its server, and how much of it. */
  public SampleCounts samples() {
    return samples.counts();
  }

  /** How many answers were given beyond what is counted apart. */
  public long uncounted() {
    return counts.dropped();
  }

  /** Ends connection, threads and files, and returns when the last good flags are written and the last counts sent. Answers stay available. May be called again. */
  @Override
  public void close() {
    if (world.isOwnThread()) {
      upkeep.close(this::end);
      return;
    }
    world.post(() -> upkeep.close(ended::countDown));
    try {
      boolean isWritten = ended.await(CLOSE_MS_MAX, TimeUnit.MILLISECONDS);
      if (!isWritten && !upkeep.isOver()) {
        warnings.fault("Closing", new IllegalStateException("the last good flags could not be written in time"));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    world.close();
  }

  private void end() {
    ended.countDown();
    world.close();
  }

  /** For the test kit: takes a patch as if the server had sent it, and returns when it is served. Gives why it was not taken, or null. */
  private String takePatch(String text) {
    if (upkeep.isOver()) {
      return "the client is closed";
    }
    AtomicReference<String> why = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    world.post(
        () -> {
          why.set(upkeep.takePatch(text));
          done.countDown();
        });
    try {
      return done.await(CLOSE_MS_MAX, TimeUnit.MILLISECONDS) ? why.get() : "it was not taken in time";
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
