import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-new-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(
  join(folder, "sluice.yaml"),
  "project: p\nenvironments: { production: {}, staging: {} }\nteams: { team-billing: {} }\nstyle: { extends: recommended, areas: { billing: team-billing } }\n",
);

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const out: string[] = [];
  const take = (line: string): void => void out.push(line);
  const terminal = { out: take, say: take, json: (value: unknown) => take(JSON.stringify(value)), colour: false };
  const code = await runProgram(createProgram(terminal, []), [...argv], terminal);
  process.exitCode = undefined;
  return { code, out: out.join("\n") };
}
const make = (key: string, ...more: readonly string[]): ReturnType<typeof run> =>
  run("new", "flag", key, "--folder", folder, "--owner", "team-billing", "--description", "Lets an accountant: export invoices #1.", ...more);

test("a new flag is valid without a word, off everywhere, and says when it is to be gone", async () => {
  expect((await make("billing.invoice-export")).code).toBe(0);
  expect((await make("billing.kill-letters", "--kind", "ops", "--because", "Sheds load when letters pile up.")).code).toBe(0);
  expect(await run("validate", folder)).toMatchObject({ code: 0, out: expect.stringMatching(/: 2 flags, 0 segments$/) });
  const text = readFileSync(join(folder, "flags/billing/invoice-export.yaml"), "utf8");
  expect(text).toMatch(/^key: billing\.invoice-export\n/);
  expect(text).toMatch(/\nexpires: \d{4}-\d\d-\d\d\n/);
  expect(text).toContain("environments:\n  production: { default: off }\n  staging: { default: off }\n");
});

test("a flag that the guide refuses is not written, and the rule says why", async () => {
  const refused = await make("billing.InvoiceMail");
  expect(refused).toMatchObject({ code: 1, out: expect.stringContaining("key/case") });
  expect(existsSync(join(folder, "flags/billing/InvoiceMail.yaml"))).toBe(false);
  expect((await make("billing.invoice-export")).code).toBe(1);
  expect((await make("../outside")).code).toBe(1);
  expect(existsSync(join(folder, "../outside.yaml"))).toBe(false);
});

test("a ticket stands in a new flag where it is given, and where the guide asks for one none is written without", async () => {
  const asks = mkdtempSync(join(tmpdir(), "sluice-new-"));
  const guide = 'style: { extends: recommended, areas: { billing: team-billing }, rules: { meta/ticket: { pattern: "BIL-[0-9]+" } } }';
  writeFileSync(join(asks, "sluice.yaml"), `project: p\nenvironments: { production: {} }\nteams: { team-billing: {} }\n${guide}\n`);
  const made = (...more: readonly string[]): ReturnType<typeof run> =>
    run("new", "flag", "billing.invoice-export", "--folder", asks, "--owner", "team-billing", "--description", "Lets an accountant export invoices.", ...more);
  expect(await made()).toMatchObject({ code: 1, out: expect.stringContaining("meta/ticket") });
  expect(await made("--ticket", "OLD-1")).toMatchObject({ code: 1, out: expect.stringContaining("meta/ticket") });
  expect((await made("--ticket", "BIL-214")).code).toBe(0);
  expect(readFileSync(join(asks, "flags/billing/invoice-export.yaml"), "utf8")).toContain("\nowner: team-billing\nticket: BIL-214\ncreated: ");
  rmSync(asks, { recursive: true });
});

test("a new segment is a condition or a list kept at run time, and a wrong condition is not written", async () => {
  const segment = (key: string, ...more: readonly string[]): ReturnType<typeof run> =>
    run("new", "segment", key, "--folder", folder, "--description", "Those who pay.", ...more);
  expect((await segment("paying", "--if", "{ plan: { in: [pro, team] } }")).code).toBe(0);
  expect(readFileSync(join(folder, "segments/paying.yaml"), "utf8")).toBe('key: paying\ndescription: "Those who pay."\nif: { plan: { in: [pro, team] } }\n');
  expect((await segment("pilots", "--runtime", "--owner", "team-billing")).code).toBe(0);
  expect(await run("validate", folder)).toMatchObject({ code: 0, out: expect.stringMatching(/: 2 flags, 2 segments$/) });
  expect(await segment("wrong", "--if", "{ plan: { inn: [pro] } }")).toMatchObject({ code: 1, out: expect.stringContaining('no operator "inn"') });
  expect(existsSync(join(folder, "segments/wrong.yaml"))).toBe(false);
  expect((await segment("both", "--if", "{ a: { equals: b } }", "--runtime")).code).toBe(2);
  expect((await segment("none")).code).toBe(2);
  expect((await segment("paying", "--runtime")).code).toBe(1);
});
