import { expect, test } from "vitest";
import type { Facts, Moves, Proposal } from "../event.ts";
import type { Decisions } from "../decisions.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import { decisionsAfter } from "../testing/decisions-after.ts";
import { decideAdopt } from "./adopt.ts";
import type { AdoptWish, CommitSummary } from "./adopt.ts";
import { adoptEmergencyKill, adoptRepeatedKill, decideKill } from "./kill.ts";
import type { KillWish } from "./kill.ts";
import { decideLift, decideRefuseLift, decideUndo } from "./lift.ts";
import { decideEndRevert, decideRevert } from "./revert.ts";

const CREATED: Facts = { kind: "projectCreated", project: "shop", salts: { production: "s1", staging: "s2" } };
const ADOPTED: Facts = { kind: "commitAdopted", commit: "c1", changed: [["flags/a.yaml", "b1"]], kept: [] };
const CATALOGUE = new Map([
  ["checkout.express", { kind: "release" as const }],
  ["checkout.layout", { kind: "experiment" as const }],
  ["ops.cache", { kind: "ops" as const }],
  ["plan.export", { kind: "permission" as const }],
]);

function decisionsOf(facts: readonly Facts[], by = "ada"): Decisions {
  return decisionsAfter(facts, { by, atMs: 1000 });
}

/** Of a revert that gives nobody anything. */
const HARMLESS = { enlarges: [], isGuarded: true };
const asking = { command: "new", atMs: 2000, by: "ada", role: "engineer" } as const;
const wish: KillWish = { ...asking, kill: "k1", environment: "production", flags: ["checkout.express"] };
const KILLED: Facts = { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["checkout.express"] };

function codeOf(result: { readonly ok: true } | { readonly ok: false; readonly problem: { readonly code: string } }): string {
  return result.ok ? "granted" : result.problem.code;
}

function factsOf(result: { readonly ok: true; readonly value: readonly Proposal[] } | { readonly ok: false }): readonly Facts[] {
  return result.ok ? result.value.map(({ facts }) => facts) : [];
}

test("a kill becomes one event, with flags once and in order, and words in the part that can be erased", () => {
  const result = decideKill(decisionsOf([CREATED]), CATALOGUE, {
    ...wish,
    flags: ["checkout.layout", "checkout.express", "checkout.layout"],
    reason: "5xx",
    journal: "j",
    counter: 4,
  });
  expect(result).toEqual({
    ok: true,
    value: [
      {
        command: "new",
        atMs: 2000,
        personal: { by: "ada", reason: "5xx" },
        facts: { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["checkout.express", "checkout.layout"], journal: "j", counter: 4 },
      },
    ],
  });
});

test("a kill is refused for what is wrong with it, and says what to do", () => {
  const decisions = decisionsOf([CREATED]);
  const code = (change: Partial<KillWish>): string => codeOf(decideKill(decisions, CATALOGUE, { ...wish, ...change }));
  expect(code({ environment: "prodction" })).toBe("unknownEnvironment");
  expect(code({ flags: ["nothing.here"] })).toBe("unknownFlag");
  expect(code({ flags: [] })).toBe("noFlags");
  expect(code({ flags: Array.from({ length: 501 }, (_, index) => `f${index}`) })).toBe("tooManyFlags");
  expect(code({ scope: { customers: [] } })).toBe("scopeCoversNobody");
  expect(code({ scope: { services: Array.from({ length: 1001 }, (_, index) => `s${index}`) } })).toBe("scopeTooLarge");
  expect(code({ reviewAtMs: 2000 })).toBe("reviewInPast");
  // 92 days after the moment of the wish, in milliseconds, and one more.
  expect(code({ reviewAtMs: wish.atMs + 7_948_800_000 })).toBe("granted");
  expect(code({ reviewAtMs: wish.atMs + 7_948_800_001 })).toBe("reviewTooLate");
  expect(code({ reason: "x".repeat(2001) })).toBe("reasonTooLong");
  expect(code({ role: "auditor" })).toBe("notAllowed");
  const misspelt = decideKill(decisions, CATALOGUE, { ...wish, flags: ["checkout.expres"] });
  expect(misspelt.ok ? "" : misspelt.problem.fix).toBe("Did you mean checkout.express?");
});

