import { join } from "node:path";
import { type PostgresServer, startPostgres } from "../../packages/store/src/postgres/test-server.ts";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { kill, type Killed, lift, makeFolder, newCommand, type Running, startSluice, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";
import { readable, stopDatabase } from "./postgres-down.ts";

const DATABASE = "sluice";
const IN_FORCE_MS_MAX = 5_000;
const TOGETHER_MS_MAX = 30_000;
/** Kills that each side takes while the database is stopped once: each pair is a round, and a stop and start is the costly part. */
const PAIRS = 5;

interface Side {
  readonly running: Running;
  readonly witness: Witness;
}

interface Drill {
  readonly sides: readonly Side[];
  readonly postgres: PostgresServer;
  readonly log: LogReader;
  readonly tally: Tally;
}

/** A flag for each side, and what each then made of it. */
interface Pair {
  readonly flags: readonly string[];
  readonly commands: readonly string[];
  readonly kills: readonly Killed[];
}

async function killBoth({ sides, tally }: Drill, flags: readonly string[]): Promise<Pair> {
  const commands = flags.map(() => newCommand());
  const askedMs = performance.now();
  const kills = await Promise.all(sides.map(({ running }, at) => kill(running, [flags[at] ?? ""], commands[at])));
  tally.waited(performance.now() - askedMs);
  for (const [at, { witness }] of sides.entries()) {
    tally.expect(kills[at]?.emergency === true, `${kills[at]?.kill} did not go the emergency way`);
    await mustCome(witness.untilReads(flags[at] ?? "", false, IN_FORCE_MS_MAX), (why) => tally.lose(`${kills[at]?.kill}: ${why}`));
  }
  return { flags, commands, kills };
}

async function settle({ sides, log, tally }: Drill, { flags, commands, kills }: Pair): Promise<void> {
  for (const command of commands) {
    await mustCome(
      until(`${command} is in the log`, async () => (await readable(log, command)) > 0 || undefined, TOGETHER_MS_MAX),
      (why) => tally.lose(why),
    );
    const found = (await log.withCommand(command)).length;
    tally.expect(found === 1, `command ${command} has ${found} effects`);
  }
  for (const { witness } of sides)
    for (const flag of flags) await mustCome(witness.untilReads(flag, false, TOGETHER_MS_MAX), (why) => tally.lose(`when the database is back: ${why}`));
  // Each side lifts what the other has killed.
  for (const [at, { running }] of sides.toReversed().entries()) await lift(running, kills[at]?.kill ?? "");
  for (const { witness } of sides) for (const flag of flags) await mustCome(witness.untilReads(flag, true), (why) => tally.fault(`after the lifts: ${why}`));
  tally.rounds += 1;
}

/** One stop of the database; a round for each of the pairs of flags. */
async function outage(drill: Drill, pairs: readonly (readonly string[])[]): Promise<void> {
  await stopDatabase(drill.postgres, "SIGINT");
  const taken: Pair[] = [];
  for (const flags of pairs) taken.push(await killBoth(drill, flags));
  await drill.postgres.restart();
  for (const pair of taken) await settle(drill, pair);
}

/** Two servers share a database that really stops; each takes an emergency kill; when it is back the log has each once and both serve both. */
export async function twoServers(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("twoServers");
  const folder = makeFolder("two-servers");
  const postgres = await startPostgres();
  const keys = flagKeys(20);
  const started: Running[] = [];
  try {
    await postgres.query("postgres", `CREATE DATABASE ${DATABASE}`);
    const store = postgres.url(DATABASE);
    const source = new FlagRepository(join(folder.path, "flags"), keys).folder;
    for (const name of ["one", "two"]) started.push(await startSluice({ data: join(folder.path, name), source, store, run }));
    const sides = await Promise.all(started.map(async (running) => ({ running, witness: await Witness.start(running.url, running.sdkKey) })));
    const [first] = started;
    if (first === undefined) throw new Error("two servers were to be started");
    const log = await LogReader.open(first, store);
    while (tally.rounds < rounds) {
      const count = Math.min(PAIRS, rounds - tally.rounds);
      await outage(
        { sides, postgres, log, tally },
        Array.from({ length: count }, (_, at) => [keys[at * 2] ?? "", keys[at * 2 + 1] ?? ""]),
      );
    }
    for (const why of await log.faults()) tally.fault(why);
    for (const { witness } of sides) await witness.close();
    await log.close();
  } finally {
    for (const running of started) await running.supervised.stop();
    await postgres.stop();
    folder.remove();
  }
  return tally;
}
