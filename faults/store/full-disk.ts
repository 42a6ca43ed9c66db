import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { FlagRepository, flagKeys, flagPath, flagText } from "../rig/flag-repository.ts";
import { isHealthy, type Killed, makeFolder, newCommand, type Running, startSluice, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, newcomerReads, Witness } from "../rig/witness.ts";

const DISK_MIB = 32;
/** A WAL file that has grown has room of its own: as many kills as surely outgrow it. */
const KILLS = 8;
const REASON_CHARS = 1_500;
/** A database that has grown has room of its own in its files, so that on an old disk no kill needs the emergency way. */
const ROUNDS_OF_ONE_DISK = 4;
const EDITED = "area-9.flag-9";
const FILLER_REST = "-rest";

interface Drill {
  readonly running: Running;
  readonly repository: FlagRepository;
  readonly witness: Witness;
  readonly tally: Tally;
  readonly disk: string;
}

/** Writes until the disk takes no more byte. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const size of [1 << 20, 4_096, 1]) {
      const block = Buffer.alloc(size, 1);
      for (;;) if (writeSync(file, block) < block.length) break;
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    fillRest(file);
  } finally {
    closeSync(file);
  }
}

function fillRest(file: number): void {
  try {
    for (;;) writeSync(file, Buffer.alloc(512, 1));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}

/** Fills the disk while kills are on their way: some are in the log before it is full, some in the journal after. */
async function fillMeanwhile(path: string): Promise<void> {
  const filling = spawn("dd", ["if=/dev/zero", `of=${path}`, "bs=256k"], { stdio: "ignore" });
  await once(filling, "exit");
  // The last bytes, which are less than a block.
  fill(path + FILLER_REST);
}

async function killWhileFull({ running, witness, tally }: Drill, flag: string): Promise<{ readonly command: string; readonly kill: string } | undefined> {
  const command = newCommand();
  const start = performance.now();
  const reply = await running.ask("POST", "/api/kills", { command, environment: "production", flags: [flag], reason: "d".repeat(REASON_CHARS) });
  tally.waited(performance.now() - start);
  if (reply.status !== 201) {
    tally.fault(`a kill on a full disk was answered ${reply.status} ${JSON.stringify(reply.body)}`);
    return undefined;
  }
  const { kill, emergency } = reply.body as Killed;
  if (emergency) emergencies += 1;
  await mustCome(witness.untilReads(flag, false, 5_000), (why) => tally.lose(`${kill}: ${why}`));
  return { command, kill };
}

let emergencies = 0;

interface Case {
  /** The disk becomes full while kills are asked for, not before. */
  readonly isDuring: boolean;
  readonly isCrash: boolean;
  readonly variant: "on" | "off";
}

async function round(drill: Drill, log: LogReader, { isDuring, isCrash, variant }: Case): Promise<void> {
  const { running, repository, witness, tally, disk } = drill;
  const filler = join(disk, "filler");
  const filling = isDuring ? fillMeanwhile(filler) : Promise.resolve(fill(filler));
  if (!isDuring) await filling;
  const killed: { readonly command: string; readonly kill: string; readonly flag: string }[] = [];
  for (let index = 0; index < KILLS; index += 1) {
    const flag = `area-${index}.flag-${index}`;
    const one = await killWhileFull(drill, flag);
    if (one !== undefined) killed.push({ ...one, flag });
  }
  await filling;
  repository.write(flagPath(EDITED), flagText(EDITED, variant));
  repository.commit(`While the disk is full: ${variant}`);
  await running.ask("POST", "/hooks/git", {}, {});
  if (isCrash) {
    const { fanout } = running.supervised.pids;
    if (fanout !== undefined) process.kill(fanout, "SIGKILL");
    await mustCome(
      until("it serves again on the full disk", async () => ((await answersKills(running)) ? true : undefined), 15_000),
      (why) => tally.fault(why),
    );
    for (const { flag, kill } of killed)
      await mustCome(newcomerReads(running, flag, false), (why) => tally.lose(`${kill} after a crash on a full disk: ${why}`));
  }
  rmSync(filler);
  rmSync(filler + FILLER_REST, { force: true });
  const start = performance.now();
  for (const { command, kill } of killed) {
    await mustCome(
      until(`${kill} is in the log`, async () => ((await log.withCommand(command)).length > 0 ? true : undefined)),
      (why) => tally.lose(why),
    );
    tally.expect((await log.withCommand(command)).length === 1, `command ${command} has two effects`);
  }
  tally.most("backInLogS", (performance.now() - start) / 1000);
  await mustCome(witness.untilReads(EDITED, variant === "on", 45_000), (why) => tally.lose(`the commit made while the disk was full: ${why}`));
  await mustCome(
    until("everything serves again", async () => ((await isHealthy(running)) ? true : undefined)),
    (why) => tally.fault(why),
  );
  for (const { kill, flag } of killed) {
    const reply = await running.ask("POST", `/api/kills/${kill}/lift`, { command: newCommand() });
    tally.expect(reply.status === 200, `the lift of ${kill} was answered ${reply.status} ${JSON.stringify(reply.body)}`);
    await mustCome(witness.untilReads(flag, true), (why) => tally.fault(why));
  }
}

async function answersKills(running: Running): Promise<boolean> {
  try {
    return (await running.ask("GET", "/api/kills?environment=production")).status === 200;
  } catch {
    // Not listening yet.
    return false;
  }
}

/** SQLite, journal and caches on a disk without a byte left (a tmpfs of its own; mounting it needs root). */
export async function fullDisk(rounds: number): Promise<Tally> {
  const tally = new Tally("diskFull");
  const before = emergencies;
  while (tally.rounds < rounds) await onFreshDisk(Math.min(ROUNDS_OF_ONE_DISK, rounds - tally.rounds), tally);
  tally.also("emergencies", emergencies - before, "> 0");
  tally.expect(emergencies - before >= tally.rounds, `on a full disk only ${emergencies - before} kills of ${tally.rounds} rounds went the emergency way`);
  return tally;
}

async function onFreshDisk(rounds: number, tally: Tally): Promise<void> {
  const folder = makeFolder("fulldisk");
  const disk = join(folder.path, "disk");
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "sluice-drill", disk]);
  try {
    const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(20));
    const running = await startSluice({ data: join(disk, "data"), source: repository.folder, pollMs: 1_000 });
    try {
      const witness = await Witness.start(running.url, running.sdkKey);
      const log = await LogReader.open(running);
      for (let index = 0; index < rounds; index += 1) {
        await round({ running, repository, witness, tally, disk }, log, {
          isDuring: index % 2 === 0,
          isCrash: index % 4 >= 2,
          variant: index % 2 === 0 ? "off" : "on",
        });
        tally.rounds += 1;
      }
      for (const why of await log.faults()) tally.fault(why);
      await witness.close();
      await log.close();
    } finally {
      await running.supervised.stop();
    }
  } finally {
    execFileSync("umount", ["-l", disk]);
    folder.remove();
  }
}
