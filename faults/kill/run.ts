// `npm run faults -- kill [--only FAULT] [--rounds N] [--clients N, of restartHerd] [--json]`
import { numberOption } from "../rig/report.ts";
import { runFaults } from "../rig/run-faults.ts";
import { fullDisk } from "../store/full-disk.ts";
import { apiSpin, apiStopped } from "./api-spin.ts";
import { clockSkew } from "./clock-skew.ts";
import { halfOpen } from "./half-open.ts";
import { heldBackStreams } from "./held-back-streams.ts";
import { hostileTriggers } from "./hostile-triggers.ts";
import { killAndLift } from "./kill-and-lift.ts";
import { killNine } from "./kill-nine.ts";
import { lostEpochs } from "./lost-epochs.ts";
import { mangledPatches } from "./mangled-patches.ts";
import { partition } from "./partition.ts";
import { postgresDown } from "./postgres-down.ts";
import { relayAlone } from "./relay-alone.ts";
import { HERD_CLIENTS, restartHerd } from "./restart-herd.ts";
import { sleepingSdks } from "./sleeping-sdks.ts";
import { slowLink } from "./slow-link.ts";
import { stoppedSdks } from "./stopped-sdks.ts";
import { thousands } from "./thousands.ts";
import { twoServers } from "./two-servers.ts";

await runFaults("kill", [
  { name: "kill9", run: killNine, rounds: 18, share: 1 },
  { name: "postgresDown", run: postgresDown, rounds: 4, share: 1 },
  { name: "twoServers", run: twoServers, rounds: 5, share: 1 },
  { name: "relayAlone", run: relayAlone, rounds: 5, share: 1 },
  { name: "partition", run: partition, rounds: 6, share: 1 },
  { name: "halfOpen", run: halfOpen, rounds: 4, share: 1 },
  { name: "slowLink", run: slowLink, rounds: 8, share: 1 },
  { name: "bufferingProxy", run: heldBackStreams, rounds: 4, share: 1 },
  { name: "clockSkew", run: clockSkew, rounds: 6, share: 1 },
  { name: "triggers", run: hostileTriggers, rounds: 10, share: 1 },
  { name: "killAndLift", run: killAndLift, rounds: 20, share: 1 },
  { name: "thousands", run: thousands, rounds: 20, share: 1 },
  { name: "asleep", run: sleepingSdks, rounds: 8, share: 1 },
  { name: "epochs", run: lostEpochs, rounds: 2, share: 1 },
  { name: "diskFull", run: fullDisk, rounds: 2, share: 1 },
  { name: "restartHerd", run: (rounds) => restartHerd(rounds, "bundle", numberOption("--clients", HERD_CLIENTS)), rounds: 1, share: 1 },
  { name: "apiStopped", run: apiStopped, rounds: 10, share: 1 },
  { name: "apiSpin", run: apiSpin, rounds: 10, share: 1 },
  { name: "sigstop", run: stoppedSdks, rounds: 3, share: 1 },
  { name: "patches", run: mangledPatches, rounds: 4, share: 1 },
]);
