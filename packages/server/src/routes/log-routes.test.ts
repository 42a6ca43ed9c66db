import { createHash } from "node:crypto";
import { findBrokenLink, type LoggedEvent, NO_HASH } from "@sluice/releases";
import { afterEach, expect, test } from "vitest";
import { closeOffices, Office } from "../testing/office.ts";

afterEach(closeOffices);

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

test("the chain is verified on request, and a changed event is named", async () => {
  const office = await new Office().start();
  const { events } = office.database;
  expect((await office.ask("auditor", "GET", "/api/log/verify")).body).toEqual({
    isDone: true,
    checked: events.length,
    head: { epoch: events.at(-1)?.epoch, seq: events.length, hash: events.at(-1)?.hash },
  });
  const [first] = events;
  if (first === undefined) throw new Error("the log is empty");
  events[0] = { ...first, atMs: first.atMs + 1 };
  expect((await office.ask("auditor", "GET", "/api/log/verify")).body).toMatchObject({ broken: { seq: 1 } });
});

test("what is exported as JSON Lines is the whole log, and its chain can be checked by whoever has the file", async () => {
  const office = await new Office().start();
  const file = await office.ask("auditor", "GET", "/api/log/export?format=jsonl");
  expect(file.headers["content-disposition"]).toContain(`decisions-1-${office.database.events.length}.jsonl`);
  const lines = file.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as LoggedEvent);
  expect(lines).toEqual(office.database.events);
  expect(findBrokenLink(lines, sha256, { seq: 0, hash: NO_HASH })).toBeUndefined();
});

test("the CSV says who decided what when, runs nothing in a spreadsheet, and begins where it is asked to", async () => {
  const office = await new Office().start();
  await office.ask("admin", "POST", "/api/freezes", {
    environment: "production",
    fromMs: office.time.nowMs,
    untilMs: office.time.nowMs + 1_000,
    policy: "ask",
    reason: "=HYPERLINK(1)",
  });
  const all = await office.ask("admin", "GET", "/api/log/export?format=csv");
  const rows = all.text.split("\r\n");
  expect(rows[0]).toBe("\uFEFFseq,at,kind,by,reason,facts,hash");
  expect(rows.at(-2)).toMatch(/^\d+,2026-12-01T00:00:00\.000Z,freezeDeclared,admin,'=HYPERLINK\(1\),/);
  const later = await office.ask("admin", "GET", `/api/log/export?format=csv&after=${office.database.events.length - 1}`);
  expect(later.text.split("\r\n")).toHaveLength(3);
  expect((await office.ask("admin", "GET", "/api/log/export?format=xml")).status).toBe(400);
});

test("a large log comes in parts that follow one another", async () => {
  const office = await new Office().start();
  const tags = Array.from({ length: 50 }, (_, index) => `${index}`.padEnd(100, "t"));
  const set = Array.from({ length: 500 }, (_, index) => ({ id: `c${index}`, track: "standard" as const, tags, hashes: {} }));
  for (let round = 0; round < 3; round += 1)
    await office.store.append([{ command: `many-${round}`, atMs: round, facts: { kind: "customersChanged", set }, personal: { by: "admin" } }], undefined);
  const seqs: number[] = [];
  let after: string | undefined = "0";
  for (let part = 0; after !== undefined && part < 10; part += 1) {
    const file: Awaited<ReturnType<Office["ask"]>> = await office.ask("auditor", "GET", `/api/log/export?after=${after}`);
    seqs.push(
      ...file.text
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as LoggedEvent).seq),
    );
    after = file.headers["sluice-next"];
  }
  expect(seqs).toEqual(office.database.events.map(({ seq }) => seq));
});
