import { type Problem, problems } from "@sluice/contract";
import type { Result, UrgentKill } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import {
  commandReused,
  decideKill,
  decideLift,
  decideRefuseLift,
  type Decisions,
  decideUndo,
  emptyDecisions,
  type Facts,
  freshEnvironment,
  isThatKill,
  type JournalledKill,
  killInForce,
  type LoggedEvent,
  type KillCatalogue,
  type Proposal,
  type ThatKill,
  UNDO_WITHIN_MS,
} from "@sluice/releases";
import { aliasesIn } from "@sluice/snapshot";
import type { EventLog, LogFollower, Person } from "@sluice/store";
import { type Deadline, Deadlines } from "./deadline.ts";
import type { Adopter } from "./emergency-adoption.ts";
import { type KillJournal, NoRoom } from "./emergency-journal.ts";
import { asBefore, type Killed, noRoom, notAnswered, notWritten, tooBusy } from "./kill-answer.ts";
import { aimOf, type KillAsked, type KillAuthor, wishOf } from "./kill-wish.ts";
import { KnownKills } from "./known-kills.ts";
import type { Publisher } from "./publisher.ts";
import type { Receipts } from "./receipts.ts";
import { Turns } from "./turns.ts";

/** What the store has to acknowledge a kill in, from when it was asked for; after that it goes the emergency way. */
const KILL_APPEND_MS_MAX = 250;
/** A kill that had to wait for its turn gives the store at least this, so that a burst of kills at a healthy store stays orderly. */
const KILL_APPEND_MS_MIN = 50;
/** A kill that has waited so long for its turn is in a hurry: what waits for the store before it gives up soon. */
const HURRY_MS = 100;
/** A lift waits longer: it cannot go another way. */
const LIFT_APPEND_MS_MAX = 3_000;
/** Decisions of others that may come between reading the head and appending. */
const CONFLICTS_MAX = 5;
/** Waits between attempts to bring emergency kills into the log: it doubles up to the longest. */
const ADOPT_RETRY_MS_MIN = 500;
const ADOPT_RETRY_MS_MAX = 4_000;
/** Who the turns of adoptions belong to: no account has this name. */
const ADOPTING = "(adoption)";

interface Parts {
  readonly world: World;
  readonly store: EventLog;
  readonly log: LogFollower;
  readonly journal: KillJournal;
  readonly publisher: Publisher;
  readonly receipts: Receipts;
  readonly catalogue: () => KillCatalogue;
  /** False while nobody has told this process the flags of an environment. */
  readonly knowsFlagsOf: (environment: string) => boolean;
  /** The policy of an environment, as the API last said it; true while nobody has. */
  readonly liftNeedsTwo: (environment: string) => boolean;
  /** An emergency kill came into force or into the log. */
  readonly onEmergency: () => void;
  readonly adoption: Adopter;
}

/** What became of proposals: in the log now, in the log since long (under the same command), refused, or not acknowledged in time. */
type Appended =
  | { readonly kind: "done" }
  | { readonly kind: "again"; readonly events: readonly LoggedEvent[] }
  | { readonly kind: "refused"; readonly problem: Problem }
  | { readonly kind: "tooLate"; readonly proposals: readonly Proposal[] };

/** What a lift or an undo came to. `waits`: it takes a second person, and the kill is in force until then. */
interface Ended {
  readonly seq?: number;
  readonly waits?: boolean;
}

const isEnd = (facts: Facts): facts is Extract<Facts, { readonly kind: "killLifted" | "liftAsked" | "liftRefused" }> =>
  facts.kind === "killLifted" || facts.kind === "liftAsked" || facts.kind === "liftRefused";

