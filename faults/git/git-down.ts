import { join } from "node:path";
import { FlagRepository, flagKeys, flagPath, flagText } from "../rig/flag-repository.ts";
import { kill, lift, makeFolder, type Running, startSluice, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";
import { GitHost, type HostState } from "./git-host.ts";

const STATES: readonly HostState[] = ["status503", "refusing", "slow"];
const EDITED = "area-5.flag-5";
const KILLS = 5;
/** git gives up on a silent host after 10 s; then people are told. */
const TOLD_MS_MAX = 20_000;

interface Drill {
  readonly running: Running;
  readonly repository: FlagRepository;
  readonly host: GitHost;
  readonly witness: Witness;
  readonly tally: Tally;
}

async function sourceTrouble(running: Running): Promise<string | undefined> {
  const { body } = await running.ask("GET", "/health");
  return (body as { readonly source?: { readonly trouble?: string } }).source?.trouble;
}

async function round({ running, repository, host, witness, tally }: Drill, state: HostState, variant: "on" | "off"): Promise<void> {
  await host.become(state);
  repository.write(flagPath(EDITED), flagText(EDITED, variant));
  const commit = repository.commit(`While the host is ${state}: ${variant}`);
  host.publish();
  await running.ask("POST", "/hooks/git", {}, {});
  for (let index = 0; index < KILLS; index += 1) {
    const flag = `area-${index}.flag-${index}`;
    const start = performance.now();
    const { kill: id } = await kill(running, [flag]);
    await mustCome(witness.untilReads(flag, false, 5_000), (why) => tally.lose(`host ${state}: ${why}`));
    tally.most("killWorstMs", performance.now() - start);
    await lift(running, id);
    await mustCome(witness.untilReads(flag, true, 5_000), (why) => tally.fault(`host ${state}: ${why}`));
  }
  await mustCome(
    until("people are told that the repository cannot be reached", () => sourceTrouble(running), TOLD_MS_MAX),
    (why) => tally.fault(`host ${state}: ${why}`),
  );
  tally.expect(witness.reads(EDITED) === (variant === "off"), "a commit that could not be fetched is served");
  const start = performance.now();
  await host.become("well");
  await running.ask("POST", "/hooks/git", {}, {});
  await mustCome(witness.untilReads(EDITED, variant === "on", 45_000), (why) => tally.lose(`commit ${commit.slice(0, 7)} after the host was ${state}: ${why}`));
  tally.waited(performance.now() - start);
  await mustCome(
    until("the trouble is over", async () => ((await sourceTrouble(running)) === undefined ? true : undefined)),
    (why) => tally.fault(why),
  );
}

/** The Git host answers 503, refuses connections, or takes 30 s for each answer, while people kill and commit. */
export async function gitDown(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("gitDown");
  const folder = makeFolder("gitdown");
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(20));
  const host = await GitHost.start(repository, join(folder.path, "bare.git"));
  try {
    const running = await startSluice({ data: join(folder.path, "data"), source: host.url, pollMs: 1_000, run });
    try {
      const witness = await Witness.start(running.url, running.sdkKey);
      const log = await LogReader.open(running);
      for (let index = 0; index < rounds; index += 1) {
        await round({ running, repository, host, witness, tally }, STATES[index % 3] ?? "slow", index % 2 === 0 ? "off" : "on");
        tally.rounds += 1;
      }
      for (const why of await log.faults()) tally.fault(why);
      await witness.close();
      await log.close();
    } finally {
      await running.supervised.stop();
    }
  } finally {
    await host.close();
    folder.remove();
  }
  return tally;
}
