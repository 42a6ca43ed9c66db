import { join } from "node:path";
import { type PostgresServer, startPostgres } from "../../packages/store/src/postgres/test-server.ts";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { makeFolder, newCommand, pause, type Reply, type Running, startSluice, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, newcomerReads, Witness } from "../rig/witness.ts";
import { signIn } from "./people.ts";

const DATABASE = "sluice";
/** In every second round the database goes while the kill is on its way. */
const DURING_MS = 15;
/** A kill must be in force everywhere well before anybody restarts a database. */
const IN_FORCE_MS_MAX = 5_000;

interface Drill {
  readonly running: Running;
  readonly postgres: PostgresServer;
  readonly witness: Witness;
  readonly log: LogReader;
  readonly person: Readonly<Record<string, string>>;
  readonly tally: Tally;
}

/** SIGINT cuts every connection, SIGQUIT ends it without a checkpoint: recovery is part of the drill. */
export async function stopDatabase(postgres: PostgresServer, signal: "SIGINT" | "SIGQUIT"): Promise<void> {
  const { pid } = postgres;
  process.kill(pid, signal);
  await until("the database has stopped", () => (isAlive(pid) ? undefined : true), 20_000);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: it is gone.
    return false;
  }
}

async function round(
  { running, postgres, witness, log, person, tally }: Drill,
  flag: string,
  { isDuring, isCrash }: { readonly isDuring: boolean; readonly isCrash: boolean },
): Promise<void> {
  const command = newCommand();
  const body = { command, environment: "production", flags: [flag], reason: "the database is down" };
  const start = performance.now();
  let stopping: Promise<void> = Promise.resolve();
  if (!isDuring) await stopDatabase(postgres, "SIGINT");
  const sentMs = performance.now();
  const asking: Promise<Reply> = running.ask("POST", "/api/kills", body, person);
  if (isDuring) {
    await pause(Math.random() * DURING_MS);
    stopping = stopDatabase(postgres, "SIGQUIT");
  }
  const reply = await asking;
  tally.waited(performance.now() - sentMs);
  const { kill, emergency } = (reply.body ?? {}) as { readonly kill?: string; readonly emergency?: boolean };
  tally.expect(reply.status === 201 && kill !== undefined, `a signed-in person's kill was answered ${reply.status} ${JSON.stringify(reply.body)}`);
  tally.expect(isDuring || emergency === true, "a kill without a database does not say that it went the emergency way");
  if (kill === undefined) return postgres.restart();
  await mustCome(witness.untilReads(flag, false, IN_FORCE_MS_MAX), (why) => tally.lose(`${kill}: ${why}`));
  await stopping;
  await pause(200);
  tally.expect(!witness.reads(flag), `${kill} is not in force while the database is away`);
  if (isCrash) {
    const { fanout } = running.supervised.pids;
    if (fanout !== undefined) process.kill(fanout, "SIGKILL");
    await mustCome(
      until("the fan-out is back without a database", async () => ((await answers(running)) ? true : undefined), 15_000),
      (why) => tally.fault(why),
    );
    await mustCome(newcomerReads(running, flag, false), (why) => tally.lose(`${kill} after a crash without a database: ${why}`));
  }
  await postgres.restart();
  await mustCome(
    until(`${kill} is in the log`, async () => (await readable(log, command)) > 0 || undefined, 30_000),
    (why) => tally.lose(why),
  );
  tally.most("backInLogS", (performance.now() - start) / 1000);
  const events = await log.withCommand(command);
  tally.expect(events.length === 1, `command ${command} has ${events.length} effects`);
  tally.expect(!witness.reads(flag), `${kill} was lifted by the database's return`);
  await until("the lift is taken", async () =>
    (await running.ask("POST", `/api/kills/${kill}/lift`, { command: newCommand() }, person)).status === 200 ? true : undefined,
  );
  await mustCome(witness.untilReads(flag, true), (why) => tally.fault(`after the lift: ${why}`));
}

/** True when the process that takes kills listens, whatever it can reach. */
async function answers(running: Running): Promise<boolean> {
  try {
    await running.ask("GET", "/health");
    return true;
  } catch {
    // Not listening yet.
    return false;
  }
}

/** Effects of a command, or 0 while the database does not answer. */
export async function readable(log: LogReader, command: string): Promise<number> {
  try {
    return (await log.withCommand(command)).length;
  } catch (error) {
    if (error instanceof Error && error.name === "StoreUnavailable") return 0;
    throw error;
  }
}

/** PostgreSQL really stops, before or during a kill by a person with an ordinary session. */
export async function postgresDown(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("postgresDown");
  const folder = makeFolder("pgdown");
  const postgres = await startPostgres();
  try {
    await postgres.query("postgres", `CREATE DATABASE ${DATABASE}`);
    const keys = flagKeys(20);
    const repository = new FlagRepository(join(folder.path, "flags"), keys);
    const store = postgres.url(DATABASE);
    const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, store, run });
    try {
      const witness = await Witness.start(running.url, running.sdkKey);
      const log = await LogReader.open(running, store);
      const drill: Drill = { running, postgres, witness, log, person: await signIn(running), tally };
      for (let index = 0; index < rounds; index += 1) {
        await round(drill, keys[index % 8] ?? "", { isDuring: index % 2 === 1, isCrash: index % 4 === 2 });
        tally.rounds += 1;
      }
      for (const why of await log.faults()) tally.fault(why);
      await witness.close();
      await log.close();
    } finally {
      await running.supervised.stop();
    }
  } finally {
    await postgres.stop();
    folder.remove();
  }
  return tally;
}
