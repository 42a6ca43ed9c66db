import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { freePort } from "@sluice/ports/node";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { crash, kill, lift, makeFolder, newCommand, pause, type Running, startServing, until } from "../rig/running.ts";
import { killAtRelay, relayKeyOf, type RunningRelay, startRelay, untilServes } from "../rig/running-relay.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, newcomerReads, Witness } from "../rig/witness.ts";

/** After a fault of under a minute everybody is current within 10 s; the server's start and a relay's wait come on top. */
const CURRENT_MS_MAX = 25_000;
/**
 * Longer than a heartbeat. A stream that did not live until its first one is no sign of a server that is back, so that losses at each few seconds for
 * more than a minute are one long outage, after which an SDK may take minutes to ask again.
 */
const REST_MS = 6_000;
/** Kills and lifts between the backup and the loss, besides those that the round is about. */
const LOST_DECISIONS_MAX = 6;

/** What is lost: the end of the log alone, as by a backup or a failover; or the server's data folder with it, as when a machine is lost. */
type Loss = "log" | "machine";

interface Drill {
  readonly data: string;
  readonly serve: () => Promise<Running>;
  readonly relay: RunningRelay;
  /** Processes that live through it: at the server, and behind the relay. */
  readonly direct: Witness;
  readonly behind: Witness;
  readonly tally: Tally;
}

const store = (data: string): string => join(data, "store.db");

/** A backup as an administrator makes one, of a database that is in use. */
async function backUp(data: string, to: string): Promise<void> {
  const source = new DatabaseSync(store(data), { readOnly: true });
  try {
    await backup(source, to);
  } finally {
    source.close();
  }
}

function restore(data: string, from: string, loss: Loss): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(store(data) + end, { force: true });
  copyFileSync(from, store(data));
  if (loss === "machine") rmSync(join(data, "fanout"), { recursive: true });
}

/** What the backup does not have is decided, the server dies, and comes back with the backup. */
async function round(server: Running, drill: Drill, flags: readonly string[], loss: Loss): Promise<Running> {
  const { data, serve, relay, direct, behind, tally } = drill;
  const [before = "", after = "", atRelay = "", passing = "", fresh = ""] = flags;
  const old = await kill(server, [before]);
  const copy = join(data, "..", "backup.db");
  rmSync(copy, { force: true });
  await backUp(data, copy);
  const lost = await kill(server, [after]);
  const relayed = await killAtRelay(relay, atRelay, newCommand());
  for (let count = Math.floor(Math.random() * LOST_DECISIONS_MAX); count > 0; count -= 1) await lift(server, (await kill(server, [passing])).kill);
  for (const flag of [before, after, atRelay])
    for (const witness of [direct, behind]) await mustCome(witness.untilReads(flag, false), (why) => tally.lose(`before the loss: ${why}`));
  // From here on nothing of what is killed may be on for a moment, in a process that knew of it.
  const wentOn: string[] = [];
  const watched = [before, after, atRelay];
  const unlisten = [direct, behind].map((witness) => witness.client.onChange(() => wentOn.push(...watched.filter((flag) => witness.reads(flag)))));
  await crash(server);
  restore(data, copy, loss);
  const back = await serve();
  const backMs = performance.now();
  for (const url of [back.url, relay.url])
    for (const flag of watched)
      await mustCome(newcomerReads({ ...back, url }, flag, false), (why) => tally.lose(`a new process, after losing the ${loss}: ${why}`));
  for (const flag of watched) for (const witness of [direct, behind]) tally.expect(!witness.reads(flag), `${flag} went on with the loss of the ${loss}`);
  // What is decided from now on reaches everybody, though they know more of the old log than the server does.
  const next = await kill(back, [fresh]);
  for (const witness of [direct, behind])
    await mustCome(witness.untilReads(fresh, false, CURRENT_MS_MAX), (why) => tally.lose(`${next.kill}, after losing the ${loss}: ${why}`));
  tally.most("currentS", (performance.now() - backMs) / 1000, `<= ${CURRENT_MS_MAX / 1000}`);
  for (const off of unlisten) off();
  for (const flag of wentOn) tally.lose(`${flag} went on with the loss of the ${loss}`);
  await liftAll(back, [old.kill, lost.kill, relayed, next.kill], tally);
  for (const flag of flags)
    for (const witness of [direct, behind]) await mustCome(witness.untilReads(flag, true, CURRENT_MS_MAX), (why) => tally.fault(`after the lifts: ${why}`));
  const log = await LogReader.open(back);
  for (const why of await log.faults()) tally.fault(why);
  await log.close();
  tally.rounds += 1;
  return back;
}

/** Every kill that the server knows is lifted; those that the drill made must come to be among them, a relay's once it has handed it on. */
async function liftAll(server: Running, made: readonly string[], tally: Tally): Promise<void> {
  const known = async (): Promise<readonly string[]> =>
    ((await server.ask("GET", "/api/kills?environment=production")).body as { readonly kills: readonly { readonly kill: string }[] }).kills.map(
      ({ kill: id }) => id,
    );
  for (const id of made) {
    const isKnown = until(`the server knows ${id}`, async () => ((await known()).includes(id) ? true : undefined), CURRENT_MS_MAX);
    await mustCome(isKnown, (why) => tally.lose(`nobody can lift it: ${why}`));
  }
  for (const id of await known()) await lift(server, id);
}

/** The database comes back from a backup, or has lost its end in a failover: kills that somebody still knows stay in force, and new ones reach everybody. */
export async function lostEpochs(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("epochs");
  const folder = makeFolder("epochs");
  const keys = flagKeys(20);
  const source = new FlagRepository(join(folder.path, "flags"), keys).folder;
  const [data, port] = [join(folder.path, "data"), await freePort()];
  const serve = (): Promise<Running> => startServing({ data, source, port, run });
  let server = await serve();
  const relay = await startRelay({ data: join(folder.path, "relay"), upstream: server.url, key: relayKeyOf(data), run });
  try {
    await untilServes(relay);
    const [direct, behind] = [await Witness.start(server.url, server.sdkKey), await Witness.start(relay.url, server.sdkKey)];
    for (let index = 0; index < rounds; index += 1) {
      if (index > 0) await pause(REST_MS);
      server = await round(
        server,
        { data, serve, relay, direct, behind, tally },
        keys.slice((index % 4) * 5, (index % 4) * 5 + 5),
        index % 2 === 0 ? "log" : "machine",
      );
    }
    await Promise.all([direct.close(), behind.close()]);
  } finally {
    await relay.supervised.stop();
    await server.supervised.stop();
    folder.remove();
  }
  return tally;
}
