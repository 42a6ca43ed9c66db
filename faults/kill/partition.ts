import { join } from "node:path";
import { type CuttingProxy, startCuttingProxy } from "../rig/cutting-proxy.ts";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { kill, lift, makeFolder, newCommand, pause, type Running, startSluice, until } from "../rig/running.ts";
import { relayKeyOf, type RunningRelay, startRelay } from "../rig/running-relay.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";

/** A relay whose link hangs finds out after three missed pings, and waits up to two seconds before it tries again. */
const TOGETHER_MS_MAX = 30_000;
/** How often a link that has just healed is cut once more, so that what is handed on arrives twice, in part, or late. */
const FLAPS = 3;
const FLAP_MS_MAX = 60;

interface Drill {
  readonly server: Running;
  readonly relay: RunningRelay;
  readonly link: CuttingProxy;
  readonly behind: Witness;
  readonly direct: Witness;
  readonly log: LogReader;
  readonly tally: Tally;
}

async function killAtRelay(relay: RunningRelay, flag: string, command: string): Promise<string> {
  const reply = await relay.ask("POST", "/api/kills", { command, environment: "production", flags: [flag], reason: "drill" });
  if (reply.status !== 201) throw new Error(`a kill at the relay was answered ${reply.status} ${JSON.stringify(reply.body)}`);
  return (reply.body as { readonly kill: string }).kill;
}

async function flap(link: CuttingProxy): Promise<void> {
  for (let at = 0; at < FLAPS; at += 1) {
    link.heal();
    await pause(Math.random() * FLAP_MS_MAX);
    link.cut("reset");
  }
}

async function round(drill: Drill, [ofServer, ofRelay, ofBoth]: readonly [string, string, string], isHung: boolean): Promise<void> {
  const { server, relay, link, behind, direct, log, tally } = drill;
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

/** The link between a relay and its server hangs or breaks while both sides kill, and one of them lifts. */
export async function partition(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("partition");
  const folder = makeFolder("partition");
  const keys = flagKeys(20);
  const data = join(folder.path, "data");
  const server = await startSluice({ data, source: new FlagRepository(join(folder.path, "flags"), keys).folder, run });
  const link = await startCuttingProxy(server.url);
  const relay = await startRelay({ data: join(folder.path, "relay"), upstream: link.url, key: relayKeyOf(data), run });
  try {
    await until("the relay serves", async () => ((await relay.ask("GET", "/health")).status === 200 ? true : undefined));
    const [behind, direct] = [await Witness.start(relay.url, server.sdkKey), await Witness.start(server.url, server.sdkKey)];
    const log = await LogReader.open(server);
    for (let index = 0; index < rounds; index += 1) {
      const at = (index * 3) % 18;
      await round({ server, relay, link, behind, direct, log, tally }, [keys[at] ?? "", keys[at + 1] ?? "", keys[at + 2] ?? ""], index % 3 === 2);
      tally.rounds += 1;
    }
    for (const why of await log.faults()) tally.fault(why);
    await Promise.all([behind.close(), direct.close(), log.close()]);
  } finally {
    await relay.supervised.stop();
    await link.close();
    await server.supervised.stop();
    folder.remove();
  }
  return tally;
}
