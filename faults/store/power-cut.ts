import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { openStore, type Store } from "@sluice/store";
import { makeFolder } from "../rig/running.ts";
import { Tally } from "../rig/tally.ts";
import { Disk, type Note, readNotes, seeded } from "./disk-image.ts";
import { blobOf, commandOf, partsOf } from "./power-transactions.ts";

const TRANSACTIONS = 240;
/** Another database each so many cuts, so that not all of them are cuts of one history. */
const CUTS_PER_HISTORY = 500;
const WORK_MS_MAX = 60_000;

type Synchronous = "FULL" | "NORMAL" | "OFF";

/** Compiles the shim; where there is no C compiler the drill cannot be run, and says so. */
function buildShim(folder: string): string {
  const shim = join(folder, "disk-shim.so");
  execFileSync("cc", ["-shared", "-fPIC", "-O1", "-Wall", "-o", shim, fileURLToPath(new URL("disk-shim.c", import.meta.url)), "-ldl", "-pthread"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  return shim;
}

function record(folder: string, shim: string, synchronous: Synchronous): readonly Note[] {
  const place = join(folder, "work");
  const log = join(folder, "notes");
  for (const path of [place, log]) rmSync(path, { recursive: true, force: true });
  mkdirSync(place);
  const setup = { path: join(place, "store.db"), log, synchronous, transactions: TRANSACTIONS };
  const child = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL("power-work.ts", import.meta.url)), JSON.stringify(setup)],
    {
      env: { ...process.env, LD_PRELOAD: shim, DISK_SHIM_LOG: log, DISK_SHIM_FOLDER: place },
      stdio: ["ignore", "inherit", "inherit"],
      timeout: WORK_MS_MAX,
    },
  );
  if (child.signal !== "SIGKILL") throw new Error(`the work ended with ${child.status ?? child.signal} instead of being cut off`);
  const notes = readNotes(log);
  if (notes.at(-1)?.kind !== "A" || notes.at(-1)?.at !== TRANSACTIONS || !notes.some(({ kind }) => kind === "W"))
    throw new Error("the shim did not see the work");
  return notes;
}

/** Appends that are there as a whole must be those up to some point; anything else is torn. */
async function faultsOf(store: Store, acknowledged: number): Promise<{ readonly isLost: boolean; readonly torn?: string }> {
  const { broken } = await store.verify();
  if (broken !== undefined) return { isLost: false, torn: `the chain is broken at ${broken.seq}: ${broken.why}` };
  const events = await store.read(0, 10_000);
  const parts = new Map<string, number>();
  for (const { command } of events) parts.set(command, (parts.get(command) ?? 0) + 1);
  const last = parts.size;
  const blobs = await store.blobs(Array.from({ length: last + 1 }, (_, index) => blobOf(index + 1)));
  for (let index = 1; index <= last; index += 1) {
    if (parts.get(commandOf(index)) !== partsOf(index))
      return { isLost: false, torn: `append ${index} has ${parts.get(commandOf(index))} of ${partsOf(index)} events` };
    if (!blobs.has(blobOf(index))) return { isLost: false, torn: `append ${index} has no content beside it` };
  }
  if (blobs.has(blobOf(last + 1))) return { isLost: false, torn: `the content of append ${last + 1} is there without its events` };
  return { isLost: last < acknowledged };
}

async function look(folder: string, files: ReadonlyMap<string, Buffer>, acknowledged: number): Promise<{ readonly isLost: boolean; readonly torn?: string }> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  const path = join(folder, "store.db");
  try {
    const store = await openStore(`sqlite:${path}`);
    const found = await faultsOf(store, acknowledged).finally(() => store.close());
    if (found.torn !== undefined) return found;
    const database = new DatabaseSync(path);
    const check = database.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
    database.close();
    return check === "ok" ? found : { ...found, torn: `integrity_check: ${String(check)}` };
  } catch (error) {
    return { isLost: false, torn: `cannot be opened: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Cuts the power `cuts` times at random points of recorded work. */
async function cutPower(
  tally: Tally,
  options: { readonly cuts: number; readonly synchronous: Synchronous; readonly seed: number; readonly isControl: boolean },
): Promise<void> {
  const folder = makeFolder("power");
  try {
    const shim = buildShim(folder.path);
    for (let done = 0; done < options.cuts; done += CUTS_PER_HISTORY) {
      const notes = record(folder.path, shim, options.synchronous);
      const random = seeded(options.seed + done);
      const first = notes.findIndex(({ kind }) => kind === "A");
      const cuts = Array.from(
        { length: Math.min(CUTS_PER_HISTORY, options.cuts - done) },
        () => first + 1 + Math.floor(random() * (notes.length - first)),
      ).toSorted((a, b) => a - b);
      const disk = new Disk();
      let at = 0;
      for (const cut of cuts) {
        for (; at < cut; at += 1) disk.take(notes[at] as Note);
        const { isLost, torn } = await look(join(folder.path, "cut"), disk.afterPowerCut(random), disk.acknowledged);
        tally.rounds += 1;
        if (isLost)
          options.isControl ? (tally.lost += 1) : tally.lose(`seed ${options.seed + done}, cut ${cut}: ${disk.acknowledged} appends were acknowledged`);
        if (torn !== undefined) options.isControl ? (tally.wrong += 1) : tally.fault(`seed ${options.seed + done}, cut ${cut}: ${torn}`);
      }
    }
  } finally {
    folder.remove();
  }
}

/**
 * The power goes at random points of the real adapter's writes: everything synced survives, unsynced sectors as the dice fall. NORMAL and OFF are
 * controls: a drill that finds nothing there would find nothing here either.
 */
export async function powerCut(cuts: number, seed = 20_261): Promise<Tally> {
  const tally = new Tally("powercut");
  await cutPower(tally, { cuts, synchronous: "FULL", seed, isControl: false });
  for (const synchronous of ["NORMAL", "OFF"] as const) {
    const control = new Tally(synchronous);
    await cutPower(control, { cuts: Math.max(60, Math.round(cuts / 10)), synchronous, seed, isControl: true });
    tally.also(`control${synchronous}.rounds`, control.rounds);
    tally.also(`control${synchronous}.lost`, control.lost, "> 0");
    tally.also(`control${synchronous}.wrong`, control.wrong);
    tally.expect(control.lost + control.wrong > 0, `nothing was lost under ${synchronous}: this drill sees nothing`);
  }
  return tally;
}