test("as many kills are in force in an environment as SDKs take, those that wait for the log among them, each once", () => {
  const logged = { kind: "flagsKilled", kill: "logged", environment: "production", flags: ["checkout.layout"] } as const;
  const decisions = decisionsOf([CREATED, logged]);
  const waits = (count: number, environment = "production"): KillWish["waiting"] =>
    Array.from({ length: count }, (_, index) => ({ kill: index === 0 ? "logged" : `w${index}`, environment }));
  const asked = (waiting: KillWish["waiting"]): string => codeOf(decideKill(decisions, CATALOGUE, { ...wish, ...(waiting === undefined ? {} : { waiting }) }));
  // 9,998 wait beside the one in the log, which waits still: 9,999 in force.
  expect([asked(waits(9_999)), asked(waits(10_000)), asked(waits(20_000, "staging"))]).toEqual(["granted", "tooManyKills", "granted"]);
});

test("an ops or permission flag is killed alone, and only by an engineer or an admin", () => {
  const decisions = decisionsOf([CREATED]);
  const code = (flags: readonly string[], role: KillWish["role"]): string => codeOf(decideKill(decisions, CATALOGUE, { ...wish, flags, role }));
  for (const flag of ["ops.cache", "plan.export"]) {
    expect(code([flag], "engineer")).toBe("granted");
    expect(code([flag], "admin")).toBe("granted");
    for (const role of ["product", "marketing", "customerSuccess"] as const) expect(code([flag], role)).toBe("notAllowed");
    expect(code([flag, "checkout.express"], "admin")).toBe("bulkNotAllowed");
  }
  expect(code(["checkout.layout", "checkout.express"], "marketing")).toBe("granted");
});

test("the same command again has no second effect", () => {
  const lifted: Facts = { kind: "killLifted", kill: "k1", environment: "production" };
  const reverted: Facts = { kind: "flagReverted", revert: "r1", environment: "production", flag: "a", toSeq: 2, blobs: [["flags/a.yaml", "b1"]] };
  const none = { ok: true, value: [] };
  expect(decideKill(decisionsOf([CREATED, KILLED]), CATALOGUE, { ...wish, command: "c2" })).toEqual(none);
  // Of a kill that is over it has none either, and is not answered as if it were in force.
  const over = decideKill(decisionsOf([CREATED, KILLED, lifted]), CATALOGUE, { ...wish, command: "c2" });
  expect(over).toMatchObject({ ok: false, problem: { code: "killLifted", field: "command" } });
  expect(decideLift(decisionsOf([CREATED, KILLED, lifted]), { ...asking, command: "c3", kill: "k1" })).toEqual(none);
  expect(decideUndo(decisionsOf([CREATED, KILLED, lifted]), { ...asking, command: "c3", kill: "k1" })).toEqual(none);
  const revert = { ...asking, command: "c3", revert: "new", environment: "production", flag: "a", toSeq: 2, form: undefined, effect: HARMLESS };
  expect(decideRevert(decisionsOf([CREATED, ADOPTED, reverted]), revert)).toEqual(none);
  const ended = decisionsOf([CREATED, ADOPTED, reverted, { kind: "revertEnded", revert: "r1", environment: "production" }]);
  expect(decideEndRevert(ended, { ...asking, command: "c4", revert: "r1", effect: HARMLESS })).toEqual(none);
  expect(codeOf(decideKill(decisionsOf([CREATED, KILLED]), CATALOGUE, wish))).toBe("alreadyInForce");
});

test("a command that stands for another decision is refused, so that nothing is acknowledged that was not done", () => {
  const decisions = decisionsOf([CREATED, KILLED, { ...KILLED, kill: "k2" }, { kind: "killLifted", kill: "k2", environment: "production" }]);
  const kill = (change: Partial<KillWish>): string => codeOf(decideKill(decisions, CATALOGUE, { ...wish, command: "c2", ...change }));
  expect(kill({ flags: ["checkout.layout"] })).toBe("commandReused");
  expect(kill({ flags: ["checkout.express", "checkout.layout"] })).toBe("commandReused");
  expect(kill({ environment: "staging" })).toBe("commandReused");
  expect(kill({ scope: { services: ["web"] } })).toBe("commandReused");
  expect(kill({ command: "c4", kill: "k9" })).toBe("commandReused");
  const lift = (command: string, id: string): string => codeOf(decideLift(decisions, { ...asking, command, kill: id }));
  expect(lift("c2", "k1")).toBe("commandReused");
  expect(lift("c4", "k1")).toBe("commandReused");
  expect(lift("c1", "k1")).toBe("commandReused");
  expect(codeOf(decideUndo(decisions, { ...asking, command: "c2", kill: "k1" }))).toBe("commandReused");
  const revert = { ...asking, revert: "r9", environment: "production", flag: "a", toSeq: 2, form: undefined, effect: HARMLESS };
  expect(codeOf(decideRevert(decisions, { ...revert, command: "c2" }))).toBe("commandReused");
  expect(codeOf(decideEndRevert(decisions, { ...asking, command: "c2", revert: "r1", effect: HARMLESS }))).toBe("commandReused");
});

