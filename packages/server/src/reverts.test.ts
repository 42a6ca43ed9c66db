import type { DriftView, RevertOutcome, SegmentDetail, SegmentListing, WaitingRevertView } from "@sluice/contract";
import { compileSnapshot, evaluate } from "@sluice/evaluation";
import type { Role } from "@sluice/releases";
import { afterEach, expect, test } from "vitest";
import { type Answer, closeOffices, flagFile, Office } from "./testing/office.ts";

afterEach(closeOffices);

const PROJECT = "project: p\nenvironments: { production: {}, staging: {} }\n";
const crew = (...customers: readonly string[]): string => `key: crew\ndescription: Who works outside.\nby: customer\ninclude: [${customers.join(", ")}]\n`;
const RULE = "    rules: [{ if: { segment: crew }, serve: on }]\n    default: off\n";
const NOT = "    rules: [{ if: { not: { segment: crew } }, serve: on }]\n    default: off\n";
const FILES = {
  "sluice.yaml": PROJECT,
  "segments/crew.yaml": crew("acme"),
  "flags/site.photos.yaml": flagFile("site.photos", RULE),
  "flags/site.map.yaml": flagFile("site.map", NOT).replace("kind: release", "kind: ops"),
};

/** The segment named acme alone, then acme and bolt; `seq`: where the first was adopted. */
async function office(
  then: Readonly<Record<string, string>> = { "segments/crew.yaml": crew("acme", "bolt") },
): Promise<{ readonly made: Office; readonly seq: number }> {
  const made = new Office();
  made.commit(FILES);
  await made.start();
  await made.plane.adoption.lookNow();
  const seq = made.plane.decisions.adoptions.at(-1)?.seq ?? 0;
  await made.store.saveCustomers(["acme", "bolt", "crane"].map((id) => ({ id, key: id, name: id, track: "standard" as const, tags: [] })));
  made.commit(then);
  await made.plane.adoption.lookNow();
  // What enlarges waits, which is another matter.
  const { body } = await made.ask("product", "GET", "/api/enlargements");
  for (const { flag, form, environment } of body["enlargements"] as readonly { flag: string; form: string; environment: string }[])
    await made.ask("product", "POST", "/api/enlargements", { environment, flag, form, isAccepted: true });
  return { made, seq };
}

const revert = async (made: Office, role: Role, body: object): Promise<RevertOutcome> =>
  (await made.ask(role, "POST", "/api/reverts", { environment: "production", segment: "crew", ...body })).body as unknown as RevertOutcome;
const waiting = async (made: Office): Promise<readonly WaitingRevertView[]> =>
  (await made.ask("auditor", "GET", "/api/reverts")).body["waiting"] as readonly WaitingRevertView[];
const driftKinds = async (made: Office): Promise<unknown> =>
  ((await made.ask("auditor", "GET", "/api/drift")).body as unknown as DriftView).drift.map(({ kind, segment, flags, reason }) => ({
    kind,
    segment,
    flags,
    reason,
  }));

/** Who of the three customers gets it. */
function whoGets(made: Office, flag = "site.photos", environment = "production"): string {
  const snapshot = made.plane.state(environment)?.snapshot;
  if (snapshot === undefined) throw new Error("nothing is served");
  const compiled = compileSnapshot(snapshot);
  return ["acme", "bolt", "crane"].filter((customer) => evaluate(compiled, flag, { customer }).variant === "on").join(" ");
}
const code = ({ body }: Answer): unknown => (body["error"] as { readonly code: string } | undefined)?.code ?? "done";

test("before a segment is reverted it is told who gains and who loses by it, flag by flag, and what differs in its file", async () => {
  const { made, seq } = await office();
  expect([whoGets(made), whoGets(made, "site.map")]).toEqual(["acme bolt", "crane"]);
  const events = made.plane.decisions.seq;
  expect(await revert(made, "engineer", { toSeq: seq, dryRun: true })).toEqual({
    outcome: "dryRun",
    waits: false,
    enlarges: [],
    flags: [
      { flag: "site.map", of: 3, gain: 1, lose: 0, others: 0 },
      { flag: "site.photos", of: 3, gain: 0, lose: 1, others: 0 },
    ],
    files: [{ path: "segments/crew.yaml", served: crew("acme", "bolt"), wanted: crew("acme") }],
  });
  expect(made.plane.decisions.seq).toBe(events);
  expect(code(await made.ask("product", "POST", "/api/reverts", { environment: "production", segment: "crew", toSeq: seq, dryRun: true }))).toBe("notAllowed");
});

test("a reverted segment serves its earlier form at once in one environment, stands as drift, and ends when Git says the same", async () => {
  const { made, seq } = await office();
  const done = await revert(made, "engineer", { toSeq: seq, reason: "bolt never agreed" });
  expect(done).toMatchObject({ outcome: "reverted", waits: false, revert: expect.any(String), seq: made.plane.decisions.seq });
  expect([whoGets(made), whoGets(made, "site.map"), whoGets(made, "site.photos", "staging")]).toEqual(["acme", "bolt crane", ""]);
  expect(await driftKinds(made)).toEqual([{ kind: "revert", segment: "crew", flags: ["site.map", "site.photos"], reason: "bolt never agreed" }]);
  const detail = (await made.ask("auditor", "GET", "/api/segments/crew")).body as unknown as SegmentDetail;
  expect(detail).toMatchObject({ key: "crew", file: "segments/crew.yaml", definition: crew("acme", "bolt") });
  expect(detail.history.map((form) => form.seq)).toEqual([made.plane.decisions.adoptions.at(-1)?.seq, seq]);
  const [listed] = (await made.ask("auditor", "GET", "/api/segments")).body["segments"] as readonly SegmentListing[];
  expect(listed?.environments).toEqual([
    { environment: "production", flags: ["site.map", "site.photos"], revert: done.revert },
    { environment: "staging", flags: [] },
  ]);
  expect(await revert(made, "engineer", { toSeq: seq })).toMatchObject({ outcome: "nothing", revert: done.revert });
  made.commit({ "segments/crew.yaml": crew("acme", "bolt", "crane") });
  await made.plane.adoption.lookNow();
  expect(whoGets(made)).toBe("acme");
  // The same to programs, in other words for people.
  made.commit({ "segments/crew.yaml": crew("acme").replace("outside", "on site") });
  await made.plane.adoption.lookNow();
  expect([await driftKinds(made), whoGets(made)]).toEqual([[], "acme"]);
});

