// What random worlds have shown of clocks that change and are set, and of a server that is away: a world without them proves nothing about them.
import type { Customer, Facts, ReleaseContent } from "@sluice/releases";
import { offsetMs, timesOf } from "./calendar.ts";
import type { World } from "./world.ts";

export interface Sights {
  /** Starts by customers' clocks at a time that their zone skips. */
  readonly skipped: number;
  /** Starts by customers' clocks at a time that comes twice. */
  readonly repeated: number;
  /** Zones that had a start while their clocks changed. */
  readonly zones: ReadonlySet<string>;
  /** Starts and questions in the minute in which the clock was set forward. */
  readonly jumpStarts: number;
  readonly jumpQuestions: number;
  /** Steps while the clock showed less than it had before. */
  readonly stepsBehind: number;
  /** Starts and questions in the minute in which the server came back. */
  readonly returnStarts: number;
  readonly returnQuestions: number;
}

export const nothingSeen: Sights = {
  skipped: 0,
  repeated: 0,
  zones: new Set(),
  jumpStarts: 0,
  jumpQuestions: 0,
  stepsBehind: 0,
  returnStarts: 0,
  returnQuestions: 0,
};

export function both(a: Sights, b: Sights): Sights {
  return {
    skipped: a.skipped + b.skipped,
    repeated: a.repeated + b.repeated,
    zones: new Set([...a.zones, ...b.zones]),
    jumpStarts: a.jumpStarts + b.jumpStarts,
    jumpQuestions: a.jumpQuestions + b.jumpQuestions,
    stepsBehind: a.stepsBehind + b.stepsBehind,
    returnStarts: a.returnStarts + b.returnStarts,
    returnQuestions: a.returnQuestions + b.returnQuestions,
  };
}

/** Something that happened by itself, at a time of the world. */
export interface Step {
  readonly atMs: number;
  readonly facts: Facts;
  readonly customers: ReadonlyMap<string, Customer>;
  readonly content: ReleaseContent | undefined;
}

export function sightsOf(world: World, steps: readonly Step[]): Sights {
  let seen = nothingSeen;
  let highestMs = Number.MIN_SAFE_INTEGER;
  for (const step of steps) {
    const isStart = step.facts.kind === "waveStarted" || step.facts.kind === "customersExposed";
    const isQuestion = step.facts.kind === "releaseUndecided";
    if (!isStart && !isQuestion) continue;
    const jumped = world.jumps.some(({ atMs, byMs }) => atMs === step.atMs && byMs > 0);
    const returned = world.absences.some(({ untilMs }) => untilMs === step.atMs);
    for (const { atMs } of world.jumps) if (atMs <= step.atMs) highestMs = Math.max(highestMs, world.clockMs(atMs - 1));
    seen = both(isStart ? startsIn(world, step) : nothingSeen, {
      ...seen,
      jumpStarts: seen.jumpStarts + Number(jumped && isStart),
      jumpQuestions: seen.jumpQuestions + Number(jumped && isQuestion),
      stepsBehind: seen.stepsBehind + Number(world.clockMs(step.atMs) < highestMs),
      returnStarts: seen.returnStarts + Number(returned && isStart),
      returnQuestions: seen.returnQuestions + Number(returned && isQuestion),
    });
  }
  return seen;
}

function startsIn(world: World, { facts, customers, content }: Step): Sights {
  if (content === undefined) return nothingSeen;
  const [wave, ids] = facts.kind === "waveStarted" ? [facts.wave, facts.exposed] : facts.kind === "customersExposed" ? [facts.wave, facts.customers] : [0, []];
  const start = content.waves[wave]?.start;
  const zones = ids.map((id) => customers.get(id)?.zone ?? content.zone);
  const times = start !== undefined && "local" in start ? zones.map((zone) => timesOf(zone, start.local)) : [];
  return {
    ...nothingSeen,
    skipped: times.filter((count) => count === 0).length,
    repeated: times.filter((count) => count === 2).length,
    zones: new Set(zones.filter((zone) => offsetMs(zone, world.startMs) !== offsetMs(zone, world.endMs))),
  };
}
