// `npm run bench -- sdk [--language NAME] [--calls] [--json]`: native calls of the SDKs beside a hand-written optimum of the same language
// and run, and how soon a client of each language answers with 1,000 flags.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { encodeSnapshot } from "@sluice/evaluation";
import { snapshotOfFlags } from "../eval/sluice.ts";
import { flags } from "../eval/workload.ts";
import { go } from "./go.ts";
import { java } from "./java.ts";
import type { CaseTimes, Language } from "./language.ts";
import { python } from "./python.ts";
import { type Readiness, readiness } from "./ready.ts";

/** From the first byte to the first answer, in every language. */
const READY_MS_MAX = 50;
const languages: readonly Language[] = [go, java, python];
const only = process.argv.includes("--language") ? process.argv[process.argv.indexOf("--language") + 1] : undefined;
const asJson = process.argv.includes("--json");
const snapshot = encodeSnapshot(snapshotOfFlags(flags));
const figures: Record<string, number> = {};

/** What counting and sampling may add to a call, nanoseconds. */
const EXTRA_NS_MAX = 10;
const server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "sampling-server.ts")], {
  stdio: ["pipe", "pipe", "inherit"],
});
server.stdin.end(snapshot);
const url = await new Promise<string>((resolve) => void createInterface({ input: server.stdout }).once("line", resolve));

if (!asJson) console.log("case              optimum ns   sluice ns   ratio   target   over bare ns   sampling ns");
for (const { name, target, unit = "times", measure } of languages.filter(({ name }) => only === undefined || name === only)) {
  const { ns, allocs } = await measure(snapshot, url);
  for (const [one, { optimum, sluice, bare, sampling }] of Object.entries(ns)) {
    figures[`${name}.${one}.ratio`] = Number((sluice / optimum).toFixed(2));
    figures[`${name}.${one}.ns`] = Number(sluice.toFixed(1));
    if (!asJson)
      console.log(
        `${`${name} ${one}`.padEnd(18)}${optimum.toFixed(1).padStart(10)}${sluice.toFixed(1).padStart(12)}${(sluice / optimum).toFixed(2).padStart(8)}${String(target).padStart(9)}${(sluice - bare).toFixed(1).padStart(15)}${(sampling - sluice).toFixed(1).padStart(14)}`,
      );
  }
  // Of a mean over the cases, because the difference of two minima is uncertain by as much as either.
  const add = (key: string, of: (times: CaseTimes) => number): number => {
    const mean = Object.values(ns).reduce((sum, times) => sum + of(times), 0) / Object.keys(ns).length;
    if (!Number.isNaN(mean)) figures[`${name}.${key}`] = Number(mean.toFixed(1));
    return mean;
  };
  const [counting, samples] = [
    add("counting.extraNs", ({ sluice, bare }) => sluice - bare),
    add("sampling.extraNs", ({ sluice, sampling }) => sampling - sluice),
  ];
  const alone = add("counting.aloneNs", ({ sluice, uncounted = Number.NaN }) => sluice - uncounted);
  const least = add("counting.leastNs", ({ bare, ticking = Number.NaN }) => ticking - bare);
  if (!asJson) {
    console.log(`${name} counts for ${counting.toFixed(1)} ns and samples for ${samples.toFixed(1)} ns a call; at most ${EXTRA_NS_MAX} each`);
    if (!Number.isNaN(alone + least))
      console.log(
        `${name}: the count alone ${alone.toFixed(1)} ns, the cheapest increment of the language ${least.toFixed(1)} ns; the rest is one more call, its guard and the type's check`,
      );
  }
  if (allocs !== undefined) figures[`${name}.allocs`] = allocs;
  if (!asJson && allocs !== undefined) console.log(`${name} allocates ${allocs} ${unit} a call`);
}
server.kill();
const ready = process.argv.includes("--calls") ? new Map<string, Readiness>() : await readiness(only);
if (!asJson) console.log("\n1,000 flags       ready ms   target    memory MiB");
for (const [name, { ms, mib }] of ready) {
  figures[`${name}.ready1000.ms`] = Number(ms.toFixed(1));
  figures[`${name}.memory1000.mib`] = Number(mib.toFixed(2));
  if (!asJson) console.log(`${name.padEnd(18)}${ms.toFixed(1).padStart(8)}${String(READY_MS_MAX).padStart(9)}${mib.toFixed(2).padStart(14)}`);
}
if (ready.size > 0) figures["ready1000.ms"] = Math.max(...[...ready.values()].map(({ ms }) => Number(ms.toFixed(1))));
if (asJson)
  console.log(JSON.stringify({ name: "sdk", figures, peers: {}, notes: "native calls, counting on; the optimum has plain structures, no reasons, no counts" }));
