// How long it takes to say what a change of a thousand flags means for five thousand customers, and how long a push takes to the SDKs.
import { readerOf, planOf, type AdoptedProject } from "@sluice/snapshot";
import type { Asked } from "@sluice/evaluation";
import { percentile, print } from "../../faults/rig/report.ts";
import { measurePushes } from "./push.ts";

const FLAGS = 1_000;
const ASKED = 5_000;
const PASSES = 3;
const PLANS = ["free", "starter", "pro", "enterprise"];

/** Every flag has two rules and a share; the later project lets one plan more in. */
function project(plans: string): AdoptedProject {
  const files = new Map([["sluice.yaml", "project: bench\nenvironments: { production: {} }\n"]]);
  for (let at = 0; at < FLAGS; at += 1)
    files.set(
      `flags/f${at}.yaml`,
      `key: f${at}\ndescription: A flag.\nkind: release\nowner: team-a\ntype: boolean\nenvironments:\n  production:\n    rules:\n      - { id: paying, if: { plan: { in: [${plans}] } }, serve: on }\n      - { id: some, if: { country: { in: [AU, NZ] } }, serve: { share: ${at % 100}, of: on, by: customer } }\n    default: off\n`,
    );
  return readerOf((path) => files.get(path))([...files.keys()].map((path) => [path, path] as const));
}

const everybody = Array.from({ length: ASKED }, (_, at): Asked => ({
  name: `c${at}`,
  context: { customer: `c${at}`, targetingKey: `u${at}`, plan: PLANS[at % PLANS.length] ?? "", country: at % 3 === 0 ? "AU" : "DE" },
}));

function once(): number {
  const start = process.cpuUsage();
  const changes = planOf({ before: project("enterprise"), after: project("enterprise, pro") }, everybody);
  const { user, system } = process.cpuUsage(start);
  // The first flag has a share of 0, so that everybody on the plan pro is new to it.
  const [first] = changes;
  if (changes.length !== FLAGS || first?.counts?.changes !== ASKED / PLANS.length || first.waits.length === 0)
    throw new Error(`answers wrong: ${changes.length} flags, ${JSON.stringify(first)}`);
  return (user + system) / 1e6;
}

const seconds = Math.min(...Array.from({ length: PASSES }, once));
const pushes = await measurePushes();
print({
  name: "plan",
  rows: [
    { key: "plan1000x5000.s", value: seconds, target: "<= 2" },
    { key: "push2sdk.p99ms", value: percentile(pushes, 0.99), target: "<= 1000" },
    { key: "push2sdk.p50ms", value: percentile(pushes, 0.5), target: "" },
  ],
  notes: `push2sdk: from the end of a git push, with the host's signed hook, until an SDK answers by it, ${pushes.length} pushes to a repository of 500 flags. plan: ${FLAGS} changed flags, ${ASKED} contexts, each flag asked before and after; reading both projects is part of it. Time of the processor, best of ${PASSES}, so that others on the machine do not count.`,
});
