package io.github.sluiceflags;

import io.github.sluiceflags.internal.evaluation.Decode;
import io.github.sluiceflags.internal.evaluation.Kill;
import io.github.sluiceflags.internal.evaluation.Patch;
import io.github.sluiceflags.internal.evaluation.Snapshot;
import io.github.sluiceflags.internal.ports.Log;
import io.github.sluiceflags.internal.ports.World;
import io.github.sluiceflags.internal.serving.Holder;
import io.github.sluiceflags.internal.serving.Intake;
import io.github.sluiceflags.internal.serving.LastKnownGood;
import io.github.sluiceflags.internal.serving.Offer;
import io.github.sluiceflags.internal.serving.SignatureCheck;
import io.github.sluiceflags.internal.serving.Step;
import io.github.sluiceflags.internal.serving.Stored;
import io.github.sluiceflags.internal.transport.Address;
import io.github.sluiceflags.internal.transport.AskedKeys;
import io.github.sluiceflags.internal.transport.Confirmer;
import io.github.sluiceflags.internal.transport.Connection;
import io.github.sluiceflags.internal.transport.Invocations;
import io.github.sluiceflags.internal.transport.Receiver;
import io.github.sluiceflags.internal.transport.Samples;
import io.github.sluiceflags.internal.transport.Source;
import io.github.sluiceflags.internal.transport.TelemetrySender;
import io.github.sluiceflags.internal.transport.Troubles;
import io.github.sluiceflags.internal.transport.Wire;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** What keeps a client's flags as they should be: stored state first, then the connection until the end. All but the getters is on the SDK's own thread. */
final class Upkeep implements Receiver {
  /** A disk that does not answer must not keep the network waiting. */
  private static final long DISK_WAIT_MS = 250;

  /** What it works with. */
  record Parts(World world, Log log, Holder holder, AskedKeys keys, Warnings warnings, Counts counts, OutcomeCounts outcomes, Samples samples) {}

  private final SluiceOptions options;
  private final World world;
  private final Log log;
  private final Holder holder;
  private final Intake intake;
  private final Listeners<Change> changes;
  private final Listeners<State> states;
  private final CountDownLatch settled = new CountDownLatch(1);

  /** Null where no server is asked. */
  private final Connection connection;

  /** In place of a connection, where nothing may go on between invocations; else null. */
  private final Invocations invocations;

  private final Confirmer confirmer;
  private final TelemetrySender telemetry;
  private final Samples samples;

  /** Null where nothing is kept. */
  private final LastKnownGood cache;

  /** What is wrong with the options themselves; null where nothing is. */
  private final Trouble setup;

  /** Whom to tell when everything has ended: whoever closes, each of them. */
  private final List<Runnable> atEnd = new ArrayList<>();

  private boolean isConnecting;
  private boolean isReached;
  private boolean isEnded;
  private volatile boolean isOver;
  private volatile State state;

  Upkeep(SluiceOptions options, Parts parts) {
    this.options = options;
    world = parts.world;
    log = parts.log;
    holder = parts.holder;
    samples = parts.samples;
    changes = new Listeners<>("An onChange listener", parts.warnings);
    states = new Listeners<>("An onState listener", parts.warnings);
    if (options.onChange != null) {
      changes.add(options.onChange);
    }
    SignatureCheck check = null;
    Trouble wrong = null;
    try {
      check = options.signatureKeys == null ? null : SignatureCheck.of(options.signatureKeys, options.environment);
    } catch (SignatureCheck.BadKeys bad) {
      // To go on unchecked would be what nobody asked for: neither network nor disk nor file is looked at.
      wrong = Troubles.badSignatureKeys(bad.getMessage());
    }
    boolean isUsable = wrong == null;
    intake = new Intake(holder, options.environment, check);
    String base = Address.parseBase(options.url);
    if (isUsable && base == null && (options.url != null || !options.hasBundle())) {
      wrong = Troubles.badAddress(String.valueOf(options.url));
    }
    setup = wrong;
    boolean hasCache = isUsable && options.cacheDir != null;
    cache = hasCache ? new LastKnownGood(options.cacheDir.resolve(Stored.nameOf(options.environment, options.key)), world, log, intake) : null;
    if (isUsable && base != null) {
      Address address = new Address(base, options.key, world.token(), options.service, options.version);
      Source source = new Source(world, address, options.environment, check);
      connection = options.refreshEvery == null ? new Connection(source, this, log) : null;
      invocations = options.refreshEvery == null ? null : new Invocations(source, this, log, options.refreshEvery.toMillis());
      samples.connect(world, address, options.sampledInForce());
      confirmer = new Confirmer(world, address, parts.keys, holder);
      telemetry = new TelemetrySender(world, address, new Batches(parts.outcomes, parts.counts, holder, address.instance()));
    } else {
      connection = null;
      invocations = null;
      confirmer = null;
      telemetry = null;
    }
    state = stateNow();
  }

