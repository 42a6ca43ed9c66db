// Drives packages/releases through a random world beside the oracle, and says where the two part.
import { canonicalJson } from "@sluice/evaluation";
import * as releases from "@sluice/releases";
import type { Cell, Decisions, Facts, FlagProblem, Ground, LoggedEvent, Proposal, ReleaseState } from "@sluice/releases";
import { MINUTE } from "./calendar.ts";
import { Oracle } from "./oracle.ts";
import { earlierWithoutHold, otherPins, starts, wrongCells, wrongPins } from "./properties.ts";
import { type Sights, sightsOf, type Step } from "./sights.ts";
import { ENVIRONMENT, FLAGS, World } from "./world.ts";

export interface Outcome {
  readonly problems: readonly string[];
  readonly log: readonly string[];
  /** Starts that were compared, predictions that were held against what came, and customer-minutes of holds. */
  readonly starts: number;
  readonly predictions: number;
  /** Times that cells stayed as it was said that they would. */
  readonly kept: number;
  readonly holdViolations: number;
  readonly sights: Sights;
}

interface Predicted {
  readonly saidAtMs: number;
  readonly forMs: number;
  readonly cells: string;
}

/** Rounds of one look: far more than starts can follow from one another. */
const ROUNDS_MAX = 50;

/** `atMs` is the world's own time throughout, `shownMs` what the server's clock shows then: what is decided, asked and logged. */
export class Drive {
  readonly world: World;
  readonly oracle: Oracle;
  readonly problems: string[] = [];
  readonly log: string[] = [];
  decisions: Decisions = releases.emptyDecisions;
  readonly events: LoggedEvent[] = [];
  /** Canonical text of some states as they were. */
  readonly #states = new Map<number, string>();
  readonly #eachMinute: boolean;
  readonly #commands = new Set<string>();
  readonly #steps: Step[] = [];
  #oracleAtMs: number;
  #starts = 0;
  #predictions = 0;
  #predicted: Predicted | undefined;
  /** What each release's cells were when they were last worked out, and until when they were to stay so. */
  readonly #steady = new WeakMap<ReleaseState, { readonly ground: Ground; readonly cells: string; readonly fromMs: number; readonly untilMs: number }>();
  #kept = 0;

  constructor(seed: number, eachMinute: boolean) {
    this.world = new World(seed);
    this.#eachMinute = eachMinute;
    this.oracle = new Oracle();
    this.#oracleAtMs = this.world.startMs - MINUTE;
  }

