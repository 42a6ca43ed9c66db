// The gate of the drill policy and what is said of it, made wrongly: what their tests must find. Each is one text of one file of packages, replaced once.
import { isCaughtIn, type PackageMutant } from "../copied-packages.ts";

const GATES = "releases/src/schedule/gates.ts";
const OUTLOOK = "releases/src/schedule/outlook.ts";
const STEADY = "releases/src/schedule/steady.ts";

export const drillMutants: readonly PackageMutant[] = [
  { name: "nobody asks for the drill at the start", file: GATES, find: "    ...drillGate(parts, release, index, atMs),\n", replace: "" },
  {
    name: "every wave waits for a drill",
    file: GATES,
    find: "reachesRest(release, index) ? flagProblem.drillPolicy",
    replace: "index >= 0 ? flagProblem.drillPolicy",
  },
  { name: "a drill counts for ever", file: GATES, find: "atMs - last.atMs < policy.withinDays * DAY_MS", replace: "atMs >= last.atMs" },
  {
    name: "a drill counts a millisecond too long",
    file: GATES,
    find: "atMs - last.atMs < policy.withinDays * DAY_MS",
    replace: "atMs - last.atMs <= policy.withinDays * DAY_MS",
  },
  { name: "one that failed counts", file: GATES, find: "of > 0 && confirmed === of;", replace: "of > 0 && confirmed > 0;" },
  { name: "one that reached nobody counts", file: GATES, find: "of > 0 && confirmed === of;", replace: "confirmed === of;" },
  { name: "one during which a relay was cut off counts", file: GATES, find: "cutOff === 0 && of > 0", replace: "of > 0" },
  {
    name: "another environment's policy holds",
    file: GATES,
    find: "flagProblem.drillPolicy?.(environment)",
    replace: 'flagProblem.drillPolicy?.("production")',
  },
  {
    name: "the page promises a start without a drill",
    file: OUTLOOK,
    find: "[...standing(atMs), ...drillGate(parts, release, index, atMs)]",
    replace: "standing(atMs)",
  },
  { name: "cells are kept over a drill", file: STEADY, find: "own?.pins, own?.drill]", replace: "own?.pins]" },
  {
    name: "cells are kept beyond the end of a drill",
    file: STEADY,
    find: "firstApprovalEndMs(release), drillEndMs]",
    replace: "firstApprovalEndMs(release), drillEndMs + 1e12]",
  },
];

/** Whether the tests of the drill policy fail over a copy of the packages with the mutant in it. */
export const isCaught = (mutant: PackageMutant | undefined, id: string): Promise<boolean> =>
  isCaughtIn({ name: `drills-${id}`, packages: ["evaluation", "releases"], tests: ["packages/releases/src/schedule/drill-gate.test.ts"] }, mutant);
