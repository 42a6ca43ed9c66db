import { expect, test } from "vitest";
import { type CommandRun, runCommand } from "../testing/command-run.ts";

const KILL = {
  kind: "kill",
  environments: ["production"],
  flags: ["diary.photo-pins"],
  of: 1,
  sinceMs: Date.UTC(2026, 0, 1),
  owners: ["team-diary"],
  who: "Priya",
  reason: "Wrong totals",
  what: "Switched off for everybody.",
  cure: "Lift the kill.",
};

async function run(drift: readonly object[], ...more: readonly string[]): Promise<CommandRun> {
  const done = await runCommand(["drift", ...more], () => ({ body: { commit: "c1", drift, of: drift.length } }));
  process.exitCode = undefined;
  return done;
}

test("drift says what differs, since when, by whom and why, whose it is, and how it ends", async () => {
  const { out, sent, code } = await run([KILL], "-e", "production");
  expect([code, sent]).toEqual([0, [{ method: "GET", url: "/api/drift?environment=production" }]]);
  expect(out.split("\n")).toEqual([
    "diary.photo-pins in production: Switched off for everybody.",
    "    since 2026-01-01T00:00:00.000Z by Priya: Wrong totals (team-diary)",
    "    Lift the kill.",
  ]);
});

test("drift says so where there is none, and names what is not listed", async () => {
  expect((await run([])).out).toBe("Everything is served as Git says.");
  const many = await runCommand(["drift"], () => ({ body: { drift: [{ ...KILL, flags: ["a", "b"], of: 40 }], of: 7 } }));
  expect(many.out).toContain("a, b and 38 more in production");
  expect(many.out).toContain("And 6 more.");
});

test("a build fails where drift is older than it may be", async () => {
  const fresh = { ...KILL, sinceMs: Date.now() - 3_600_000 };
  expect([(await run([fresh], "--fail-after", "1")).code, (await run([fresh, KILL], "--fail-after", "1")).code]).toEqual([0, 1]);
  const refused = await run([KILL], "--fail-after", "soon");
  expect([refused.code, refused.sent.length]).toEqual([2, 0]);
});
