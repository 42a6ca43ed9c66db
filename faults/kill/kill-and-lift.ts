import { join } from "node:path";
import { startPostgres } from "../../packages/store/src/postgres/test-server.ts";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { kill, lift, makeFolder, newCommand, pause, type Reply, type Running, startSluice, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";
import { signIn } from "./people.ts";

const DATABASE = "sluice";
const TOGETHER_MS_MAX = 10_000;
/** The two ask this far apart at most, either way: a decision takes a few milliseconds. */
const APART_MS_MAX = 8;

type Person = Readonly<Record<string, string>>;

interface Drill {
  readonly servers: readonly [Running, Running];
  readonly people: readonly [Person, Person];
  /** Two processes at each server. */
  readonly witnesses: readonly Witness[];
  readonly log: LogReader;
  readonly tally: Tally;
}

/**
 * One of two requests, asked at its own moment, with its command. A database that did not answer in time may have written it all the same: whoever is
 * told so asks again with the same command until it is known.
 */
async function asked(running: Running, person: Person, path: string, body: object): Promise<{ readonly command: string; readonly reply: Reply }> {
  await pause(Math.random() * APART_MS_MAX);
  const command = newCommand();
  const reply = await until(`${command} is answered`, async () => {
    const told = await running.ask("POST", path, { ...body, command }, person);
    return told.status === 503 ? undefined : told;
  });
  return { command, reply };
}

/** A kill of the flag stands; one person lifts it at one server while another kills the flag anew at the other, or lifts it too. */
async function round({ servers, people, witnesses, log, tally }: Drill, flag: string, what: "killed" | "lifted"): Promise<void> {
  const standing = await kill(servers[0], [flag], newCommand(), people[0]);
  await until("the second server knows the kill", async () => ((await isInForce(servers[1], standing.kill, people[1])) ? true : undefined));
  const body = { environment: "production", flags: [flag], reason: "drill" };
  const start = performance.now();
  const both = await Promise.all([
    asked(servers[0], people[0], `/api/kills/${standing.kill}/lift`, {}),
    what === "killed" ? asked(servers[1], people[1], "/api/kills", body) : asked(servers[1], people[1], `/api/kills/${standing.kill}/lift`, {}),
  ]);
  tally.waited(performance.now() - start);
  for (const { command, reply } of both) {
    // A kill that the database did not take within 250 ms went the emergency way: it is in the log a moment later.
    if (reply.status < 300)
      await mustCome(
        until(`${command} is in the log`, async () => ((await log.withCommand(command)).length > 0 ? true : undefined)),
        (why) => tally.lose(`somebody was told ${reply.status}, but ${why}`),
      );
    const effects = (await log.withCommand(command)).length;
    tally.expect(reply.status < 300 || effects === 0, `somebody was refused with ${reply.status}, but it was written`);
    tally.expect(reply.status < 500, `somebody was answered ${reply.status} ${JSON.stringify(reply.body)}`);
    tally.expect(effects <= 1, `one command has ${effects} effects`);
  }
  tally.expect(
    (both[0]?.reply.status ?? 0) < 300 || what === "lifted",
    `the lift was answered ${both[0]?.reply.status} ${JSON.stringify(both[0]?.reply.body)}`,
  );
  if (what === "killed" && both[1]?.reply.status !== 201) tally.lose(`the kill was answered ${both[1]?.reply.status}`);
  const inForce = await log.inForce();
  const isOff = [...inForce.values()].some((flags) => flags.includes(flag));
  tally.expect(isOff === (what === "killed"), `by the log, ${flag} is ${isOff ? "off" : "on"} after it was ${what}`);
  const isEqual = (): true | undefined => (witnesses.every((witness) => witness.reads(flag) !== isOff) ? true : undefined);
  try {
    await until("every process answers as the log says", isEqual, TOGETHER_MS_MAX);
    // Nothing that is still on its way may turn it back.
    await pause(20);
    tally.expect(isEqual() === true, `a process went back on ${flag}`);
  } catch (error) {
    const why = `${String(error)}: ${witnesses.map((witness) => witness.reads(flag)).join(" ")}, the log says ${isOff ? "off" : "on"}`;
    if (isOff) tally.lose(why);
    else tally.fault(why);
  }
  for (const [id, flags] of inForce) if (flags.includes(flag)) await lift(servers[0], id, people[0]);
  await until("the flag is on again", () => (witnesses.every((witness) => witness.reads(flag)) ? true : undefined));
  tally.rounds += 1;
}

async function isInForce(running: Running, id: string, person: Person): Promise<boolean> {
  return JSON.stringify((await running.ask("GET", "/api/kills?environment=production", undefined, person)).body).includes(id);
}

/** Two people at two servers of one PostgreSQL decide about one flag at once: what comes of it is what the log says, in every process. */
export async function killAndLift(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("killAndLift");
  const folder = makeFolder("kill-and-lift");
  const postgres = await startPostgres();
  const started: Running[] = [];
  try {
    await postgres.query("postgres", `CREATE DATABASE ${DATABASE}`);
    const store = postgres.url(DATABASE);
    const source = new FlagRepository(join(folder.path, "flags"), flagKeys(20)).folder;
    for (const name of ["one", "two"]) started.push(await startSluice({ data: join(folder.path, name), source, store, pollMs: 30_000, run }));
    const [one, two] = started;
    if (one === undefined || two === undefined) throw new Error("two servers were to be started");
    const people = [await signIn(one), { authorization: `Bearer ${two.supervised.operatorKey}` }] as const;
    const witnesses: Witness[] = [];
    for (const running of [one, one, two, two]) witnesses.push(await Witness.start(running.url, running.sdkKey));
    const log = await LogReader.open(one, store);
    for (let index = 0; index < rounds; index += 1)
      await round({ servers: [one, two], people, witnesses, log, tally }, flagKeys(8)[index % 8] ?? "", index % 4 === 3 ? "lifted" : "killed");
    for (const why of await log.faults()) tally.fault(why);
    for (const witness of witnesses) await witness.close();
    await log.close();
  } finally {
    for (const running of started) await running.supervised.stop();
    await postgres.stop();
    folder.remove();
  }
  return tally;
}