test("a scope that names what nobody could find is refused with the nearest name", () => {
  const decide = (scope: NonNullable<KillWish["scope"]>, segments: ReadonlySet<string> | undefined = new Set(["early-access", "staff"])): unknown => {
    const result = decideKill(decisionsOf([CREATED]), CATALOGUE, { ...wish, scope, ...(segments === undefined ? {} : { segments }) });
    return result.ok ? "granted" : [result.problem.code, result.problem.field, result.problem.fix];
  };
  expect(decide({ segment: "staf" })).toEqual(["unknownSegment", "scope.segment", "Did you mean staff?"]);
  expect(decide({ segment: "staff" })).toBe("granted");
  expect(codeOf(decideKill(decisionsOf([CREATED]), CATALOGUE, { ...wish, scope: { segment: "staf" } }))).toBe("granted");
  for (const versions of ["", "1.0", "latest", ">= 1.2.3", "v1.2.3"])
    expect(decide({ versions })).toMatchObject(["badVersions", "scope.versions", expect.any(String)]);
  expect(decide({ versions: ">=1.4.0 <2.0.0 || =2.1.0" })).toBe("granted");
  for (const customer of ["acme-build", "", "0123456789ABCDEF"])
    expect(decide({ customers: [customer] })).toMatchObject(["badCustomers", "scope.customers", expect.any(String)]);
  expect(decide({ customers: ["0123456789abcdef"] })).toBe("granted");
});

test("an emergency kill is adopted even where an ordinary one would be refused, and only once", () => {
  const kill = { command: "em", atMs: 1, kill: "k9", environment: "production", flags: ["deleted.since"], journal: "j", counter: 3, personal: { by: "ada" } };
  const before = decisionsOf([CREATED]);
  const [proposal, ...more] = adoptEmergencyKill(before, kill);
  expect(proposal?.facts).toEqual({ kind: "flagsKilled", kill: "k9", environment: "production", flags: ["deleted.since"], journal: "j", counter: 3 });
  expect(more).toEqual([]);
  expect(adoptEmergencyKill(decisionsOf([CREATED, { ...KILLED, journal: "j", counter: 3 }]), kill)).toEqual([]);
  expect(adoptEmergencyKill(before, { ...kill, command: "c1" })).toEqual([]);
});

test("an emergency kill whose command is in the log already only adds its counter, and does not come back when it was lifted", () => {
  const kill = {
    command: "c2",
    atMs: 1,
    kill: "k1",
    environment: "production",
    flags: ["checkout.express"],
    journal: "j",
    counter: 7,
    personal: { by: "ada" },
  };
  const killed = { ...KILLED, journal: "j", counter: 3 };
  const again: Facts = { ...KILLED, journal: "j", counter: 7 };
  expect(adoptEmergencyKill(decisionsOf([CREATED, killed]), kill)).toEqual([]);
  expect(adoptRepeatedKill(decisionsOf([CREATED, killed]), kill).map(({ command, facts }) => [command, facts])).toEqual([["c2+7", again]]);
  const lifted: Facts = { kind: "killLifted", kill: "k1", environment: "production" };
  expect(adoptRepeatedKill(decisionsOf([CREATED, killed, lifted]), kill).map(({ facts }) => facts)).toEqual([again, lifted]);
  expect(adoptRepeatedKill(decisionsOf([CREATED, killed, lifted, again, lifted]), kill)).toEqual([]);
});

test("lifting names one kill that is in force and needs the role", () => {
  const decisions = decisionsOf([CREATED, KILLED, { ...KILLED, kill: "k2" }]);
  expect(factsOf(decideLift(decisions, { ...asking, kill: "k2" }))).toEqual([{ kind: "killLifted", kill: "k2", environment: "production" }]);
  expect(codeOf(decideLift(decisions, { ...asking, kill: "k3" }))).toBe("unknownKill");
  expect(codeOf(decideLift(decisions, { ...asking, role: "marketing", kill: "k2" }))).toBe("notAllowed");
});

