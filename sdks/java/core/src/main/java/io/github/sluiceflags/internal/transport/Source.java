package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.Trouble;
import io.github.sluiceflags.Version;
import io.github.sluiceflags.internal.evaluation.Decode;
import io.github.sluiceflags.internal.evaluation.Kill;
import io.github.sluiceflags.internal.evaluation.Snapshot;
import io.github.sluiceflags.internal.ports.World;
import io.github.sluiceflags.internal.serving.SignatureCheck;
import io.github.sluiceflags.internal.serving.Step;
import io.github.sluiceflags.internal.serving.Stored;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Whom to ask, and what to accept.
 *
 * @param environment the one that this process must be in; null or empty accepts whatever the key belongs to
 * @param check null accepts what nobody has signed
 */
public record Source(World world, Address address, String environment, SignatureCheck check) {
  /** 10,000 kills of a few hundred bytes. */
  private static final int URGENT_BYTES_MAX = 8 << 20;

  /** Short, so that an answer lost on the way costs little. */
  private static final long FETCH_MS_MAX = 5_000;

  /** Used once an outage has lasted a minute: perhaps the link is only slow. */
  private static final long SLOW_FETCH_MS_MAX = 60_000;

  /** Carries the signature of a body; on a stream it is the field {@code sig}. */
  private static final String SIGNATURE = "sluice-signature";

  /**
   * What the server gave: a snapshot with the urgent kills in force, nothing new, or trouble.
   *
   * @param snapshot null where there is nothing new or trouble
   * @param steps both as they were signed, where signatures are checked
   * @param trouble null where there is none
   * @param requests how many it took, where there is trouble: 2 where the network asked again of its own accord, else 1
   */
  record Fetched(Snapshot snapshot, List<Kill.Urgent> urgent, List<Step> steps, Trouble trouble, int requests) {
    static Fetched failed(Trouble trouble) {
      return failed(trouble, 1);
    }

    static Fetched failed(Trouble trouble, int requests) {
      return new Fetched(null, List.of(), List.of(), trouble, requests);
    }
  }

  boolean isForeign(String other) {
    return environment != null && !environment.isEmpty() && !environment.equals(other);
  }

  /**
   * Asks for the snapshot and, where the server says that urgent kills are in force, for these before anything is served: a starting process must not
   * answer "on" for the moment until the stream tells it.
   *
   * @param held the version held, or null where any answer is wanted whole
   * @param outageMs how long the server was not reached
   */
  World.Cancel fetch(Version held, long outageMs, Consumer<Fetched> done) {
    long limitMs = outageMs >= Backoff.EARLY_OUTAGE_MS ? SLOW_FETCH_MS_MAX : FETCH_MS_MAX;
    Map<String, String> headers = new HashMap<>(Map.of("Accept", "application/json", "Accept-Encoding", "gzip"));
    if (held != null) {
      headers.put("If-None-Match", "\"" + Address.visible(held.toString()) + "\"");
    }
    // The second request, where there is one, is ended by the same cancel as the first.
    World.Cancel[] current = new World.Cancel[1];
    current[0] =
        WholeReply.ask(
            world,
            address.request("GET", "/sdk/v1/snapshot", headers, null),
            new WholeReply.Limits(limitMs, Decode.TEXT_MAX),
            reply -> {
              Fetched fetched = read(reply, held);
              if (fetched.snapshot == null || !hasUrgent(reply)) {
                done.accept(fetched);
              } else {
                current[0] = fetchUrgent(fetched, limitMs, done);
              }
            });
    return () -> current[0].cancel();
  }

  private static boolean hasUrgent(WholeReply reply) {
    return !reply.headers().getOrDefault("sluice-urgent", "0").equals("0");
  }

  private Fetched read(WholeReply reply, Version held) {
    String base = address.base();
    if (reply.failure() != null) {
      return Fetched.failed(Troubles.unreachable(base, reply.failure()), reply.requests());
    }
    Trouble trouble = Troubles.of(base, reply.status(), reply.headers(), "application/json");
    if (trouble != null) {
      return Fetched.failed(trouble);
    }
    if (reply.status() == 304) {
      return Fetched.failed(held == null ? Troubles.badAnswer(base, "status 304 where nothing was held") : null);
    }
    String text = new String(reply.body(), StandardCharsets.UTF_8);
    String signature = reply.headers().get(SIGNATURE);
    SignatureCheck.Problem problem = check == null ? null : check.problemOf(SignatureCheck.Kind.SNAPSHOT, reply.body(), signature);
    try {
      Snapshot snapshot = Decode.snapshot(text);
      // A key of another environment is the likelier mistake, and has another cure. What is refused may say so: it is believed in nothing else.
      if (isForeign(snapshot.head().environment())) {
        return Fetched.failed(Troubles.otherEnvironment(base, environment, snapshot.head().environment()));
      }
      return problem == null
          ? new Fetched(snapshot, List.of(), stepsOf(SignatureCheck.Kind.SNAPSHOT, text, signature), null, 1)
          : Fetched.failed(Troubles.badSignature(base, "snapshot", problem));
    } catch (Decode.Refused refused) {
      return Fetched.failed(problem == null ? Troubles.badAnswer(base, refused.getMessage()) : Troubles.badSignature(base, "snapshot", problem));
    }
  }

  private List<Step> stepsOf(SignatureCheck.Kind kind, String text, String signature) {
    return check == null ? List.of() : List.of(new Step(kind, text, signature));
  }

  /** Without this list the snapshot is still better than nothing, because the stream sends them again after its hello. */
  private World.Cancel fetchUrgent(Fetched fetched, long limitMs, Consumer<Fetched> done) {
    return WholeReply.ask(
        world,
        address.request("GET", "/sdk/v1/urgent", Map.of("Accept", "application/json"), null),
        new WholeReply.Limits(limitMs, URGENT_BYTES_MAX),
        reply -> done.accept(reply.failure() == null && reply.status() == 200 ? withUrgent(fetched, reply) : fetched));
  }

  private Fetched withUrgent(Fetched fetched, WholeReply reply) {
    String text = new String(reply.body(), StandardCharsets.UTF_8);
    String signature = reply.headers().get(SIGNATURE);
    SignatureCheck.Problem problem = check == null ? null : check.problemOf(SignatureCheck.Kind.KILLS, reply.body(), signature);
    if (problem != null) {
      return Fetched.failed(Troubles.badSignature(address.base(), "list of urgent kills", problem));
    }
    try {
      List<Kill.Urgent> urgent = Stored.readUrgentList(text);
      List<Step> steps = new ArrayList<>(fetched.steps);
      steps.addAll(stepsOf(SignatureCheck.Kind.KILLS, text, signature));
      return new Fetched(fetched.snapshot, urgent, steps, null, 1);
    } catch (Decode.Refused unreadable) {
      return fetched;
    }
  }
}
