import { type Asked, compileSnapshot, evaluate, SNAPSHOT_FORMAT } from "@sluice/evaluation";
import { expect, test } from "vitest";
import type { AdoptedProject } from "./adopted-project.ts";
import { type PlannedChange, planOf } from "./commit-plan.ts";
import { readerOf } from "./definitions-reader.ts";
import { projectChangesOf } from "./project-changes.ts";

function project(files: Readonly<Record<string, string>>): AdoptedProject {
  const all = { "sluice.yaml": "project: p\nenvironments: { production: {}, staging: {} }\n", ...files };
  const read = readerOf((path) => (all as Readonly<Record<string, string>>)[path]);
  const found = read(Object.keys(all).map((path) => [path, path] as const));
  expect([found.broken, found.unreadable]).toEqual([[], []]);
  return found;
}

interface Parts {
  readonly key?: string;
  readonly kind?: string;
  readonly rules?: string;
  readonly more?: string;
  readonly usual?: string;
}
const flag = ({ key = "export", kind = "release", rules = "", more = "", usual = "off" }: Parts): string =>
  `key: ${key}\ndescription: Exports.\nkind: ${kind}\nowner: team-x\ntype: boolean\n${more}environments: { production: { rules: [${rules}], default: ${usual} } }\n`;
const PRO = "{ id: pro, if: { plan: { in: [pro] } }, serve: on }";
const TEAM = "{ id: team, if: { plan: { in: [team] } }, serve: on }";
const one = (text: string, more: Readonly<Record<string, string>> = {}): AdoptedProject => project({ "flags/export.yaml": text, ...more });
const everybody: readonly Asked[] = ["pro", "pro", "team", "free"].map((plan, at) => ({ name: `c${at}`, context: { targetingKey: `c${at}`, plan } }));
const planned = (before: AdoptedProject, after: AdoptedProject): readonly PlannedChange[] => planOf({ before, after }, everybody);

test("more people of a release wait for a person where people decide, as a count and a reason", () => {
  expect(planned(one(flag({ rules: PRO })), one(flag({ rules: `${PRO}, ${TEAM}` })))).toEqual([
    {
      environment: "production",
      flag: "export",
      how: "changes",
      isSame: false,
      waits: ["More may get on by the rule team."],
      notes: [],
      counts: { asked: 4, changes: 1, gets: [["on", 1]] },
    },
  ]);
});

test("fewer people, and an ops flag, wait for nobody", () => {
  const fewer = planned(one(flag({ rules: `${PRO}, ${TEAM}` })), one(flag({ rules: PRO })));
  expect(fewer.map(({ waits, counts }) => [waits, counts?.gets])).toEqual([[[], [["off", 1]]]]);
  const ops = planned(one(flag({ kind: "ops", rules: PRO })), one(flag({ kind: "ops", rules: `${PRO}, ${TEAM}` })));
  expect(ops.map(({ waits, counts }) => [waits, counts?.changes])).toEqual([[[], 1]]);
});

test("reordered rules and a renamed segment change nobody, and are proved to", () => {
  const reordered = planned(one(flag({ rules: `${PRO}, ${TEAM}` })), one(flag({ rules: `${TEAM}, ${PRO}` })));
  expect(reordered.map(({ isSame, waits, counts }) => [isSame, waits, counts?.changes])).toEqual([[true, [], 0]]);
  const by = (segment: string): AdoptedProject =>
    one(flag({ rules: `{ id: r, if: { segment: ${segment} }, serve: on }` }), {
      [`segments/${segment}.yaml`]: `key: ${segment}\nif: { plan: { in: [pro] } }\n`,
    });
  expect(planned(by("payers"), by("paying")).map(({ isSame, waits, counts }) => [isSame, waits, counts?.changes])).toEqual([[true, [], 0]]);
});

test("two lists that people keep are not the same people, whatever their files say, and one list stays the same", () => {
  const list = (key: string): string => `key: ${key}\ndescription: Whom we ask first.\nby: customer\nlist: runtime\n`;
  const by = (segment: string, usual = "off"): AdoptedProject =>
    one(flag({ rules: `{ id: r, if: { segment: ${segment} }, serve: on }`, usual }), {
      "segments/pilots.yaml": list("pilots"),
      "segments/testers.yaml": list("testers"),
    });
  expect(planned(by("pilots"), by("testers")).map(({ isSame, waits }) => [isSame, waits])).toEqual([[false, ["More may get on by the rule r."]]]);
  expect(planned(by("pilots"), by("pilots", "on")).map(({ isSame, waits }) => [isSame, waits])).toEqual([[false, ["More may get on by the default."]]]);
});

test("a salt that is the flag's key says what is so without it", () => {
  const half = "{ id: half, serve: { share: 50, of: on } }";
  expect(planned(one(flag({ rules: half })), one(flag({ rules: half, more: "salt: export\n" })))).toEqual([]);
});