  run(): Outcome {
    const { world } = this;
    this.#append({ kind: "projectCreated", project: "shop", salts: { [ENVIRONMENT]: "salt" } }, world.startMs);
    this.#append({ kind: "customersChanged", set: world.customers }, world.startMs);
    const spans = [...world.absences, ...world.broken].flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]);
    const stops = [...new Set([world.startMs, ...world.decisionsAtMs, ...spans, ...world.jumps.map(({ atMs }) => atMs), world.endMs])]
      .filter((atMs) => atMs >= world.startMs && atMs <= world.endMs)
      .sort((a, b) => a - b);
    for (const [index, stopMs] of stops.entries()) {
      const untilMs = stops[index + 1] ?? stopMs;
      for (const atMs of world.decisionsAtMs) if (atMs === stopMs) this.#decide(stopMs);
      this.#between(stopMs, untilMs);
      if (this.problems.length > 0) break;
    }
    this.#replay();
    const violations = [...starts(this.events).violations, ...wrongPins(this.events)];
    this.problems.push(...violations);
    const holdViolations = violations.filter((each) => each.includes("hold")).length;
    return {
      problems: this.problems,
      log: this.log,
      starts: this.#starts,
      predictions: this.#predictions,
      kept: this.#kept,
      holdViolations,
      sights: sightsOf(world, this.#steps),
    };
  }

  readonly flagProblem =
    (atMs: number): FlagProblem =>
    (_environment, flag) =>
      this.world.isBroken(flag, atMs) ? "broken" : undefined;

  /** Looks at `fromMs` and whenever the real scheduler would until `untilMs`; nobody decides in between. */
  #between(fromMs: number, untilMs: number): void {
    const { world } = this;
    let atMs = fromMs;
    while (atMs < untilMs || atMs === fromMs) {
      if (!world.isAbsent(atMs)) this.#look(atMs);
      this.#compare(atMs);
      if (this.problems.length > 0 || world.isAbsent(atMs)) return;
      if (atMs === fromMs && this.#predicted === undefined && world.chance(0.5)) this.#predict(atMs, untilMs);
      const next = this.#eachMinute ? atMs + MINUTE : this.#nextMs(atMs);
      const promisedMs = this.#predicted?.forMs ?? Number.MAX_SAFE_INTEGER;
      atMs = Math.min(next, promisedMs > atMs ? promisedMs : next);
    }
    this.#predicted = undefined;
  }

  #nextMs(atMs: number): number {
    const shownMs = this.world.clockMs(atMs);
    const next = releases.nextDueMs(this.decisions, shownMs);
    if (next !== undefined && next <= shownMs) this.problems.push(`nextDueMs at ${clock(shownMs)} says ${clock(next)}, which is not later`);
    return next === undefined ? Number.MAX_SAFE_INTEGER : atMs + Math.max(1, Math.ceil(next / MINUTE) * MINUTE - shownMs);
  }

  #decide(atMs: number): void {
    const shownMs = this.world.clockMs(atMs);
    for (const proposal of this.world.decide(this.decisions, shownMs)) this.#append(proposal.facts, atMs, proposal);
    for (const proposal of this.world.pin(this.decisions, shownMs)) this.#append(proposal.facts, atMs, proposal);
    if (this.world.chance(0.2)) this.problems.push(...earlierWithoutHold(this.decisions, shownMs, (facts) => this.#imagine(facts, shownMs)));
  }

  #imagine(facts: Facts, shownMs: number): Decisions {
    const event = { seq: this.decisions.seq + 1, epoch: "e1", atMs: shownMs, command: "imagined", facts, personalHash: "", prevHash: "", hash: "" };
    return releases.applyEvent(this.decisions, event);
  }

  #look(atMs: number): void {
    const shownMs = this.world.clockMs(atMs);
    for (let round = 0; ; round += 1) {
      const proposals = releases.due(this.decisions, shownMs, this.flagProblem(atMs));
      if (proposals.length === 0) return;
      const fresh = proposals.filter(({ command }) => !this.#commands.has(command));
      if (fresh.length === 0 || round > ROUNDS_MAX)
        return void this.problems.push(`due never ends at ${clock(shownMs)}: ${proposals.map(({ command }) => command).join(" ")}`);
      for (const proposal of fresh) this.#append(proposal.facts, atMs, proposal);
    }
  }

  #append(facts: Facts, atMs: number, proposal?: Proposal): void {
    const seq = this.events.length + 1;
    const command = proposal?.command ?? `c${seq}`;
    this.#commands.add(command);
    const personal = proposal?.personal ?? { by: "ada" };
    const shownMs = this.world.clockMs(atMs);
    const event: LoggedEvent = { seq, epoch: "e1", atMs: shownMs, command, facts, personal, personalHash: "", prevHash: "", hash: String(seq) };
    this.decisions = releases.applyEvent(this.decisions, event);
    this.events.push(event);
    if (seq % 5 === 0) this.#states.set(seq, releases.encodeDecisions(this.decisions));
    const said = happenedIn(facts);
    this.log.push(`${clock(shownMs)} ${said ?? JSON.stringify(facts)}`);
    if (said !== undefined) {
      this.#starts += 1;
      const content = "release" in facts ? this.oracle.releases.get(facts.release ?? "")?.content : undefined;
      this.#steps.push({ atMs, facts, customers: new Map(this.oracle.customers), content });
      this.#expect(atMs, said);
      return;
    }
    this.#oracleUntil(atMs - MINUTE);
    this.#unexpected();
    this.oracle.take(facts, shownMs);
  }

  /** The oracle looks at each minute up to this one. */
  #oracleUntil(atMs: number): void {
    for (let minute = this.#oracleAtMs + MINUTE; minute <= atMs; minute += MINUTE) this.#oracleLook(minute);
    this.#oracleAtMs = Math.max(this.#oracleAtMs, atMs);
  }

  #oracleLook(atMs: number): void {
    const { world } = this;
    if (!world.isAbsent(atMs)) this.oracle.look(world.clockMs(atMs), (flag) => world.isBroken(flag, atMs));
  }

  /** Within a minute, what happens to one release comes in its order; two releases have none. */
  #expect(atMs: number, said: string): void {
    this.#oracleUntil(atMs);
    const shownMs = this.world.clockMs(atMs);
    const release = said.split(" ", 1)[0];
    const { happened } = this.oracle;
    const expected = happened.find(({ what }) => what.split(" ", 1)[0] === release);
    if (expected !== undefined) happened.splice(happened.indexOf(expected), 1);
    if (expected?.what !== said || expected.atMs !== shownMs)
      this.problems.push(
        `the log says ${clock(shownMs)} ${said}, the oracle ${expected === undefined ? "nothing" : `${clock(expected.atMs)} ${expected.what}`}`,
      );
  }

  #unexpected(): void {
    for (const { atMs, what } of this.oracle.happened.splice(0)) this.problems.push(`the oracle says ${clock(atMs)} ${what}, the log nothing`);
  }

  /** Exposure terms, cells, phases and the prediction made before, against the oracle and what came. */
  #compare(atMs: number): void {
    this.#oracleUntil(atMs);
    this.#unexpected();
    const shownMs = this.world.clockMs(atMs);
    const own = this.decisions.environments[ENVIRONMENT];
    for (const flag of FLAGS) {
      const term = own?.exposures.get(flag);
      for (const [id, { hashes }] of this.decisions.customers.entriesSorted()) {
        const hash = hashes[ENVIRONMENT] ?? "";
        const has = term !== undefined && (term.keys.includes(hash) || (term.rest === true && term.except?.includes(hash) !== true));
        if (has !== this.oracle.has(flag, id))
          this.problems.push(`${clock(shownMs)} ${id} ${has ? "has" : "has not"} ${flag} in the term, the oracle says otherwise`);
      }
    }
    this.problems.push(...otherPins(this.decisions, this.oracle, shownMs));
    for (const [id, { phase }] of this.decisions.releases.entriesSorted()) {
      const expected = this.oracle.releases.get(id)?.phase;
      if (phase !== expected) this.problems.push(`${clock(shownMs)} ${id} is ${phase}, the oracle says ${expected}`);
    }
    if (this.world.isAbsent(atMs)) return;
    this.problems.push(...this.#unsteady(atMs));
    this.problems.push(...wrongCells(this.decisions, this.oracle, shownMs, this.flagProblem(atMs)).map((wrong) => `${clock(shownMs)} ${wrong}`));
    if (this.#predicted?.forMs !== atMs) return;
    this.#predictions += 1;
    const came = this.#cells(atMs, atMs);
    if (came !== this.#predicted.cells)
      this.problems.push(
        `at ${clock(this.world.clockMs(this.#predicted.saidAtMs))} for ${clock(shownMs)}\n  predicted ${this.#predicted.cells}\n  came      ${came}`,
      );
    this.#predicted = undefined;
  }

  /** Cells that changed by the clock alone before it was said that they would. */
  #unsteady(atMs: number): readonly string[] {
    const problem = this.flagProblem(atMs);
    const shownMs = this.world.clockMs(atMs);
    return this.decisions.releases.entriesSorted().flatMap(([id, release]) => {
      // A flag breaks and is mended without a decision in these worlds: it stands for the files that the real ground has.
      const ground = [...releases.groundOf(this.decisions, release), FLAGS.filter((flag) => this.world.isBroken(flag, atMs)).join()];
      const cells = canonicalJson(releases.cellsOf(this.decisions, release, { nowMs: shownMs, atMs: shownMs }, problem));
      const before = this.#steady.get(release);
      const isKept = before !== undefined && releases.isSameGround(before.ground, ground) && before.fromMs <= shownMs && shownMs < before.untilMs;
      if (!isKept) this.#steady.set(release, { ground, cells, fromMs: shownMs, untilMs: releases.steadyUntilMs(this.decisions, release, shownMs) });
      if (!isKept) return [];
      this.#kept += 1;
      return before.cells === cells
        ? []
        : [`${clock(shownMs)} the cells of ${id} were to stay until ${clock(before.untilMs)}\n  were ${before.cells}\n  are  ${cells}`];
    });
  }

  #predict(saidAtMs: number, untilMs: number): void {
    const forMs = this.world.minute(saidAtMs, untilMs);
    if (forMs > saidAtMs && forMs < untilMs) this.#predicted = { saidAtMs, forMs, cells: this.#cells(saidAtMs, forMs) };
  }

  /** The states of all cells, with why those wait who wait for a person; words of other reasons may differ between before and after. */
  #cells(saidAtMs: number, forMs: number): string {
    const problem = this.flagProblem(saidAtMs);
    const time = { nowMs: this.world.clockMs(saidAtMs), atMs: this.world.clockMs(forMs) };
    const all = this.decisions.releases.entriesSorted().flatMap(([, release]) => releases.cellsOf(this.decisions, release, time, problem));
    return all.map(said).join("; ");
  }

  /** The log tells every past state again, and each state survives being written and read. */
  #replay(): void {
    let decisions = releases.emptyDecisions;
    for (const event of this.events) {
      decisions = releases.applyEvent(decisions, event);
      const was = this.#states.get(event.seq);
      if (was === undefined) continue;
      if (releases.encodeDecisions(decisions) !== was) this.problems.push(`replaying up to ${event.seq} gives another state`);
      const read = releases.decodeDecisions(was);
      if (read === undefined || releases.encodeDecisions(read) !== was) this.problems.push(`the state at ${event.seq} is another one when it is read`);
    }
  }
}

