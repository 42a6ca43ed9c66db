import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Disk, DiskFailed } from "../ports.ts";
import { type FileJournal, openJournalFile } from "./journal.ts";
import { syncFolder } from "./sync-folder.ts";

const failed = (what: string, cause: unknown): DiskFailed => new DiskFailed(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

/** A disk that can let its files go; a process that ends does not need to. */
export interface ClosableDisk extends Disk {
  close(): Promise<void>;
}

/** One folder of small durable files, made (mode 0700) when first written to. One process writes to it at a time. */
export function nodeDisk(folder: string): ClosableDisk {
  const journals: FileJournal[] = [];
  let made: Promise<unknown> | undefined;
  const ready = (): Promise<unknown> => (made ??= mkdir(folder, { recursive: true, mode: 0o700 }));
  // Two replaces of one name at once would share a temporary file: they wait for each other.
  const queues = new Map<string, Promise<void>>();
  const inTurn = (name: string, work: () => Promise<void>): Promise<void> => {
    const turn = (queues.get(name) ?? Promise.resolve()).catch(() => {}).then(work);
    queues.set(name, turn);
    return turn;
  };
  return {
    read: async (name) => {
      try {
        return new Uint8Array(await readFile(join(folder, name)));
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw failed(`${name} could not be read`, error);
      }
    },
    replace: (name, bytes) =>
      inTurn(name, async () => {
        try {
          await ready();
          await replaceDurably(folder, name, bytes);
        } catch (error) {
          made = undefined;
          throw failed(`${name} could not be written`, error);
        }
      }),
    openJournal: async (name, capacityBytes) => {
      try {
        await ready();
        const journal = await openJournalFile(join(folder, name), capacityBytes);
        journals.push(journal);
        return journal;
      } catch (error) {
        made = undefined;
        throw error instanceof DiskFailed ? error : failed(`journal ${name} could not be opened`, error);
      }
    },
    close: async () => {
      for (const journal of journals.splice(0)) await journal.close();
    },
  };
}

/** Replacements begun by this process. */
let replaced = 0;

async function replaceDurably(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, name);
  // Of its own name: two worlds of one process over one folder must not write into each other's half.
  const next = `${path}.${process.pid}.${++replaced}.new`;
  try {
    const file = await open(next, "w", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
  // The rename itself is durable only once the folder is synced.
  await syncFolder(folder);
}
