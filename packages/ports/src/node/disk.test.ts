import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DiskFailed, type Journal } from "../ports.ts";
import { type ClosableDisk, nodeDisk } from "./disk.ts";

const utf8 = new TextEncoder();
const textOf = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));

let folder: string;
let disks: ClosableDisk[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-disk-"));
});
afterEach(async () => {
  await Promise.all(disks.map((disk) => disk.close()));
  disks = [];
  await rm(folder, { recursive: true, force: true });
});

describe("a disk", () => {
  test("reads nothing where nothing was written, and makes its folder private", async () => {
    const disk = nodeDisk(join(folder, "deep", "data"));
    expect(await disk.read("a.json")).toBeUndefined();
    await disk.replace("a.json", utf8.encode("one"));
    expect(textOf(await disk.read("a.json"))).toBe("one");
    expect((await stat(join(folder, "deep", "data"))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, "deep", "data", "a.json"))).mode & 0o777).toBe(0o600);
  });

  test("replaces whole, in the order asked, and leaves no temporary file", async () => {
    const disk = nodeDisk(folder);
    await Promise.all(Array.from({ length: 20 }, (_, index) => disk.replace("a", utf8.encode(`${index}`.repeat(1 + (20 - index) * 1000)))));
    expect(textOf(await disk.read("a"))).toBe("19".repeat(1001));
    expect(await readdir(folder)).toEqual(["a"]);
  });

  test("keeps the old content and says so when it cannot write the new", async () => {
    const disk = nodeDisk(folder);
    await disk.replace("a", utf8.encode("old"));
    await rm(folder, { recursive: true });
    await writeFile(folder, "a file stands where the folder was");
    await expect(disk.replace("a", utf8.encode("new"))).rejects.toBeInstanceOf(DiskFailed);
    await rm(folder);
    await disk.replace("a", utf8.encode("new"));
    expect(textOf(await disk.read("a"))).toBe("new");
  });

  test("reports what it cannot read", async () => {
    await expect(nodeDisk(join(folder, "..")).read(folder.split("/").at(-1) ?? "")).rejects.toBeInstanceOf(DiskFailed);
  });
});

describe("a journal", () => {
  const CAPACITY = 4_096;
  const records = ["first", "the second record", "3", "a fourth, which is the longest of them all"];
  const path = (): string => join(folder, "kills.journal");
  const open = (capacity = CAPACITY): Promise<Journal> => {
    const disk = nodeDisk(folder);
    disks.push(disk);
    return disk.openJournal("kills.journal", capacity);
  };
  const filled = async (): Promise<void> => {
    const journal = await open();
    for (const record of records) await journal.append(utf8.encode(record));
  };
  const reopened = async (): Promise<readonly (string | undefined)[]> => {
    const disk = nodeDisk(folder);
    const { records } = await disk.openJournal("kills.journal", CAPACITY);
    await disk.close();
    return records.map(textOf);
  };
  /** Where each record ends in the file: 8 bytes of head each. */
  const ends = records.map((_, index) => records.slice(0, index + 1).reduce((sum, record) => sum + 8 + record.length, 0));

  test("gives back its records in order after a restart, and goes on behind them", async () => {
    await filled();
    expect(await reopened()).toEqual(records);
    const journal = await open();
    await journal.append(utf8.encode("fifth"));
    expect(await reopened()).toEqual([...records, "fifth"]);
  });

  test("reserves its space when it is opened and never grows", async () => {
    const journal = await open(1 << 20);
    const before = await stat(path());
    expect(before.size).toBe(1 << 20);
    expect(before.blocks * 512).toBeGreaterThanOrEqual(1 << 20);
    await journal.append(utf8.encode("x".repeat(1_000)));
    expect((await stat(path())).size).toBe(1 << 20);
  });

  test("goes on reserving where an earlier opening was cut off", async () => {
    await writeFile(path(), new Uint8Array(100));
    const journal = await open();
    expect((await stat(path())).size).toBe(CAPACITY);
    expect(journal.records).toEqual([]);
  });

  test("loses only what was not whole, wherever a power cut tears it", async () => {
    await filled();
    const whole = new Uint8Array(await readFile(path()));
    for (let cut = 0; cut <= (ends.at(-1) ?? 0); cut++) {
      for (const fill of [0x00, 0xff]) {
        const torn = whole.slice();
        torn.fill(fill, cut, Math.min(cut + 64, torn.length));
        await writeFile(path(), torn);
        const survivors = records.slice(0, ends.filter((end) => end <= cut).length);
        expect((await reopened()).slice(0, survivors.length), `cut at ${cut}`).toEqual(survivors);
        expect(
          (await reopened()).every((record, index) => record === records[index]),
          `cut at ${cut}`,
        ).toBe(true);
      }
    }
  });

  test("loses the one record that a damaged byte is in, says so, and makes nothing up", async () => {
    await filled();
    const whole = new Uint8Array(await readFile(path()));
    for (let at = 0; at < (ends.at(-1) ?? 0); at++) {
      const damaged = whole.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await writeFile(path(), damaged);
      const hit = ends.filter((end) => end <= at).length;
      const journal = await open();
      expect(journal.records.map(textOf), `byte ${at}`).toEqual(records.filter((_, index) => index !== hit));
      // Damage at the very end looks like a record that was cut short.
      expect(journal.damagedBytes > 0, `byte ${at}`).toBe(hit < records.length - 1);
    }
  });

  test("writes over a torn tail", async () => {
    await filled();
    const torn = new Uint8Array(await readFile(path()));
    torn.fill(0x55, (ends[2] ?? 0) + 10, ends[3]);
    await writeFile(path(), torn);
    const journal = await open();
    await journal.append(utf8.encode("5"));
    expect(await reopened()).toEqual([...records.slice(0, 3), "5"]);
  });

  test("refuses what does not fit and still takes what does", async () => {
    const journal = await open(64);
    await journal.append(new Uint8Array(30).fill(65));
    await expect(journal.append(new Uint8Array(30).fill(66))).rejects.toBeInstanceOf(DiskFailed);
    await expect(journal.append(new Uint8Array(0))).rejects.toBeInstanceOf(DiskFailed);
    await journal.append(new Uint8Array(10).fill(67));
    expect((await open(64)).records.map(textOf)).toEqual(["A".repeat(30), "C".repeat(10)]);
  });

  test("forgets everything when it is reset, and stays as large", async () => {
    await filled();
    const journal = await open();
    await journal.reset();
    expect(await reopened()).toEqual([]);
    // As long as the first of the old records: whatever stands behind it must not come back.
    await journal.append(utf8.encode("FIRST"));
    expect(await reopened()).toEqual(["FIRST"]);
    expect((await stat(path())).size).toBe(CAPACITY);
  });
});
