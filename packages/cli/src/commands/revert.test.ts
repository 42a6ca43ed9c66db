import { expect, test } from "vitest";
import { type CommandRun, runCommand } from "../testing/command-run.ts";

const HISTORY = [
  { seq: 9, commit: "bbbbbbbbbb", author: "Mara", subject: "wider", atMs: 86_400_000, adoptedAtMs: 86_400_000 },
  { seq: 4, commit: "aaaaaaaaaa", author: "Dele", subject: "first", atMs: 0, adoptedAtMs: 0 },
];
const OUTCOME = { outcome: "reverted", waits: false, revert: "r1", enlarges: [], flags: [], files: [] };

/** Against a server that answers one thing after the other. */
const run = (replies: readonly object[], ...argv: readonly string[]): Promise<CommandRun> =>
  runCommand(["revert", ...argv], (_, at) => ({ status: 200, body: replies[at] ?? {} }));

test("a segment's forms are listed, and one of them is served again by version, by commit or as the one before", async () => {
  const listed = await run([{ history: HISTORY }], "segment", "crew");
  expect(listed.sent.map(({ url }) => url)).toEqual(["/api/segments/crew"]);
  expect(listed.out.split("\n")).toEqual(["     9  bbbbbbb  1970-01-02T00:00Z  Mara: wider", "     4  aaaaaaa  1970-01-01T00:00Z  Dele: first"]);
  for (const to of ["4", "aaaa", "previous"]) {
    const { sent, out, code } = await run([{ history: HISTORY }, OUTCOME], "segment", "crew", "--to", to, "--reason", "wrong people");
    expect(sent[1]).toMatchObject({ url: "/api/reverts", body: { environment: "production", segment: "crew", toSeq: 4, reason: "wrong people" } });
    expect(sent[1]?.body).not.toHaveProperty("dryRun");
    expect([code, out]).toEqual([
      0,
      'Reverted segment crew in production to how it was in aaaaaaa ("first").\nIt stays so until Git agrees, or: sluice revert segment crew --end r1',
    ]);
  }
});

test("a flag is named by its key alone, or by its kind and key", async () => {
  for (const argv of [["site.photos"], ["flag", "site.photos"]]) {
    const { sent } = await run([{ history: HISTORY }, OUTCOME], ...argv, "--to", "9", "--environment", "staging");
    expect(sent.map(({ url }) => url)).toEqual(["/api/flags/site.photos", "/api/reverts"]);
    expect(sent[1]?.body).toMatchObject({ environment: "staging", flag: "site.photos", toSeq: 9 });
  }
  const { code, said } = await run([], "audience", "crew");
  expect([code, said]).toEqual([
    2,
    'sluice: "audience" is nothing that can be reverted.\n        Write sluice revert flag crew, sluice revert segment crew, or plan and the id of a release.',
  ]);
});

test("before it happens it says who gains and loses, what is not known, what differs in the file, and whether it waits", async () => {
  const plan = {
    ...OUTCOME,
    outcome: "dryRun",
    waits: true,
    enlarges: [{ flag: "site.photos", why: ["More may get on by rule 1."] }],
    flags: [
      { flag: "site.map", of: 3, gain: 0, lose: 1, others: 0, unknown: ["country"] },
      { flag: "site.photos", of: 3, gain: 2, lose: 0, others: 0, samples: { asked: 40, changes: 7, gets: [["on", 7]], untold: 0 } },
    ],
    files: [{ path: "segments/crew.yaml", served: "key: crew\ninclude: [acme]\n", wanted: "key: crew\ninclude: [acme, bolt]\n" }],
  };
  const { sent, out } = await run([{ history: HISTORY }, plan], "segment", "crew", "--to", "4", "--dry-run");
  expect(sent[1]?.body).toMatchObject({ dryRun: true });
  expect(out.split("\n")).toEqual([
    'Would revert segment crew in production to how it was in aaaaaaa ("first").',
    "  site.map: of 3 customers 0 gain, 1 lose, 0 get something else; it also depends on country, which customers alone do not tell",
    "  site.photos: of 3 customers 2 gain, 0 lose, 0 get something else; of 40 sampled contexts 7 get something else",
    "  more people may get site.photos: More may get on by rule 1.",
    "  It would wait for product or an admin.",
    "  segments/crew.yaml",
    "    - include: [acme]",
    "    + include: [acme, bolt]",
  ]);
});

test("one that waits says for whom, one that is in force already says so, and one is ended by its id", async () => {
  const waits = { ...OUTCOME, outcome: "waits", waits: true, enlarges: [{ flag: "site.photos", why: [] }] };
  expect((await run([{ history: HISTORY }, waits], "segment", "crew", "--to", "4")).out).toBe(
    'Waits: the revert of segment crew in production to how it was in aaaaaaa ("first") gives site.photos to more people.\nProduct or an admin lets it through on the page Home (r1).',
  );
  expect((await run([{ history: HISTORY }, { ...OUTCOME, outcome: "nothing" }], "segment", "crew", "--to", "4")).out).toBe(
    "Nothing to do: segment crew is served so in production already.",
  );
  const ended = await run([{}], "segment", "crew", "--end", "r1");
  expect([ended.sent[0]?.url, ended.out]).toEqual(["/api/reverts/r1/end", "Revert r1 has ended: segment crew follows Git again."]);
  const unknown = await run([{ history: HISTORY }], "segment", "crew", "--to", "nope");
  expect([unknown.code, unknown.said]).toEqual([2, 'sluice: crew has no form "nope".\n        sluice revert segment crew lists them.']);
});

test("an earlier plan of a release is listed by its versions, thought through, and gone back to", async () => {
  const plans = [
    { seq: 9, atMs: 86_400_000, who: "Priya", isNow: true, changes: [], agreed: [] },
    { seq: 4, atMs: 0, who: "Paul", isNow: false, changes: [{ what: "title", from: "B", to: "A" }], agreed: [{ role: "marketing", untilMs: 9 }] },
  ];
  expect((await run([{ plans }], "plan", "r1")).out.split("\n")).toEqual([
    "     9  1970-01-02T00:00Z  Priya: the plan of now",
    "     4  1970-01-01T00:00Z  Paul: 1 difference; agreed by marketing",
  ]);
  const told = { changes: plans[1]?.changes, agreed: plans[1]?.agreed };
  const dry = await run(
    [{ plans }, { contentHash: "h9" }, { ...told, dry: { steps: [{ atMs: 0, customers: ["a", "b"] }] } }],
    "plan",
    "r1",
    "--to",
    "previous",
    "--dry-run",
  );
  expect(dry.sent[2]).toMatchObject({ url: "/api/releases/r1/revert", body: { toSeq: 4, expectedHash: "h9", dryRun: true } });
  expect(dry.out.split("\n")).toEqual([
    "Would go back to the plan of r1 as it was saved at 4.",
    "  changes title",
    "  the agreement of marketing counts again",
    "  1970-01-01T00:00Z  2 customers get it",
  ]);
  expect((await run([{ plans }, { contentHash: "h9" }, told], "plan", "r1", "--to", "4")).out).toContain("Went back to the plan of r1 as it was saved at 4.");
  const unknown = await run([{ plans }], "plan", "r1", "--to", "5");
  expect([unknown.code, unknown.said]).toEqual([2, 'sluice: This release has no plan "5".\n        sluice revert plan r1 lists them.']);
});
