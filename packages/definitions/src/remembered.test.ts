import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ParseCache, parseProject, type StyleFacts } from "./index.ts";

/** The first is right, and mostly taken: what is right is what is remembered. */
const mostly = <T>(right: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const FIRST = "project: p\nenvironments: { production: {} }\nteams: { team-billing: {}, team-search: {} }\nstyle: { extends: recommended }\n";

/** Areas, teams, attributes, environments and rules that a project may have or lack. */
const project = fc
  .record({
    style: mostly(
      "style: { extends: recommended }\n",
      "style:\n  extends: recommended\n  areas: { billing: team-billing }\n  rules: { key/words: off, meta/description: { min: 40 } }\n",
      "style:\n  extends: snake\n  overrides: [{ kinds: [ops], rules: { key/case: off, key/positive: warning } }, { paths: ['flags/billing/*'], rules: { meta/description: off } }]\n",
      "style:\n  extends: recommended\n  custom: [{ id: custom/ours, field: ticket, pattern: 'BIL-[0-9]+', message: Ours begin with BIL. }]\n",
      "",
    ),
    teams: mostly("teams: { team-billing: {}, team-search: {} }\n", "teams: { team-search: {} }\n", "", ""),
    attributes: mostly("attributes: { plan: { type: string, values: [pro, basic] } }\n", "attributes: { seats: number }\n", ""),
    staging: fc.constantFrom(", staging: {}", ""),
  })
  .map(({ style, teams, attributes, staging }) => `project: p\nenvironments: { production: {}${staging} }\n${teams}${attributes}${style}`);

const keys = ["billing.invoice-export", "billing.invoice-exports", "billing.invoice_export", "billing.disable-mail", "search.new-list", "search.pm-12-list"];
const flag = fc
  .record({
    key: fc.constantFrom(...keys),
    description: mostly("Lets an accountant export invoices as CSV from the list.", "Export"),
    kind: mostly("release", "ops", "relase"),
    owner: mostly("team-billing", "team-search", "bob"),
    life: mostly("created: 2026-11-02\nexpires: 2026-12-31\n", "expires: 2026-11-03\n", "ticket: ABC-1\n", ""),
    note: mostly("", "# sluice-disable key/positive -- it kills\n", "# sluice-disable key/length\n"),
    needs: mostly("", ...keys.map((key) => `prerequisites: [{ flag: ${key}, serves: on }], `)),
    rules: mostly("rules: [{ if: { plan: { equals: pro } }, serve: on }], ", "", "rules: [{ if: { segment: few }, serve: on }], "),
    environment: mostly("production", "staging"),
  })
  .map(
    ({ key, description, kind, owner, life, note, needs, rules, environment }) =>
      [
        `flags/${key.replace(".", "/")}.yaml`,
        `${note}key: ${key}\ndescription: ${description}\nkind: ${kind}\nowner: ${owner}\n${life}type: boolean\nenvironments: { ${environment}: { ${needs}${rules}default: off } }\n`,
      ] as const,
  );
const segment = fc.constantFrom(
  "key: few\nif: { plan: { equals: pro } }\n",
  "key: few\nif: { plan: { equals: gold } }\n",
  "key: few\nif: { seats: { near: 1 } }\n",
);
const expectation = (who: string, expect: string): string =>
  `{ name: ${who} gets ${expect}, flag: ${keys[0]}, environment: production, context: { targetingKey: a, plan: ${who} }, expect: ${expect} }`;
const tests = fc.constantFrom(
  `tests: [${expectation("pro", "on")}, ${expectation("basic", "off")}]\n`,
  `tests: [${expectation("pro", "on")}]\n`,
  `tests: [${expectation("basic", "on")}]\n`,
);
const before = new Map([["billing.export", { path: "flags/billing/invoice-export.yaml", extensions: 0, forms: "", expires: "2026-12-01", type: "string" }]]);
/** One fact changes, and the others stay. */
const facts: fc.Arbitrary<StyleFacts> = fc.oneof(
  mostly<StyleFacts>({ today: "2026-11-05" }, { today: "2027-02-01" }),
  fc.constantFrom({ people: new Set(["bob"]) }, { people: new Set(["invoice"]) }),
  fc.constantFrom({ codeOwners: new Set(["team-billing"]) }, { codeOwners: new Set(["team-search"]) }),
  fc.constantFrom({ tombstones: new Map(keys.map((key) => [key, "on a day"])) }, { tombstones: new Map<string, string>() }),
  fc.constantFrom({ before }, { before: new Map(keys.map((key) => [key, { path: "", extensions: 0, forms: "", type: "string" }])) }),
);

type Edit = { readonly file: readonly [string, string | undefined] } | { readonly facts: StyleFacts };
const put =
  (path: string) =>
  (text: string): Edit => ({ file: [path, text] });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: flag.map((file): Edit => ({ file })) },
  { weight: 1, arbitrary: flag.map(([path]): Edit => ({ file: [path, undefined] })) },
  { weight: 2, arbitrary: project.map(put("sluice.yaml")) },
  { weight: 1, arbitrary: segment.map(put("segments/few.yaml")) },
  { weight: 1, arbitrary: tests.map(put("tests/export.yaml")) },
  { weight: 1, arbitrary: fc.constantFrom("- key/positive billing.disable-mail\n", "").map(put("style-baseline.yaml")) },
  { weight: 3, arbitrary: facts.map((one): Edit => ({ facts: one })) },
);

test("what is remembered of files, flags and rules never shows: each edit is told as by a first look", { timeout: 120_000 }, () => {
  const told = new Set<string>();
  fc.assert(
    fc.property(fc.array(edit, { minLength: 5, maxLength: 25 }), (edits) => {
      const cache = new ParseCache();
      const files = new Map([["sluice.yaml", FIRST]]);
      let known: StyleFacts = { today: "2026-11-02" };
      for (const one of edits) {
        if ("facts" in one) known = { ...known, ...one.facts };
        else if (one.file[1] === undefined) files.delete(one.file[0]);
        else files.set(one.file[0], one.file[1]);
        const [kept, fresh] = [parseProject({ files: new Map(files) }, { cache, facts: known }), parseProject({ files }, { facts: known })];
        const shown = (all: typeof kept): unknown => ({ ...all, filesOf: undefined, project: undefined });
        expect(shown(kept)).toEqual(shown(fresh));
        for (const { code } of fresh.diagnostics) told.add(code);
      }
    }),
    { numRuns: 200 },
  );
  expect([...told].filter((code) => /^(?:key|life|meta|style|val|flag|segment|prerequisite|custom|test)\//.test(code)).length).toBeGreaterThan(20);
});
