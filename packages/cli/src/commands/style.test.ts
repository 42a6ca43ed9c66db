import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-style-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const flag = (key: string): string =>
  `key: ${key}\ndescription: Lets an accountant export invoices as CSV.\nkind: release\nowner: team-billing\ncreated: 2026-11-02\nexpires: 2026-12-02\ntype: boolean\nenvironments: { production: { default: off } }\n`;
beforeAll(() => {
  mkdirSync(join(folder, "flags"));
  writeFileSync(join(folder, "sluice.yaml"), 'project: plumbline\nenvironments: { production: {} }\nkeys: "[A-Za-z0-9._-]+"\n');
  for (const key of ["exportInvoices", "sendLetters", "hideLedger", "rank_results"]) writeFileSync(join(folder, `flags/${key}.yaml`), flag(key));
});

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly said: string }> {
  const [out, said]: [string[], string[]] = [[], []];
  const terminal = {
    out: (line: string) => void out.push(line),
    say: (line: string) => void said.push(line),
    json: (value: unknown) => void out.push(JSON.stringify(value)),
    colour: false,
  };
  const code = await runProgram(createProgram(terminal, []), argv, terminal);
  process.exitCode = undefined;
  return { code, out: out.join("\n"), said: said.join("\n") };
}

describe("a company that has flags and no style guide", () => {
  test("learns one, shows it, and begins with a baseline", async () => {
    const learnt = await run("style", "infer", folder);
    expect(learnt.out).toBe("style:\n  extends: camel\n  rules:\n    key/positive: off   # 25 % of the keys are otherwise");
    expect(learnt.said).toContain("1 of 4 keys (25 %) would be errors:\n    rank_results  key/case");
    writeFileSync(join(folder, "sluice.yaml"), `project: plumbline\nenvironments: { production: {} }\n${learnt.out}\n`);
    expect((await run("validate", folder)).code).toBe(1);
    expect((await run("style", "baseline", folder)).out).toContain("1 finding stays a warning");
    expect(readFileSync(join(folder, "style-baseline.yaml"), "utf8")).toContain("key/case:\n  - rank_results\n");
    expect((await run("validate", folder)).code).toBe(0);
    expect((await run("style", "baseline", folder)).code).toBe(1);
    const page = (await run("style", "guide", folder)).out;
    expect(page).toMatch(/^# How we name and write flags: plumbline\n\nA key is the area, a dot, and what the flag decides about, in camel case/);
    expect(page).toContain("### key/case\n\n**error.**");
    expect(page).not.toContain("### key/positive");
    expect(page).toContain("Not asked here: `key/positive`.");
  });

  test("has an empty baseline where nothing is wrong, and it is no mistake", async () => {
    const clean = mkdtempSync(join(tmpdir(), "sluice-style-"));
    mkdirSync(join(clean, "flags"));
    writeFileSync(
      join(clean, "sluice.yaml"),
      "project: plumbline\nenvironments: { production: {} }\nstyle: { extends: recommended, rules: { test/both-states: off } }\n",
    );
    writeFileSync(join(clean, "flags/export.yaml"), flag("billing.export-csv").replace("billing.export-csv", "export"));
    expect((await run("style", "infer", clean)).said).toContain("1 key: ");
    expect((await run("style", "baseline", clean)).out).toContain("0 findings stay warnings");
    expect(await run("validate", clean)).toMatchObject({ code: 0, said: "" });
    rmSync(clean, { recursive: true });
  });

  test("learns from a list of keys and from a column of a table", async () => {
    writeFileSync(join(folder, "keys.txt"), "AG_GRID\nKV_STORE\n");
    writeFileSync(join(folder, "keys.csv"), "dataset,key\na,AG_GRID\nb,KV_STORE\n");
    const [lines, table] = [await run("style", "infer", "--keys", join(folder, "keys.txt")), await run("style", "infer", "--keys", join(folder, "keys.csv"))];
    expect(lines.out).toContain("extends: constant");
    expect(table).toEqual(lines);
  });
});
