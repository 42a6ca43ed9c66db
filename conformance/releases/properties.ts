// Laws of releases.md §1.3 that need no oracle: read off the log, or asked of one state.
import * as releases from "@sluice/releases";
import type { Cell, Decisions, Facts, FlagProblem, LoggedEvent } from "@sluice/releases";
import type { Oracle } from "./oracle.ts";

/** Every start of a log: none inside a hold of its customer, a freeze or a kill for everybody, none twice, none without the approvals of the last edit. */
export function starts(events: readonly LoggedEvent[]): { readonly violations: readonly string[] } {
  const violations: string[] = [];
  const seen = new Set<string>();
  for (const [index, { facts, atMs }] of events.entries()) {
    const given = facts.kind === "waveStarted" ? facts.exposed : facts.kind === "customersExposed" ? facts.customers : [];
    if (!("release" in facts) || (given.length === 0 && facts.kind !== "waveStarted")) continue;
    const before = events.slice(0, index);
    violations.push(...approvalViolations(before, facts.release, atMs).map((each) => `#${index + 1} starts ${each}`));
    const kill = killOn(before, facts.release);
    if (kill !== undefined) violations.push(`#${index + 1} starts ${facts.release} under the kill ${kill}`);
    for (const customer of given) {
      if (seen.has(`${facts.release} ${customer}`)) violations.push(`#${index + 1} starts ${facts.release} for ${customer} twice`);
      seen.add(`${facts.release} ${customer}`);
      const window = blockedBy(before, { release: facts.release, customer, atMs });
      if (window !== undefined) violations.push(`#${index + 1} starts ${facts.release} for ${customer} inside the ${window}`);
    }
  }
  return { violations };
}

function contentOf(before: readonly LoggedEvent[], release: string): { readonly index: number; readonly content: releases.ReleaseContent } | undefined {
  const index = before.findLastIndex(({ facts }) => facts.kind === "releaseSaved" && facts.release === release);
  const facts = before[index]?.facts;
  return facts?.kind === "releaseSaved" ? { index, content: facts.content } : undefined;
}

/** A kill in force that takes one of the release's flags from everybody. */
function killOn(before: readonly LoggedEvent[], release: string): string | undefined {
  const flags = contentOf(before, release)?.content.flags.map(({ flag }) => flag) ?? [];
  const lifted = new Set(before.flatMap(({ facts }) => (facts.kind === "killLifted" ? [facts.kill] : [])));
  const kills = before.flatMap(({ facts }) => (facts.kind === "flagsKilled" && facts.scope === undefined ? [facts] : []));
  return kills.find((facts) => !lifted.has(facts.kill) && facts.flags.some((flag) => flags.includes(flag)))?.kill;
}

function approvalViolations(before: readonly LoggedEvent[], release: string, atMs: number): readonly string[] {
  const saved = contentOf(before, release);
  if (saved === undefined) return [`${release}, which was never saved`];
  const editor = before[saved.index]?.personal?.by;
  return (saved.content.approvals ?? []).flatMap((role) => {
    const given = before.slice(saved.index).findLast(({ facts }) => facts.kind === "releaseApproved" && facts.release === release && facts.role === role);
    if (given === undefined) return [`${release} without the approval of ${role} since its last edit`];
    if (given.facts.kind === "releaseApproved" && given.facts.untilMs !== undefined && atMs >= given.facts.untilMs)
      return [`${release} behind the end of the approval of ${role}`];
    return given.personal?.by === editor ? [`${release} approved by its last editor`] : [];
  });
}

interface Asked {
  readonly release: string;
  readonly customer: string;
  readonly atMs: number;
}

function blockedBy(before: readonly LoggedEvent[], asked: Asked): string | undefined {
  const ended = new Set(before.flatMap(({ facts }) => (facts.kind === "freezeEnded" ? [facts.freeze] : [])));
  for (const { facts } of before)
    if (facts.kind === "freezeDeclared" && !ended.has(facts.freeze) && facts.fromMs <= asked.atMs && asked.atMs < facts.untilMs)
      return `freeze ${facts.freeze}`;
  const hold = holdOn(before, asked);
  return hold === undefined ? undefined : `hold ${hold}`;
}