/** Kill, lift and undo: decided, appended, sent. One at a time, so that a journal's counters enter the log in their order, and in turn by who asks. */
export class KillIntake {
  readonly #parts: Parts;
  readonly #turns = new Turns();
  readonly #deadlines: Deadlines;
  readonly #known: KnownKills;
  #adopting = false;
  #adoptRetryMs = ADOPT_RETRY_MS_MIN;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines(parts.world);
    this.#known = new KnownKills(parts);
  }

  async #inTurn<T>(who: string, work: () => Promise<Result<T, Problem>>): Promise<Result<T, Problem>> {
    return (await this.#turns.take(who, work)) ?? { ok: false, problem: tooBusy };
  }

  /** As the log says; where it could not be read since this process began, as the snapshots say, so that a kill needs no store even then. */
  #decisions(): Decisions {
    const { log, publisher } = this.#parts;
    if (log.decisions.seq > 0) return log.decisions;
    const served = publisher.hubs.flatMap(({ environment, snapshot }) => (snapshot === undefined ? [] : [[environment, snapshot] as const]));
    return {
      ...emptyDecisions,
      environments: Object.fromEntries(served.map(([environment, { salt }]) => [environment, freshEnvironment(salt)])),
      aliases: Object.fromEntries(served.flatMap(([, { flags }]) => Object.entries(aliasesIn(flags)))),
    };
  }

  async kill(author: KillAuthor, body: KillAsked): Promise<Result<Killed, Problem>> {
    const { clock, timers } = this.#parts.world;
    const askedMs = clock.monotonicMs();
    let calm = (): void => {};
    const hurry = timers.after(HURRY_MS, () => (calm = this.#deadlines.hurry()));
    const itsTurn = (): void => {
      hurry.cancel();
      calm();
      calm = () => {};
    };
    try {
      return await this.#inTurn(author.id, () => {
        itsTurn();
        return this.#kill(author, body, askedMs);
      });
    } finally {
      // One that was refused a place had no turn.
      itsTurn();
    }
  }

  async #kill(author: KillAuthor, body: KillAsked, askedMs: number): Promise<Result<Killed, Problem>> {
    const { world, log, journal } = this.#parts;
    const atMs = world.clock.nowMs();
    const { command, environment } = body;
    const snapshot = this.#parts.publisher.hub(environment)?.snapshot;
    const salt = log.decisions.environments[environment]?.salt ?? snapshot?.salt;
    const same = aimOf(body, salt);
    const known = await this.#known.answer(command, same);
    if (known !== undefined) return known;
    const wish = {
      ...wishOf(author, body, same),
      atMs,
      journal: journal.id,
      counter: journal.nextCounter(),
      waiting: this.#parts.adoption.pending,
      ...(snapshot === undefined ? {} : { segments: new Set(Object.keys(snapshot.segments ?? {})) }),
    };
    const limitMs = Math.max(KILL_APPEND_MS_MIN, KILL_APPEND_MS_MAX - (world.clock.monotonicMs() - askedMs));
    const appended = await this.#append(() => decideKill(this.#decisions(), this.#parts.catalogue(), wish), this.#deadlines.after(limitMs));
    switch (appended.kind) {
      case "refused":
        return { ok: false, problem: await this.#asRefused(wish, appended.problem) };
      case "done":
        return { ok: true, value: this.#appended(wish, askedMs) };
      case "again":
        return asBefore(appended.events, same, log.decisions);
      case "tooLate":
        return this.#emergency(appended.proposals, wish, askedMs);
    }
  }

  /** The log has the command: since now, or since a kill that is in force. */
  #appended(wish: ThatKill & { readonly kill: string; readonly command: string; readonly atMs: number }, askedMs: number): Killed {
    const { decisions } = this.#parts.log;
    const known = decisions.commands.get(wish.command);
    const kill = known?.id ?? wish.kill;
    this.#track(kill, wish.environment, askedMs, known?.seq);
    const flags = killInForce(decisions, kill)?.flags ?? wish.flags;
    const undoUntilMs = (known?.atMs ?? wish.atMs) + UNDO_WITHIN_MS;
    return { kill, flags, ...(known === undefined ? {} : { seq: known.seq }), emergency: false, undoUntilMs };
  }

  /** That a flag does not exist can be said only by one who knows those that do: who asks must not give up on a kill. */
  async #asRefused(wish: ThatKill & { readonly kill: string; readonly command: string }, problem: Problem): Promise<Problem> {
    const { environment, command } = wish;
    if (problem.code === "killLifted") return (await this.#saidTheSame(wish)) ? problem : commandReused(command);
    return problem.code === "notAllowed" || this.#parts.knowsFlagsOf(environment) ? problem : problems.noSnapshot;
  }

  /** Whether a kill that was lifted since is the one that is asked for again; only the log still knows. What cannot be read is believed. */
  async #saidTheSame(wish: ThatKill & { readonly command: string }): Promise<boolean> {
    const { log, store } = this.#parts;
    const known = log.decisions.commands.get(wish.command);
    const deadline = this.#deadlines.after(KILL_APPEND_MS_MIN);
    try {
      const read = known === undefined ? undefined : await Promise.race([store.read(known.seq - 1, 1), deadline.passed]);
      const facts = read === "passed" ? undefined : read?.[0]?.facts;
      return facts?.kind !== "flagsKilled" || isThatKill(facts, wish, log.decisions.aliases);
    } catch (error) {
      this.#parts.world.log.warn("kill.store", { why: error instanceof Error ? error.message : String(error) });
      return true;
    } finally {
      deadline.cancel();
    }
  }

  /** The store did not take it in time: journal, send, acknowledge; the log gets it later. */
  async #emergency(
    proposals: readonly Proposal[],
    wish: { readonly kill: string; readonly environment: string; readonly journal: string; readonly counter: number; readonly atMs: number },
    askedMs: number,
  ): Promise<Result<Killed, Problem>> {
    const { journal, world } = this.#parts;
    const [proposal] = proposals;
    if (proposal?.facts.kind !== "flagsKilled") return { ok: false, problem: problems.storeUnavailable };
    const { flags, of, scope, environment, reviewAtMs, drill } = proposal.facts;
    const kill: JournalledKill = {
      command: proposal.command,
      atMs: wish.atMs,
      kill: wish.kill,
      environment,
      flags,
      ...(of === undefined ? {} : { of }),
      ...(scope === undefined ? {} : { scope }),
      ...(reviewAtMs === undefined ? {} : { reviewAtMs }),
      ...(drill === undefined ? {} : { drill }),
      journal: wish.journal,
      counter: wish.counter,
      personal: proposal.personal,
    };
    let written = true;
    try {
      await journal.write(kill);
    } catch (error) {
      if (error instanceof NoRoom) return { ok: false, problem: noRoom };
      written = false;
      world.log.error("kill.notJournalled", { kill: kill.kill, why: error instanceof Error ? error.message : String(error) });
    }
    this.#known.note(kill);
    // In force in any case: a disk that refuses must not keep a harmful feature on.
    this.sendUrgent(kill);
    this.#track(kill.kill, environment, askedMs, undefined);
    this.adoptSoon();
    this.#parts.onEmergency();
    world.log.warn("kill.emergency", { kill: kill.kill, environment });
    if (written) return { ok: true, value: { kill: kill.kill, flags, emergency: true, undoUntilMs: wish.atMs + UNDO_WITHIN_MS } };
    return { ok: false, problem: notWritten };
  }

  /** Puts a journalled kill in force everywhere at once. */
  sendUrgent(kill: JournalledKill): void {
    const { publisher, log } = this.#parts;
    const epoch = publisher.hub(kill.environment)?.snapshot?.epoch ?? log.decisions.epoch;
    const urgent: UrgentKill = {
      id: kill.kill,
      epoch,
      journal: kill.journal,
      counter: kill.counter,
      flags: kill.flags,
      ...(kill.scope === undefined ? {} : { scope: kill.scope }),
    };
    publisher.urgent(kill.environment, urgent);
  }

  #track(kill: string, environment: string, atMs: number, seq: number | undefined): void {
    const epoch = this.#parts.publisher.hub(environment)?.snapshot?.epoch ?? this.#parts.log.decisions.epoch;
    this.#parts.receipts.track({ kill, environment, epoch, atMs, ...(seq === undefined ? {} : { seq }) });
  }

  lift(person: Person, kill: string, body: { readonly command: string; readonly reason?: string | undefined }): Promise<Result<Ended, Problem>> {
    const decide: typeof decideLift = (decisions, wish) => {
      const environment = killInForce(decisions, kill)?.environment;
      return decideLift(decisions, { ...wish, needsTwo: environment !== undefined && this.#parts.liftNeedsTwo(environment) });
    };
    return this.#inTurn(person.id, () => this.#end(decide, person, kill, body));
  }

  /** Says no to a lift that waits for a second person. */
  async refuseLift(person: Person, kill: string, body: { readonly command: string; readonly reason?: string | undefined }): Promise<Result<Ended, Problem>> {
    const ended = await this.#inTurn(person.id, () => this.#end(decideRefuseLift, person, kill, body));
    // The kill is in force, and nothing waits.
    return ended.ok ? { ok: true, value: ended.value.seq === undefined ? {} : { seq: ended.value.seq } } : ended;
  }

  undo(person: Person, kill: string, body: { readonly command: string }): Promise<Result<Ended, Problem>> {
    return this.#inTurn(person.id, () => this.#end(decideUndo, person, kill, body));
  }

  async #end(
    decide: typeof decideLift,
    person: Person,
    kill: string,
    body: { readonly command: string; readonly reason?: string | undefined },
  ): Promise<Result<Ended, Problem>> {
    const { world, log, adoption } = this.#parts;
    const deadline = this.#deadlines.patient(LIFT_APPEND_MS_MAX);
    // What is to be lifted may be one of those that wait.
    if (adoption.isWaiting && !(await adoption.adopt(deadline))) {
      deadline.cancel();
      return { ok: false, problem: problems.storeUnavailable };
    }
    const wish = {
      command: body.command,
      atMs: world.clock.nowMs(),
      by: person.id,
      role: person.role,
      kill,
      ...(body.reason === undefined ? {} : { reason: body.reason }),
    };
    const appended = await this.#append(() => decide(log.decisions, wish), deadline);
    if (appended.kind === "refused") return { ok: false, problem: appended.problem };
    if (appended.kind === "tooLate") return { ok: false, problem: notAnswered };
    const { command } = body;
    if (appended.kind === "again" && !appended.events.some(({ facts }) => isEnd(facts) && facts.kill === kill))
      return { ok: false, problem: commandReused(command) };
    const seq = appended.kind === "again" ? appended.events.at(-1)?.seq : log.decisions.commands.get(command)?.seq;
    const waits = killInForce(log.decisions, kill) !== undefined;
    return { ok: true, value: { ...(seq === undefined ? {} : { seq }), ...(waits ? { waits } : {}) } };
  }

  /** Decides on the newest state and appends after it, again when somebody was quicker, all before the deadline, which ends with this. */
  async #append(decide: () => Result<readonly Proposal[], Problem>, deadline: Deadline): Promise<Appended> {
    const { log, store, adoption } = this.#parts;
    let decided = decide();
    try {
      if (!decided.ok) {
        // Perhaps this process has not seen what makes it right: a flag just adopted, a kill of another process.
        if ((await Promise.race([log.catchUp().then(() => true), deadline.passed])) === true) decided = decide();
        if (!decided.ok) return { kind: "refused", problem: decided.problem };
      }
      if (decided.value.length === 0) return { kind: "done" };
      if (adoption.isWaiting && !(await adoption.adopt(deadline))) return { kind: "tooLate", proposals: decided.value };
      for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
        decided = decide();
        if (!decided.ok) return { kind: "refused", problem: decided.problem };
        if (decided.value.length === 0) return { kind: "done" };
        const result = await Promise.race([store.append(decided.value, log.decisions.seq), deadline.passed]);
        if (result === "passed") return { kind: "tooLate", proposals: decided.value };
        if (result.kind === "appended") {
          log.take(result.events);
          return { kind: "done" };
        }
        // What came of it since is not known where it cannot be read: then it is as the store first took it.
        if (result.kind === "again") return await Promise.race([log.catchUp().catch(() => undefined), deadline.passed]).then(() => result);
        if ((await Promise.race([log.catchUp().then(() => true), deadline.passed])) === "passed") return { kind: "tooLate", proposals: decided.value };
      }
      return { kind: "tooLate", proposals: decided.value };
    } catch (error) {
      this.#parts.world.log.warn("kill.store", { why: error instanceof Error ? error.message : String(error) });
      return decided.ok ? { kind: "tooLate", proposals: decided.value } : { kind: "refused", problem: decided.problem };
    } finally {
      deadline.cancel();
    }
  }

  /** Emergency kills of an earlier life, or of an outage, find their way into the log. */
  resume(): void {
    for (const kill of this.#parts.journal.pending) {
      this.sendUrgent(kill);
      this.#track(kill.kill, kill.environment, this.#parts.world.clock.monotonicMs(), undefined);
    }
    if (this.#parts.adoption.isWaiting) this.adoptSoon();
  }

  /** Emergency kills wait for the log: tried until none is left. */
  adoptSoon(): void {
    if (this.#adopting) return;
    this.#adopting = true;
    const { world } = this.#parts;
    world.timers.after(this.#adoptRetryMs * (0.5 + world.random.unit() / 2), () => {
      const again = (): void => {
        this.#adopting = false;
        this.#adoptRetryMs = Math.min(ADOPT_RETRY_MS_MAX, this.#adoptRetryMs * 2);
        this.adoptSoon();
      };
      this.#inTurn(ADOPTING, async () => ({ ok: true, value: await this.#adoptPatiently() })).then((done) => {
        // One of a relay may have come while others were taken.
        if (!done.ok || !done.value || this.#parts.adoption.isWaiting) return again();
        this.#adopting = false;
        this.#adoptRetryMs = ADOPT_RETRY_MS_MIN;
      }, again);
    });
  }

  async #adoptPatiently(): Promise<boolean> {
    const deadline = this.#deadlines.patient(LIFT_APPEND_MS_MAX);
    try {
      return await this.#parts.adoption.adopt(deadline);
    } finally {
      deadline.cancel();
    }
  }
}
