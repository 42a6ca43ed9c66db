import { pssMib } from "../../bench/kill/measure.ts";
import { join } from "node:path";
import { freePort } from "@sluice/ports/node";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { type ClientSeen, Herd } from "../rig/herd.ts";
import { msBetween, percentile } from "../rig/report.ts";
import { crash, kill, lift, makeFolder, pause, type Running, startServing, until } from "../rig/running.ts";
import { Tally } from "../rig/tally.ts";
import { LogReader } from "../rig/witness.ts";

export const HERD_CLIENTS = 10_000;
const FLAG = "area-3.flag-3";
/** Long enough for everybody to notice and to have tried in vain. */
const OUTAGE_MS = 5_000;
/** The kill is asked for so long after the server is back at most: within the storm. */
const STORM_MS = 1_500;
const IN_FORCE_MS_MAX = 2_000;
const CURRENT_MS_MAX = 60_000;
const LOOK_MS = 100;

/** From when a client could hear of the kill (sent, and connected) to when it answered off, ms. */
function delaysOf(seen: readonly ClientSeen[], sentNs: bigint): readonly number[] {
  return seen.flatMap(({ readyNs, offNs }) => {
    if (offNs === undefined) return [];
    const from = readyNs !== undefined && readyNs > sentNs ? readyNs : sentNs;
    return [Math.max(0, msBetween(from, offNs))];
  });
}

/** The server dies, everybody loses it, and everybody comes back at once; a flag is killed meanwhile. */
async function round(server: Running, serve: () => Promise<Running>, herd: Herd, count: number, tally: Tally): Promise<Running> {
  await until("everybody is connected", async () => ((await herd.count()).ready === count ? true : undefined), CURRENT_MS_MAX);
  await herd.forget();
  await crash(server);
  await pause(OUTAGE_MS);
  const back = await serve();
  const backNs = process.hrtime.bigint();
  await pause(Math.random() * STORM_MS);
  const connected = (await herd.count()).ready;
  const sentNs = process.hrtime.bigint();
  const { kill: id } = await kill(back, [FLAG]);
  tally.waited(msBetween(sentNs, process.hrtime.bigint()));
  let pss = 0;
  const look = async (): Promise<true | undefined> => {
    pss = Math.max(pss, pssMib(back.supervised.pids.fanout));
    const { ready, off } = await herd.count();
    if (ready === count && off === count) return true;
    await pause(LOOK_MS);
    return undefined;
  };
  await until("everybody is current", look, CURRENT_MS_MAX).catch(() => {});
  const [{ ready, off }, seen] = [await herd.count(), await herd.report()];
  if (off < count) tally.lose(`${id}: ${count - off} of ${count} clients answer on ${CURRENT_MS_MAX / 1000} s after an outage`);
  tally.expect(ready === count, `${count - ready} of ${count} clients are not back ${CURRENT_MS_MAX / 1000} s after an outage`);
  const delays = delaysOf(seen, sentNs);
  const late = delays.filter((ms) => ms > IN_FORCE_MS_MAX).length;
  tally.expect(late === 0, `${id}: ${late} of ${count} clients were connected for more than ${IN_FORCE_MS_MAX} ms without it`);
  const backAt = seen.flatMap(({ readyNs }) => (readyNs === undefined ? [] : [msBetween(backNs, readyNs)]));
  tally.most("inForceMs", percentile(delays, 1), `<= ${IN_FORCE_MS_MAX}`);
  tally.most("inForceP99ms", percentile(delays, 0.99));
  tally.most("currentS", percentile(backAt, 1) / 1000, `<= ${CURRENT_MS_MAX / 1000}`);
  tally.most("backP50S", percentile(backAt, 0.5) / 1000);
  tally.most("connectedAtTheKill", connected);
  tally.most("fanoutMib", pss);
  await lift(back, id);
  await until("everybody answers on", async () => ((await herd.count()).off === 0 ? true : undefined), CURRENT_MS_MAX).catch(() =>
    tally.fault("after the lift, not everybody answers on"),
  );
  tally.rounds += 1;
  return back;
}

/** Ten thousand streams come back at once after an outage, and a flag is killed in the middle of it. */
export async function restartHerd(rounds: number, run: "bundle" | "sources" = "bundle", count: number = HERD_CLIENTS): Promise<Tally> {
  const tally = new Tally("restartHerd");
  tally.also("clients", count);
  const folder = makeFolder("herd");
  const source = new FlagRepository(join(folder.path, "flags"), flagKeys(20)).folder;
  const [data, port] = [join(folder.path, "data"), await freePort()];
  const serve = (): Promise<Running> => startServing({ data, source, port, run });
  let server = await serve();
  try {
    const herd = await Herd.start({ count, url: server.url, key: server.sdkKey, flag: FLAG, folder: folder.path });
    try {
      for (let index = 0; index < rounds; index += 1) server = await round(server, serve, herd, count, tally);
      const log = await LogReader.open(server);
      for (const why of await log.faults()) tally.fault(why);
      await log.close();
    } finally {
      herd.stop();
    }
  } finally {
    await server.supervised.stop();
    folder.remove();
  }
  return tally;
}
