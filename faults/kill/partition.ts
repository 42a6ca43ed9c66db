import { join } from "node:path";
import { type CuttingProxy, startCuttingProxy } from "../rig/cutting-proxy.ts";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { inLanes } from "../rig/lanes.ts";
import { kill, lift, makeFolder, newCommand, pause, type Running, startSluice, until } from "../rig/running.ts";
import { killAtRelay, relayKeyOf, type RunningRelay, startRelay, untilServes } from "../rig/running-relay.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";

/** A relay whose link hangs finds out after three missed pings, and waits up to two seconds before it tries again. */
const TOGETHER_MS_MAX = 30_000;
/** How often a link that has just healed is cut once more, so that what is handed on arrives twice, in part, or late. */
const FLAPS = 3;
const FLAP_MS_MAX = 60;

/** Relays that are cut off each for itself: a round is mostly waiting for a link to come back. */
const LANES = 6;

interface Drill {
  readonly server: Running;
  readonly direct: Witness;
  readonly log: LogReader;
  readonly tally: Tally;
}

/** A relay behind a link of its own, and flags that nobody else kills. */
interface Lane {
  readonly relay: RunningRelay;
  readonly link: CuttingProxy;
  readonly behind: Witness;
  readonly flags: readonly [string, string, string];
}

async function flap(link: CuttingProxy): Promise<void> {
  for (let at = 0; at < FLAPS; at += 1) {
    link.heal();
    await pause(Math.random() * FLAP_MS_MAX);
    link.cut("reset");
  }
}

async function round({ server, direct, log, tally }: Drill, { relay, link, behind, flags }: Lane, isHung: boolean): Promise<void> {
  const [ofServer, ofRelay, ofBoth] = flags;
  link.cut(isHung ? "hang" : "reset");
  const commands = [newCommand(), newCommand(), newCommand(), newCommand()] as const;
  const atServer = await kill(server, [ofServer], commands[0]);
  const atRelay = await killAtRelay(relay, ofRelay, commands[1]);
  const [bothServer, bothRelay] = [await kill(server, [ofBoth], commands[2]), await killAtRelay(relay, ofBoth, commands[3])];
  await mustCome(direct.untilReads(ofServer, false), (why) => tally.lose(`at the server: ${why}`));
  for (const flag of [ofRelay, ofBoth]) await mustCome(behind.untilReads(flag, false, 2_000), (why) => tally.lose(`behind the relay: ${why}`));
  // Lifted on one side of the partition while the other side's kill of the same flag stands.
  await lift(server, bothServer.kill);
  await mustCome(direct.untilReads(ofBoth, true), (why) => tally.fault(`after the lift at the server: ${why}`));
  tally.expect(!behind.reads(ofBoth), `${bothRelay} does not hold behind the relay`);
  if (!isHung) await flap(link);
  const healedMs = performance.now();
  link.heal();
  for (const [where, witness] of [
    ["behind the relay", behind],
    ["at the server", direct],
  ] as const)
    for (const flag of [ofServer, ofRelay, ofBoth])
      await mustCome(witness.untilReads(flag, false, TOGETHER_MS_MAX), (why) => tally.lose(`${where} after the partition: ${why}`));
  tally.most("togetherS", (performance.now() - healedMs) / 1000, `<= ${TOGETHER_MS_MAX / 1000}`);
  await mustCome(
    until("the log has what the relay took", async () =>
      (await log.withCommand(commands[1])).length > 0 && (await log.withCommand(commands[3])).length > 0 ? true : undefined,
    ),
    (why) => tally.lose(why),
  );
  for (const command of commands) {
    const found = (await log.withCommand(command)).length;
    tally.expect(found === 1, `command ${command} has ${found} effects`);
  }
  for (const id of [atServer.kill, atRelay, bothRelay]) await lift(server, id);
  for (const witness of [behind, direct])
    for (const flag of [ofServer, ofRelay, ofBoth]) await mustCome(witness.untilReads(flag, true), (why) => tally.fault(`after the lifts: ${why}`));
}

async function startLane(server: Running, folder: string, at: number, run: "bundle" | "sources"): Promise<Lane> {
  const [link, keys] = [await startCuttingProxy(server.url), flagKeys(LANES * 3)];
  const relay = await startRelay({ data: join(folder, `relay-${at}`), name: `relay-${at}`, upstream: link.url, key: relayKeyOf(server.data), run });
  await untilServes(relay);
  return {
    relay,
    link,
    behind: await Witness.start(relay.url, server.sdkKey),
    flags: [keys[at * 3] ?? "", keys[at * 3 + 1] ?? "", keys[at * 3 + 2] ?? ""],
  };
}

/** The links between relays and their server hang or break while both sides kill, and one of them lifts. */
export async function partition(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("partition");
  const folder = makeFolder("partition");
  const source = new FlagRepository(join(folder.path, "flags"), flagKeys(20)).folder;
  const server = await startSluice({ data: join(folder.path, "data"), source, run });
  const lanes: Lane[] = [];
  try {
    for (let at = 0; at < Math.min(LANES, Math.ceil(rounds / 3)); at += 1) lanes.push(await startLane(server, folder.path, at, run));
    const direct = await Witness.start(server.url, server.sdkKey);
    const log = await LogReader.open(server);
    await inLanes(lanes, rounds, async (lane, index) => {
      await round({ server, direct, log, tally }, lane, index % 3 === 2);
      tally.rounds += 1;
    });
    for (const why of await log.faults()) tally.fault(why);
    await Promise.all([direct.close(), log.close()]);
  } finally {
    for (const { relay, link, behind } of lanes) {
      await behind.close();
      await relay.supervised.stop();
      await link.close();
    }
    await server.supervised.stop();
    folder.remove();
  }
  return tally;
}
