import { numberOption, print } from "../rig/report.ts";
import { Tally } from "../rig/tally.ts";
import { apiSpin } from "./api-spin.ts";
import { killNine } from "./kill-nine.ts";
import { mangledPatches } from "./mangled-patches.ts";
import { postgresDown } from "./postgres-down.ts";
import { stoppedSdks } from "./stopped-sdks.ts";

/** Each fault with its rounds; together within a minute. A release runs `--rounds 200`. */
const FAULTS: readonly (readonly [name: string, run: (rounds: number) => Promise<Tally>, rounds: number, share: number])[] = [
  ["kill9", killNine, 18, 1],
  ["postgresDown", postgresDown, 4, 0.1],
  ["apiSpin", apiSpin, 10, 0.2],
  ["sigstop", stoppedSdks, 3, 0.1],
  ["patches", mangledPatches, 4, 0.2],
];

const asked = process.argv.includes("--rounds") ? numberOption("--rounds", 0) : undefined;
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
const tallies: Tally[] = [];
for (const [name, run, rounds, share] of FAULTS) {
  if (only !== undefined && only !== name) continue;
  tallies.push(await run(asked === undefined ? rounds : Math.max(1, Math.round(asked * share))));
}
if (tallies.length === 0) throw new Error(`there is no fault ${only}; known: ${FAULTS.map(([name]) => name).join(", ")}`);
print({ name: "kill", rows: tallies.flatMap(({ rows }) => rows), notes: "Real processes of this machine; lost: acknowledged and gone; wrong: anything else that must never be; unavailableS: longest wait for what was asked." });
process.exitCode = tallies.some(({ lost, wrong }) => lost + wrong > 0) ? 1 : 0;
