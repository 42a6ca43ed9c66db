import { numberOption, print } from "./report.ts";
import type { Tally } from "./tally.ts";

export interface Fault {
  readonly name: string;
  readonly run: (rounds: number) => Promise<Tally>;
  /** Rounds without `--rounds`: all faults of one command together take about a minute. */
  readonly rounds: number;
  /** Part of `--rounds N` that this fault does: slow ones do fewer. */
  readonly share: number;
}

/** Runs the faults of one command, or the one that `--only` names, and ends with 1 where anything was lost or wrong. */
export async function runFaults(name: string, faults: readonly Fault[]): Promise<void> {
  const asked = process.argv.includes("--rounds") ? numberOption("--rounds", 0) : undefined;
  const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
  const tallies: Tally[] = [];
  for (const fault of faults) {
    if (only !== undefined && only !== fault.name) continue;
    tallies.push(await fault.run(asked === undefined ? fault.rounds : Math.max(1, Math.round(asked * fault.share))));
  }
  if (tallies.length === 0) throw new Error(`there is no fault ${only}; known: ${faults.map((fault) => fault.name).join(", ")}`);
  print({
    name,
    rows: tallies.flatMap(({ rows }) => rows),
    notes:
      "Real processes of this machine. lost: acknowledged and gone; wrong: anything else that must never be; unavailableS: longest wait for what was asked.",
  });
  process.exitCode = tallies.some(({ lost, wrong }) => lost + wrong > 0) ? 1 : 0;
}
