// `npm run bench -- eval [--json] [--long] [--seed N]`: one call in this process, against what the machine allows and beside other products' SDKs.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Contestant } from "./contestant.ts";
import { checkAnswers, measureBytes, measureNs } from "./measure.ts";
import { createOptimum } from "./optimum.ts";
import { type ByCase, harnessCases, harnessPlace, measurePeer, preparePeers, quickPeers, slowPeers, withWorkload } from "./peer-harness.ts";
import { randomWorkload } from "./random-workload.ts";
import { createSluice } from "./sluice.ts";
import { measureThroughSdk } from "./through-sdk.ts";
import { cases, type CaseName } from "./workload.ts";

const isLong = process.argv.includes("--long");
/** Passes alternate between the contestants, each in a process of its own; the best pass counts. */
const PASSES = isLong ? 4 : 2;
const SDK_PASSES = isLong ? 5 : 3;
const PEER_PASSES = isLong ? 2 : 1;
const BYTES_FLAGS = ["--expose-gc", "--min-semi-space-size=256", "--max-semi-space-size=256"];

const contestants: Readonly<Record<string, () => Contestant>> = { optimum: createOptimum, sluice: createSluice };
const names = Object.keys(cases) as CaseName[];
/** Highest value of each figure; ratios are to the optimum of the same run. */
const targets: Readonly<Record<string, number>> = {
  "plain.ratio": 2,
  "attribute.ratio": 2,
  "rules10.ratio": 2,
  "rules10unfused.ratio": 4,
  "ids1000.ratio": 2,
  "ids10000.ratio": 2,
  "prereq3.ratio": 2,
  "mix96.ratio": 2,
  "plain.bytes": 0,
  "mix96.bytes": 8,
  "counting.extraNs": 10,
  "openfeature.overFloor": 1.05,
};

type Figures = Record<string, number>;

const [mode, who = "", what] = process.argv.slice(2);
if (mode === "--one") console.log(JSON.stringify(who === "sdk" ? await measureThroughSdk() : measureOne(who, what === "bytes" ? measureBytes : measureNs)));
else report(process.argv.includes("--json"));

function measureOne(name: string, measure: typeof measureNs): Figures {
  const contestant = contestants[name]?.();
  if (contestant === undefined) throw new Error(`no contestant ${name}`);
  for (const at of names) checkAnswers(contestant, at);
  return Object.fromEntries(names.map((at) => [at, measure(contestant, at)]));
}

function runOne(name: string, kind: "ns" | "bytes"): Figures {
  const flags = kind === "bytes" ? BYTES_FLAGS : [];
  const child = spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), "--one", name, kind], { encoding: "utf8", timeout: 60_000 });
  if (child.status !== 0) throw new Error(`${name} could not be measured: ${child.stderr}`);
  return JSON.parse(child.stdout) as Figures;
}

function report(asJson: boolean): void {
  const { figures, ns } = measureOurs();
  const peers: Record<string, ByCase> = { "optimum (own workload)": ns["optimum"] ?? {}, "sluice (own workload)": ns["sluice"] ?? {} };
  const folder = preparePeers();
  const notes = [
    "native call, min ns per call; the optimum has no reasons and proves nothing about the context",
    "openfeature.overFloor: its client over our provider to its client over the optimum; overConstant: to its client over a promise of one answer made before",
  ];
  if (folder === undefined) notes.push(`peers not measured: ${harnessPlace} is not beside this checkout`);
  else {
    const seed = seedOf();
    notes.push(`second workload from seed ${seed}`);
    Object.assign(peers, labelled("", measureAll(`${folder}/eval`, isLong ? [...quickPeers, ...slowPeers] : quickPeers)));
    const random = measureAll(withWorkload(folder, randomWorkload(seed)), isLong ? quickPeers : ["flagd-core"]);
    Object.assign(peers, labelled(" (second workload)", random));
    for (const at of Object.keys(harnessCases)) figures[`random.${at}.ratio`] = round(ratio(random, at), 2);
  }
  const missing = Object.entries(figures).filter(([, value]) => !Number.isFinite(value));
  if (missing.length > 0) throw new Error(`no figure: ${missing.map(([key]) => key).join(", ")}`);
  if (asJson) console.log(JSON.stringify({ name: "eval", figures, peers, notes: notes.join("; ") }));
  else print(figures, peers, notes);
}

