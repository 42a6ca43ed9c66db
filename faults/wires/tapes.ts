import type { Snapshot } from "@sluice/evaluation";
import { askNaive } from "../../conformance/compare.ts";
import { historyOf, Replay } from "../../tools/simulation/checks.ts";
import { FLAGS } from "../../tools/simulation/repository.ts";
import { Scenario } from "../../tools/simulation/scenario.ts";
import type { Heard } from "../../tools/simulation/simulated-network.ts";

/** Every third world is passed over: all that is said there is signed, and what ends a tape is not. Clients of a tape check no signatures. */
const SIGNED_EVERY = 3;

/** What one process of the simulation heard of its server, and what the log says that it must come to. */
export interface Tape {
  readonly name: string;
  readonly environment: string;
  /** Snapshots in the order they came. */
  readonly snapshots: readonly TapedSnapshot[];
  readonly streams: readonly Buffer[];
  /** The last snapshot, compiled from the log alone in a fresh place. */
  readonly last: Snapshot;
  /** What it says of each flag for `context`: by the naive interpreter, not by an SDK. */
  readonly expected: readonly (readonly [flag: string, value: boolean])[];
}

/** A snapshot of a tape. */
export interface TapedSnapshot {
  readonly body: Buffer;
  /** The list of urgent kills that came after it, where one did. */
  readonly urgent: Buffer | undefined;
  /** How many of the tape's streams had been opened when it came. */
  readonly streamsBefore: number;
}

/** Whom every client of a tape asks about. */
const CONTEXT = { targetingKey: "ada" };

/** Tapes of as many worlds from `seed` on: one for each SDK of each world. */
export async function recordTapes(seed: number, worlds: number): Promise<readonly Tape[]> {
  const tapes: Tape[] = [];
  for (let next = seed, played = 0; played < worlds; next += 1) {
    if (next % SIGNED_EVERY === 0) continue;
    const scenario = new Scenario(next);
    await scenario.run();
    // A kill of the last second before a loss is in no log, and holds where it was heard.
    if (scenario.world.losses.length > 0) continue;
    for (const { process, environment } of scenario.world.sdks) {
      const { fresh } = await historyOf(scenario, environment, new Replay(scenario));
      if (fresh.snapshot === undefined) continue;
      const heard = scenario.world.network.heard.filter(({ by }) => by === process.name);
      tapes.push({ name: `seed${next}-${process.name}`, environment, ...partsOf(heard), last: fresh.snapshot, expected: expectedOf(fresh.snapshot) });
    }
    played += 1;
  }
  return tapes;
}

function expectedOf(snapshot: Snapshot): Tape["expected"] {
  return FLAGS.map((flag) => [flag, askNaive({ snapshot, asker: { service: "drill" } }, flag, CONTEXT).value === true]);
}

/** Replies are told apart by what they say: the simulation notes bytes alone. */
function partsOf(heard: readonly Heard[]): Pick<Tape, "snapshots" | "streams"> {
  const snapshots: TapedSnapshot[] = [];
  const streams: Buffer[] = [];
  for (const { text } of heard) {
    const bytes = Buffer.from(text, "latin1");
    if (text.startsWith("{") && text.includes('"format":')) snapshots.push({ body: bytes, urgent: undefined, streamsBefore: streams.length });
    else if (text.startsWith('{"urgent":')) {
      const before = snapshots.pop();
      if (before !== undefined) snapshots.push({ ...before, urgent: bytes });
    } else if (text.startsWith("event: ")) streams.push(bytes);
  }
  return { snapshots, streams };
}