  State state() {
    return state;
  }

  Trouble trouble() {
    if (invocations != null) {
      return invocations.trouble();
    }
    return setup != null || connection == null ? setup : connection.trouble();
  }

  Listeners<Change> changes() {
    return changes;
  }

  Listeners<State> states() {
    return states;
  }

  /** Counted down when there are flags, or nothing is to be waited for. */
  CountDownLatch settled() {
    return settled;
  }

  boolean isOver() {
    return isOver;
  }

  void start() {
    if (setup != null) {
      log.error("sluice." + setup.kind(), setup.toString());
    }
    if (setup != null && setup.kind() == Trouble.Kind.BAD_OPTIONS) {
      settled.countDown();
      return;
    }
    if (invocations == null) {
      world.after(DISK_WAIT_MS, this::connect);
    }
    begin();
    if (telemetry != null) {
      world.aside(FirstUse::run);
    }
  }

  /** What is stored first. */
  private void begin() {
    if (cache == null) {
      loadBundle();
    } else {
      cache.load(
          stored -> {
            restore(stored);
            if (holder.version() == null) {
              loadBundle();
            } else {
              connect();
            }
          });
    }
  }

  private void loadBundle() {
    if (options.snapshotFile != null) {
      String name = "The snapshot file " + options.snapshotFile;
      world.read(
          options.snapshotFile,
          (bytes, why) -> {
            if (bytes == null) {
              log.error("sluice.file.unreadable", name + " cannot be read: " + (why == null ? "there is none" : why) + ".");
            } else {
              restoreBundle(name, bytes);
            }
            connect();
          });
      return;
    }
    if (options.snapshot != null) {
      restoreBundle("The bundled snapshot", options.snapshot.getBytes(StandardCharsets.UTF_8));
    }
    connect();
  }

  private void restoreBundle(String name, byte[] bytes) {
    try {
      restore(Stored.read(bytes));
    } catch (Decode.Refused refused) {
      log.error("sluice.file.unreadable", name + " cannot be used: " + refused.getMessage() + ".");
    }
  }

  private void restore(Stored stored) {
    if (stored == null || isOver) {
      return;
    }
    try {
      took(intake.restore(stored));
    } catch (Decode.Refused refused) {
      log.warn("sluice.cache.ignored", "Stored flags are not used: " + refused.getMessage() + ".");
    }
  }

  /** Begins once, whether the disk has answered or not: what it gives later is taken where nothing newer has come. */
  private void connect() {
    if (isConnecting || isOver) {
      return;
    }
    isConnecting = true;
    if (connection == null) {
      settled.countDown();
    } else {
      connection.start();
    }
  }

  /** Follows every offer: what was swapped is confirmed first, then written down, then told to listeners. */
  private Offer took(Offer offer) {
    if (offer.change() == null) {
      return offer;
    }
    if (confirmer != null) {
      confirmer.changed();
    }
    if (cache != null) {
      // Between invocations nobody would write later.
      cache.changed(offer.change().isKill() || invocations != null);
    }
    stateMayChange();
    // Whoever has waited finds the state as it is now.
    settled.countDown();
    changes.call(offer.change());
    return offer;
  }

