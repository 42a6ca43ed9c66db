import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Contestant } from "./contestant.ts";
import { checkAnswers, measureBytes, measureNs } from "./measure.ts";
import { createOptimum } from "./optimum.ts";
import { createSluice } from "./sluice.ts";
import { cases, type CaseName } from "./workload.ts";

/** Passes alternate between the contestants, each in a process of its own; the best pass counts. */
const PASSES = 3;
const BYTES_FLAGS = ["--expose-gc", "--min-semi-space-size=256", "--max-semi-space-size=256"];

const contestants: Readonly<Record<string, () => Contestant>> = { optimum: createOptimum, sluice: createSluice };
const names = Object.keys(cases) as CaseName[];
/** Highest ratio to the optimum of the same run. */
const targets: Readonly<Record<CaseName, number>> = {
  plain: 2,
  attribute: 2,
  rules10: 2,
  rules10unfused: 4,
  ids1000: 2,
  ids10000: 2,
  prereq3: 2,
  mix96: 2,
};

type Figures = Record<string, number>;

const [mode, who = "", what] = process.argv.slice(2);
if (mode === "--one") console.log(JSON.stringify(measureOne(who, what === "bytes" ? measureBytes : measureNs)));
else report(process.argv.includes("--json"));

function measureOne(name: string, measure: typeof measureNs): Figures {
  const contestant = contestants[name]?.();
  if (contestant === undefined) throw new Error(`no contestant ${name}`);
  for (const at of names) checkAnswers(contestant, at);
  return Object.fromEntries(names.map((at) => [at, measure(contestant, at)]));
}

function runOne(name: string, kind: "ns" | "bytes"): Figures {
  const flags = kind === "bytes" ? BYTES_FLAGS : [];
  const child = spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), "--one", name, kind], {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (child.status !== 0) throw new Error(`${name} could not be measured: ${child.stderr}`);
  return JSON.parse(child.stdout) as Figures;
}

function report(asJson: boolean): void {
  const best: Record<string, Figures> = { optimum: {}, sluice: {} };
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (const [name, into] of Object.entries(best)) {
      for (const [at, ns] of Object.entries(runOne(name, "ns"))) into[at] = Math.min(into[at] ?? Number.POSITIVE_INFINITY, ns);
    }
  }
  const bytes = runOne("sluice", "bytes");
  const figures: Figures = {};
  if (!asJson) console.log("case            optimum ns   sluice ns   ratio   target   bytes");
  for (const at of names) {
    const [limit = Number.NaN, ours = Number.NaN] = [best["optimum"]?.[at], best["sluice"]?.[at]];
    figures[`${at}.ratio`] = round(ours / limit, 2);
    if (!asJson)
      console.log(`${at.padEnd(16)}${cell(limit)}${cell(ours, 12)}${cell(ours / limit, 8)}${cell(targets[at], 9)}${cell(bytes[at] ?? Number.NaN, 8)}`);
  }
  for (const at of names) figures[`${at}.bytes`] = round(bytes[at] ?? Number.NaN, 1);
  if (Object.values(figures).some((figure) => !Number.isFinite(figure))) throw new Error("some case has no figure");
  if (asJson)
    console.log(
      JSON.stringify({
        name: "eval",
        figures,
        peers: {},
        notes: "native call; the optimum has no reasons and proves nothing about the context",
      }),
    );
}

function cell(value: number, width = 10): string {
  return value.toFixed(2).padStart(width);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
