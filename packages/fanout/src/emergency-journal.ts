import type { Journal, World } from "@sluice/ports";
import type { JournalledKill } from "@sluice/releases";

/** The journal of the project's kills. */
const NAME = "emergency.journal";
/** Reserved at start: some 4,000 kills, and a disk that fills up later cannot take it away. */
const CAPACITY_BYTES = 1 << 20;
/** Counters of one boot; boot × this + n never meets another boot's. */
const COUNTERS_PER_BOOT = 2 ** 20;
/** When this much is used and nothing waits, the journal begins afresh. */
const COMPACT_AFTER_BYTES = CAPACITY_BYTES / 2;
/** It does so too, with what waits kept beside it, where this much of it is of kills that wait no longer: each is written once more at most four times. */
const SPENT_BYTES_MAX = CAPACITY_BYTES / 4;
/** Trials are forgotten after this much: some 120, which is two hours. A kill must not find the room that they have used up. */
const TRIAL_BYTES_MAX = 32 << 10;
/** What the disk adds to each record. */
const RECORD_HEAD_BYTES = 8;
/** Kills that the disk refused, or that have no room there, wait in memory: four times as many as the journal holds. */
const UNWRITTEN_BYTES_MAX = 4 * CAPACITY_BYTES;
/** Of what others have left free, one author may fill this part, so that nobody's first kill finds the place full; a first one may take what there is. */
const SHARE_MAX = 0.25;

type JournalRecord =
  | { readonly kind: "boot"; readonly journal: string; readonly boot: number }
  | { readonly kind: "kill"; readonly kill: JournalledKill }
  /** The log has everything up to it. */
  | { readonly kind: "adopted"; readonly counter: number }
  /** The log has these, though one before them waits; an older version reads over it, and hands them on once more. */
  | { readonly kind: "settled"; readonly counters: readonly number[] }
  /** A kill that was only tried: nobody reads it again. */
  | { readonly kind: "trial"; readonly kill: JournalledKill };

/** What stands beside a journal that began afresh while kills waited. */
interface Kept {
  readonly journal: string;
  readonly boot: number;
  readonly kills: readonly JournalledKill[];
}

/** Neither the disk nor this process keeps the kill: too many of its author wait in memory alone already. */
export class NoRoom extends Error {
  override readonly name = "NoRoom";
}

/** The kill waits in memory alone, for its author has filled their share of the journal. */
class ShareUsedUp extends Error {
  override readonly name = "ShareUsedUp";
}

/** The journal's kills are signed for by another key than this process has now. */
export class JournalOfAnother extends Error {
  override readonly name = "JournalOfAnother";
  constructor(journal: string, waiting: number) {
    super(
      `${waiting} emergency kills wait in the journal ${journal}, which belongs to another key of this relay. ` +
        "Put the former relay-signing.key back until the server has them, then change it.",
    );
  }
}

/** What a kill is asked of, and written by. */
export type KillJournal = Pick<EmergencyJournal, "id" | "former" | "pending" | "nextCounter" | "waiting" | "write">;

const utf8 = new TextEncoder();
const write = (record: JournalRecord): Uint8Array => utf8.encode(JSON.stringify(record));

/** Kills that the store could not take, written down before they are acknowledged; this process's alone. */
export class EmergencyJournal {
  readonly id: string;
  /** What earlier lives of this process wrote, as far as the file still has it, in counter order: also what the log has by now. */
  readonly former: readonly JournalledKill[];
  readonly #world: World;
  readonly #name: string;
  readonly #boot: number;
  readonly #file: Journal;
  #used: number;
  #count = 0;
  #pending: JournalledKill[];
  /** Counters of kills that wait here and that the disk refused: this process alone knows them. */
  readonly #unwritten = new Set<number>();
  /** By counter of each that waits: what it takes of the journal, or of memory. */
  readonly #bytes = new Map<number, number>();
  /** Whether kills stand beside the journal. */
  #hasKept: boolean;
  #trialBytes: number;
  /** Whatever is written, one after the other: nothing may come between what is kept beside the journal and its new beginning. */
  #turn: Promise<void> = Promise.resolve();

