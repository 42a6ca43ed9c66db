import { runFaults } from "../rig/run-faults.ts";
import { gitDown } from "./git-down.ts";
import { ATTACKS, hostileContent } from "./hostile-content.ts";

await runFaults("git", [
  { name: "gitDown", run: gitDown, rounds: 3, share: 0.15 },
  { name: "gitHostile", run: hostileContent, rounds: ATTACKS.length, share: 0.4 },
]);
