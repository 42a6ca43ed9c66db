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
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Answers the flags of one environment in this process. Safe for any number of threads; its calls never throw, and only {@link #ready()} and
 * {@link #close()} wait. Make one per process, and close it at the end.
 */
public final class SluiceClient implements AutoCloseable {
  /** A disk that hangs must not keep a host from ending. */
  private static final long CLOSE_MS_MAX = 5_000;

  static {
    ClientAccess.open((client, patch) -> ((SluiceClient) client).takePatch(patch));
  }

  private final SluiceOptions options;
  private final World world;
  private final Holder holder;
  private final Counts counts = new Counts();
  private final AskedKeys keys = new AskedKeys();
  private final Warnings warnings;
  private final Upkeep upkeep;
  private final long startedMs;
  private final CountDownLatch ended = new CountDownLatch(1);

  private SluiceClient(SluiceOptions options, World world, Log log) {
    this.options = options;
    this.world = world;
    startedMs = world.monotonicMs();
    warnings = new Warnings(log, options.strict);
    holder = new Holder(new Compiled.Options(new Asker(stated(options.service), stated(options.version)), counts::counter));
    upkeep = new Upkeep(options, new Upkeep.Parts(world, log, holder, keys, warnings));
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

  /**
   * Answers true or false. The default is answered where the flag is unknown, of another type, or nothing was received yet. Allocates nothing.
   *
   * @param context who is asked about; null is nobody
   */
  public boolean getBoolean(String key, boolean fallback, Context context) {
    Answer answer = ask(holder.compiled(), key, context);
    if (answer.isBoolean) {
      return answer.isTrue;
    }
    checkType(key, Answer.Type.BOOLEAN, answer);
    return fallback;
  }

  /** Answers a text; as {@link #getBoolean}. */
  public String getString(String key, String fallback, Context context) {
    Answer answer = ask(holder.compiled(), key, context);
    if (answer.value instanceof String text) {
      return text;
    }
    checkType(key, Answer.Type.STRING, answer);
    return fallback;
  }

  /** Answers a number; as {@link #getBoolean}. */
  public double getNumber(String key, double fallback, Context context) {
    Answer answer = ask(holder.compiled(), key, context);
    if (answer.value instanceof Double number) {
      return number;
    }
    checkType(key, Answer.Type.NUMBER, answer);
    return fallback;
  }

  /**
   * Answers an object or list: an immutable {@link java.util.Map} or {@link List} of texts, {@link Double}, {@link Boolean}, null and further ones. Its
   * inner shape is the flag's, so check what you rely on.
   */
  public Object getObject(String key, Object fallback, Context context) {
    return getObjectDetails(key, fallback, context).value();
  }

  /** {@link #getBoolean} with variant, reason, cause and version. */
  public Details<Boolean> getBooleanDetails(String key, boolean fallback, Context context) {
    return details(key, context, Answer.Type.BOOLEAN, answer -> answer.isServed ? answer.isTrue : fallback);
  }

  /** {@link #getString} with variant, reason, cause and version. */
  public Details<String> getStringDetails(String key, String fallback, Context context) {
    return details(key, context, Answer.Type.STRING, answer -> answer.value instanceof String text ? text : fallback);
  }

  /** {@link #getNumber} with variant, reason, cause and version. */
  public Details<Double> getNumberDetails(String key, double fallback, Context context) {
    return details(key, context, Answer.Type.NUMBER, answer -> answer.value instanceof Double number ? number : fallback);
  }

  /** {@link #getObject} with variant, reason, cause and version. */
  public Details<Object> getObjectDetails(String key, Object fallback, Context context) {
    return details(key, context, Answer.Type.OBJECT, answer -> answer.isServed ? answer.value : fallback);
  }

  /** {@code value} is asked about an answer of the type, or one that is not served. */
  private <T> Details<T> details(String key, Context context, Answer.Type asked, Function<Answer, T> value) {
    Compiled compiled = holder.compiled();
    Answer answer = ask(compiled, key, context);
    if (answer.isServed && !answer.isOf(asked)) {
      checkType(key, asked, answer);
      answer = Answer.WRONG_TYPE;
    }
    Version version = compiled == null ? null : compiled.version();
    return new Details<>(value.apply(answer), answer.variant, answer.reason, answer.cause, answer.by, version, answer.problems);
  }

  /** The way of every question. A fault of our own is logged and answered with the default: it is never the host's. */
  private Answer ask(Compiled compiled, String key, Context context) {
    if (compiled == null) {
      return Answer.NO_SNAPSHOT;
    }
    if (key == null) {
      return Answer.UNKNOWN_FLAG;
    }
    try {
      Answer answer = compiled.evaluate(key, (context == null ? Context.EMPTY : context).attributes());
      if (answer.count.getAndIncrement() == 0 || answer == Answer.UNKNOWN_FLAG) {
        note(key, answer, compiled);
      }
      return answer;
    } catch (RuntimeException | StackOverflowError fault) {
      warnings.fault("Evaluation", fault);
      return Answer.NO_SNAPSHOT;
    }
  }

  private void checkType(String key, Answer.Type asked, Answer answer) {
    if (answer.isServed && !answer.isOf(asked)) {
      warnings.wrongType(key, asked, Explain.typeOf(answer.value));
    }
  }

  /** Asked for the first answer of its kind, and for unknown flags. */
  private void note(String key, Answer answer, Compiled compiled) {
    boolean isKnown = answer != Answer.UNKNOWN_FLAG;
    if (!isKnown) {
      counts.unknown(key);
    }
    if (!keys.note(key, isKnown)) {
      return;
    }
    if (!isKnown) {
      warnings.unknownKey(key, compiled);
    }
    world.post(upkeep::keysNoted);
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
    try {
      upkeep.settled().await(options.readyWait.toMillis() - (world.monotonicMs() - startedMs), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return holder.compiled() != null;
  }

  /** Where the flags come from now. */
  public State state() {
    return upkeep.state();
  }

  /** The version of what is served now; null while nothing is. */
  public Version version() {
    return holder.version();
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
   * How often each answer was given since the client was made, by flag, variant and reason; unknown flags have reason ERROR and no variant. At most
   * 20,000 answers are counted apart, and {@link #uncounted()} has the rest.
   */
  public List<Count> counts() {
    return counts.given();
  }

  /** How many answers were given beyond what is counted apart. */
  public long uncounted() {
    return counts.dropped();
  }

  /** Ends connection, threads and files, and returns when the last good flags are written. Answers stay available. May be called again. */
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
