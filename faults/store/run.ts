import { runFaults } from "../rig/run-faults.ts";
import { powerCut } from "./power-cut.ts";

await runFaults("store", [{ name: "powercut", run: powerCut, rounds: 500, share: 1 }]);