test("refusing a lift ends the wish for it and nothing else, and needs one that waits", () => {
  const asked: Facts = { kind: "liftAsked", kill: "k1", environment: "production" };
  const refusal: Facts = { kind: "liftRefused", kill: "k1", environment: "production" };
  const waiting = decisionsOf([CREATED, KILLED, asked], "mia");
  expect(factsOf(decideRefuseLift(waiting, { ...asking, kill: "k1" }))).toEqual([refusal]);
  expect(codeOf(decideRefuseLift(waiting, { ...asking, role: "marketing", kill: "k1" }))).toBe("notAllowed");
  expect(codeOf(decideRefuseLift(waiting, { ...asking, kill: "k3" }))).toBe("unknownKill");
  const over = decisionsOf([CREATED, KILLED, asked, refusal], "mia");
  expect(over.environments["production"]?.kills.get("k1")).toMatchObject({ flags: ["checkout.express"], liftRefused: { seq: 4 } });
  expect(codeOf(decideRefuseLift(over, { ...asking, kill: "k1" }))).toBe("noLiftAsked");
  // Whoever had asked may ask anew, and is then the first again.
  expect(factsOf(decideLift(over, { ...asking, by: "mia", needsTwo: true, kill: "k1" }))).toEqual([asked]);
  const anew = decisionsOf([CREATED, KILLED, asked, refusal, asked], "mia");
  expect(anew.environments["production"]?.kills.get("k1")).not.toHaveProperty("liftRefused");
});

test("undoing is for the person who killed, for sixty seconds, whatever the role may lift", () => {
  const decisions = decisionsOf([CREATED, KILLED], "mia");
  const undo = { ...asking, role: "marketing", by: "mia", kill: "k1" } as const;
  expect(factsOf(decideUndo(decisions, { ...undo, atMs: 61_000 }))).toEqual([{ kind: "killLifted", kill: "k1", environment: "production", undo: true }]);
  expect(codeOf(decideUndo(decisions, { ...undo, atMs: 61_001 }))).toBe("undoTooLate");
  // Clocks of two servers differ by seconds; a kill that is dated further ahead would stay undoable until its day has come.
  expect(factsOf(decideUndo(decisions, { ...undo, atMs: 1_000 - 5_000 }))).toHaveLength(1);
  expect(codeOf(decideUndo(decisions, { ...undo, atMs: 1_000 - 5_001 }))).toBe("undoTooLate");
  expect(codeOf(decideUndo(decisions, { ...undo, atMs: 1_000 - 86_400_000 }))).toBe("undoTooLate");
  expect(codeOf(decideUndo(decisions, { ...undo, by: "ada" }))).toBe("undoNotYours");
  expect(codeOf(decideUndo(decisions, { ...undo, role: "auditor" }))).toBe("notAllowed");
  expect(codeOf(decideUndo(decisions, { ...undo, kill: "k2" }))).toBe("unknownKill");
});

test("a revert takes the files of an adopted form, and again the same is nothing", () => {
  const revert = {
    ...asking,
    revert: "r1",
    environment: "production",
    flag: "a",
    toSeq: 2,
    effect: HARMLESS,
    form: [
      ["sluice.yaml", "p"],
      ["flags/a.yaml", "b1"],
    ],
  } as const;
  const blobs = [
    ["flags/a.yaml", "b1"],
    ["sluice.yaml", "p"],
  ] as const;
  const facts: Facts = { kind: "flagReverted", revert: "r1", environment: "production", flag: "a", toSeq: 2, blobs };
  const decisions = decisionsOf([CREATED, ADOPTED]);
  expect(factsOf(decideRevert(decisions, revert))).toEqual([facts]);
  expect(decideRevert(decisionsOf([CREATED, ADOPTED, facts]), { ...revert, revert: "r2" })).toEqual({ ok: true, value: [] });
  expect(codeOf(decideRevert(decisions, { ...revert, toSeq: 1 }))).toBe("unknownVersion");
  expect(codeOf(decideRevert(decisions, { ...revert, toSeq: 3 }))).toBe("unknownVersion");
  expect(codeOf(decideRevert(decisions, { ...revert, form: undefined }))).toBe("unknownFlag");
  expect(codeOf(decideRevert(decisions, { ...revert, role: "product" }))).toBe("notAllowed");
  expect(factsOf(decideEndRevert(decisionsOf([CREATED, ADOPTED, facts]), { ...asking, revert: "r1", effect: HARMLESS }))).toEqual([
    { kind: "revertEnded", revert: "r1", environment: "production" },
  ]);
  expect(codeOf(decideEndRevert(decisions, { ...asking, revert: "r1", effect: HARMLESS }))).toBe("unknownRevert");
});

