import { join } from "node:path";
import { openStore } from "@sluice/store";
import { signIn } from "../kill/people.ts";
import { FlagRepository, flagKeys, flagPath, flagText } from "../rig/flag-repository.ts";
import { kill, makeFolder, newCommand, pause, type Reply, type Running, startSluice, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";
import { transaction } from "./power-transactions.ts";

const FLAG = "area-1.flag-1";
const OTHER = "area-2.flag-2";
const EDITED = "area-4.flag-4";

type Person = Readonly<Record<string, string>>;

interface Drill {
  readonly running: Running;
  readonly people: readonly [Person, Person];
  readonly witness: Witness;
  readonly log: LogReader;
  readonly tally: Tally;
}

/** Both ask at once; one is granted, the other is told why not: no server error, and nobody is told yes for nothing. */
async function bothAsk({ running, people, log, tally }: Drill, what: string, path: string, body: object): Promise<void> {
  const commands = [newCommand(), newCommand()];
  const replies: readonly Reply[] = await Promise.all(people.map((person, index) => running.ask("POST", path, { ...body, command: commands[index] }, person)));
  for (const [index, reply] of replies.entries()) {
    const effects = (await log.withCommand(commands[index] ?? "")).length;
    if (reply.status < 300 && effects === 0) tally.lose(`${what}: one person was told ${reply.status}, but nothing was written`);
    tally.expect(reply.status < 300 || effects === 0, `${what}: one person was refused with ${reply.status}, but it was written`);
    tally.expect(reply.status < 500, `${what}: one person was answered ${reply.status} ${JSON.stringify(reply.body)}`);
  }
  tally.expect(
    replies.filter(({ status }) => status < 300).length === 1,
    `${what}: two people were answered ${replies.map(({ status }) => status).join(" and ")}`,
  );
}

/** A revert (API process), a kill (fan-out process) and a commit at the same time: all three must be there afterwards. True where the revert was granted. */
async function threeAtOnce({ running, people, witness, log, tally }: Drill, repository: FlagRepository, variant: "on" | "off"): Promise<boolean> {
  repository.write(flagPath(EDITED), flagText(EDITED, variant));
  const commit = repository.commit(`Three at once: ${variant}`);
  const first = (await log.catchUp()).find(({ facts }) => facts.kind === "commitAdopted")?.seq ?? 0;
  const [reverting, killing] = [newCommand(), newCommand()];
  const [revert, killed] = await Promise.all([
    running.ask("POST", "/api/reverts", { command: reverting, environment: "production", flag: OTHER, toSeq: first }, people[0]),
    kill(running, [FLAG], killing, people[1]),
    running.ask("POST", "/hooks/git", {}, {}),
  ]);
  if (revert.status < 300 && (await log.withCommand(reverting)).length !== 1) tally.lose("an acknowledged revert is not in the log");
  tally.expect(revert.status < 500, `the revert was answered ${revert.status} ${JSON.stringify(revert.body)}`);
  if ((await log.withCommand(killing)).length !== 1) tally.lose(`acknowledged kill ${killed.kill} is not in the log`);
  await mustCome(witness.untilReads(FLAG, false), (why) => tally.lose(why));
  await mustCome(witness.untilReads(EDITED, variant === "on"), (why) => tally.lose(`commit ${commit.slice(0, 7)}: ${why}`));
  await bothAsk({ running, people, witness, log, tally }, "two lifts of one kill", `/api/kills/${killed.kill}/lift`, {});
  await mustCome(witness.untilReads(FLAG, true), (why) => tally.fault(why));
  const id = (revert.body as { readonly revert?: string } | undefined)?.revert;
  if (revert.status >= 300 || id === undefined) return false;
  await bothAsk({ running, people, witness, log, tally }, "two ends of one revert", `/api/reverts/${id}/end`, {});
  return true;
}

/** Two writers on the same head, straight at the store: one appends, the other hears of a conflict, and nothing is written twice. */
async function twoWriters(tally: Tally, url: string, rounds: number): Promise<void> {
  const stores = await Promise.all([openStore(url), openStore(url)]);
  try {
    for (let round = 0; round < rounds; round += 1) {
      const { seq } = await stores[0].head();
      const done = await Promise.all(stores.map((store, index) => store.append(transaction(2 * round + index + 1).proposals, seq)));
      const kinds = done
        .map(({ kind }) => kind)
        .toSorted()
        .join(" ");
      tally.expect(kinds === "appended conflict", `two writers on one head were told: ${kinds}`);
      const written = done.flatMap((one) => (one.kind === "appended" ? one.events.length : [])).reduce((sum, count) => sum + count, 0);
      tally.expect((await stores[1].head()).seq === seq + written, "the head is not where the one append left it");
    }
    const { broken } = await stores[0].verify();
    tally.expect(broken === undefined, `the chain is broken: ${broken?.why}`);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}

/** Two people decide the same thing at once: a refusal, never a lost update. */
export async function twoPeople(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("twoPeople");
  const folder = makeFolder("people");
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(20));
  await twoWriters(tally, `sqlite:${join(folder.path, "alone.db")}`, rounds * 5);
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 1_000, run });
  try {
    const witness = await Witness.start(running.url, running.sdkKey);
    const log = await LogReader.open(running);
    const people = [await signIn(running), { authorization: `Bearer ${running.supervised.operatorKey}` }] as const;
    // Another form of the flag, so that there is something to go back from.
    repository.write(flagPath(OTHER), flagText(OTHER, "off"));
    repository.commit(`${OTHER} is off`);
    await until("the second form is served", () => (witness.reads(OTHER) ? undefined : true));
    let reverts = 0;
    for (let index = 0; index < rounds; index += 1) {
      if (await threeAtOnce({ running, people, witness, log, tally }, repository, index % 2 === 0 ? "off" : "on")) reverts += 1;
      await pause(Math.random() * 30);
      tally.rounds += 1;
    }
    tally.also("reverts", reverts, "> 0");
    tally.expect(reverts > 0, "no revert was ever granted: that part of the drill did nothing");
    for (const why of await log.faults()) tally.fault(why);
    await witness.close();
    await log.close();
  } finally {
    await running.supervised.stop();
    folder.remove();
  }
  return tally;
}
