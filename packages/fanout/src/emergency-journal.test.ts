import type { JournalledKill } from "@sluice/releases";
import { expect, test } from "vitest";
import { EmergencyJournal } from "./emergency-journal.ts";
import { TestApi, TestDisk, TestWorld } from "./testing/test-world.ts";

const worldOn = (disk: TestDisk): TestWorld => new TestWorld({ disk, api: new TestApi() });
const kill = (journal: EmergencyJournal, command: string): JournalledKill => ({
  command,
  atMs: 1,
  kill: `k-${command}`,
  environment: "production",
  flags: ["pins"],
  journal: journal.id,
  counter: journal.nextCounter(),
  personal: { by: "ada" },
});

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