const FORMS = new Map(["a", "b", "c", "d", "e"].map((flag) => [flag, [[`flags/${flag}.yaml`, `${flag}1`]] as const]));
const summary: CommitSummary = {
  commit: "c2",
  changed: [["flags/a.yaml", "a2"]],
  environments: ["production", "staging"],
  names: { aliases: {}, fading: {}, renamed: [] },
  formsBefore: FORMS,
  flagsAfter: new Set(FORMS.keys()),
  broken: [],
  enlarging: [],
  offForAll: [],
};
const adopt: AdoptWish = { command: "new", atMs: 5, by: "git", summary, asked: {}, salts: {} };
const without = (...flags: readonly string[]): AdoptWish => ({
  ...adopt,
  summary: { ...summary, flagsAfter: new Set([...FORMS.keys()].filter((flag) => !flags.includes(flag))) },
});

test("a broken flag is kept in every environment at the form it is served in", () => {
  const broken = {
    ...adopt,
    summary: {
      ...summary,
      broken: [
        { flag: "a", why: "broken" as const },
        { flag: "never-valid", why: "broken" as const },
      ],
    },
  };
  const kept = ["production", "staging"].map((environment) => ({ flag: "a", environment, blobs: [["flags/a.yaml", "a1"]] as const, why: "broken" as const }));
  expect(factsOf(decideAdopt(decisionsOf([CREATED]), broken))).toEqual([{ kind: "commitAdopted", commit: "c2", changed: [["flags/a.yaml", "a2"]], kept }]);
  const still = { ...broken, summary: { ...broken.summary, formsBefore: new Map([...FORMS].filter(([flag]) => flag !== "a")) } };
  expect(factsOf(decideAdopt(decisionsOf([CREATED, { kind: "commitAdopted", commit: "c1", changed: [], kept }]), still))).toMatchObject([{ kept }]);
});

test("a deleted flag is kept where it is killed or was asked for lately, and nowhere else", () => {
  const killed: Facts = { kind: "flagsKilled", kill: "k", environment: "production", flags: ["a"] };
  const keptOf = (decisions: Decisions, wish: AdoptWish): unknown =>
    factsOf(decideAdopt(decisions, wish)).flatMap((facts) =>
      facts.kind === "commitAdopted" ? facts.kept.map(({ environment, why }) => [environment, why]) : [],
    );
  expect(keptOf(decisionsOf([CREATED, killed]), without("a"))).toEqual([["production", "deletedWhileKilled"]]);
  expect(keptOf(decisionsOf([CREATED]), { ...without("a"), asked: { staging: new Set(["a"]) } })).toEqual([["staging", "deletedWhileAsked"]]);
  expect(keptOf(decisionsOf([CREATED]), without("a"))).toEqual([]);
});

test("a deleted flag is kept while a release that is not over gives it to somebody there", () => {
  const content: ReleaseContent = {
    title: "A",
    owner: "ada",
    environment: "production",
    flags: [{ flag: "a", serve: "on" }],
    risk: "visible",
    zone: "Europe/Berlin",
    waves: [{ name: "All", audience: {}, start: { atMs: 1 }, bakeMs: 0 }],
    earlyAccessFromMs: 0,
  };
  const acme = { id: "acme", track: "early", tags: [], hashes: { production: "a".repeat(16) } } as const;
  const planned: readonly Facts[] = [
    CREATED,
    { kind: "customersChanged", set: [acme] },
    { kind: "releaseSaved", release: "r", content, contentHash: "h" },
    { kind: "releasePlanned", release: "r" },
  ];
  const keptOf = (...more: readonly Facts[]): unknown =>
    factsOf(decideAdopt(decisionsOf([...planned, ...more]), without("a"))).flatMap((facts) =>
      facts.kind === "commitAdopted" ? facts.kept.map(({ environment, why }) => [environment, why]) : [],
    );
  const given: Facts = { kind: "optedIn", release: "r", environment: "production", customer: "acme" };
  expect(keptOf()).toEqual([]);
  expect(keptOf(given)).toEqual([["production", "deletedWhileExposed"]]);
  expect(keptOf(given, { kind: "releasePaused", release: "r" })).toEqual([["production", "deletedWhileExposed"]]);
  for (const how of ["completed", "cancelled", "rolledBack"] as const) expect(keptOf(given, { kind: "releaseEnded", release: "r", how })).toEqual([]);
});

