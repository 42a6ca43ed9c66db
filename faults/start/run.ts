import { runFaults } from "../rig/run-faults.ts";
import { cutOff } from "./cut-off.ts";
import { fullDisk } from "./full-disk.ts";
import { noNetwork } from "./no-network.ts";

await runFaults("start", [
  { name: "noNetwork", run: noNetwork, rounds: 1, share: 0.1 },
  { name: "cutOff", run: cutOff, rounds: 4, share: 1 },
  { name: "fullDisk", run: fullDisk, rounds: 3, share: 0.5 },
]);
