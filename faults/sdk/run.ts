// `npm run faults -- sdk [--language NAME] [--only FAULT] [--clients N] [--minutes N] [--speed N] [--statuses] [--kills N] [--floods] [--seconds N]
// [--soak] [--hours N] [--json]`: one script through one fault proxy for every language, and the same table for each; `--floods`: more than any real server
// says; `--soak`: a day of clients that come and go, in `--minutes` of this machine.
import { numberOption, print, type Row } from "../rig/report.ts";
import { MISDIRECTED, type NamedFault, namedFaults, status, STATUSES_SHORT } from "./faults.ts";
import { type Borne, comeAndGo, flood, manyPatches, oversizedFor } from "./floods.ts";
import { reachKills } from "./kills.ts";
import { languages } from "./languages.ts";
import { type Faults, playScript } from "./script.ts";
import { soak, type Soaked } from "./soak.ts";
import { table } from "./table.ts";
import type { Verdict } from "./verdict.ts";

const SPEED = 30;
const MINUTES = 8;
/** Statuses that are met at once: so many clients of a process that is 30 times too fast still get their turn on two cores. */
const STATUSES_AT_ONCE = 50;

const option = (name: string): string | undefined => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);

const only = option("--only");
const asked = languages.filter(({ name }) => option("--language") === undefined || option("--language") === name);
if (asked.length === 0) throw new Error(`there is no language ${option("--language")}; known: ${languages.map(({ name }) => name).join(", ")}`);
for (const { name, missing } of asked) if (missing !== undefined) process.stderr.write(`${name} is left out: ${missing}.\n`);
const present = asked.filter(({ missing }) => missing === undefined);
const options = {
  speed: numberOption("--speed", SPEED),
  minutes: numberOption("--minutes", MINUTES),
  clients: numberOption("--clients", 2),
  run: "bundle" as const,
};

const statusFaults = (codes: readonly number[]): readonly NamedFault[] =>
  codes.map((code) => ({ name: `status${code}`, fault: status(code), twiceByBrowsers: code === MISDIRECTED }));
const chosen =
  (faults: Faults): Faults =>
  (trap) =>
    faults(trap).filter(({ name }) => only === undefined || name === only);

async function playAll(): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [...(await playScript(present, chosen(namedFaults), options))];
  const codes = process.argv.includes("--statuses") ? Array.from({ length: 500 }, (_, index) => 100 + index) : STATUSES_SHORT;
  for (let at = 0; at < codes.length && (only === undefined || only.startsWith("status")); at += STATUSES_AT_ONCE) {
    const faults = chosen(() => statusFaults(codes.slice(at, at + STATUSES_AT_ONCE)));
    if (faults("").length > 0) verdicts.push(...(await playScript(present, faults, { ...options, clients: 1 })));
  }
  return verdicts;
}

const FLOOD_SECONDS = 10;
const COME_AND_GO = 20;

if (process.argv.includes("--floods")) {
  const seconds = numberOption("--seconds", FLOOD_SECONDS);
  tellFloods([...(await flood(present, [manyPatches(seconds), comeAndGo(COME_AND_GO)])), ...(await oversizedFor(present, seconds))]);
  process.exit();
}

const SOAK_HOURS = 24;
const SOAK_MINUTES = 20;

if (process.argv.includes("--soak")) {
  const [hours, minutes] = [numberOption("--hours", SOAK_HOURS), numberOption("--minutes", SOAK_MINUTES)];
  tellSoaked(await soak(present, { hours, speed: (hours * 60) / minutes, roundMinutes: 60, run: "bundle" }));
  process.exit();
}

