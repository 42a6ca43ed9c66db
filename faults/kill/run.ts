import { runFaults } from "../rig/run-faults.ts";
import { apiSpin } from "./api-spin.ts";
import { killNine } from "./kill-nine.ts";
import { mangledPatches } from "./mangled-patches.ts";
import { partition } from "./partition.ts";
import { postgresDown } from "./postgres-down.ts";
import { relayAlone } from "./relay-alone.ts";
import { stoppedSdks } from "./stopped-sdks.ts";
import { twoServers } from "./two-servers.ts";

await runFaults("kill", [
  { name: "kill9", run: killNine, rounds: 18, share: 1 },
  { name: "postgresDown", run: postgresDown, rounds: 4, share: 0.1 },
  { name: "twoServers", run: twoServers, rounds: 2, share: 1 },
  { name: "relayAlone", run: relayAlone, rounds: 2, share: 1 },
  { name: "partition", run: partition, rounds: 3, share: 1 },
  { name: "apiSpin", run: apiSpin, rounds: 10, share: 0.2 },
  { name: "sigstop", run: stoppedSdks, rounds: 3, share: 0.1 },
  { name: "patches", run: mangledPatches, rounds: 4, share: 0.2 },
]);
