import { join } from "node:path";
import { type CuttingProxy, startCuttingProxy } from "../rig/cutting-proxy.ts";
import { flagKeys } from "../rig/flag-repository.ts";
import { inLanes } from "../rig/lanes.ts";
import { connected, kill, lift, pause, type Running, until } from "../rig/running.ts";
import { relayKeyOf, type RunningRelay, startRelay, untilServes } from "../rig/running-relay.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";
import { withSluice } from "../rig/with-sluice.ts";

/** 12 s of silence, a wait of at most 4 s, and a request over a dead connection that was kept, which ends after 5 s. */
const IN_FORCE_MS_MAX = 25_000;
const LANES = 20;
/** Of those, so many have a relay behind the link, and their process behind the relay. */
const RELAYS = 4;

/** A link of its own, behind which one process listens, and a flag that nobody else kills. */
interface Lane {
  readonly link: CuttingProxy;
  readonly relay: RunningRelay | undefined;
  readonly witness: Witness;
  readonly flag: string;
}

async function startLane(running: Running, folder: string, at: number, run: "bundle" | "sources"): Promise<Lane> {
  const link = await startCuttingProxy(running.url);
  const flag = flagKeys(LANES)[at] ?? "";
  if (at % (LANES / RELAYS) !== LANES / RELAYS - 1) return { link, flag, relay: undefined, witness: await Witness.start(link.url, running.sdkKey) };
  const relay = await startRelay({ data: join(folder, `relay-${at}`), name: `relay-${at}`, upstream: link.url, key: relayKeyOf(running.data), run });
  await untilServes(relay);
  return { link, flag, relay, witness: await Witness.start(relay.url, running.sdkKey) };
}

async function round(running: Running, { link, witness, flag }: Lane, { tally, lanes }: { readonly tally: Tally; readonly lanes: number }): Promise<void> {
  await until("the server knows of every process", async () => ((await connected(running)) >= lanes ? true : undefined));
  // At any moment of the heartbeat's five seconds.
  await pause(Math.random() * 5_000);
  tally.expect(link.deafen() > 0, "no connection was open to become half-open");
  const askedMs = performance.now();
  const { kill: id } = await kill(running, [flag]);
  // Whoever looks at the receipt now must not read that everybody has it.
  await pause(1_000);
  const { done } = (await running.ask("GET", `/api/kills/${id}/receipt`)).body as { readonly done: boolean };
  tally.expect(!done || !witness.reads(flag), `the receipt of ${id} is done while a process behind a half-open connection answers as before`);
  await mustCome(witness.untilReads(flag, false, IN_FORCE_MS_MAX), (why) => tally.lose(`${id}: ${why}`));
  tally.most("inForceS", (performance.now() - askedMs) / 1000, `<= ${IN_FORCE_MS_MAX / 1000}`);
  await lift(running, id);
  await mustCome(witness.untilReads(flag, true, IN_FORCE_MS_MAX), (why) => tally.fault(`after the lift: ${why}`));
  tally.rounds += 1;
}

/** Connections of SDKs and relays become half-open: both sides keep them, nothing passes, and nobody is told. */
export async function halfOpen(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("halfOpen");
  await withSluice("half-open", { run }, async ({ running, folder }) => {
    const lanes: Lane[] = [];
    try {
      const count = Math.min(LANES, rounds);
      // The last lane of each five has a relay: with few rounds, one of them too.
      for (let at = LANES - count; at < LANES; at += 1) lanes.push(await startLane(running, folder, at, run));
      await inLanes(lanes, rounds, (lane) => round(running, lane, { tally, lanes: lanes.length }));
      const log = await LogReader.open(running);
      for (const why of await log.faults()) tally.fault(why);
      await log.close();
    } finally {
      for (const { link, relay, witness } of lanes) {
        await witness.close();
        await relay?.supervised.stop();
        await link.close();
      }
    }
  });
  return tally;
}
