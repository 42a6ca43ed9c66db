import { join } from "node:path";
import { FlagRepository, flagKeys, flagPath, flagText } from "../rig/flag-repository.ts";
import { answerOf, isHealthy, type Killed, lift, makeFolder, newCommand, pause, type Running, startSluice, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";

/** The process is ended from this long before the request is sent … */
const BEFORE_MS = 15;
/** … to this long after: a kill is through in some 10 ms, an adoption in some 150. */
const AFTER_KILL_MS = 60;
const AFTER_COMMIT_MS = 250;
const ACKNOWLEDGED_MS_MAX = 20_000;
const PAIR: readonly [string, string] = ["area-8.flag-8", "area-9.flag-9"];

/**
 * A server that comes and goes for more than a minute is asked each 30 s at the latest, by design (a herd must not keep it down).
 * This drill is about single crashes, so the application restarts before that.
 */
const ROUNDS_PER_WITNESS = 10;

type Victim = "api" | "fanout" | "both";
const VICTIMS: readonly Victim[] = ["api", "fanout", "both"];

interface Drill {
  readonly running: Running;
  readonly repository: FlagRepository;
  witness: Witness;
  readonly log: LogReader;
  readonly tally: Tally;
}

/** A new application process's SDK, which must never see half of a commit. */
async function startWitness(running: Running, tally: Tally): Promise<Witness> {
  const witness = await Witness.start(running.url, running.sdkKey);
  witness.client.onChange(() => tally.expect(witness.reads(PAIR[0]) === witness.reads(PAIR[1]), "half of a commit was served"));
  return witness;
}

function strike({ supervised }: Running, victim: Victim): void {
  const { api, fanout } = supervised.pids;
  for (const pid of [victim === "fanout" ? undefined : api, victim === "api" ? undefined : fanout]) if (pid !== undefined) process.kill(pid, "SIGKILL");
}

/** Runs the request and ends the victim at a random point around it. */
async function around<T>(running: Running, victim: Victim, request: () => Promise<T>, afterMs: number): Promise<T> {
  const offsetMs = Math.random() * (BEFORE_MS + afterMs) - BEFORE_MS;
  if (offsetMs < 0) {
    strike(running, victim);
    await pause(-offsetMs);
    return request();
  }
  const answer = request();
  answer.catch(() => {});
  await pause(offsetMs);
  strike(running, victim);
  return answer;
}

/** Asks until it is acknowledged, always with the same command, as every client of ours does. */
async function insistOnKill({ running, tally }: Drill, flag: string, command: string): Promise<Killed> {
  const start = performance.now();
  const killed = await until(
    `the kill of ${flag} is acknowledged`,
    async () => {
      // The process that listens may be away: exactly what this drill makes happen.
      const reply = await answerOf(running.ask("POST", "/api/kills", { command, environment: "production", flags: [flag] }));
      if (reply?.status === 200 || reply?.status === 201) return reply.body as Killed;
      if (reply !== undefined && reply.status !== 503) tally.fault(`the kill was answered ${reply.status} ${JSON.stringify(reply.body)}`);
      return undefined;
    },
    ACKNOWLEDGED_MS_MAX,
  );
  tally.waited(performance.now() - start);
  return killed;
}

async function killRound(drill: Drill, flag: string, victim: Victim): Promise<void> {
  const { running, witness, log, tally } = drill;
  const command = newCommand();
  const killed = await around(running, victim, () => insistOnKill(drill, flag, command), AFTER_KILL_MS);
  await mustCome(witness.untilReads(flag, false), (why) => tally.lose(`after ending ${victim}: ${why}`));
  await mustCome(
    until("the kill is in the log", async () => ((await log.withCommand(command)).length > 0 ? true : undefined), 15_000),
    (why) => tally.lose(`${killed.kill}, acknowledged, after ending ${victim}: ${why}`),
  );
  const events = await log.withCommand(command);
  const facts = events[0]?.facts;
  tally.expect(events.length <= 1, `command ${command} has ${events.length} effects`);
  tally.expect(
    facts === undefined || (facts.kind === "flagsKilled" && facts.kill === killed.kill),
    `kill ${killed.kill} was acknowledged, but ${JSON.stringify(facts)} was written`,
  );
  await mustCome(
    until("everything serves again", async () => ((await isHealthy(running)) ? true : undefined)),
    (why) => tally.fault(why),
  );
  const reply = await running.ask("GET", "/api/kills?environment=production");
  if (!JSON.stringify(reply.body).includes(killed.kill)) tally.lose(`kill ${killed.kill} is not among those in force`);
  await mustCome(lift(running, killed.kill), (why) => tally.fault(why));
  await mustCome(witness.untilReads(flag, true), (why) => tally.fault(`after the lift: ${why}`));
}

async function adoptionRound(drill: Drill, variant: "on" | "off", victim: Victim): Promise<void> {
  const { running, repository, witness, log, tally } = drill;
  for (const flag of PAIR) repository.write(flagPath(flag), flagText(flag, variant));
  const commit = repository.commit(`Both are ${variant}`);
  const start = performance.now();
  // A hook that finds nobody is a hint that is lost: the next look at the repository finds the commit.
  await around(running, victim, () => answerOf(running.ask("POST", "/hooks/git", {}, {})), AFTER_COMMIT_MS);
  for (const flag of PAIR)
    await mustCome(witness.untilReads(flag, variant === "on", 20_000), (why) => tally.lose(`commit ${commit.slice(0, 7)} after ending ${victim}: ${why}`));
  tally.waited(performance.now() - start);
  const adopted = (await log.catchUp()).filter(({ facts }) => facts.kind === "commitAdopted" && facts.commit === commit);
  tally.expect(adopted.length === 1, `commit ${commit.slice(0, 7)} was adopted ${adopted.length} times`);
  await mustCome(
    until("everything serves again", async () => ((await isHealthy(running)) ? true : undefined)),
    (why) => tally.fault(why),
  );
}

/** What the server serves to somebody new must be what the witness, who saw every crash, answers. */
async function compareWithNewcomer({ running, witness, tally }: Drill, keys: readonly string[]): Promise<void> {
  const newcomer = await Witness.start(running.url, running.sdkKey);
  const differing = (): readonly string[] => keys.filter((key) => newcomer.reads(key) !== witness.reads(key));
  // On a busy machine a newcomer answers the code's defaults for a moment, as it promises: what counts is where it arrives.
  await mustCome(
    until("a new process answers as the witness does", async () => (differing().length === 0 ? true : undefined)),
    (why) => tally.fault(`${why}: ${differing().join(", ")}`),
  );
  await newcomer.close();
}

/** `kill -9` of the API, the fan-out, or both, at random points around kills and adoptions. */
export async function killNine(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("kill9");
  const folder = makeFolder("kill9");
  const keys = flagKeys(20);
  const repository = new FlagRepository(join(folder.path, "flags"), keys);
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 300, run });
  try {
    const log = await LogReader.open(running);
    const drill: Drill = { running, repository, witness: await startWitness(running, tally), log, tally };
    for (let round = 0; round < rounds; round += 1) {
      if (round % ROUNDS_PER_WITNESS === ROUNDS_PER_WITNESS - 1) {
        await compareWithNewcomer(drill, keys);
        await drill.witness.close();
        drill.witness = await startWitness(running, tally);
      }
      const victim = VICTIMS[round % 3] ?? "both";
      if (Math.floor(round / 3) % 2 === 0) await killRound(drill, keys[round % 8] ?? "", victim);
      else await adoptionRound(drill, drill.witness.reads(PAIR[0]) ? "off" : "on", victim);
      tally.rounds += 1;
    }
    await compareWithNewcomer(drill, keys);
    for (const why of await log.faults()) tally.fault(why);
    await drill.witness.close();
    await log.close();
  } finally {
    await running.supervised.stop();
    folder.remove();
  }
  return tally;
}
