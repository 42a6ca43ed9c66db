import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonValue } from "@sluice/evaluation";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { Diagnostic } from "../diagnostic.ts";
import { readFlagFile } from "../flag-file.ts";
import { readProjectFile } from "../project-file.ts";
import { readSegmentFile } from "../segment-file.ts";
import { readTestFile } from "../test-file.ts";
import { type FileKind, fileSchemas, schemaFiles } from "./file-schemas.ts";

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false });
const validators = {
  project: ajv.compile(fileSchemas.project.schema()),
  flag: ajv.compile(fileSchemas.flag.schema()),
  environment: ajv.compile(fileSchemas.environment.schema()),
  segment: ajv.compile(fileSchemas.segment.schema()),
  test: ajv.compile(fileSchemas.test.schema()),
};
const WHOLE_FLAG = "key: a\ndescription: Does it.\nkind: release\nowner: team-x\ntype: boolean\nenvironments: {}\n";
const readers: Readonly<Record<FileKind, (text: string) => readonly Diagnostic[]>> = {
  project: (text) => {
    const { report, styleReport, triggerReport } = readProjectFile("sluice.yaml", text);
    return [...report.diagnostics, ...styleReport.diagnostics, ...triggerReport.diagnostics];
  },
  flag: (text) => readFlagFile("flags/a.yaml", text).report.diagnostics,
  // A part is read with its flag, whose variants it serves.
  environment: (text) =>
    readFlagFile("flags/a.yaml", WHOLE_FLAG, [{ path: "environments/staging/a.yaml", environment: "staging", text }]).parts.flatMap(
      ({ report }) => report.diagnostics,
    ),
  segment: (text) => readSegmentFile("segments/a.yaml", text).report.diagnostics,
  test: (text) => readTestFile("tests/a.yaml", text).report.diagnostics,
};
/** Mistakes of shape, which a schema can tell; others are about several places or about characters. */
const SHAPE = new Set(["field/unknown", "field/missing", "field/type", "condition/shape", "condition/unknown-operator", "file/not-a-map"]);

const kindOf = (path: string): FileKind | undefined =>
  path.endsWith("/sluice.yaml")
    ? "project"
    : /\/flags\/.*\.yaml$/.test(path)
      ? "flag"
      : /\/segments\/.*\.yaml$/.test(path)
        ? "segment"
        : /\/tests\/.*\.yaml$/.test(path)
          ? "test"
          : undefined;

const roots = [join(import.meta.dirname, "../../fixtures"), join(import.meta.dirname, "../../../../examples/shop-floor/flags-repository")];
const files = roots.flatMap((root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path) => {
      const kind = kindOf(path);
      return kind === undefined ? [] : [{ path, kind, text: readFileSync(path, "utf8") }];
    }),
);

/** As the reader reads it; undefined where the text is no YAML. */
function jsonOf(text: string): JsonValue | undefined {
  try {
    return parse(text, { version: "1.2", schema: "core" }) as JsonValue;
  } catch {
    return undefined;
  }
}

interface Judged {
  readonly fits: boolean;
  readonly errors: readonly string[];
  readonly shape: readonly string[];
  readonly said: string;
}

