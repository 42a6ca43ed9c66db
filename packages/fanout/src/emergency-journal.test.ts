import type { Journal } from "@sluice/ports";
import type { JournalledKill } from "@sluice/releases";
import { expect, test } from "vitest";
import { EmergencyJournal, NoRoom } from "./emergency-journal.ts";
import { TestApi, TestDisk, TestWorld } from "./testing/test-world.ts";

const worldOn = (disk: TestDisk): TestWorld => new TestWorld({ disk, api: new TestApi() });
const kill = (journal: EmergencyJournal, command: string, by = "ada"): JournalledKill => ({
  command,
  atMs: 1,
  kill: `k-${command}`,
  environment: "production",
  flags: ["pins"],
  journal: journal.id,
  counter: journal.nextCounter(),
  personal: { by },
});

/** What `by` could write down of kills that take some 10,000 bytes each, until one was refused; at most `max`. */
async function fill(journal: EmergencyJournal, by: string, max = 1_000): Promise<number> {
  for (let count = 0; count < max; count++) {
    const large = { ...kill(journal, `${by}-${count}`, by), flags: Array.from({ length: 400 }, (_, index) => `some.flag-of-a-team-${index}`) };
    const isWritten = await journal.write(large).then(
      () => true,
      () => false,
    );
    if (!isWritten) return count;
  }
  return max;
}

test("what waits survives the process, in counter order, until it is adopted", async () => {
  const disk = new TestDisk();
  const first = await EmergencyJournal.open(worldOn(disk));
  const kills = [kill(first, "a"), kill(first, "b"), kill(first, "c")];
  for (const each of kills) await first.write(each);
  const second = await EmergencyJournal.open(worldOn(disk));
  expect([second.id, second.pending]).toEqual([first.id, kills]);
  await second.settled(kills.slice(0, 2));
  expect(second.pending).toEqual([kills[2]]);
  expect((await EmergencyJournal.open(worldOn(disk))).pending).toEqual([kills[2]]);
});

test("no counter is ever given twice, whatever a boot did with its own", async () => {
  const disk = new TestDisk();
  const given: number[] = [];
  for (let boot = 1; boot <= 5; boot++) {
    const journal = await EmergencyJournal.open(worldOn(disk));
    for (let count = 0; count < boot; count++) given.push(journal.nextCounter());
  }
  expect(given).toEqual([...new Set(given)].sort((a, b) => a - b));
});

test("a process that is started again for ever does not fill its journal", async () => {
  const disk = new TestDisk();
  const first = await EmergencyJournal.open(worldOn(disk));
  // As 12,000 starts would leave it, were it never begun afresh: well over half of its space.
  const records = disk.journals.get("emergency.journal") ?? [];
  for (let boot = 2; boot < 12_000; boot++) records.push(new TextEncoder().encode(JSON.stringify({ kind: "boot", journal: first.id, boot })));
  const next = await EmergencyJournal.open(worldOn(disk));
  expect(disk.journals.get("emergency.journal")).toHaveLength(1);
  expect(next.id).toBe(first.id);
  expect(next.nextCounter()).toBeGreaterThan(11_999 * 2 ** 20);
  await next.write(kill(next, "a"));
  expect((await EmergencyJournal.open(worldOn(disk))).pending).toHaveLength(1);
});

test("a kill that the disk refuses waits as long as the process lives", async () => {
  const disk = new TestDisk();
  const journal = await EmergencyJournal.open(worldOn(disk));
  disk.isJournalBroken = true;
  await expect(journal.write(kill(journal, "a"))).rejects.toThrow();
  expect(journal.pending).toHaveLength(1);
  await journal.settled(journal.pending);
  expect(journal.pending).toEqual([]);
});

test("a kill that the disk refused is written when it is asked for again, and enters the log in its turn", async () => {
  const disk = new TestDisk();
  const journal = await EmergencyJournal.open(worldOn(disk));
  disk.isJournalBroken = true;
  const [first, second] = [kill(journal, "a"), kill(journal, "b")];
  await expect(journal.write(first)).rejects.toThrow();
  await expect(journal.waiting("a")).rejects.toThrow();
  disk.isJournalBroken = false;
  await journal.write(second);
  expect(await journal.waiting("a")).toEqual(first);
  expect(await journal.waiting("c")).toBeUndefined();
  expect((await EmergencyJournal.open(worldOn(disk))).pending).toEqual([first, second]);
});

test("nobody fills the journal for others: whoever has written much is refused more, and the first kill of anybody else is written", async () => {
  const disk = new TestDisk();
  const journal = await EmergencyJournal.open(worldOn(disk));
  // A quarter of 1 MiB, at some 10 KB each.
  const first = await fill(journal, "storm");
  expect(first).toBeGreaterThan(15);
  expect(first).toBeLessThan(30);
  for (let index = 0; index < 10; index++) expect(await fill(journal, `another-${index}`)).toBeGreaterThan(0);
  await journal.write(kill(journal, "of-ada"));
  expect((await EmergencyJournal.open(worldOn(disk))).pending.map(({ command }) => command)).toContain("of-ada");
  // After a restart it is known whose they are.
  const next = await EmergencyJournal.open(worldOn(disk));
  expect(await fill(next, "storm")).toBe(0);
  expect(await fill(next, "somebody", 1)).toBe(1);
});

