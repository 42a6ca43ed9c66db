import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runHere } from "./testing/command-run.ts";

let folder = "";
const put = (path: string, text: string): void => writeFileSync(join(folder, path), text);
const rule = (module: string): void =>
  put(
    "sluice.yaml",
    `project: p\nenvironments: { production: {} }\nstyle:\n  extends: recommended\n  rules: { life/expires: off, life/expired: off }\n  custom: [{ id: custom/ours, severity: warning, module: ${module}, message: Not as agreed., fix: Ask marketing. }]\n`,
  );

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-modules-"));
  for (const name of ["flags/billing", "rules"]) mkdirSync(join(folder, name), { recursive: true });
  rule("rules/names.mjs");
  put(
    "flags/billing/export.yaml",
    "key: billing.export\ndescription: Lets an accountant export invoices as CSV.\nkind: release\nowner: team-billing\nticket: BIL-1\ntype: boolean\nenvironments: { production: { default: off } }\n",
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  readonly code: string;
  readonly line: number;
  readonly severity: string;
  readonly message: string;
  readonly fix: string;
}
async function told(...more: readonly string[]): Promise<readonly Told[]> {
  const { out, said } = await runHere(["validate", folder, "--json", ...more]);
  process.exitCode = undefined;
  const { diagnostics, error } = JSON.parse(out) as {
    readonly diagnostics?: readonly Told[];
    readonly error?: Told;
  };
  if (diagnostics === undefined) throw new Error(error?.message ?? said);
  return diagnostics;
}

test("a module says what is wrong with a flag, at the field that it names, and only where it may run", async () => {
  put("rules/names.mjs", 'export const check = ({ ticket }) => (ticket === "BIL-1" ? [{ field: "ticket", message: `${ticket} is closed.` }, {}] : []);\n');
  expect(await told()).toEqual([]);
  expect(await told("--modules")).toMatchObject([
    {
      code: "custom/ours",
      line: 1,
      severity: "warning",
      message: "Not as agreed.",
      fix: "Ask marketing.",
    },
    {
      code: "custom/ours",
      line: 5,
      severity: "warning",
      message: "BIL-1 is closed.",
      fix: "Ask marketing.",
    },
  ]);
});

test.each([
  ["throws", 'export function check() { throw new Error("no\\nidea"); }', "The rule's module failed: no idea"],
  [
    "never comes back",
    "export const check = () => { for (;;); };",
    "The rule's module failed: it did not answer within 5 s and was stopped, so no other flag was looked at",
  ],
  [
    "ends the process",
    "export const check = () => process.exit(0);",
    "The rule's module failed: it did not answer within 5 s and was stopped, so no other flag was looked at",
  ],
  ["answers no data", "export const check = () => [() => {}];", "The rule's module failed: what it answered is no plain data (() => {} could not be cloned.)"],
  ["answers a text", 'export const check = () => "wrong";', "The rule's module answered something else than a list of findings."],
])("a module that %s is told as its own finding, and the rest is looked at", async (_, text, message) => {
  put("rules/names.mjs", `${text}\n`);
  put("flags/billing/mail.yaml", "key: billing.mail\n");
  const found = await told("--modules");
  expect(found.filter(({ code }) => code === "custom/ours").map((one) => one.message)).toContain(message);
  expect(found.map(({ code }) => code)).toContain("field/missing");
});

test("a module that is not there, leads out of the folder, does not load or exports nothing ends the look with its path", async () => {
  await expect(told("--modules")).rejects.toThrow("The module rules/names.mjs is no file of this folder.");
  const outside = mkdtempSync(join(tmpdir(), "sluice-outside-"));
  writeFileSync(join(outside, "names.mjs"), "export const check = () => [];\n");
  symlinkSync(outside, join(folder, "linked"));
  rule("linked/names.mjs");
  await expect(told("--modules")).rejects.toThrow("The module linked/names.mjs is no file of this folder.");
  rmSync(outside, { recursive: true });
  rule("rules/names.mjs");
  put("rules/names.mjs", "export const check = (;\n");
  await expect(told("--modules")).rejects.toThrow(/^The module rules\/names\.mjs cannot be loaded: /);
  rule("rules/other.mjs");
  put("rules/other.mjs", "export const verify = () => [];\n");
  await expect(told("--modules")).rejects.toThrow("The module rules/other.mjs exports no function check.");
  put("rules/other.mjs", "await new Promise(() => {});\n");
  await expect(told("--modules")).rejects.toThrow(/^The module rules\/other\.mjs cannot be loaded: it did not answer within 5 s/);
});

test("a path out of the folder is a mistake of the project file, wherever it is looked at", async () => {
  rule("../names.mjs");
  expect(await told()).toMatchObject([{ code: "style/custom", message: '"../names.mjs" is no path of a module.' }]);
});

test("what a module prints is no part of what the command prints", async () => {
  put("rules/names.mjs", 'console.log("looking");\nexport const check = () => (console.log("at one"), []);\n');
  expect(await told("--modules")).toEqual([]);
});
