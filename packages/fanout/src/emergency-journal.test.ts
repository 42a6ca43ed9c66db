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
  await second.adopted(kills[1]?.counter ?? 0);
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
  await journal.adopted(journal.pending[0]?.counter ?? 0);
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