test("kills that the disk refuses wait in bounded memory, and are not kept beyond it; the first of anybody else still is", async () => {
  const disk = new TestDisk();
  const journal = await EmergencyJournal.open(worldOn(disk));
  disk.isJournalBroken = true;
  for (let count = 0; count < 200; count++) await fill(journal, "storm", 1);
  // A quarter of 4 MiB, at some 10 KB each.
  expect(journal.pending.length).toBeGreaterThan(60);
  expect(journal.pending.length).toBeLessThan(120);
  await expect(journal.write({ ...kill(journal, "large", "storm"), flags: Array.from({ length: 400 }, () => "some.flag-of-a-team") })).rejects.toThrow(NoRoom);
  await expect(journal.write(kill(journal, "of-ada"))).rejects.not.toThrow(NoRoom);
  expect(journal.pending.at(-1)?.command).toBe("of-ada");
  await journal.settled(journal.pending);
  await fill(journal, "storm", 1);
  expect(journal.pending).toHaveLength(1);
});

/** What stood on a disk after each write to it. */
class WatchedDisk extends TestDisk {
  readonly states: TestDisk[] = [];

  #note(): void {
    const state = new TestDisk();
    for (const [name, bytes] of this.files) state.files.set(name, bytes);
    for (const [name, records] of this.journals) state.journals.set(name, [...records]);
    this.states.push(state);
  }

  override async replace(name: string, bytes: Uint8Array): Promise<void> {
    await super.replace(name, bytes);
    this.#note();
  }

  override async openJournal(name: string, capacityBytes: number): Promise<Journal> {
    const journal = await super.openJournal(name, capacityBytes);
    const noted = async (written: Promise<void>): Promise<void> => written.then(() => this.#note());
    return { ...journal, append: (record) => noted(journal.append(record)), reset: () => noted(journal.reset()) };
  }
}

test("what the log has behind a kill that is never taken gives its room back, and no end of the process loses one that waits", async () => {
  const disk = new WatchedDisk();
  const journal = await EmergencyJournal.open(worldOn(disk));
  const refused = { ...kill(journal, "refused"), environment: "gone" };
  await journal.write(refused);
  const counters = new Set([refused.counter]);
  for (let round = 0; round < 8; round++) {
    for (let author = 0; author < 30; author++) await fill(journal, `author-${round}-${author}`, 2);
    const [first, ...others] = journal.pending;
    // More than an eighth of a mebibyte each time: the whole journal would be full after few rounds.
    expect([first, others.length]).toEqual([refused, 60]);
    const from = disk.states.length;
    // One comes while the log's word is written down.
    const meanwhile = kill(journal, `meanwhile-${round}`, "bea");
    await Promise.all([journal.settled(others), journal.write(meanwhile)]);
    for (const { counter } of journal.pending) counters.add(counter);
    expect(journal.pending).toEqual([refused, meanwhile]);
    for (const state of disk.states.slice(from)) {
      const { id, pending } = await EmergencyJournal.open(worldOn(state));
      expect([id, pending[0]]).toEqual([journal.id, refused]);
    }
    const { pending } = await EmergencyJournal.open(worldOn(disk.states.at(-1) ?? disk));
    expect(pending).toEqual([refused, meanwhile]);
    await journal.settled([meanwhile]);
  }
  const next = await EmergencyJournal.open(worldOn(disk));
  expect(next.pending).toEqual([refused]);
  expect(next.nextCounter()).toBeGreaterThan(Math.max(...counters));
  await next.settled([refused]);
  expect((await EmergencyJournal.open(worldOn(disk))).pending).toEqual([]);
});

test("where the disk has no room beside the journal, what waits stands in it as before, and room is given back later", async () => {
  const disk = new TestDisk();
  const journal = await EmergencyJournal.open(worldOn(disk));
  const refused = kill(journal, "refused");
  await journal.write(refused);
  for (let author = 0; author < 60; author++) await fill(journal, `author-${author}`, 1);
  disk.isFull = true;
  await journal.settled(journal.pending.slice(1));
  expect((await EmergencyJournal.open(worldOn(disk))).pending).toEqual([refused]);
  const before = disk.journals.get("emergency.journal")?.length ?? 0;
  expect(before).toBeGreaterThan(60);
  disk.isFull = false;
  const last = kill(journal, "last");
  await journal.write(last);
  await journal.settled([last]);
  expect(disk.journals.get("emergency.journal")?.length).toBe(1);
  expect((await EmergencyJournal.open(worldOn(disk))).pending).toEqual([refused]);
});