  /** Gives why a patch was not taken, or null. */
  String takePatch(String text) {
    try {
      Offer offer = took(intake.patch(Decode.patch(text), null));
      return offer.kind() == Offer.Kind.SWAPPED ? null : String.valueOf(offer.why());
    } catch (Decode.Refused refused) {
      return refused.getMessage();
    }
  }

  /** Whether flags come within invocations alone. */
  boolean isWithinInvocations() {
    return invocations != null;
  }

  /** At the beginning of an invocation; {@code done} comes at the latest after the wait. */
  void refresh(Runnable done) {
    if (invocations == null || isOver) {
      done.run();
    } else {
      invocations.refresh(options.readyWait.toMillis(), done);
    }
  }

  /** At the end of an invocation; {@code done} comes within about a second. */
  void flush(Runnable done) {
    if (invocations == null || isOver) {
      done.run();
    } else {
      telemetry.flush(done);
    }
  }

  void keysNoted() {
    if (confirmer != null) {
      confirmer.keysNoted();
    }
  }

  /** An outcome was counted; called from any thread. */
  void outcomeNoted() {
    if (telemetry != null) {
      telemetry.noted();
    }
  }

  /** Ends everything but the answers; {@code done} is called when the last good flags are written and the last counts sent. */
  void close(Runnable done) {
    if (isEnded) {
      done.run();
      return;
    }
    atEnd.add(done);
    if (isOver) {
      // Closed by somebody else, or in a listener that is told of it: what is under way is not cut off.
      return;
    }
    if (invocations != null) {
      invocations.close();
    }
    isOver = true;
    if (connection != null) {
      connection.close();
      confirmer.close();
    }
    stateMayChange();
    settled.countDown();
    changes.clear();
    states.clear();
    Runnable closeCache = cache == null ? this::end : () -> cache.close(this::end);
    samples.close(
        () -> {
          if (telemetry == null) {
            closeCache.run();
          } else if (invocations == null) {
            telemetry.close(closeCache);
          } else {
            telemetry.flush(() -> telemetry.close(closeCache));
          }
        });
  }

  private void end() {
    isEnded = true;
    atEnd.forEach(Runnable::run);
  }

  private void stateMayChange() {
    State now = stateNow();
    if (now != state) {
      state = now;
      states.call(now);
    }
  }

  private State stateNow() {
    if (isOver || (connection == null && invocations == null && setup == null)) {
      return State.OFFLINE;
    }
    if (holder.compiled() == null) {
      return State.STARTING;
    }
    return isReached ? State.READY : State.STALE;
  }

  private void reached(boolean is) {
    isReached = is;
    stateMayChange();
  }

  @Override
  public Version version() {
    return holder.version();
  }

  @Override
  public boolean isReplaced(String epoch) {
    return holder.isReplaced(epoch);
  }

  @Override
  public boolean wantsSnapshot() {
    return intake.isTrailLong();
  }

  @Override
  public Offer snapshot(Snapshot snapshot, List<Kill.Urgent> urgent, List<Step> steps) {
    isReached = true;
    return took(intake.snapshot(snapshot, urgent, steps));
  }

  @Override
  public Offer patch(Patch patch, Step step) {
    return took(intake.patch(patch, step));
  }

  @Override
  public Offer urgent(Kill.Urgent kill, Step step) {
    return took(intake.urgent(kill, step));
  }

  @Override
  public void connected(Wire.Hello hello) {
    confirmer.connected(hello.confirmJitterMs());
    telemetry.connected();
    reached(true);
  }

  @Override
  public void samplingIs(String id, long jitterMs) {
    samples.termsAre(id, jitterMs);
  }

  @Override
  public void polled() {
    confirmer.disconnected();
    telemetry.disconnected();
    reached(true);
  }

  @Override
  public void disconnected() {
    confirmer.disconnected();
    telemetry.disconnected();
    reached(false);
  }
}
