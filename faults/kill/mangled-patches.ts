import { join } from "node:path";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { startManglingProxy } from "../rig/mangling-proxy.ts";
import { type Killed, makeFolder, newCommand, pause, type Running, startSluice, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";

/** Decisions between two moments in which everything must have arrived. */
const BURST = 10;
/** A heartbeat (5 s) tells of what was lost, then the snapshot is fetched. */
const REPAIRED_MS_MAX = 20_000;

interface Seen {
  readonly seq: number;
  readonly killed: readonly string[];
}

interface Truth {
  /** Flags killed after each event of the log, folded by this drill itself. */
  readonly after: ReadonlyMap<number, ReadonlySet<string>>;
  readonly kills: readonly { readonly seq: number; readonly flag: string }[];
}

async function truth(log: LogReader): Promise<Truth> {
  const inForce = new Map<string, string>();
  const after = new Map<number, ReadonlySet<string>>();
  const kills: { seq: number; flag: string }[] = [];
  for (const { seq, facts } of await log.catchUp()) {
    if (facts.kind === "flagsKilled") {
      inForce.set(facts.kill, facts.flags[0] ?? "");
      kills.push({ seq, flag: facts.flags[0] ?? "" });
    }
    if (facts.kind === "killLifted") inForce.delete(facts.kill);
    after.set(seq, new Set(inForce.values()));
  }
  return { after, kills };
}

/** Every kill of a version holds there. A later kill may hold already, because kills do not wait for what was lost before them; nothing else may. */
function isTrue({ seq, killed }: Seen, { after, kills }: Truth): boolean {
  const expected = after.get(seq) ?? new Set<string>();
  const ahead = killed.filter((flag) => !expected.has(flag));
  return (
    [...expected].every((flag) => killed.includes(flag)) &&
    ahead.every((flag) => kills.some((kill) => kill.flag === flag && kill.seq > seq && kill.seq <= seq + BURST))
  );
}

const killedNow = (witness: Witness, keys: readonly string[]): readonly string[] => keys.filter((key) => !witness.reads(key));

/** One kill or lift; what is in force is kept in `inForce`. */
async function decide(running: Running, keys: readonly string[], inForce: Map<string, string>): Promise<void> {
  const flag = keys[Math.floor(Math.random() * keys.length)] ?? "";
  const known = inForce.get(flag);
  const [path, body] =
    known === undefined
      ? ["/api/kills", { command: newCommand(), environment: "production", flags: [flag] }]
      : [`/api/kills/${known}/lift`, { command: newCommand() }];
  const reply = await running.ask("POST", path, body);
  if (reply.status >= 300) throw new Error(`${path} was answered ${reply.status} ${JSON.stringify(reply.body)}`);
  if (known === undefined) inForce.set(flag, (reply.body as Killed).kill);
  else inForce.delete(flag);
}

/**
 * Patches are doubled, swapped, lost, and cut in the middle on their way. Whatever the SDK answers at a version must be what the log says of
 * that version, and it must get to the newest.
 */
export async function mangledPatches(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("patches");
  const folder = makeFolder("patches");
  const keys = flagKeys(20).slice(0, 6);
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(20));
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 30_000, run });
  const proxy = await startManglingProxy(running.url);
  try {
    const witness = await Witness.start(proxy.url, running.sdkKey);
    const log = await LogReader.open(running);
    const seen: Seen[] = [];
    witness.client.onChange(() => seen.push({ seq: witness.client.version?.seq ?? -1, killed: killedNow(witness, keys) }));
    const inForce = new Map<string, string>();
    for (let round = 0; round < rounds; round += 1) {
      for (let index = 0; index < BURST; index += 1) {
        await decide(running, keys, inForce);
        if (Math.random() < 0.5) await pause(Math.random() * 30);
      }
      const start = performance.now();
      for (const key of keys) await mustCome(witness.untilReads(key, !inForce.has(key), REPAIRED_MS_MAX), (why) => tally.lose(why));
      // What was lost may cancel out: flags read rightly do not say that the SDK has caught up, and kills of the next round would be far ahead of it.
      const newest = (await log.catchUp()).findLast(({ facts }) => facts.kind === "flagsKilled" || facts.kind === "killLifted")?.seq ?? 0;
      const hasCaughtUp = (): true | undefined => ((witness.client.version?.seq ?? 0) >= newest ? true : undefined);
      await mustCome(until(`the SDK comes to version ${newest}`, hasCaughtUp, REPAIRED_MS_MAX), (why) => tally.lose(why));
      tally.waited(performance.now() - start);
      tally.rounds += 1;
    }
    const whole = await truth(log);
    for (const one of seen)
      if (!isTrue(one, whole))
        tally.fault(
          `at version ${one.seq} the SDK answers as if killed were ${one.killed.join(" ")}; the log says ${[...(whole.after.get(one.seq) ?? [])].join(" ")}`,
        );
    for (const why of await log.faults()) tally.fault(why);
    tally.also("observations", seen.length);
    for (const [name, count] of Object.entries(proxy.counts)) tally.also(`sent${name.charAt(0).toUpperCase()}${name.slice(1)}`, count);
    await witness.close();
    await log.close();
  } finally {
    await proxy.close();
    await running.supervised.stop();
    folder.remove();
  }
  return tally;
}