/**
 * What somebody has, and where a person must decide first, why; but for whether a bake was over at the end of the grace, which here is looked at
 * up to a minute later than there.
 */
function said({ customer, release, state, reasons }: Cell): string {
  const why = reasons.flatMap((reason) => (reason.kind === "undecided" ? reason.why.map((each) => each.why) : [])).filter((each) => !TO_THE_MINUTE.has(each));
  return `${customer}/${release} ${canonicalJson(state)} ${why.toSorted().join(" ")}`;
}

const TO_THE_MINUTE: ReadonlySet<string> = new Set(["bakeNotOver", "missed"]);

export const clock = (atMs: number): string => (Math.abs(atMs) < 8e15 ? new Date(atMs).toISOString().replace(":00.000Z", "Z") : String(atMs));

/** A scheduler's fact in the oracle's words; `undefined` for what people decide. */
function happenedIn(facts: Facts): string | undefined {
  const list = (ids: readonly string[]): string => ids.toSorted().join(" ");
  if (facts.kind === "waveStarted") return `${facts.release} begins wave ${facts.wave} for ${list(facts.members)}: ${list(facts.exposed)}`;
  if (facts.kind === "customersExposed") return `${facts.release} gives wave ${facts.wave} to ${list(facts.customers)}`;
  if (facts.kind === "releaseUndecided") return `${facts.release} asks about wave ${facts.wave}: ${list(facts.why.map(({ why }) => why))}`;
  if (facts.kind === "releaseEnded" && facts.how === "completed") return `${facts.release} is completed`;
  if (facts.kind === "pinEnded") return facts.expired === true ? `${facts.pin} ends` : undefined;
  return facts.kind === "optedOut" && facts.expired === true ? `${facts.release} ends the opt-in of ${facts.customer}` : undefined;
}
