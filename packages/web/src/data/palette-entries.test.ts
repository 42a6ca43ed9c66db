import { describe, expect, test } from "vitest";
import { type Findable, paletteGroups } from "./palette-entries.ts";
import { places } from "./places.ts";

const find: Findable = {
  places,
  flags: [
    { key: "diary.voice-notes", name: "Voice notes", owner: "diary team", mayKill: true },
    { key: "crew.timesheet-rounding", name: "Timesheet rounding", description: "Quarter hours", mayKill: false },
  ],
  releases: [
    { release: "r1", title: "Voice notes in the diary", phase: "Rolling out" },
    { release: "r2", title: "A new invoice", phase: "Draft" },
  ],
  customers: [
    { id: "c1", key: "novak-stavby", name: "Novák Stavby", tags: ["starter"] },
    { id: "c2", key: "invoice-kings", name: "Kings", tags: [] },
    { id: "c3", key: "acme", name: "Bau Acme", tags: ["enterprise"] },
    { id: "c4", key: "acme-2", name: "Acme Build", tags: ["enterprise"] },
  ],
};
const titles = (query: string): Record<string, readonly string[]> =>
  Object.fromEntries(paletteGroups(query, find).map(({ title, entries }) => [title, entries.map((entry) => entry.title)]));

describe("the palette", () => {
  test("offers every page, and nothing else, before a word is typed", () => {
    expect(titles("")).toEqual({
      Pages: ["Home", "Releases", "Calendar", "Customers", "Lists", "Approvals", "Flags", "Segments", "Changes", "Drift", "Audit", "Settings", "Kill"],
    });
  });

  test("finds releases, flags and the page that kills by the same words, whatever their case", () => {
    expect(titles("VOICE NOTES")).toEqual({ Releases: ["Voice notes in the diary"], Flags: ["Voice notes"], Kill: ["Kill Voice notes …"] });
  });

  test("offers no kill of a flag that whoever looks may not kill", () => {
    expect(titles("timesheet")).toEqual({ Flags: ["Timesheet rounding"] });
  });

  test("puts a name that begins so before one that only holds the word, and a name before a key", () => {
    expect(titles("acme")["Customers"]).toEqual(["Acme Build", "Bau Acme"]);
    expect(titles("invoice")).toEqual({ Releases: ["A new invoice"], Customers: ["Kings"] });
  });

  test("asks every word of whatever it shows", () => {
    expect(titles("enterprise build")).toEqual({ Customers: ["Acme Build"] });
    expect(titles("quarter timesheet")["Flags"]).toEqual(["Timesheet rounding"]);
    expect(titles("acme zebra")).toEqual({});
  });

  test("opens a page by another word for it", () => {
    expect(titles("freezes")).toEqual({ Pages: ["Calendar"] });
    expect(titles("export")).toEqual({ Pages: ["Audit"] });
  });

  test("shows six of a group at most", () => {
    const many = { ...find, customers: Array.from({ length: 5_000 }, (_, n) => ({ id: `c${n}`, key: `site-${n}`, name: `Site ${n}`, tags: [] })) };
    const [group] = paletteGroups("site", many).filter(({ title }) => title === "Customers");
    expect(group?.entries.map(({ title }) => title)).toEqual(["Site 0", "Site 1", "Site 2", "Site 3", "Site 4", "Site 5"]);
  });
});
