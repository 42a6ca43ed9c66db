import { expect, test } from "vitest";
import { type CommandRun, runCommand } from "../testing/command-run.ts";

const PIN = {
  pin: "p1",
  environment: "production",
  flag: "diary.photo-pins",
  customer: "c1",
  key: "our-qa",
  serve: "on",
  atMs: Date.UTC(2026, 11, 1),
  untilMs: Date.UTC(2026, 11, 3),
  who: "Priya",
  reason: "before the demo",
  mayEnd: true,
};

/** Runs a command against a server that knows one pin of two; gives what was sent and what was printed. */
const run = (...given: readonly string[]): Promise<CommandRun> =>
  runCommand(given, ({ method, url }) => {
    const none = url.includes("nobody");
    return { body: method === "GET" ? { pins: none ? [] : [PIN], of: none ? 0 : 2 } : { pin: "p1", seq: 9 } };
  });

const place = ["pin", "diary.photo-pins", "--customer", "our-qa", "--serve", "on", "-r", "before the demo"] as const;

test("pin names the customer by its key, and ends some days from now", async () => {
  const before = Date.now();
  const { sent, out, code } = await run(...place, "--days", "0.5", "-e", "staging");
  expect([code, sent.length, sent[0]?.method, sent[0]?.url]).toEqual([0, 1, "POST", "/api/pins"]);
  const { command, untilMs, ...rest } = sent[0]?.body ?? {};
  expect(rest).toEqual({ environment: "staging", flag: "diary.photo-pins", customerKey: "our-qa", serve: "on", reason: "before the demo" });
  expect(String(command)).toMatch(/^cli-[0-9a-f]{24}$/);
  expect(Number(untilMs)).toBeGreaterThanOrEqual(before + 12 * 3_600_000);
  expect(Number(untilMs)).toBeLessThanOrEqual(Date.now() + 12 * 3_600_000);
  expect(out).toBe(`our-qa gets on of diary.photo-pins in staging until ${new Date(Number(untilMs)).toISOString()}.\nEarlier: sluice unpin p1`);
});

test.each(["0", "-1", "367", "soon", "NaN"])("pin is not sent for --days %s", async (days) => {
  const { sent, said, code } = await run(...place, `--days=${days}`);
  expect([sent.length, code]).toEqual([0, 2]);
  expect(said).toContain(`--days ${days} is not a number of days from 0 to 366.`);
});

test("pin is not sent without a reason", async () => {
  const { sent, code } = await run(...place.slice(0, -2));
  expect([sent.length, code]).toEqual([0, 2]);
});

test("pins says who is pinned to what, until when, by whom and why, and counts the rest", async () => {
  const { sent, out } = await run("pins", "--customer", "our qa", "--flag", "diary.photo-pins");
  expect(sent[0]).toMatchObject({ method: "GET", url: "/api/pins?customerKey=our+qa&flag=diary.photo-pins" });
  expect(out).toBe(
    "pinned our-qa: on of diary.photo-pins in production until 2026-12-03T00:00:00.000Z by Priya: before the demo\n       sluice unpin p1\nand 1 that end later; narrow it with --customer or --flag",
  );
  expect((await run("pins", "--customer", "nobody")).out).toBe("Nobody is pinned.");
  expect(JSON.parse((await run("pins", "--json")).out)).toEqual({ pins: [PIN], of: 2 });
});

test("unpin ends one pin", async () => {
  const { sent, out } = await run("unpin", "p/1", "-r", "the demo is over");
  expect(sent[0]).toMatchObject({ method: "POST", url: "/api/pins/p%2F1/end", body: { reason: "the demo is over" } });
  expect(out).toBe("Took off p/1 (decision 9).");
});
