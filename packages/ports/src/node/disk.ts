import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Disk, DiskFailed, type Journal } from "../ports.ts";
import { crc32 } from "node:zlib";

/** Length and CRC-32 before each journal record. */
const RECORD_HEAD_BYTES = 8;
/** One record: far above the largest kill, far below the smallest journal. */
const RECORD_BYTES_MAX = 1 << 20;

const failed = (what: string, cause: unknown): DiskFailed => new DiskFailed(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

/** One folder of small durable files, made (mode 0700) when first written to. */
export function nodeDisk(folder: string): Disk {
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
        return await openJournal(join(folder, name), capacityBytes);
      } catch (error) {
        throw error instanceof DiskFailed ? error : failed(`journal ${name} could not be opened`, error);
      }
    },
  };
}

async function replaceDurably(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, name);
  const next = `${path}.${process.pid}.new`;
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
  // The rename itself is durable only once the folder is synced; where a platform refuses that, the file's own sync has to do.
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Reserves the whole file with zeros, so that an append on a full disk only overwrites what is there. */
async function openJournal(path: string, capacityBytes: number): Promise<Journal> {
  const file = await open(path, "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return open(path, "w+", 0o600);
  });
  try {
    const { size } = await file.stat();
    if (size < capacityBytes) {
      await file.write(new Uint8Array(capacityBytes - size), 0, capacityBytes - size, size);
      await file.sync();
    }
    const content = new Uint8Array(Math.max(size, capacityBytes));
    await file.read(content, 0, content.length, 0);
    const { records, end } = parseRecords(content);
    return journalOver(file, { records, end, capacityBytes });
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Whole records from the start; the first that is empty, too long or does not check ends the journal. */
export function parseRecords(content: Uint8Array): { readonly records: readonly Uint8Array[]; readonly end: number } {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at + RECORD_HEAD_BYTES <= content.length) {
    const length = view.getUint32(at);
    if (length === 0 || length > RECORD_BYTES_MAX || at + RECORD_HEAD_BYTES + length > content.length) break;
    const record = content.slice(at + RECORD_HEAD_BYTES, at + RECORD_HEAD_BYTES + length);
    if (crc32(record) !== view.getUint32(at + 4)) break;
    records.push(record);
    at += RECORD_HEAD_BYTES + length;
  }
  return { records, end: at };
}

function journalOver(file: FileHandle, opened: { readonly records: readonly Uint8Array[]; readonly end: number; readonly capacityBytes: number }): Journal {
  let end = opened.end;
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = turn.catch(() => {}).then(work);
    turn = mine;
    return mine;
  };
  return {
    records: opened.records,
    append: (record) =>
      inTurn(async () => {
        if (record.length === 0 || record.length > RECORD_BYTES_MAX) throw new DiskFailed(`a journal record of ${record.length} bytes: 1 to ${RECORD_BYTES_MAX} are allowed`);
        if (end + RECORD_HEAD_BYTES + record.length > opened.capacityBytes) throw new DiskFailed("the journal's reserved space is used up");
        const bytes = new Uint8Array(RECORD_HEAD_BYTES + record.length);
        const view = new DataView(bytes.buffer);
        view.setUint32(0, record.length);
        view.setUint32(4, crc32(record));
        bytes.set(record, RECORD_HEAD_BYTES);
        try {
          await file.write(bytes, 0, bytes.length, end);
          await file.datasync();
        } catch (error) {
          throw failed("the journal could not be written", error);
        }
        end += bytes.length;
      }),
    reset: () =>
      inTurn(async () => {
        try {
          // Zeroing everything used, not only the head: an old record must never be read again behind a new, shorter one.
          await file.write(new Uint8Array(end), 0, end, 0);
          await file.datasync();
        } catch (error) {
          throw failed("the journal could not be reset", error);
        }
        end = 0;
      }),
  };
}