/** The hold in force of this customer that concerns the release; of no release, those that concern all. */
function holdOn(before: readonly LoggedEvent[], { release, customer, atMs }: Asked): string | undefined {
  const ended = new Set(before.flatMap(({ facts }) => (facts.kind === "holdLifted" ? [facts.hold] : [])));
  const risk = contentOf(before, release)?.content.risk;
  for (const { facts } of before) {
    if (facts.kind !== "holdPlaced" || ended.has(facts.hold) || atMs < facts.fromMs || atMs >= facts.untilMs) continue;
    const { releases: only, risks } = facts;
    const concerns = (only === undefined && risks === undefined) || only?.includes(release) === true || (risk !== undefined && risks?.includes(risk) === true);
    if (concerns && facts.customers.includes(customer)) return facts.hold;
  }
  return undefined;
}

const valid: FlagProblem = () => undefined;
/** Later than everything that any of our worlds plans. */
const FAR_MS = 90 * 24 * 3_600_000;

/** When each cell will be on, as the page says, without those that wait for a person; and the releases that will wait for one. */
function comes(decisions: Decisions, nowMs: number): { readonly on: ReadonlyMap<string, number>; readonly asking: ReadonlySet<string> } {
  const time = { nowMs, atMs: nowMs + FAR_MS };
  const cells = decisions.releases.entriesSorted().flatMap(([, release]) => releases.cellsOf(decisions, release, time, valid));
  return {
    on: new Map(cells.flatMap(({ customer, release, state }) => (state.state === "on" ? [[`${customer}/${release}`, state.sinceMs] as const] : []))),
    asking: new Set(cells.flatMap(({ release, state }) => (state.state === "needsDecision" ? [release] : []))),
  };
}

/** The planned start of each customer in its wave. */
function planned(decisions: Decisions): ReadonlyMap<string, number> {
  const starts = decisions.releases.entriesSorted().flatMap(([id, release]) =>
    [...releases.assignWaves(release, decisions.customers)].flatMap(([customer, wave]) => {
      const known = decisions.customers.get(customer);
      const atMs = known === undefined ? undefined : releases.plannedStart(decisions, release, wave, known).atMs;
      return atMs === undefined ? [] : [[`${customer}/${id}`, atMs] as const];
    }),
  );
  return new Map(starts);
}

/** Members of waves that have begun. */
function begun(decisions: Decisions): ReadonlySet<string> {
  return new Set(decisions.releases.entriesSorted().flatMap(([id, { waves }]) => waves.flatMap(({ members = [] }) => members.map((each) => `${each}/${id}`))));
}

/**
 * Lifting a hold that is in force moves no planned start to later (invariant 5), and delays no member of a wave that has begun. A wave
 * that a hold of all its first members had moved behind the bake of the one before may ask once it is lifted: it then comes too soon. And a
 * release that would wait for a person anyway may wait sooner, since the wave that its question comes with begins sooner.
 */
export function earlierWithoutHold(decisions: Decisions, nowMs: number, imagine: (facts: Facts) => Decisions): readonly string[] {
  const [plannedBefore, comesBefore, members] = [planned(decisions), comes(decisions, nowMs), begun(decisions)];
  return decisions.holds.entriesSorted().flatMap(([hold, { untilMs }]): readonly string[] => {
    if (untilMs <= nowMs) return [];
    const lifted = imagine({ kind: "holdLifted", hold });
    const [plannedAfter, comesAfter] = [planned(lifted), comes(lifted, nowMs).on];
    const later = [...plannedBefore].filter(([cell, atMs]) => (plannedAfter.get(cell) ?? Number.MAX_SAFE_INTEGER) > atMs);
    const delayed = [...comesBefore.on].filter(([cell, atMs]) => {
      const after = comesAfter.get(cell);
      const isExpected = after === undefined && comesBefore.asking.has(cell.slice(cell.indexOf("/") + 1));
      return members.has(cell) && !isExpected && (after ?? Number.MAX_SAFE_INTEGER) > atMs;
    });
    return [...later, ...delayed].map(([cell, atMs]) => `lifting ${hold} at ${nowMs} delays ${cell} from ${atMs} to ${comesAfter.get(cell) ?? "a question"}`);
  });
}