test("a commit that removes more than a fifth of the flags waits for a person with the role", () => {
  const decisions = decisionsOf([CREATED]);
  expect(factsOf(decideAdopt(decisions, without("a")))).toMatchObject([{ kind: "commitAdopted" }]);
  const held: Facts = { kind: "commitHeld", commit: "c2", removed: 2, of: 5 };
  expect(factsOf(decideAdopt(decisions, without("a", "b")))).toEqual([held]);
  expect(factsOf(decideAdopt(decisions, without(...FORMS.keys())))).toEqual([{ ...held, removed: 5 }]);
  const waiting = decisionsOf([CREATED, held]);
  expect(decideAdopt(waiting, without("a", "b"))).toEqual({ ok: true, value: [] });
  expect(factsOf(decideAdopt(waiting, { ...without("a", "b"), accept: { role: "engineer" } }))).toMatchObject([{ kind: "commitAdopted", commit: "c2" }]);
  expect(codeOf(decideAdopt(waiting, { ...without("a", "b"), accept: { role: "marketing" } }))).toBe("notAllowed");
  expect(codeOf(decideAdopt(decisions, { ...without("a", "b"), accept: { role: "engineer" } }))).toBe("commitNotHeld");
});

test("a commit that takes an environment away, or reads the customer elsewhere under decisions about customers, waits for a person", () => {
  const wish = without("a");
  const moving = (moves: Moves): AdoptWish => ({ ...wish, summary: { ...wish.summary, moves } });
  const gone: Moves = { gone: ["staging"] };
  const held: Facts = { kind: "commitHeld", commit: "c2", removed: 1, of: 5, moves: gone };
  expect(factsOf(decideAdopt(decisionsOf([CREATED]), moving(gone)))).toEqual([held]);
  expect(decideAdopt(decisionsOf([CREATED, held]), moving(gone))).toEqual({ ok: true, value: [] });
  expect(decisionsOf([CREATED, held]).held).toMatchObject({ moves: gone });
  expect(factsOf(decideAdopt(decisionsOf([CREATED, held]), { ...moving(gone), accept: { role: "engineer" } }))).toMatchObject([{ kind: "commitAdopted" }]);
  const customer: Moves = { customer: { was: "customer", is: "account.id" } };
  const kill = (scope: object): Facts => ({ kind: "flagsKilled", kill: "k", environment: "production", flags: ["b"], ...scope });
  const kinds = (...more: readonly Facts[]): unknown => factsOf(decideAdopt(decisionsOf([CREATED, ...more]), moving(customer))).map(({ kind }) => kind);
  // Nothing of customers is decided: the next commit may say where they are found.
  expect(kinds()).toEqual(["commitAdopted"]);
  expect(kinds(kill({}))).toEqual(["commitAdopted"]);
  expect(kinds(kill({ scope: { customers: ["0123456789abcdef"] } }))).toEqual(["commitHeld"]);
});

test("the commit in force is adopted again only where what is kept differs", () => {
  const decisions = decisionsOf([CREATED, { kind: "commitAdopted", commit: "c2", changed: [], kept: [] }]);
  const same = { ...adopt, summary: { ...summary, changed: [] } };
  expect(decideAdopt(decisions, same)).toEqual({ ok: true, value: [] });
  expect(factsOf(decideAdopt(decisions, { ...same, summary: { ...same.summary, broken: [{ flag: "a", why: "broken" }] } }))).toHaveLength(1);
});

test("a new environment gets the salt that the caller made, an old one keeps its own", () => {
  const wider = { ...adopt, summary: { ...summary, environments: ["production", "preview"] }, salts: { production: "other", preview: "s3" } };
  expect(factsOf(decideAdopt(decisionsOf([CREATED]), wider))).toMatchObject([{ salts: { preview: "s3" } }]);
  expect(() => decideAdopt(decisionsOf([CREATED]), { ...wider, salts: {} })).toThrow(/preview/);
});
