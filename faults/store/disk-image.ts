import { readFileSync } from "node:fs";

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;

export interface Note {
  readonly kind: "W" | "T" | "S" | "U" | "A";
  readonly file: string;
  /** Offset of a write, size of a truncation, number of what was acknowledged. */
  readonly at: number;
  readonly data: Buffer;
}

/** Reads what the shim and the workload wrote down (disk-shim.c has the layout). */
export function readNotes(path: string): readonly Note[] {
  const bytes = readFileSync(path);
  const notes: Note[] = [];
  let at = 0;
  while (at < bytes.length) {
    const kind = String.fromCharCode(bytes.readUInt8(at));
    const nameEnd = at + 18 + bytes.readUInt8(at + 1);
    const end = nameEnd + (kind === "W" ? Number(bytes.readBigInt64LE(at + 10)) : 0);
    if (kind !== "W" && kind !== "T" && kind !== "S" && kind !== "U" && kind !== "A") throw new Error(`the notes make no sense at byte ${at}`);
    notes.push({ kind, file: bytes.toString("utf8", at + 18, nameEnd), at: Number(bytes.readBigInt64LE(at + 2)), data: bytes.subarray(nameEnd, end) });
    at = end;
  }
  return notes;
}

/** A small seeded generator (mulberry32), so that a cut that fails can be made again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One file's bytes, grown in steps. */
class Content {
  #bytes: Buffer;
  #size: number;

  constructor(bytes: Buffer, size: number) {
    this.#bytes = bytes;
    this.#size = size;
  }

  copy(): Content {
    return new Content(Buffer.from(this.bytes()), this.#size);
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  write(at: number, data: Buffer): void {
    this.#resize(Math.max(this.#size, at + data.length));
    data.copy(this.#bytes, at);
  }

  truncate(size: number): void {
    const before = this.#size;
    this.#resize(size);
    if (size < before) this.#bytes.fill(0, size, before);
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
      this.bytes().copy(grown);
      this.#bytes = grown;
    }
    this.#size = size;
  }
}

/** What is on the disk for certain, and what is only in the machine's memory yet. */
export class Disk {
  readonly #durable = new Map<string, Content>();
  readonly #pending = new Map<string, Note[]>();
  acknowledged = 0;

  take(note: Note): void {
    if (note.kind === "A") this.acknowledged = note.at;
    else if (note.kind === "U") {
      this.#durable.delete(note.file);
      this.#pending.delete(note.file);
    } else if (note.kind === "S") {
      for (const one of this.#pending.get(note.file) ?? []) apply(this.#durable, one);
      this.#pending.delete(note.file);
    } else {
      const waiting = this.#pending.get(note.file);
      if (waiting === undefined) this.#pending.set(note.file, [note]);
      else waiting.push(note);
    }
  }

  /** The files after a power cut now: everything synced, and of the rest nothing, everything, or each sector as the dice fall, in any order. */
  afterPowerCut(random: () => number): ReadonlyMap<string, Buffer> {
    const files = new Map([...this.#durable].map(([name, content]) => [name, content.copy()] as const));
    const mode = random();
    for (const [, notes] of [...this.#pending].sort(([a], [b]) => (a < b ? -1 : 1))) for (const note of notes) surviving(files, note, mode, random);
    return new Map([...files].map(([name, content]) => [name, content.bytes()]));
  }
}

function apply(files: Map<string, Content>, note: Note): void {
  let content = files.get(note.file);
  if (content === undefined) files.set(note.file, (content = new Content(Buffer.alloc(4_096), 0)));
  if (note.kind === "T") content.truncate(note.at);
  else content.write(note.at, note.data);
}

/** A fifth of the cuts lose all that was not synced, a tenth nothing; the others toss for each sector. */
function surviving(files: Map<string, Content>, note: Note, mode: number, random: () => number): void {
  if (mode < 0.2) return;
  if (mode < 0.3) return apply(files, note);
  if (note.kind === "T") {
    if (random() < 0.5) apply(files, note);
    return;
  }
  for (let at = 0; at < note.data.length; at += SECTOR_BYTES) {
    if (random() < 0.5) apply(files, { ...note, at: note.at + at, data: note.data.subarray(at, at + SECTOR_BYTES) });
  }
}