/** Every pin of a log: none inside a hold that concerns its customer and flag, and of others than the company's own only what early access offers. */
export function wrongPins(events: readonly LoggedEvent[]): readonly string[] {
  return events.flatMap(({ facts, atMs }, index): readonly string[] => {
    if (facts.kind !== "customerPinned") return [];
    const before = events.slice(0, index);
    const { flag, customer, serve, release, pin } = facts;
    const wrong: string[] = [];
    const active = [...new Set(before.flatMap((each) => (each.facts.kind === "releaseSaved" ? [each.facts.release] : [])))].filter(
      (id) => contentOf(before, id)?.content.flags.some((each) => each.flag === flag) === true && !hasEnded(before, id),
    );
    for (const id of [...active, ""]) {
      const window = holdOn(before, { release: id, customer, atMs });
      if (window !== undefined) wrong.push(`${pin} is placed inside the hold ${window}`);
    }
    if (isOwn(before, customer) !== (release === undefined))
      wrong.push(`${pin} is placed ${release === undefined ? "without" : "with"} a release's early access`);
    const offered = release === undefined ? undefined : contentOf(before, release)?.content;
    const isOffered = offered?.flags.some((each) => each.flag === flag && each.serve === serve) === true && (offered.earlyAccessFromMs ?? Infinity) <= atMs;
    if (release !== undefined && !isOffered) wrong.push(`${pin} serves what ${release} does not offer early`);
    return wrong;
  });
}

/** Pins in force, where the oracle knows others. */
export function otherPins({ environments }: Decisions, oracle: Oracle, atMs: number): readonly string[] {
  const said = Object.values(environments).flatMap(({ pins }) =>
    pins.entriesSorted().map(([, { id, flag, customer, serve }]) => [id, flag, customer, serve].join(" ")),
  );
  const expected = [...oracle.pins.values()].map(({ pin, flag, customer, serve }) => [pin, flag, customer, serve].join(" "));
  return said.sort().join() === expected.sort().join() ? [] : [`at ${atMs} pinned are ${said.join()}, the oracle says ${expected.join()}`];
}

const hasEnded = (before: readonly LoggedEvent[], release: string): boolean =>
  before.some(({ facts }) => facts.kind === "releaseEnded" && facts.release === release);

/** One of the company's own, as the registry said last. */
function isOwn(before: readonly LoggedEvent[], customer: string): boolean {
  const last = before.flatMap(({ facts }) => (facts.kind === "customersChanged" ? facts.set.filter(({ id }) => id === customer) : [])).at(-1);
  return last?.internal === true;
}

/** What the cells say now, against who has it, and that a kill wins over everything. */
export function wrongCells(decisions: Decisions, oracle: Oracle, nowMs: number, problem: FlagProblem): readonly string[] {
  const wrong: string[] = [];
  const taken = new Map<string, string>();
  for (const [id, release] of decisions.releases.entriesSorted()) {
    const killed = release.content.flags.some(({ flag }) => releases.killsOf(decisions, release.content.environment, flag).length > 0);
    for (const cell of releases.cellsOf(decisions, release, { nowMs, atMs: nowMs }, problem)) {
      const pinned = release.content.flags.filter(({ flag }) => oracle.pins.has(`${flag} ${cell.customer}`));
      const alive = pinned.filter(({ flag }) => releases.killsOf(decisions, release.content.environment, flag).length === 0);
      if ((cell.state.state === "pinned") !== alive.length > 0)
        wrong.push(`${cell.customer}/${id} says ${cell.state.state}, and ${alive.length} of its flags are pinned and not killed`);
      const given = oracle.gives(id, cell.customer) ? (killed ? ["offKilled"] : ["on", "earlyAccess"]) : WITHOUT;
      const expected = alive.length < pinned.length ? ["offKilled"] : given;
      const { state } = releases.givenState(cell);
      if (!expected.includes(state)) wrong.push(`${cell.customer}/${id} says ${state}, the oracle ${expected.join(" or ")}`);
    }
    if (release.phase === "draft" || releases.ENDED.includes(release.phase)) continue;
    for (const { flag } of release.content.flags) {
      if (taken.has(flag)) wrong.push(`${flag} is in ${taken.get(flag)} and ${id} at once`);
      taken.set(flag, id);
    }
  }
  return wrong;
}

const WITHOUT: readonly Cell["state"]["state"][] = ["notIncluded", "scheduled", "held", "needsDecision"];
