import { flagKeys } from "../rig/flag-repository.ts";
import { type Killed, lift, newCommand, pause, type Reply, type Running, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";
import { withSluice } from "../rig/with-sluice.ts";
import { signIn } from "./people.ts";

/** Requests that the script keeps open: more than one account may have waiting, so that some of its own are refused. */
const OPEN = 1_200;
/** Flags that the script kills and lifts, and those of the person. */
const STORMED = flagKeys(16);
const OWN = flagKeys(20).slice(16);
const IN_FORCE_MS_MAX = 2_000;
const REFUSED_WAIT_MS = 200;

interface Storm {
  /** Commands of kills that were acknowledged, and of those that were refused. */
  readonly acknowledged: Set<string>;
  readonly refused: Set<string>;
  over: boolean;
}

/** Undefined where the script gave up waiting for the answer. */
async function asked(running: Running, path: string, body: object): Promise<Reply | undefined> {
  try {
    return await running.ask("POST", path, body);
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") return undefined;
    throw error;
  }
}

/** One of the script's workers: kill, lift, and again. */
async function work(running: Running, storm: Storm, tally: Tally): Promise<void> {
  while (!storm.over) {
    const command = newCommand();
    const flag = STORMED[Math.floor(Math.random() * STORMED.length)] ?? "";
    const reply = await asked(running, "/api/kills", { command, environment: "production", flags: [flag], reason: "a script" });
    // A script that gave up waiting knows nothing of its kill, and neither does this drill.
    if (reply === undefined) continue;
    if (reply.status === 503) {
      storm.refused.add(command);
      await pause(REFUSED_WAIT_MS);
      continue;
    }
    if (reply.status !== 201) {
      tally.fault(`a kill in the storm was answered ${reply.status} ${JSON.stringify(reply.body)}`);
      continue;
    }
    storm.acknowledged.add(command);
    const { kill: id } = reply.body as Killed;
    for (;;) {
      const lifted = await asked(running, `/api/kills/${id}/lift`, { command: newCommand() });
      // 404: a lift that nobody waited for was one all the same.
      if (lifted?.status === 200 || lifted?.status === 404) break;
      if (lifted !== undefined && lifted.status !== 503) tally.fault(`a lift in the storm was answered ${lifted.status} ${JSON.stringify(lifted.body)}`);
      await pause(REFUSED_WAIT_MS);
    }
  }
}

/** A person who has asked for nothing else kills one flag: taken, and in force at once. */
async function round(running: Running, person: Readonly<Record<string, string>>, witness: Witness, flag: string, tally: Tally): Promise<string> {
  const command = newCommand();
  const askedMs = performance.now();
  const reply = await running.ask("POST", "/api/kills", { command, environment: "production", flags: [flag], reason: "harm" }, person);
  tally.waited(performance.now() - askedMs);
  if (reply.status !== 201) tally.lose(`the first kill of a person was answered ${reply.status} ${JSON.stringify(reply.body)}`);
  else {
    await mustCome(witness.untilReads(flag, false, IN_FORCE_MS_MAX), (why) => tally.lose(why));
    tally.most("inForceMs", performance.now() - askedMs, `<= ${IN_FORCE_MS_MAX}`);
    const { kill: id } = reply.body as Killed;
    await lift(running, id, person);
    await mustCome(witness.untilReads(flag, true), (why) => tally.fault(why));
  }
  tally.rounds += 1;
  return command;
}

/** What was acknowledged is in the log once, what was refused is not there, and the process answers as the log says. */
async function compare(log: LogReader, witness: Witness, storm: Storm, tally: Tally): Promise<void> {
  const effects = new Map<string, number>();
  for (const { command, facts } of await log.catchUp()) if (facts.kind === "flagsKilled") effects.set(command, (effects.get(command) ?? 0) + 1);
  for (const command of storm.acknowledged) {
    if (!effects.has(command)) tally.lose(`${command} was acknowledged and is not in the log`);
    tally.expect((effects.get(command) ?? 1) === 1, `${command} has ${effects.get(command)} effects`);
  }
  for (const command of storm.refused) tally.expect(!effects.has(command), `${command} was refused and is in the log`);
  const killed = new Set([...(await log.inForce()).values()].flat());
  for (const flag of [...STORMED, ...OWN])
    await mustCome(witness.untilReads(flag, !killed.has(flag), 10_000), (why) => (killed.has(flag) ? tally.lose(why) : tally.fault(why)));
  for (const why of await log.faults()) tally.fault(why);
}

/** A script kills and lifts thousands of times a minute over more connections than may wait; a person's kill is taken among them, each time. */
export async function thousands(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("thousands");
  await withSluice("thousands", { run }, async ({ running }) => {
    const person = await signIn(running);
    const [witness, log] = [await Witness.start(running.url, running.sdkKey), await LogReader.open(running)];
    const storm: Storm = { acknowledged: new Set(), refused: new Set(), over: false };
    const startMs = performance.now();
    const workers = Array.from({ length: OPEN }, () => work(running, storm, tally));
    await until("the script has been refused", () => (storm.refused.size > 0 ? true : undefined));
    for (let index = 0; index < rounds; index += 1) {
      const command = await round(running, person, witness, OWN[index % OWN.length] ?? "", tally);
      storm.acknowledged.add(command);
      await pause(Math.random() * 100);
    }
    storm.over = true;
    await Promise.all(workers);
    const minutes = (performance.now() - startMs) / 60_000;
    await compare(log, witness, storm, tally);
    tally.also("killsPerMinute", storm.acknowledged.size / minutes, ">= 2000");
    tally.also("refusedOfTheScript", storm.refused.size, "> 0");
    await witness.close();
    await log.close();
  });
  return tally;
}