test("a revert that gives a release to more people waits for somebody with the role, who lets it through or refuses it", async () => {
  const { made, seq } = await office({ "segments/crew.yaml": crew() });
  expect(whoGets(made)).toBe("");
  expect(await revert(made, "engineer", { toSeq: seq, dryRun: true })).toMatchObject({ waits: true, enlarges: [{ flag: "site.photos" }] });
  expect(await revert(made, "admin", { toSeq: seq, dryRun: true })).toMatchObject({ waits: false });
  const asked = await revert(made, "engineer", { toSeq: seq, reason: "they lost it" });
  expect(asked).toMatchObject({ outcome: "waits", waits: true });
  expect(whoGets(made)).toBe("");
  expect(await waiting(made)).toMatchObject([
    {
      revert: asked.revert,
      environment: "production",
      segment: "crew",
      toSeq: seq,
      askedBy: "engineer",
      reason: "they lost it",
      enlarges: [{ flag: "site.photos" }],
      gain: 1,
      of: 3,
      // Who is of the crew has no map.
      flags: [
        { flag: "site.map", of: 3, gain: 0, lose: 1, others: 0 },
        { flag: "site.photos", of: 3, gain: 1, lose: 0, others: 0 },
      ],
      files: [{ path: "segments/crew.yaml" }],
    },
  ]);
  const decide = (role: Role, isAccepted: boolean): Promise<Answer> =>
    made.ask(role, "POST", `/api/reverts/${asked.revert ?? ""}/decide`, { environment: "production", isAccepted });
  expect(code(await decide("engineer", true))).toBe("notAllowed");
  expect(code(await decide("product", false))).toBe("done");
  expect([await waiting(made), whoGets(made), code(await decide("product", true))]).toEqual([[], "", "notWaiting"]);
  const again = await revert(made, "engineer", { toSeq: seq });
  await made.ask("product", "POST", `/api/reverts/${again.revert ?? ""}/decide`, { environment: "production", isAccepted: true });
  expect([await waiting(made), whoGets(made)]).toEqual([[], "acme"]);
});

test("a flag's revert waits in the same way, and one that only takes away does not", async () => {
  const { made, seq } = await office({ "flags/site.photos.yaml": flagFile("site.photos") });
  const body = { segment: undefined, flag: "site.photos", toSeq: seq };
  expect(await revert(made, "engineer", { ...body, dryRun: true })).toMatchObject({ waits: true, flags: [{ flag: "site.photos", gain: 1, lose: 0 }] });
  expect(await revert(made, "engineer", body)).toMatchObject({ outcome: "waits" });
  expect(await revert(made, "admin", body)).toMatchObject({ outcome: "reverted" });
  expect([whoGets(made), await waiting(made)]).toEqual(["acme", []]);
  expect(await revert(made, "engineer", { ...body, toSeq: made.plane.decisions.adoptions.at(-1)?.seq })).toMatchObject({ outcome: "reverted" });
  expect(whoGets(made)).toBe("");
});

test("the end of a revert that gives a release to more people again is an admin's", async () => {
  const { made, seq } = await office();
  const { revert: id = "" } = await revert(made, "engineer", { toSeq: seq });
  const end = async (role: Role): Promise<unknown> => code(await made.ask(role, "POST", `/api/reverts/${id}/end`, {}));
  expect(await end("engineer")).toBe("notAllowed");
  expect(whoGets(made)).toBe("acme");
  expect(await end("admin")).toBe("done");
  expect(whoGets(made)).toBe("acme bolt");
});

test("what cannot be reverted is refused with what to do", async () => {
  const { made, seq } = await office();
  const refusal = async (body: object): Promise<unknown> => {
    const { error } = (await made.ask("engineer", "POST", "/api/reverts", { environment: "production", toSeq: seq, ...body })).body as { error: object };
    return error;
  };
  expect(await refusal({})).toMatchObject({ code: "badRequest", field: "flag" });
  expect(await refusal({ flag: "site.photos", segment: "crew" })).toMatchObject({ code: "badRequest", field: "flag" });
  expect(await refusal({ segment: "grew" })).toMatchObject({ code: "unknownSegment", fix: "Choose one of the versions in the segment's history." });
  expect(await refusal({ segment: "crew", toSeq: 9_999 })).toMatchObject({ code: "unknownVersion" });
  expect(await refusal({ segment: "crew", environment: "moon" })).toMatchObject({ code: "unknownEnvironment" });
  expect((await made.ask("auditor", "GET", "/api/segments/grew")).body).toMatchObject({ error: { code: "unknownSegment", fix: "Did you mean crew?" } });
});

test("a revert of a segment is in force again after a restart from the checkpoint", async () => {
  const { made, seq } = await office();
  await revert(made, "engineer", { toSeq: seq });
  const before = made.plane.state("production")?.snapshot;
  await made.plane.stop();
  await made.plane.start();
  expect(made.plane.state("production")?.snapshot).toEqual(before);
  expect(whoGets(made)).toBe("acme");
});