function measureOurs(): { readonly figures: Figures; readonly ns: Readonly<Record<string, Figures>> } {
  const best: Record<string, Figures> = { optimum: {}, sluice: {} };
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (const [name, into] of Object.entries(best)) keepLeast(into, runOne(name, "ns"));
  }
  const bytes = runOne("sluice", "bytes");
  const ofSdk: Figures = {};
  for (let pass = 0; pass < SDK_PASSES; pass += 1) keepLeast(ofSdk, runOne("sdk", "ns"));
  const { bare = Number.NaN, sdk = Number.NaN, floor = Number.NaN, constant = Number.NaN, sluice = Number.NaN } = ofSdk;
  const figures: Figures = {};
  for (const at of names) figures[`${at}.ratio`] = round(ratio(best, at), 2);
  for (const at of names) figures[`${at}.bytes`] = round(bytes[at] ?? Number.NaN, 1);
  figures["counting.extraNs"] = round(sdk - bare, 1);
  figures["openfeature.overFloor"] = round(sluice / floor, 3);
  figures["openfeature.overConstant"] = round(sluice / constant, 3);
  return { figures, ns: best };
}

/** Ours and the limit in the very loop that the peers run in. */
function measureAll(evalFolder: string, peers: readonly string[]): Readonly<Record<string, Figures>> {
  const best: Record<string, Figures> = {};
  for (let pass = 0; pass < PEER_PASSES; pass += 1) {
    for (const name of ["optimum", "sluice", ...peers]) {
      const measured = measurePeer(evalFolder, name, "time");
      const byCase = Object.entries(harnessCases).flatMap(([at, theirs]) => (measured[theirs] === undefined ? [] : [[at, measured[theirs]] as const]));
      keepLeast((best[name] ??= {}), Object.fromEntries(byCase));
    }
  }
  return best;
}

function keepLeast(into: Figures, measured: Figures): void {
  for (const [at, value] of Object.entries(measured)) into[at] = Math.min(into[at] ?? Number.POSITIVE_INFINITY, value);
}

function ratio(best: Readonly<Record<string, ByCase>>, at: string): number {
  return (best["sluice"]?.[at] ?? Number.NaN) / (best["optimum"]?.[at] ?? Number.NaN);
}

function labelled(suffix: string, all: Readonly<Record<string, Figures>>): Readonly<Record<string, Figures>> {
  return Object.fromEntries(Object.entries(all).map(([name, byCase]) => [`${name}${suffix}`, byCase]));
}

/** Drawn by the clock, so that nobody prepares for it; named in the notes, so that it can be run again. */
function seedOf(): number {
  const at = process.argv.indexOf("--seed");
  return at < 0 ? Number(process.hrtime.bigint() % 2n ** 32n) : Number(process.argv[at + 1]);
}

function print(figures: Figures, peers: Readonly<Record<string, ByCase>>, notes: readonly string[]): void {
  for (const [key, value] of Object.entries(figures)) {
    const target = targets[key];
    console.log(`${key.padEnd(26)}${value.toFixed(2).padStart(10)}   ${target === undefined ? "" : `target <= ${target}`}`);
  }
  console.log(`\n${"ns per call".padEnd(34)}${names.map((at) => at.padStart(15)).join("")}`);
  for (const [name, byCase] of Object.entries(peers))
    console.log(`${name.padEnd(34)}${names.map((at) => (byCase[at] === undefined ? "-" : byCase[at].toFixed(1)).padStart(15)).join("")}`);
  for (const note of notes) console.log(`- ${note}`);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
