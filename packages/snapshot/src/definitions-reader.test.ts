import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FileChange } from "@sluice/releases";
import { expect, test } from "vitest";
import { type AdoptedProject, BlobMissing } from "./adopted-project.ts";
import { readerOf } from "./definitions-reader.ts";

const COMPLETE = join(import.meta.dirname, "../../definitions/fixtures/complete");
const textOf = (path: string): string => readFileSync(join(COMPLETE, path), "utf8");

const TEXTS: Readonly<Record<string, string>> = {
  project: textOf("sluice.yaml"),
  export: textOf("flags/billing/invoice-export.yaml"),
  ledger: textOf("flags/billing/ledger-store.yaml"),
  small: textOf("segments/small-accounts.yaml"),
  brokenSegment: "key: small-accounts\nif: { plam: { equals: pro } }\n",
  brokenProject: "project: [",
  noKey: "key: [",
  note: "not for a validator: [",
};

const TREE: readonly FileChange[] = [
  ["flags/billing/invoice-export.yaml", "export"],
  ["flags/billing/ledger-store.yaml", "ledger"],
  ["notes/later.md", "note"],
  ["segments/small-accounts.yaml", "small"],
  ["sluice.yaml", "project"],
];

const changed = (path: string, blob: string): readonly FileChange[] => TREE.map((one) => (one[0] === path ? [path, blob] : one));
const read = (files: readonly FileChange[]): AdoptedProject => readerOf((id) => TEXTS[id])(files);

test("a tree of blobs is the project that its files say", () => {
  const project = read(TREE);
  expect(project.environments).toEqual(["production", "staging", "demo"]);
  expect([project.customer, project.broken, project.unreadable]).toEqual(["customer", [], []]);
  expect([...project.flags.keys()]).toEqual(["billing.invoice-export", "billing.ledger-store"]);
  expect(project.segments.get("small-accounts")).toEqual({
    blob: "small",
    files: [
      ["segments/small-accounts.yaml", "small"],
      ["sluice.yaml", "project"],
    ],
    form: { if: ["all", ["in", "plan", ["starter", "pro"]], ["lessThan", "seats", 20]] },
  });
});

test("a flag names the blobs of every file that its form is made of, and no other", () => {
  const flag = read(TREE).flags.get("billing.invoice-export");
  expect(flag).toMatchObject({ kind: "release", owner: "team-billing", path: "flags/billing/invoice-export.yaml" });
  expect(flag?.files).toEqual([
    ["flags/billing/invoice-export.yaml", "export"],
    ["segments/small-accounts.yaml", "small"],
    ["sluice.yaml", "project"],
  ]);
});

test("a flag of which an expectation fails is broken, so that its served form is kept; another flag is not", () => {
  const expectations = "tests: [{ flag: billing.invoice-export, environment: staging, expect: on }, { flag: billing.ledger-store, expect: on }]\n";
  const tree: readonly FileChange[] = [...TREE, ["tests/export.yaml", "expectations"]];
  const project = readerOf((id) => (id === "expectations" ? expectations : TEXTS[id]))(tree);
  expect(project.broken).toEqual([{ flag: "billing.invoice-export", why: "broken" }]);
  expect([...project.flags.keys()]).toEqual(["billing.ledger-store"]);
  const holding = readerOf((id) => (id === "expectations" ? expectations.replace("expect: on", "expect: off") : TEXTS[id]))(tree);
  expect(holding.broken).toEqual([]);
});

test("the files that a flag names are enough to read its form again", () => {
  const whole = read(TREE).flags.get("billing.invoice-export");
  const again = read(whole?.files ?? []).flags.get("billing.invoice-export");
  expect(again?.form("production")).toEqual(whole?.form("production"));
  expect(again?.form("production")?.prerequisites).toEqual([{ flag: "billing.ledger-store", serves: ["on"] }]);
});

test("a flag has a form in each of the project's environments, the same object each time, and in no other", () => {
  const flag = read(TREE).flags.get("billing.invoice-export");
  expect(flag?.form("staging")).toEqual({ browser: true, eligible: ["in", "plan", ["pro", "enterprise"]], default: "on" });
  expect(flag?.form("staging")).toBe(flag?.form("staging"));
  expect(flag?.form("toString")).toBeUndefined();
});

test("a broken segment breaks the flags that use it, and the message says which kind of break it is", () => {
  const project = read(changed("segments/small-accounts.yaml", "brokenSegment"));
  expect(project.broken).toEqual([{ flag: "billing.invoice-export", why: "brokenSegment" }]);
  expect([...project.flags.keys()]).toEqual(["billing.ledger-store"]);
  expect(project.segments.size).toBe(0);
});

test("a broken project file breaks every flag and names no environment", () => {
  const project = read(changed("sluice.yaml", "brokenProject"));
  expect(project.broken.map(({ why }) => why)).toEqual(["brokenProject", "brokenProject"]);
  expect([project.environments, project.customer, project.flags.size]).toEqual([[], undefined, 0]);
});

test("a flag file whose key cannot be read is named by its path", () => {
  const project = read(changed("flags/billing/invoice-export.yaml", "noKey"));
  expect(project.unreadable).toEqual(["flags/billing/invoice-export.yaml"]);
  expect([...project.flags.keys()]).toEqual(["billing.ledger-store"]);
});

test("the same list is read once, and a file that did not change keeps its form from one list to the next", () => {
  let asked = 0;
  const reader = readerOf((id) => {
    asked += 1;
    return TEXTS[id];
  });
  const first = reader(TREE);
  expect(reader(TREE)).toBe(first);
  expect(asked).toBe(TREE.length);
  const next = reader(changed("flags/billing/ledger-store.yaml", "noKey").concat([["flags/other.yaml", "ledger"]]));
  const form = (project: AdoptedProject): unknown => project.flags.get("billing.invoice-export")?.form("production");
  expect(form(next)).toBe(form(first));
});

test("a text that is not at hand is said to be missing, by path and blob", () => {
  const gone = changed("segments/small-accounts.yaml", "gone");
  expect(() => read(gone)).toThrow(BlobMissing);
  expect(() => read(gone)).toThrow("the content gone of segments/small-accounts.yaml is not in the store");
});