function judge(kind: FileKind, text: string, json: JsonValue): Judged {
  const fits = validators[kind](json);
  const errors = readers[kind](text).filter(({ severity }) => severity === "error");
  return {
    fits,
    errors: errors.map(({ code }) => code),
    shape: errors.filter(({ code }) => SHAPE.has(code)).map(({ code, message }) => `${code} ${message}`),
    said: JSON.stringify(validators[kind].errors?.slice(0, 3).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`)),
  };
}

/** What the two say differently; undefined where they agree. */
function difference(kind: FileKind, text: string, json: JsonValue): string | undefined {
  const { fits, errors, shape, said } = judge(kind, text, json);
  if (!fits && errors.length === 0) return `only the schema refuses: ${said}`;
  return fits && shape.length > 0 ? `only the reader refuses: ${shape.join("; ")}` : undefined;
}

test("the schema and the reader agree about every file of the fixtures and of the example, right or mistaken", { timeout: 60_000 }, () => {
  const told = files.flatMap(({ path, kind, text }) => {
    const json = jsonOf(text);
    const what = json === undefined || json === null ? undefined : difference(kind, text, json);
    return what === undefined ? [] : [`${path.slice(-70)}: ${what}`];
  });
  expect(told).toEqual([]);
  expect(files.length).toBeGreaterThan(150);
});

const PUT: readonly JsonValue[] = [null, 7, "zz", [], [null], { zz: 1 }];

/** The value with one place changed, each place in turn and in every way. */
function* changed(value: JsonValue): Generator<JsonValue> {
  for (const put of PUT) yield put;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) for (const other of changed(item as JsonValue)) yield value.with(index, other);
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value as { readonly [name: string]: JsonValue });
    yield { ...value, zzUnknown: 1 };
    for (const [name, member] of entries) {
      yield Object.fromEntries(entries.filter(([other]) => other !== name));
      for (const other of changed(member)) yield { ...value, [name]: other };
    }
  }
}

const COMPLETE: Readonly<Record<FileKind, string>> = {
  environment: `prerequisites: [{ flag: b, serves: on }, { flag: c, serves: [on, off] }]
rules:
  - { id: one, if: { all: [{ segment: s }, { not: { email: { endsWith: x } } }] }, serve: { share: 25, of: on, by: customer, salt: t }, description: d }
  - { if: { e: { exists: true } }, serve: { split: { on: 40, off: 60 } } }
  - { serve: on }
default: off
`,
  flag: `key: a
description: Does it.
kind: ops
owner: team-x
ticket: T-1
created: 2026-11-02
expires: 2026-12-31
type: object
schema: { type: object, properties: { rows: { type: integer, minimum: 1 } }, required: [rows], additionalProperties: false }
variants: { on: { rows: 2 }, off: { rows: 1 } }
off: off
codeDefault: off
expose: [server, browser]
eligible: { plan: { in: [pro] } }
exclusion: { group: g, from: 0, to: 50, by: customer }
tags: [money]
salt: s
extensions: [{ to: 2026-12-31, reason: It takes longer. }]
permanent: It steers load.
reviewBy: 2027-01-01
environments:
  production:
    prerequisites: [{ flag: b, serves: on }, { flag: c, serves: [on, off] }]
    rules:
      - { id: one, if: { all: [{ segment: s }, { not: { email: { endsWith: x } } }, { any: [{ n: { lessThan: 2 } }] }] }, serve: { share: 25, of: on, by: customer, salt: t }, description: d }
      - { if: { v: { semver: ">=1.0.0" }, at: { before: "2026-11-02T00:00:00Z" }, ip: { cidr: [10.0.0.0/8] }, e: { exists: true } }, serve: { split: { on: 40, off: 60 } } }
      - { serve: on }
    default: off
`,
  segment: "key: s\ndescription: Some.\nowner: team-x\nby: customer\nlist: runtime\ninclude: [a, 2]\nexclude: [b]\nif: { plan: { in: [pro] } }\n",
  test: "tests:\n  - { name: n, flag: f, environment: production, context: { plan: pro }, expect: on, reason: DISABLED, by: r }\n",
  project: `project: p
name: P
environments: { production: { name: Production, protected: true, decidedByPeople: true, promotedFrom: [staging] }, staging: null }
teams: { team-x: {} }
attributes: { plan: string, size: { type: number, values: [1, 2], description: d }, other: null }
customer: org
edits: { facts: direct, staging: review }
code:
  folders: [services/web, "@shop/src"]
  wrappers: [{ language: ts, call: features.isOn, key: 0, default: 1 }]
  exclude: [vendor/**]
style:
  extends: recommended
  case: kebab
  areas: { billing: team-x }
  rules: { key/case: error, key/length: { severity: warning, warn: 30 } }
  overrides: [{ paths: [flags/old/**], kinds: [ops], owners: [team-x], rules: { key/case: off } }]
  custom:
    - { id: custom/no-foo, severity: warning, message: m, fix: f, field: key, pattern: "[a-z.-]+" }
    - { id: custom/sized, message: m, schema: { type: object, required: [ticket] } }
`,
};

test.each(Object.entries(COMPLETE) as readonly [FileKind, string][])(
  "one change anywhere in a complete %s: both refuse it, or neither",
  { timeout: 120_000 },
  (kind, text) => {
    expect([validators[kind](jsonOf(text)), readers[kind](text)]).toEqual([true, []]);
    const told = new Set<string>();
    let refused = 0;
    for (const other of changed(jsonOf(text) ?? null)) {
      const written = stringify(other);
      const what = difference(kind, written, other);
      if (what !== undefined) told.add(`${what}\n${JSON.stringify(other).slice(0, 4_000)}`);
      if (!validators[kind](other)) refused += 1;
    }
    expect([...told]).toEqual([]);
    expect(refused).toBeGreaterThan(15);
  },
);

test("every schema stands in a file of its own, and all that a reader can name is described", () => {
  expect([...schemaFiles().keys()]).toEqual(["project", "flag", "environment", "segment", "test"].map((kind) => `.sluice-schemas/${kind}.json`));
  for (const text of schemaFiles().values()) {
    const { properties } = JSON.parse(text) as { readonly properties: Readonly<Record<string, { readonly description?: string }>> };
    for (const [name, { description }] of Object.entries(properties)) expect(description, name).toMatch(/./);
  }
});