test("a variant is not said to be served because a condition has its name", () => {
  const text = (variants: string): string =>
    `key: export\ndescription: Exports.\nkind: ops\nowner: team-x\ntype: string\nvariants: ${variants}\nenvironments: { production: { rules: [{ if: { plan: { in: [pro] } }, serve: b }], default: off } }\n`;
  expect(planned(one(text("{ pro: x, b: y, off: n }")), one(text("{ b: y, off: n }"))).map(({ notes }) => notes)).toEqual([[], []]);
});

test("what changes beyond single flags is said: who decides, the environments, where the customer is read from", () => {
  const told = (before: string, after: string): readonly string[] =>
    projectChangesOf({ before: project({ "sluice.yaml": before }), after: project({ "sluice.yaml": after }) });
  const usual = "project: p\nenvironments: { production: {}, staging: {} }\n";
  expect(told(usual, usual)).toEqual([]);
  expect(told(usual, "project: p\nenvironments: { production: { decidedByPeople: false }, qa: {} }\ncustomer: account.id\n")).toEqual([
    "The environment staging is gone: whoever asks there gets the code's own defaults.",
    "The environment qa is new.",
    "In production merges decide from now on who gets a release, and no longer people.",
    "The customer is read from account.id and no longer from customer: releases, pins and kills of single customers reach whoever stands there. Nobody is counted for it.",
  ]);
  expect(told("project: p\nenvironments: { production: { decidedByPeople: false } }\n", "project: p\nenvironments: { production: {} }\n")).toEqual([
    "In production people decide from now on who gets a release: a merge that gives it to more waits for them.",
  ]);
});

test("a segment's change is the change of every flag that uses it, and of what waits for those", () => {
  const by = (plans: string): AdoptedProject =>
    one(flag({ rules: "{ id: r, if: { segment: s }, serve: on }" }), {
      "segments/s.yaml": `key: s\nif: { plan: { in: [${plans}] } }\n`,
      "flags/child.yaml": `key: child\ndescription: Waits.\nkind: release\nowner: team-x\ntype: boolean\nenvironments: { production: { prerequisites: [{ flag: export, serves: on }], default: on } }\n`,
      "flags/other.yaml": flag({ key: "other" }),
    });
  const found = planned(by("pro"), by("pro, team"));
  expect(found.map((change) => [change.environment, change.flag, change.how, change.counts?.changes])).toEqual([
    ["production", "export", "changes", 1],
    ["production", "child", "follows", 1],
  ]);
});

test("another type, a served variant that is gone, another salt and a flag that goes are noted", () => {
  const text = (variants: string, type: string, serve: string): string =>
    `key: export\ndescription: Exports.\nkind: ops\nowner: team-x\ntype: ${type}\nvariants: ${variants}\noff: off\nenvironments: { production: { default: ${serve} } }\n`;
  const typed = planned(one(text("{ a: one, off: none }", "string", "a")), one(text("{ b: 1, off: 0 }", "number", "b")));
  expect(typed[0]?.notes).toEqual([
    "Its type changes from string to number: code that asks for a string gets its own default.",
    "The variant a, which is served now, is gone.",
  ]);
  expect(planned(one(flag({})), one(flag({ more: "salt: t\n" })))[0]?.notes).toEqual(["Its salt changes: everybody is counted anew."]);
  expect(planned(one(flag({})), project({})).map(({ environment, how, notes }) => [environment, how, notes.length])).toEqual([
    ["production", "goes", 1],
    ["staging", "goes", 1],
  ]);
});

test("counts are those of asking everybody before and after, for every mix of rules", () => {
  const rules = [PRO, TEAM, "{ id: half, serve: { share: 50, of: on } }", "{ id: free, if: { plan: { equals: free } }, serve: off }"];
  const mixes = rules.flatMap((a) => rules.map((b) => (a === b ? a : `${a}, ${b}`)));
  const many = Array.from({ length: 60 }, (_, at): Asked => ({
    name: `c${at}`,
    context: { targetingKey: `c${at}`, plan: ["pro", "team", "free"][at % 3] ?? "" },
  }));
  const answers = (of: AdoptedProject): readonly unknown[] => {
    const form = of.flags.get("export")?.form("production") ?? {};
    const compiled = compileSnapshot({ format: SNAPSHOT_FORMAT, environment: "production", epoch: "e", seq: 1, salt: "other", flags: { export: form } });
    return many.map(({ context }) => evaluate(compiled, "export", context).value);
  };
  let told = 0;
  for (const mix of mixes.slice(0, 8))
    for (const other of mixes.slice(8)) {
      const [before, after] = [one(flag({ rules: mix })), one(flag({ rules: other }))];
      const [was, is] = [answers(before), answers(after)];
      const brute = was.filter((value, at) => value !== is[at]).length;
      const [change] = planOf({ before, after }, many);
      expect(change?.counts?.changes, `${mix} → ${other}`).toBe(brute);
      if (change?.isSame === true) expect(brute).toBe(0);
      told += brute;
    }
  expect(told).toBeGreaterThan(100);
});