  private constructor(world: World, opened: Opened) {
    this.#world = world;
    this.#name = opened.name;
    this.#file = opened.file;
    this.id = opened.id;
    this.former = opened.former;
    this.#boot = opened.boot;
    this.#pending = [...opened.pending];
    this.#used = opened.used;
    this.#hasKept = opened.hasKept;
    this.#trialBytes = opened.trialBytes;
    for (const kill of this.#pending) this.#bytes.set(kill.counter, sizeOf(kill));
  }

  /**
   * Opens the journal and writes this boot into it, so that no counter is ever given twice. `prefix`: what its id begins with, "j" where
   * nobody must be able to tell whose it is. Throws `DiskFailed`, and `JournalOfAnother` where kills of another prefix still wait in it.
   */
  static async open(
    world: World,
    { name = NAME, prefix = "j" }: { readonly name?: string; readonly prefix?: string | undefined } = {},
  ): Promise<EmergencyJournal> {
    const file = await world.disk.openJournal(name, CAPACITY_BYTES);
    if (file.damagedBytes > 0) damaged(world, file.damagedBytes);
    const kept = await readKept(world, name);
    const { before, boot, former, pending, ...counted } = whatStandsIn(file.records, kept);
    if (before !== undefined && !before.startsWith(prefix) && pending.length > 0) throw new JournalOfAnother(before, pending.length);
    const fresh = `${prefix}${[...world.random.bytes(3)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    const id = before?.startsWith(prefix) === true ? before : fresh;
    const mark = write({ kind: "boot", journal: id, boot });
    const used = counted.used + mark.length + RECORD_HEAD_BYTES;
    const journal = new EmergencyJournal(world, { ...counted, name, file, id, boot, former, pending, used });
    // Every start leaves a mark: without this, a process that is started again and again would fill the journal with nothing else.
    const isAnother = pending.length === 0 && before !== undefined && before !== id;
    if (isAnother || !(await journal.#giveBack())) await (isAnother ? journal.#beginAfresh() : file.append(mark));
    return journal;
  }

  /** Waits for the log, in counter order. */
  get pending(): readonly JournalledKill[] {
    return this.#pending;
  }

  /** The next counter, for any kill of this process, whichever way it goes. */
  nextCounter(): number {
    return this.#boot * COUNTERS_PER_BOOT + ++this.#count;
  }

  /**
   * Durable when it resolves. It waits for the log even if the disk refuses, or its author has filled their share, as long as this process lives: then
   * it rejects. Rejects with `NoRoom` where it does not wait either, and so must not be in force.
   */
  async write(kill: JournalledKill): Promise<void> {
    const size = sizeOf(kill);
    const unwritten = this.#pending.filter(({ counter }) => this.#unwritten.has(counter));
    const usedBytes = unwritten.reduce((sum, { counter }) => sum + (this.#bytes.get(counter) ?? 0), 0);
    const ownBytes = this.#ownBytes(kill, unwritten);
    if (usedBytes + size > UNWRITTEN_BYTES_MAX || !isInShare(size, { ownBytes, usedBytes, ofBytes: UNWRITTEN_BYTES_MAX })) throw new NoRoom();
    this.#pending.push(kill);
    this.#bytes.set(kill.counter, size);
    this.#unwritten.add(kill.counter);
    await this.#append(kill);
  }

  #ownBytes({ counter, personal: { by } }: JournalledKill, among: readonly JournalledKill[]): number {
    return among.reduce((sum, one) => (one.personal.by === by && one.counter !== counter ? sum + (this.#bytes.get(one.counter) ?? 0) : sum), 0);
  }

  async #append(kill: JournalledKill): Promise<void> {
    const bytes = write({ kind: "kill", kill });
    const written = this.#pending.filter(({ counter }) => !this.#unwritten.has(counter));
    const size = sizeOf(kill);
    const share = { ownBytes: this.#ownBytes(kill, written), usedBytes: this.#used, ofBytes: CAPACITY_BYTES };
    // What stands beside the journal has its room too: whatever is never adopted must not grow without end.
    if (this.#used + size > CAPACITY_BYTES || !isInShare(size, share)) throw new ShareUsedUp();
    await this.#inTurn(async () => {
      await this.#file.append(bytes);
      this.#used += bytes.length + RECORD_HEAD_BYTES;
      this.#unwritten.delete(kill.counter);
    });
  }

  /** The kill of this command that waits here, durable when this resolves. One that the disk refused is written again; rejects if it is refused again. */
  async waiting(command: string): Promise<JournalledKill | undefined> {
    const kill = this.#pending.find((one) => one.command === command);
    if (kill !== undefined && this.#unwritten.has(kill.counter)) await this.#append(kill);
    return kill;
  }

  /**
   * Writes what is no kill as a kill is written, into the same file: durable when it resolves, and rejects where a kill would not be written now. It
   * waits for nothing, and is forgotten.
   */
  tryOut(kill: JournalledKill): Promise<void> {
    const bytes = write({ kind: "trial", kill });
    return this.#inTurn(async () => {
      if (this.#trialBytes >= TRIAL_BYTES_MAX) await this.#beginAfresh();
      await this.#file.append(bytes);
      this.#used += bytes.length + RECORD_HEAD_BYTES;
      this.#trialBytes += bytes.length + RECORD_HEAD_BYTES;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.then(
      () => {},
      () => {},
    );
    return mine;
  }

  /** Of what is written: bytes of kills that wait. */
  get #waitingBytes(): number {
    return [...this.#bytes].reduce((sum, [counter, size]) => (this.#unwritten.has(counter) ? sum : sum + size), 0);
  }

  /** Begins afresh where much of the journal is of kills that wait no longer; false where there was nothing to do, or the disk refused. */
  async #giveBack(): Promise<boolean> {
    const spent = this.#used - this.#waitingBytes;
    if (spent <= (this.#pending.length === 0 ? COMPACT_AFTER_BYTES : SPENT_BYTES_MAX)) return false;
    try {
      await this.#beginAfresh();
      return true;
    } catch (error) {
      this.#world.log.warn("journal.room", { why: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  /**
   * What waits is on the disk beside the journal before that forgets it, so that a process that ends between any two of these steps has it in one
   * of both places. Where nothing waits nor stands there, a power cut between the last two costs the journal's id, and with it the memory of its
   * boots: a new id counts anew.
   */
  async #beginAfresh(): Promise<void> {
    const kills = this.#pending.filter(({ counter }) => !this.#unwritten.has(counter));
    if (kills.length > 0 || this.#hasKept) {
      const kept: Kept = { journal: this.id, boot: this.#boot, kills };
      await this.#world.disk.replace(keptName(this.#name), utf8.encode(JSON.stringify(kept)));
      this.#hasKept = kills.length > 0;
    }
    await this.#file.reset();
    this.#used = this.#waitingBytes;
    this.#trialBytes = 0;
    const mark = write({ kind: "boot", journal: this.id, boot: this.#boot });
    await this.#file.append(mark);
    this.#used += mark.length + RECORD_HEAD_BYTES;
  }

  /** The log has these kills; others that came before them may wait still. */
  async settled(kills: readonly JournalledKill[]): Promise<void> {
    const counters = new Set(kills.map(({ counter }) => counter));
    this.#pending = this.#pending.filter(({ counter }) => !counters.has(counter));
    for (const counter of counters) {
      this.#bytes.delete(counter);
      this.#unwritten.delete(counter);
    }
    const [first, last] = [this.#pending[0]?.counter ?? Number.POSITIVE_INFINITY, Math.max(...counters)];
    const mark: JournalRecord = last < first ? { kind: "adopted", counter: last } : { kind: "settled", counters: [...counters] };
    await this.#inTurn(() => this.#mark(mark));
  }

  /** A mark that cannot be written costs a repeated, idempotent adoption after a restart. */
  async #mark(record: JournalRecord): Promise<void> {
    if (await this.#giveBack()) return;
    const bytes = write(record);
    try {
      await this.#file.append(bytes);
      this.#used += bytes.length + RECORD_HEAD_BYTES;
    } catch (error) {
      this.#world.log.warn("journal.mark", { why: error instanceof Error ? error.message : String(error) });
    }
  }
}

interface Opened extends Omit<Kept, "journal" | "kills"> {
  readonly name: string;
  readonly file: Journal;
  readonly id: string;
  readonly former: readonly JournalledKill[];
  readonly pending: readonly JournalledKill[];
  readonly used: number;
  readonly hasKept: boolean;
  readonly trialBytes: number;
}

/** What the journal and what is kept beside it say together. */
function whatStandsIn(
  written: readonly Uint8Array[],
  kept: Kept | undefined,
): Pick<Opened, "boot" | "former" | "pending" | "used" | "hasKept" | "trialBytes"> & { readonly before: string | undefined } {
  const { kills: keptKills = [] } = kept ?? {};
  const records = written.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as JournalRecord);
  const boots = records.filter((record) => record.kind === "boot");
  const settled = new Set(records.flatMap((record) => (record.kind === "settled" ? record.counters : [])));
  const adopted = Math.max(-1, ...records.filter((record) => record.kind === "adopted").map((record) => record.counter));
  // One that the disk refused at first stands behind later ones, or twice; one that is kept may stand in the journal still.
  const kills = [...keptKills, ...records.flatMap((record) => (record.kind === "kill" ? [record.kill] : []))];
  const former = [...new Map(kills.map((kill) => [kill.counter, kill])).values()].sort((a, b) => a.counter - b.counter);
  const later = former.filter((kill) => kill.counter > adopted);
  const pending = later.filter(({ counter }) => !settled.has(counter));
  const sizes = [...written.map(({ length }) => length + RECORD_HEAD_BYTES), ...keptKills.map(sizeOf)];
  const trialBytes = records.reduce((sum, record) => (record.kind === "trial" ? sum + sizeOf(record.kill) : sum), 0);
  return {
    before: boots[0]?.journal ?? kept?.journal,
    boot: Math.max(kept?.boot ?? 0, ...boots.map((record) => record.boot)) + 1,
    former,
    pending,
    used: sizes.reduce((sum, size) => sum + size, 0),
    hasKept: keptKills.length > 0,
    trialBytes,
  };
}

const keptName = (journal: string): string => `${journal}-kept.json`;

async function readKept(world: World, journal: string): Promise<Kept | undefined> {
  const bytes = await world.disk.read(keptName(journal));
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Kept;
  } catch {
    damaged(world, bytes.length);
    return undefined;
  }
}

const damaged = (world: World, bytes: number): void =>
  world.log.error("journal.damaged", {
    bytes,
    message: "The disk damaged the journal of emergency kills: one of them may be missing. Look at the kills in force.",
  });

const sizeOf = (kill: JournalledKill): number => write({ kind: "kill", kill }).length + RECORD_HEAD_BYTES;

/** `usedBytes` has the author's own in it. */
function isInShare(
  size: number,
  { ownBytes, usedBytes, ofBytes }: { readonly ownBytes: number; readonly usedBytes: number; readonly ofBytes: number },
): boolean {
  return ownBytes === 0 || ownBytes + size <= (ofBytes - (usedBytes - ownBytes)) * SHARE_MAX;
}
