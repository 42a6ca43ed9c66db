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
/** What the disk adds to each record. */
const RECORD_HEAD_BYTES = 8;
/** Kills that the disk refused, or that have no room there, wait in memory: four times as many as the journal holds. */
const UNWRITTEN_BYTES_MAX = 4 * CAPACITY_BYTES;
/** Of what others have left free, one author may fill this part, so that nobody's first kill finds the place full; a first one may take what there is. */
const SHARE_MAX = 0.25;

type JournalRecord =
  | { readonly kind: "boot"; readonly journal: string; readonly boot: number }
  | { readonly kind: "kill"; readonly kill: JournalledKill }
  | { readonly kind: "adopted"; readonly counter: number };

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

const utf8 = new TextEncoder();
const write = (record: JournalRecord): Uint8Array => utf8.encode(JSON.stringify(record));

/** Kills that the store could not take, written down before they are acknowledged; this process's alone. */
export class EmergencyJournal {
  readonly id: string;
  /** What earlier lives of this process wrote, as far as the file still has it, in counter order: also what the log has by now. */
  readonly former: readonly JournalledKill[];
  readonly #world: World;
  readonly #boot: number;
  readonly #file: Journal;
  #used: number;
  #count = 0;
  #pending: JournalledKill[];
  /** Counters of kills that wait here and that the disk refused: this process alone knows them. */
  readonly #unwritten = new Set<number>();
  /** By counter of each that waits: what it takes of the journal, or of memory. */
  readonly #bytes = new Map<number, number>();

  private constructor(
    world: World,
    opened: {
      readonly file: Journal;
      readonly id: string;
      readonly boot: number;
      readonly former: readonly JournalledKill[];
      readonly pending: readonly JournalledKill[];
      readonly used: number;
    },
  ) {
    this.#world = world;
    this.#file = opened.file;
    this.id = opened.id;
    this.former = opened.former;
    this.#boot = opened.boot;
    this.#pending = [...opened.pending];
    this.#used = opened.used;
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
    if (file.damagedBytes > 0)
      world.log.error("journal.damaged", {
        bytes: file.damagedBytes,
        message: "The disk damaged the journal of emergency kills: one of them may be missing. Look at the kills in force.",
      });
    const records = file.records.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as JournalRecord);
    const boots = records.filter((record) => record.kind === "boot");
    const adopted = Math.max(-1, ...records.filter((record) => record.kind === "adopted").map((record) => record.counter));
    const before = boots[0]?.journal;
    const boot = Math.max(0, ...boots.map((record) => record.boot)) + 1;
    // One that the disk refused at first stands behind later ones, or twice.
    const written = new Map(records.flatMap((record) => (record.kind === "kill" ? [[record.kill.counter, record.kill] as const] : [])));
    const former = [...written.values()].sort((a, b) => a.counter - b.counter);
    const pending = former.filter((kill) => kill.counter > adopted);
    if (before !== undefined && !before.startsWith(prefix) && pending.length > 0) throw new JournalOfAnother(before, pending.length);
    const fresh = `${prefix}${[...world.random.bytes(3)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    const id = before?.startsWith(prefix) === true ? before : fresh;
    const mark = write({ kind: "boot", journal: id, boot });
    const usedBefore = file.records.reduce((sum, record) => sum + record.length + RECORD_HEAD_BYTES, 0);
    const used = usedBefore + mark.length + RECORD_HEAD_BYTES;
    const journal = new EmergencyJournal(world, { file, id, boot, former, pending, used });
    // Every start leaves a mark: without this, a process that is started again and again would fill the journal with nothing else.
    if (pending.length === 0 && (used > COMPACT_AFTER_BYTES || (before !== undefined && before !== id))) await journal.#beginAfresh();
    else await file.append(mark);
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
    if (!isInShare(sizeOf(kill), { ownBytes: this.#ownBytes(kill, written), usedBytes: this.#used, ofBytes: CAPACITY_BYTES })) throw new ShareUsedUp();
    await this.#file.append(bytes);
    this.#used += bytes.length + RECORD_HEAD_BYTES;
    this.#unwritten.delete(kill.counter);
  }

  /** The kill of this command that waits here, durable when this resolves. One that the disk refused is written again; rejects if it is refused again. */
  async waiting(command: string): Promise<JournalledKill | undefined> {
    const kill = this.#pending.find((one) => one.command === command);
    if (kill !== undefined && this.#unwritten.has(kill.counter)) await this.#append(kill);
    return kill;
  }

  /** Only while nothing waits. A power cut between the two steps costs the journal's id, and with it the memory of its boots: a new id counts anew. */
  async #beginAfresh(): Promise<void> {
    await this.#file.reset();
    const mark = write({ kind: "boot", journal: this.id, boot: this.#boot });
    await this.#file.append(mark);
    this.#used = mark.length + RECORD_HEAD_BYTES;
  }

  /** The log has these kills, and all before them. */
  settled(kills: readonly JournalledKill[]): Promise<void> {
    return this.adopted(Math.max(...kills.map(({ counter }) => counter)));
  }

  /** The log has everything up to `counter`. A mark that cannot be written costs a repeated, idempotent adoption after a restart. */
  async adopted(counter: number): Promise<void> {
    this.#pending = this.#pending.filter((kill) => kill.counter > counter);
    for (const known of this.#bytes.keys()) {
      if (known > counter) continue;
      this.#bytes.delete(known);
      this.#unwritten.delete(known);
    }
    try {
      if (this.#pending.length === 0 && this.#used > COMPACT_AFTER_BYTES) return await this.#beginAfresh();
      const bytes = write({ kind: "adopted", counter });
      await this.#file.append(bytes);
      this.#used += bytes.length + RECORD_HEAD_BYTES;
    } catch (error) {
      this.#world.log.warn("journal.mark", { why: error instanceof Error ? error.message : String(error) });
    }
  }
}

const sizeOf = (kill: JournalledKill): number => write({ kind: "kill", kill }).length + RECORD_HEAD_BYTES;

/** `usedBytes` has the author's own in it. */
function isInShare(
  size: number,
  { ownBytes, usedBytes, ofBytes }: { readonly ownBytes: number; readonly usedBytes: number; readonly ofBytes: number },
): boolean {
  return ownBytes === 0 || ownBytes + size <= (ofBytes - (usedBytes - ownBytes)) * SHARE_MAX;
}
