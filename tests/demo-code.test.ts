// The code of the demo company and of each SDK's sample, held against the demo's flags by the built command: what a pipeline of theirs would say.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const flags = join(root, "examples/shop-floor/flags-repository");
const scratch = mkdtempSync(join(tmpdir(), "sluice-demo-code-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function sluice(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "tools/sluice.mjs"), ...args], { encoding: "utf8" });
  return { status, text: `${stdout}${stderr}` };
}

interface Said {
  readonly references: number;
  readonly diagnostics: readonly { readonly file: string; readonly code: string }[];
}
const check = (folder: string): Said => JSON.parse(sluice("style", "check", folder, "--flags", flags, "--json").text) as Said;

/** A service of each language, and a line of it with the question it asks. */
const services = [
  { folder: "examples/shop-floor/src", references: 9, file: "worker.ts", line: "REPORTS_DAILY_REPORT, false", wrong: "REPORTS_DAILY_REPORT, true" },
  { folder: "sdks/go/samples", references: 1, file: "nethttp/main.go", line: '"billing.invoice-export", false', wrong: '"billing.invoice-export", true' },
  { folder: "sdks/python/samples", references: 1, file: "fastapi_app.py", line: '"billing.invoice-export", False', wrong: '"billing.invoice-export", True' },
  {
    folder: "sdks/java/samples/src/main",
    references: 1,
    file: "java/io/github/sluiceflags/samples/InvoiceServer.java",
    line: '"billing.invoice-export", false',
    wrong: '"billing.invoice-export", true',
  },
] as const;

describe("code of the demo", () => {
  test.each(services)("$folder asks as the style guide would have it", ({ folder, references }) => {
    expect(check(join(root, folder))).toMatchObject({ references, diagnostics: [] });
  });

  test.each(services)("a wrong default in $folder is found", ({ folder, file, line, wrong }) => {
    const copy = join(scratch, folder.replaceAll("/", "-"));
    cpSync(join(root, folder), copy, { recursive: true });
    const text = readFileSync(join(copy, file), "utf8");
    expect(text).toContain(line);
    writeFileSync(join(copy, file), text.replace(line, wrong));
    expect(check(copy).diagnostics.map((one) => `${one.file} ${one.code}`)).toEqual([`${file} code/default-match`]);
  });

  test("the constants it asks by are those that its flags give", () => {
    const written = join(root, "examples/shop-floor/src/flags.ts");
    expect(sluice("codegen", "ts", flags, "--out", written, "--check")).toMatchObject({ status: 0 });
  });
});
