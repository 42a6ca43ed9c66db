import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { check, property, string, integer, constantFrom, array, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { type FlagDefinition, initFiles, lowerFlag, ParseCache, parseProject, type ParsedProject } from "./index.ts";

const root = join(import.meta.dirname, "../../..");

function folder(path: string): ReadonlyMap<string, string> {
  const base = join(root, path);
  const entries = readdirSync(base, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"));
  return new Map(entries.map((entry) => [join(entry.parentPath, entry.name).slice(base.length + 1), readFileSync(join(entry.parentPath, entry.name), "utf8")]));
}

const complete = folder("packages/definitions/fixtures/complete");

function flagOf(project: ParsedProject, key: string): FlagDefinition {
  expect(project.diagnostics).toEqual([]);
  const flag = project.flags.get(key);
  if (flag === undefined) throw new Error(`${key} is not valid`);
  return flag;
}

const SETTINGS = "project: p\nenvironments: { production: {} }\n";
const flagText = (key: string, serve: string, more = ""): string =>
  `key: ${key}\ndescription: d\nkind: release\nowner: t\ntype: string\nvariants: { a: A, b: B, c: C, off: none }\nenvironments:\n  production:\n    ${more}rules: [{ id: r, serve: ${serve} }]\n    default: off\n`;

const serveOf = (serve: string): unknown =>
  lowerFlag(
    flagOf(
      parseProject({
        files: new Map([
          ["sluice.yaml", SETTINGS],
          ["flags/f.yaml", flagText("f", serve)],
        ]),
      }),
      "f",
    ),
    "production",
  )?.rules?.[0]?.serve;

test("an attribute that is not declared is told with each one that is, once", () => {
  const files = new Map([
    ["sluice.yaml", `${SETTINGS}attributes: { customer: string, email: string }\n`],
    ["flags/f.yaml", flagText("f", "a").replace("serve: a", 'if: { emial: { endsWith: "@x" } }, serve: a')],
  ]);
  expect(parseProject({ files }).diagnostics).toMatchObject([
    { code: "condition/unknown-attribute", expected: "customer, email or targetingKey", nearest: "email" },
  ]);
});

test.each(["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"])("an environment is not called %s, which every record seems to have", (key) => {
  const { diagnostics } = parseProject({ files: new Map([["sluice.yaml", `project: p\nenvironments: { production: {}, ${key}: {} }\n`]]) });
  expect(diagnostics).toMatchObject([{ code: "field/value", message: `"${key}" is not the key of an environment.` }]);
});

describe("the complete example of the design", () => {
  const project = parseProject({ files: complete });
  const flag = flagOf(project, "billing.invoice-export");

  test("is served in production as it reads", () => {
    expect(lowerFlag(flag, "production")).toEqual({
      browser: true,
      eligible: ["in", "plan", ["pro", "enterprise"]],
      prerequisites: [{ flag: "billing.ledger-store", serves: ["on"] }],
      rules: [
        { id: "staff", if: ["endsWith", "email", "@example.com"], serve: "on" },
        {
          id: "small-accounts",
          if: ["all", ["segment", "small-accounts"], ["in", "country", ["AU", "NZ"]]],
          serve: { share: 25_000, of: "on", by: "customer" },
        },
      ],
    });
  });

  test("is on for whoever is eligible in staging", () => {
    expect(lowerFlag(flag, "staging")).toEqual({
      browser: true,
      eligible: ["in", "plan", ["pro", "enterprise"]],
      default: "on",
    });
  });

  test("serves its off variant in an environment that its file does not list", () => {
    expect(lowerFlag(flag, "demo")).toEqual({ browser: true, eligible: ["in", "plan", ["pro", "enterprise"]] });
  });

  test("has no form in an environment that the project does not have", () => {
    expect(lowerFlag(flag, "prod")).toBeUndefined();
  });

  test("is made of its file, the segments it uses and the project file", () => {
    expect(project.filesOf("billing.invoice-export")).toEqual(["flags/billing/invoice-export.yaml", "segments/small-accounts.yaml", "sluice.yaml"]);
  });

  test("has its dates and words as texts", () => {
    expect(flag).toMatchObject({ kind: "release", owner: "team-billing", expires: "2026-12-31" });
  });

  test("several keys of one condition must all hold", () => {
    expect(project.segments.get("small-accounts")?.form).toEqual({
      if: ["all", ["in", "plan", ["starter", "pro"]], ["lessThan", "seats", 20]],
    });
  });
});

describe("percentages", () => {
  test.each([
    ["0.001", 1],
    ["0.07", 70],
    ["1.1", 1_100],
    ["4.35", 4_350],
    ["33.333", 33_333],
    ["57.3", 57_300],
    ["99.999", 99_999],
    ["100", 100_000],
  ])("%s percent is exactly %i of 100,000", (percent, share) => {
    expect(serveOf(`{ share: ${percent}, of: a }`)).toEqual({ share, of: "a" });
  });

  test("every percentage of three decimals is exact", () => {
    const files = new Map([["sluice.yaml", SETTINGS]]);
    const shares = Array.from({ length: 1_001 }, (_, index) => index * 97 + 13).filter((share) => share <= 100_000);
    for (const share of shares)
      files.set(`flags/f${share}.yaml`, flagText(`f${share}`, `{ share: ${Math.floor(share / 1000)}.${String(share % 1000).padStart(3, "0")}, of: a }`));
    const project = parseProject({ files });
    expect(shares.map((share) => lowerFlag(flagOf(project, `f${share}`), "production")?.rules?.[0]?.serve)).toEqual(
      shares.map((share) => ({ share, of: "a" })),
    );
  });

  test("weights keep their order and add up, with a share or without", () => {
    expect(serveOf("{ split: { b: 33.334, a: 33.333, c: 33.333 }, by: customer, salt: s }")).toEqual({
      of: [
        ["b", 33_334],
        ["a", 33_333],
        ["c", 33_333],
      ],
      by: "customer",
      salt: "s",
    });
    expect(serveOf("{ share: 10, split: { a: 50, b: 50 } }")).toEqual({
      share: 10_000,
      of: [
        ["a", 50_000],
        ["b", 50_000],
      ],
    });
    expect(serveOf("{ share: 10, of: { a: 50, b: 50 }, by: targetingKey, algorithm: sluice-v1 }")).toEqual({
      share: 10_000,
      of: [
        ["a", 50_000],
        ["b", 50_000],
      ],
    });
  });
});

describe("a chain of prerequisites", () => {
  const chain = (length: number): ParsedProject => {
    const files = new Map([["sluice.yaml", SETTINGS]]);
    for (let at = 0; at <= length; at += 1)
      files.set(`flags/f${at}.yaml`, flagText(`f${at}`, "a", at === length ? "" : `prerequisites: [{ flag: f${at + 1}, serves: a }]\n    `));
    return parseProject({ files });
  };

  test("may be eight deep, as evaluation has it", () => {
    expect(chain(8).diagnostics).toEqual([]);
  });

  test("is refused where it is nine deep, for that flag alone", () => {
    const project = chain(9);
    expect(project.diagnostics.map(({ file, code }) => [file, code])).toEqual([["flags/f0.yaml", "prerequisite/cycle"]]);
    expect(project.brokenFlags).toEqual([{ flag: "f0", why: "broken" }]);
  });
});

describe("segments below segments", () => {
  const chain = (length: number): ParsedProject => {
    const files = new Map([
      ["sluice.yaml", SETTINGS],
      ["flags/f.yaml", flagText("f", "a").replace("serve:", "if: { segment: s0 }, serve:")],
    ]);
    for (let at = 0; at <= length; at += 1)
      files.set(`segments/s${at}.yaml`, `key: s${at}\nif: ${at === length ? "{ plan: { equals: pro } }" : `{ segment: s${at + 1} }`}\n`);
    return parseProject({ files });
  };

  test("may be eight deep, and all of their files are the flag's", () => {
    const project = chain(8);
    expect(project.diagnostics).toEqual([]);
    expect(project.filesOf("f")).toEqual(["flags/f.yaml", ...Array.from({ length: 9 }, (_, at) => `segments/s${at}.yaml`), "sluice.yaml"]);
  });

  test("are refused where they are nine deep", () => {
    const project = chain(9);
    expect(project.brokenFlags).toEqual([{ flag: "f", why: "brokenSegment" }]);
    expect([...project.segments.keys()]).not.toContain("s0");
  });

  test("break what uses them when the lowest one has a mistake", () => {
    const files = new Map([
      ["sluice.yaml", `${SETTINGS}attributes: { plan: string }\n`],
      ["flags/f.yaml", flagText("f", "a").replace("serve:", "if: { segment: top }, serve:")],
      ["segments/top.yaml", "key: top\nif: { segment: low }\n"],
      ["segments/low.yaml", "key: low\nif: { plam: { equals: pro } }\n"],
    ]);
    const project = parseProject({ files });
    expect(project.brokenFlags).toEqual([{ flag: "f", why: "brokenSegment" }]);
    expect([...project.segments.keys()]).toEqual([]);
  });
});

test("a segment that two files define is neither, so that no order of paths decides whom a flag serves", () => {
  const files = new Map([
    ["sluice.yaml", SETTINGS],
    ["flags/f.yaml", flagText("f", "a").replace("serve:", "if: { segment: s }, serve:")],
    ["segments/s.yaml", "key: s\ninclude: [u1]\n"],
    ["segments/t.yaml", "key: s\ninclude: [u2]\n"],
  ]);
  const project = parseProject({ files });
  expect(project.brokenFlags).toEqual([{ flag: "f", why: "brokenSegment" }]);
  expect([...project.segments.keys()]).toEqual([]);
});

test("the project says how changes of the console reach the branch, for facts and for each environment, and names nothing else", () => {
  const read = (edits: string): ReturnType<typeof parseProject> =>
    parseProject({ files: new Map([["sluice.yaml", `project: p\nenvironments: { production: {}, staging: {} }\nedits: ${edits}\n`]]) });
  expect([...(read("{ facts: direct, staging: direct, production: review }").project?.edits ?? [])]).toEqual([
    ["facts", "direct"],
    ["staging", "direct"],
    ["production", "review"],
  ]);
  for (const [edits, message] of [
    ["{ stagin: direct }", '"edits" names "stagin", which is neither facts nor an environment of this project.'],
    ["{ staging: directly }", '"directly" is not one of the values of "staging".'],
    ["direct", '"edits" is the text "direct", where a map belongs.'],
  ] as const)
    expect(read(edits).diagnostics.map((one) => one.message)).toEqual([message]);
});

test("a default that is the off variant is left out of the form, whatever the off variant is called", () => {
  const text = flagText("f", "b").replace("variants:", "off: a\nvariants:").replace("default: off", "default: a");
  const form = lowerFlag(
    flagOf(
      parseProject({
        files: new Map([
          ["sluice.yaml", SETTINGS],
          ["flags/f.yaml", text],
        ]),
      }),
      "f",
    ),
    "production",
  );
  expect(form).toEqual({ type: "string", variants: { a: "A", b: "B", c: "C", off: "none" }, off: "a", rules: [{ id: "r", serve: "b" }] });
});

describe("the cache", () => {
  test("gives the same project as reading afresh, after any change", () => {
    const cache = new ParseCache();
    const files = new Map(complete);
    const changes: readonly (readonly [string, string])[] = [
      ["segments/small-accounts.yaml", "key: small-accounts\nif: { plam: {} }\n"],
      ["segments/small-accounts.yaml", complete.get("segments/small-accounts.yaml") ?? ""],
      ["sluice.yaml", "project: p\n"],
      ["sluice.yaml", complete.get("sluice.yaml") ?? ""],
    ];
    for (const [path, text] of changes) {
      files.set(path, text);
      const [kept, fresh] = [parseProject({ files }, { cache }), parseProject({ files })];
      expect(kept.diagnostics).toEqual(fresh.diagnostics);
      expect([...kept.flags]).toEqual([...fresh.flags]);
    }
    expect(parseProject({ files }, { cache }).diagnostics).toEqual([]);
  });

  test("reads only the file that changed again", () => {
    const cache = new ParseCache();
    const before = parseProject({ files: complete }, { cache });
    const files = new Map([...complete, ["flags/billing/ledger-store.yaml", `${complete.get("flags/billing/ledger-store.yaml") ?? ""}# later\n`]]);
    const after = parseProject({ files }, { cache });
    const isSame = (key: string): boolean => before.flags.get(key)?.forms === after.flags.get(key)?.forms;
    expect([isSame("billing.invoice-export"), isSame("billing.ledger-store")]).toEqual([true, false]);
  });
});

describe("other projects", () => {
  test("what init writes is valid without a word, and at most three files", () => {
    const files = initFiles("2026-11-28");
    expect(files.get("flags/example/hello.yaml")).toContain("expires: 2027-01-27\n");
    expect(parseProject({ files }, { facts: { today: "2026-11-28", before: new Map() } }).diagnostics).toEqual([]);
    expect(files.size).toBeLessThanOrEqual(3);
  });

  test("the demo company's flags are valid without a word", () => {
    const facts = { today: "2026-11-24", before: new Map() };
    expect(parseProject({ files: folder("examples/shop-floor/flags-repository") }, { facts }).diagnostics).toEqual([]);
  });

  test("files of other folders are nobody's business here", () => {
    const files = new Map([
      ...complete,
      ["notes/a.md", "\t{"],
      ["audiences/a.yaml", "a: ["],
      ["plans/a.yaml", "]"],
      ["policies/a.yaml", "\t"],
      [".github/x.yaml", "["],
    ]);
    expect(parseProject({ files }).diagnostics).toEqual([]);
  });

  test("names that objects inherit are names like any other", () => {
    const text = flagText("f", "a").replace("off: none", "off: none, __proto__: P, constructor: Q");
    const form = lowerFlag(
      flagOf(
        parseProject({
          files: new Map([
            ["sluice.yaml", SETTINGS],
            ["flags/f.yaml", text],
          ]),
        }),
        "f",
      ),
      "production",
    );
    expect(Object.entries(form?.variants ?? {})).toEqual([
      ["a", "A"],
      ["b", "B"],
      ["c", "C"],
      ["off", "none"],
      ["__proto__", "P"],
      ["constructor", "Q"],
    ]);
  });

  test("nothing is thrown, whatever a file holds, and a broken file breaks no other", () => {
    const source = complete.get("flags/billing/ledger-store.yaml") ?? "";
    const edit = tuple(
      integer({ min: 0, max: source.length }),
      integer({ min: 0, max: 8 }),
      constantFrom("\t", "{", "[", "]", "&a ", "*a", "!!x ", "<<: ", "'", '"', "\u0000", "---\n", "? ", "- ", ": ", "|\n", "é", "\ud800"),
    );
    const text = array(edit, { minLength: 1, maxLength: 4 }).map((edits) =>
      edits.reduce((now, [at, gone, come]) => now.slice(0, at) + come + now.slice(at + gone), source),
    );
    const isHarmless = (broken: string): boolean => {
      const project = parseProject({ files: new Map([...complete, ["flags/other.yaml", broken]]) });
      // A wrecked copy may still say the key of the flag it was copied from, and then both are refused.
      return project.flags.size + project.brokenFlags.length + project.unreadable.length >= 2 && project.segments.size === 1;
    };
    expect(check(property(text, isHarmless), { numRuns: 500, seed: 20261123 }).counterexample).toBeNull();
    expect(check(property(string({ maxLength: 200 }), isHarmless), { numRuns: 300, seed: 7 }).counterexample).toBeNull();
  });

  test.each(["[".repeat(100_000), "a: {".repeat(20_000), `${"- ".repeat(5_000)}x`])("nesting without end is refused as such", (text) => {
    const project = parseProject({ files: new Map([...complete, ["flags/deep.yaml", text]]) });
    expect(project.diagnostics.map(({ code }) => code)).toEqual(["yaml/too-deep"]);
    expect(project.flags.size).toBe(2);
  });
});

test("the days within which a drill must have gone well are read of an environment, and anything else is told", () => {
  const read = (value: string): unknown => {
    const { project, diagnostics } = parseProject({
      files: new Map([["sluice.yaml", `project: p\nenvironments: { production: { everybodyNeedsDrill: ${value} }, staging: {} }\n`]]),
    });
    return diagnostics.length > 0
      ? diagnostics.map(({ code, message }) => `${code} ${message}`)
      : project?.environments.map(({ everybodyNeedsDrill }) => everybodyNeedsDrill);
  };
  expect([read("30"), read("1"), read("90")]).toEqual([
    [30, undefined],
    [1, undefined],
    [90, undefined],
  ]);
  for (const value of ["0", "91", "2.5", "true", "weekly"]) expect(read(value)).toEqual([expect.stringMatching(/^field\/value "everybodyNeedsDrill" is /)]);
});
