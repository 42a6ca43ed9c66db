import { join } from "node:path";
import { freePort } from "@sluice/ports/node";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { crash, lift, makeFolder, newCommand, type Running, startServing, until } from "../rig/running.ts";
import { relayKeyOf, type RunningRelay, startRelay, untilServes } from "../rig/running-relay.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, newcomerReads, Witness } from "../rig/witness.ts";

/** A kill must be in force behind the relay well before anybody restarts a server. */
const IN_FORCE_MS_MAX = 2_000;
/** Each takes a kill while the server is dead, which is a round; a death of the server, and its start, is the costly part. */
const RELAYS = 5;

interface Drill {
  readonly relay: RunningRelay;
  readonly witness: Witness;
  readonly tally: Tally;
}

/** A kill that a relay took while the server was dead. */
interface Taken {
  readonly drill: Drill;
  readonly flag: string;
  readonly command: string;
  readonly kill: string;
}

const REASON = "the server is dead";

/** Ends the relay's process as a power cut does, and waits for the next. */
async function crashRelay(relay: RunningRelay): Promise<void> {
  const { fanout } = relay.supervised.pids;
  if (fanout === undefined) throw new Error("the relay has no process");
  process.kill(fanout, "SIGKILL");
  await until("the relay is back", async () => {
    const { pids } = relay.supervised;
    if (pids.fanout === undefined || pids.fanout === fanout) return undefined;
    return relay.ask("GET", "/health").then(
      ({ status }) => (status === 200 ? true : undefined),
      () => undefined,
    );
  });
}

/** `server` is dead. Undefined where the relay did not take it, which is counted. */
async function killAlone(server: Running, drill: Drill, { flag, isCrash }: { readonly flag: string; readonly isCrash: boolean }): Promise<Taken | undefined> {
  const { relay, witness, tally } = drill;
  const command = newCommand();
  const body = { command, environment: "production", flags: [flag], reason: REASON };
  const askedMs = performance.now();
  const reply = await relay.ask("POST", "/api/kills", body);
  tally.waited(performance.now() - askedMs);
  const { kill } = (reply.body ?? {}) as { readonly kill?: string };
  tally.expect(reply.status === 201 && kill !== undefined, `a kill at the relay was answered ${reply.status} ${JSON.stringify(reply.body)}`);
  await mustCome(witness.untilReads(flag, false, IN_FORCE_MS_MAX), (why) => tally.lose(`${kill}: ${why}`));
  tally.most("inForceMs", performance.now() - askedMs, "<= 2000");
  const again = await relay.ask("POST", "/api/kills", body);
  tally.expect((again.body as { readonly kill?: string }).kill === kill, `the same command again was answered ${again.status} ${JSON.stringify(again.body)}`);
  const lifted = await relay.ask("POST", `/api/kills/${kill}/lift`, { command: newCommand() });
  tally.expect(lifted.status === 503, `a relay answered a lift ${lifted.status}`);
  if (isCrash) {
    await crashRelay(relay);
    await mustCome(newcomerReads({ ...server, url: relay.url }, flag, false), (why) => tally.lose(`${kill} after a crash of the relay: ${why}`));
  }
  return kill === undefined ? undefined : { drill, flag, command, kill };
}

/** The server is back: what a relay took is in force at it, in the log once, and can be lifted. */
async function settle(server: Running, log: LogReader, { drill, flag, command, kill }: Taken): Promise<void> {
  const { relay, witness, tally } = drill;
  await mustCome(
    until(`${kill} is in the log`, async () => ((await log.withCommand(command)).length > 0 ? true : undefined)),
    (why) => tally.lose(why),
  );
  await mustCome(newcomerReads(server, flag, false), (why) => tally.lose(`${kill} at the server: ${why}`));
  await mustCome(
    until("nothing waits at the relay", async () => ((await waiting(relay)) === 0 ? true : undefined)),
    (why) => tally.fault(why),
  );
  const events = await log.withCommand(command);
  const kills = (await log.catchUp()).filter(({ facts }) => facts.kind === "flagsKilled" && facts.kill === kill);
  tally.expect(events.length === 1 && kills.length === 1, `command ${command} has ${events.length} effects, kill ${kill} ${kills.length} events`);
  tally.expect(events[0]?.personal?.by === "operator" && events[0].personal.reason === REASON, `the log says ${JSON.stringify(events[0]?.personal)}`);
  await lift(server, kill);
  await mustCome(witness.untilReads(flag, true, 20_000), (why) => tally.fault(`after the lift: ${why}`));
  tally.rounds += 1;
}

async function waiting(relay: RunningRelay): Promise<number> {
  return ((await relay.ask("GET", "/health")).body as { readonly fanout: { readonly emergencyKillsWaiting: number } }).fanout.emergencyKillsWaiting;
}

/** The server is really dead: a kill goes through a relay, survives the relay's own crash, and is in the log once when the server is back. */
export async function relayAlone(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("relayAlone");
  const folder = makeFolder("relay-alone");
  const keys = flagKeys(20);
  const source = new FlagRepository(join(folder.path, "flags"), keys).folder;
  const [data, port] = [join(folder.path, "data"), await freePort()];
  const serve = (): Promise<Running> => startServing({ data, source, port, run });
  let server = await serve();
  const drills: Drill[] = [];
  try {
    for (let at = 0; at < Math.min(RELAYS, rounds); at += 1) {
      const relay = await startRelay({ data: join(folder.path, `relay-${at}`), name: `relay-${at}`, upstream: server.url, key: relayKeyOf(data), run });
      await untilServes(relay);
      drills.push({ relay, witness: await Witness.start(relay.url, server.sdkKey), tally });
    }
    for (let index = 0; tally.rounds < rounds && tally.lost + tally.wrong === 0; index += 1) {
      await crash(server);
      const asked = drills.slice(0, rounds - tally.rounds).map((drill, at) => ({ drill, flag: keys[at] ?? "", isCrash: (index + at) % 2 === 1 }));
      const taken = await Promise.all(asked.map(({ drill, ...one }) => killAlone(server, drill, one)));
      server = await serve();
      const log = await LogReader.open(server);
      await Promise.all(taken.flatMap((one) => (one === undefined ? [] : [settle(server, log, one)])));
      for (const why of await log.faults()) tally.fault(why);
      await log.close();
    }
  } finally {
    for (const { relay, witness } of drills) {
      await witness.close();
      await relay.supervised.stop();
    }
    await server.supervised.stop();
    folder.remove();
  }
  return tally;
}
