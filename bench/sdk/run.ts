// `npm run bench -- sdk [--language NAME] [--json]`: native calls of the SDKs beside a hand-written optimum of the same language
// and run, and how soon a client of each language answers with 1,000 flags.
import { encodeSnapshot } from "@sluice/evaluation";
import { snapshotOfFlags } from "../eval/sluice.ts";
import { flags } from "../eval/workload.ts";
import { go } from "./go.ts";
import { java } from "./java.ts";
import type { Language } from "./language.ts";
import { python } from "./python.ts";
import { readiness } from "./ready.ts";

/** From the first byte to the first answer, in every language. */
const READY_MS_MAX = 50;
const languages: readonly Language[] = [go, java, python];
const only = process.argv.includes("--language") ? process.argv[process.argv.indexOf("--language") + 1] : undefined;
const asJson = process.argv.includes("--json");
const snapshot = encodeSnapshot(snapshotOfFlags(flags));
const figures: Record<string, number> = {};

if (!asJson) console.log("case              optimum ns   sluice ns   ratio   target");
for (const { name, target, unit = "times", measure } of languages.filter(({ name }) => only === undefined || name === only)) {
  const { ns, allocs } = await measure(snapshot);
  for (const [one, { optimum, sluice }] of Object.entries(ns)) {
    figures[`${name}.${one}.ratio`] = Number((sluice / optimum).toFixed(2));
    figures[`${name}.${one}.ns`] = Number(sluice.toFixed(1));
    if (!asJson)
      console.log(
        `${`${name} ${one}`.padEnd(18)}${optimum.toFixed(1).padStart(10)}${sluice.toFixed(1).padStart(12)}${(sluice / optimum).toFixed(2).padStart(8)}${String(target).padStart(9)}`,
      );
  }
  if (allocs !== undefined) figures[`${name}.allocs`] = allocs;
  if (!asJson && allocs !== undefined) console.log(`${name} allocates ${allocs} ${unit} a call`);
}
const ready = await readiness(only);
if (!asJson) console.log("\n1,000 flags       ready ms   target    memory MiB");
for (const [name, { ms, mib }] of ready) {
  figures[`${name}.ready1000.ms`] = Number(ms.toFixed(1));
  figures[`${name}.memory1000.mib`] = Number(mib.toFixed(2));
  if (!asJson) console.log(`${name.padEnd(18)}${ms.toFixed(1).padStart(8)}${String(READY_MS_MAX).padStart(9)}${mib.toFixed(2).padStart(14)}`);
}
figures["ready1000.ms"] = Math.max(...[...ready.values()].map(({ ms }) => Number(ms.toFixed(1))));
if (asJson)
  console.log(JSON.stringify({ name: "sdk", figures, peers: {}, notes: "native calls, counting on; the optimum has plain structures, no reasons, no counts" }));
