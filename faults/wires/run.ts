// `npm run faults -- wires [--worlds N] [--seed N] [--json]`: what SDKs of the simulation heard, played to SDKs of every language, its bytes cut anywhere.
import { numberOption, print } from "../rig/report.ts";
import { languages } from "../sdk/languages.ts";
import { playTapes } from "./play.ts";
import { recordTapes } from "./tapes.ts";

const MS_MAX = 120_000;

const present = languages.filter(({ missing, isPage }) => missing === undefined && !isPage);
for (const { name, missing } of languages) if (missing !== undefined) process.stderr.write(`${name} is left out: ${missing}.\n`);
const tapes = await recordTapes(numberOption("--seed", 1), numberOption("--worlds", 10));
const outcomes = await playTapes(present, tapes, MS_MAX);
for (const { language, wrong } of outcomes) for (const why of wrong) process.stderr.write(`${language}: ${why}\n`);
print({
  name: "wires",
  rows: outcomes.flatMap(({ language, tapes: rounds, alone, wrong }) => [
    { key: `${language}.rounds`, value: rounds, target: "" },
    { key: `${language}.alone`, value: alone, target: "" },
    { key: `${language}.wrong`, value: wrong.length, target: "0" },
  ]),
  notes: `${tapes.reduce((sum, { streams }) => sum + streams.length, 0)} streams and ${tapes.reduce((sum, { snapshots }) => sum + snapshots.length, 0)} snapshots that SDKs of the simulation received; the end is what the log compiles to, answered by the naive interpreter.`,
});
process.exitCode = outcomes.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
