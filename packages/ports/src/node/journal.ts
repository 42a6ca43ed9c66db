import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { DiskFailed, type Journal } from "../ports.ts";
import { syncFolder } from "./sync-folder.ts";

/** Length and CRC-32, both big-endian, before each record. */
const RECORD_HEAD_BYTES = 8;
/** One record: far above the largest kill, far below the smallest journal. */
const RECORD_BYTES_MAX = 1 << 20;
/** Zeros are written in pieces of this size, so that reserving costs no memory. */
const ZEROS_AT_ONCE = 64 << 10;

/**
 * Opens a journal file and reserves the whole of it with zeros, so that an append on a full disk only overwrites what is there.
 * (A file system that copies on write reserves nothing by this; there, give the data folder a quota of its own.)
 */
export async function openJournalFile(path: string, capacityBytes: number): Promise<FileJournal> {
  const file = await openOrCreate(path);
  try {
    const { size } = await file.stat();
    if (size < capacityBytes) {
      for (let at = size; at < capacityBytes; at += ZEROS_AT_ONCE) await writeWhole(file, new Uint8Array(Math.min(ZEROS_AT_ONCE, capacityBytes - at)), at);
      await file.sync();
      // The file itself is durable only once its folder knows it.
      await syncFolder(dirname(path));
    }
    return new FileJournal(file, { ...parseRecords(await readWhole(file, Math.max(size, capacityBytes))), capacityBytes });
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return open(path, "w+", 0o600);
  }
}

/** A full disk takes a part and says so only by the count. */
async function writeWhole(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw new Error("the disk took nothing");
    done += bytesWritten;
  }
}

async function readWhole(file: FileHandle, length: number): Promise<Uint8Array> {
  const content = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(content, done, length - done, done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return content;
}

interface Parsed {
  readonly records: readonly Uint8Array[];
  /** Behind the last whole record: what stands there, zeros or a record cut short, is overwritten by the next. */
  readonly end: number;
  readonly damagedBytes: number;
}

/** Whole records, wherever they begin: one that does not check, but has whole ones behind it, was damaged, and hides none of them. */
function parseRecords(content: Uint8Array): Parsed {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const records: Uint8Array[] = [];
  let [end, damagedBytes] = [0, 0];
  for (let at = 0; at + RECORD_HEAD_BYTES <= content.length;) {
    const record = recordAt(content, view, at);
    if (record === undefined) {
      at += 1;
      continue;
    }
    records.push(record);
    damagedBytes += at - end;
    at += RECORD_HEAD_BYTES + record.length;
    end = at;
  }
  return { records, end, damagedBytes };
}

function recordAt(content: Uint8Array, view: DataView, at: number): Uint8Array | undefined {
  const length = view.getUint32(at);
  if (length === 0 || length > RECORD_BYTES_MAX || at + RECORD_HEAD_BYTES + length > content.length) return undefined;
  const record = content.subarray(at + RECORD_HEAD_BYTES, at + RECORD_HEAD_BYTES + length);
  return crc32(record) === view.getUint32(at + 4) ? record.slice() : undefined;
}

/** A journal over one open file. */
export class FileJournal implements Journal {
  readonly records: readonly Uint8Array[];
  readonly damagedBytes: number;
  readonly #file: FileHandle;
  readonly #capacityBytes: number;
  #end: number;
  #turn: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, opened: Parsed & { readonly capacityBytes: number }) {
    this.#file = file;
    this.records = opened.records;
    this.damagedBytes = opened.damagedBytes;
    this.#end = opened.end;
    this.#capacityBytes = opened.capacityBytes;
  }

  append(record: Uint8Array): Promise<void> {
    return this.#inTurn("the journal could not be written", async () => {
      if (record.length === 0 || record.length > RECORD_BYTES_MAX)
        throw new DiskFailed(`a journal record of ${record.length} bytes: 1 to ${RECORD_BYTES_MAX} are allowed`);
      if (this.#end + RECORD_HEAD_BYTES + record.length > this.#capacityBytes) throw new DiskFailed("the journal's reserved space is used up");
      const bytes = new Uint8Array(RECORD_HEAD_BYTES + record.length);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, record.length);
      view.setUint32(4, crc32(record));
      bytes.set(record, RECORD_HEAD_BYTES);
      await writeWhole(this.#file, bytes, this.#end);
      await this.#file.datasync();
      this.#end += bytes.length;
    });
  }

  reset(): Promise<void> {
    return this.#inTurn("the journal could not be reset", async () => {
      // Zeroing everything used, not only the head: an old record must never be read again behind a new, shorter one.
      await writeWhole(this.#file, new Uint8Array(this.#end), 0);
      await this.#file.datasync();
      this.#end = 0;
    });
  }

  /** Lets the file go, after what was asked before; appends fail from then on. */
  async close(): Promise<void> {
    await this.#turn;
    await this.#file.close();
  }

  #inTurn(what: string, work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work).catch((error: unknown) => {
      throw error instanceof DiskFailed ? error : new DiskFailed(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
    // Whoever asked hears of a failure; the next in turn goes on.
    this.#turn = mine.then(
      () => {},
      () => {},
    );
    return mine;
  }
}