function tellSoaked(soaked: readonly Soaked[]): void {
  for (const { verdict } of soaked) verdict.settle();
  const rows = soaked.flatMap(({ verdict: { language, rounds, lost, wrong }, heapMb, memoryMb, threads, handles }): Row[] => [
    { key: `${language}.soak.rounds`, value: rounds, target: "" },
    { key: `${language}.soak.lost`, value: lost, target: "0" },
    { key: `${language}.soak.wrong`, value: wrong, target: "0" },
    ...(Number.isNaN(memoryMb)
      ? []
      : [
          { key: `${language}.soak.heapMb`, value: heapMb, target: "4" },
          { key: `${language}.soak.memoryMb`, value: memoryMb, target: "" },
          { key: `${language}.soak.threads`, value: threads, target: "0" },
          { key: `${language}.soak.handles`, value: handles, target: "0" },
        ]),
  ]);
  const notes =
    "a round is an hour of the clients' clocks: three come, meet a fault, read a kill and its lift, and go. heapMb (what lives after a forced collection), memoryMb (resident, said and not judged: allocators keep what they had at their highest), threads, handles: what the process has more, with no client open, in the last quarter at its least than in the second at its most.";
  print({ name: "sdk soak", rows, notes });
  process.exitCode = soaked.some(({ verdict: { lost, wrong } }) => lost + wrong > 0) ? 1 : 0;
}

function tellFloods(borne: readonly Borne[]): void {
  for (const { language, flood: name, wrong } of borne) for (const why of wrong.slice(0, 5)) process.stderr.write(`${language}, ${name}: ${why}\n`);
  const rows = borne.flatMap((one): Row[] => {
    const at = `${one.language}.${one.flood}`;
    return [
      ...(Number.isNaN(one.takenPerS)
        ? []
        : [
            { key: `${at}.writtenPerS`, value: one.writtenPerS, target: "" },
            { key: `${at}.takenPerS`, value: one.takenPerS, target: "" },
          ]),
      { key: `${at}.behindS`, value: one.behindS, target: "" },
      { key: `${at}.memoryMb`, value: one.memoryMb, target: "" },
      { key: `${at}.lost`, value: one.lost, target: "0" },
      { key: `${at}.wrong`, value: one.wrong.length, target: "0" },
    ];
  });
  const notes =
    "writtenPerS, takenPerS: patches; behindS: from the last byte, or the end of what is oversized, to the kill behind it; memoryMb: the most that the process took beyond what it had before (256 of patches, 384 of flags that come and go, 512 of what is oversized are allowed: more is wrong).";
  print({ name: "sdk floods", rows, notes });
  process.exitCode = borne.some(({ lost, wrong }) => lost + wrong.length > 0) ? 1 : 0;
}

const verdicts = process.argv.includes("--kills") ? await reachKills(present, numberOption("--kills", 1_000), "bundle") : await playAll();
for (const verdict of verdicts) verdict.settle();
if (verdicts.length === 0)
  throw new Error(
    `there is no fault ${only}; known: ${namedFaults("")
      .map(({ name }) => name)
      .join(", ")}, status<code>`,
  );

if (!process.argv.includes("--json")) console.log(table(verdicts));
const rows: readonly Row[] = verdicts.flatMap((verdict) => {
  const at = `${verdict.language}.${verdict.fault}`;
  return [
    { key: `${at}.rounds`, value: verdict.rounds, target: "" },
    { key: `${at}.lost`, value: verdict.lost, target: "0" },
    { key: `${at}.wrong`, value: verdict.wrong, target: "0" },
    ...(Number.isNaN(verdict.recoveredS) ? [] : [{ key: `${at}.unavailableS`, value: verdict.recoveredS, target: "" }]),
    ...(Number.isNaN(verdict.per30s) ? [] : [{ key: `${at}.per30s`, value: verdict.per30s, target: "1" }]),
  ];
});
const notes =
  `Clients' clocks run ${options.speed} times too fast, as their World allows (Go: a package time of its own, built in). ` +
  "lost: a kill or lift that never came; wrong: anything else that must never be; unavailableS: longest from the fault's end to the kill, in the protocol's time; per30s: requests in 30 s, from the third minute on.";
if (process.argv.includes("--json")) print({ name: "sdk", rows, notes });
else console.log(notes);
process.exitCode = verdicts.some(({ lost, wrong }) => lost + wrong > 0) ? 1 : 0;
