import { runFaults } from "../rig/run-faults.ts";
import { fullDisk } from "./full-disk.ts";
import { powerCut } from "./power-cut.ts";
import { twoPeople } from "./two-people.ts";

await runFaults("store", [
  { name: "powercut", run: powerCut, rounds: 1_000, share: 10 },
  { name: "diskFull", run: fullDisk, rounds: 2, share: 0.05 },
  { name: "twoPeople", run: twoPeople, rounds: 10, share: 0.25 },
]);
