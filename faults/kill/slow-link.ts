import { join } from "node:path";
import { flagKeys } from "../rig/flag-repository.ts";
import { inLanes } from "../rig/lanes.ts";
import { kill, lift, newCommand, type Running, until } from "../rig/running.ts";
import { killAtRelay, relayKeyOf, type RunningRelay, startRelay, untilServes } from "../rig/running-relay.ts";
import { startSlowProxy } from "../rig/slow-proxy.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";
import { withSluice } from "../rig/with-sluice.ts";

/** Each way: two seconds for a question and its answer. */
const LATENCY_MS = 1_000;
/** On the near side of the link nobody waits for it. */
const NEAR_MS_MAX = 2_000;
/** What a busy machine needs beside the crossings of the link. */
const BUSY_MS = 2_000;
/** From the server to whoever is beyond the link: one crossing. */
const FAR_MS_MAX = LATENCY_MS + BUSY_MS;
/** From a relay to the server: a kill that comes while others are being handed on waits for their answer first. */
const UP_MS_MAX = 3 * LATENCY_MS + BUSY_MS;
/** Kills on their way at once, each of a flag of its own. */
const LANES = 16;

interface Drill {
  readonly server: Running;
  readonly relay: RunningRelay;
  /** At the server itself; over the slow link; behind the relay, which is beyond the slow link. */
  readonly near: Witness;
  readonly far: Witness;
  readonly behind: Witness;
  readonly log: LogReader;
  readonly tally: Tally;
}

async function round({ server, relay, near, far, behind, log, tally }: Drill, flag: string, isAtRelay: boolean): Promise<void> {
  const command = newCommand();
  const askedMs = performance.now();
  const id = isAtRelay ? await killAtRelay(relay, flag, command) : (await kill(server, [flag], command)).kill;
  tally.waited(performance.now() - askedMs);
  const [here, there] = isAtRelay ? [behind, near] : [near, behind];
  const farMs = isAtRelay ? UP_MS_MAX : FAR_MS_MAX;
  await mustCome(here.untilReads(flag, false, NEAR_MS_MAX), (why) => tally.lose(`${id} on its own side: ${why}`));
  await mustCome(there.untilReads(flag, false, farMs), (why) => tally.lose(`${id} on the other side: ${why}`));
  // What a relay took comes to the process beyond the other link by way of the server.
  await mustCome(far.untilReads(flag, false, FAR_MS_MAX), (why) => tally.lose(`${id} beyond the link: ${why}`));
  tally.most("inForceS", (performance.now() - askedMs) / 1000, `<= ${(UP_MS_MAX + FAR_MS_MAX) / 1000}`);
  await mustCome(
    until("the kill is in the log", async () => ((await log.withCommand(command)).length > 0 ? true : undefined)),
    (why) => tally.lose(why),
  );
  const effects = (await log.withCommand(command)).length;
  tally.expect(effects === 1, `command ${command} has ${effects} effects`);
  await lift(server, id);
  for (const witness of [near, far, behind]) await mustCome(witness.untilReads(flag, true, 2 * FAR_MS_MAX), (why) => tally.fault(`after the lift: ${why}`));
  tally.rounds += 1;
}

/** Two seconds of latency, one each way, between a server and its relay and between a server and a process. */
export async function slowLink(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("slowLink");
  await withSluice("slow-link", { run }, async ({ running: server, folder }) => {
    const link = await startSlowProxy(server.url, LATENCY_MS);
    const relay = await startRelay({ data: join(folder, "relay"), upstream: link.url, key: relayKeyOf(server.data), run });
    try {
      await untilServes(relay);
      const [near, far, behind] = await Promise.all([server.url, link.url, relay.url].map((url) => Witness.start(url, server.sdkKey)));
      if (near === undefined || far === undefined || behind === undefined) throw new Error("three witnesses were to be started");
      const drill: Drill = { server, relay, near, far, behind, log: await LogReader.open(server), tally };
      await inLanes(flagKeys(Math.min(LANES, rounds)), rounds, (flag, index) => round(drill, flag, index % 2 === 1));
      for (const why of await drill.log.faults()) tally.fault(why);
      await Promise.all([near.close(), far.close(), behind.close(), drill.log.close()]);
    } finally {
      await relay.supervised.stop();
      await link.close();
    }
  });
  return tally;
}
