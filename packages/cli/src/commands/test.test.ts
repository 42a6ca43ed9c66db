import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "flags"));
mkdirSync(join(folder, "tests"));
writeFileSync(join(folder, "sluice.yaml"), "project: p\nenvironments: { production: {} }\n");
writeFileSync(
  join(folder, "flags/export.yaml"),
  "key: export\ndescription: Exports.\nkind: release\nowner: team-x\ntype: boolean\nenvironments: { production: { rules: [{ id: pro, if: { plan: { equals: pro } }, serve: on }, { if: { plan: { equals: team } }, serve: on }], default: off } }\n",
);
const good = "flag: export\ntests:\n  - { name: 'pro <has> it', context: { plan: pro }, expect: on, reason: TARGETING_MATCH, by: pro }\n  - { expect: off }\n";

async function run(tests: string, ...argv: readonly string[]): Promise<{ readonly code: number; readonly out: readonly string[] }> {
  writeFileSync(join(folder, "tests/export.yaml"), tests);
  const out: string[] = [];
  const write = (line: string): void => void out.push(line);
  const terminal = { out: write, say: write, json: (value: unknown) => write(JSON.stringify(value)), colour: false };
  const code = await runProgram(createProgram(terminal, []), ["test", folder, ...argv], terminal);
  process.exitCode = undefined;
  return { code, out };
}

describe("sluice test", () => {
  test("names the rules that no expectation reaches", async () => {
    const { code, out } = await run(good);
    expect(code).toBe(0);
    expect(out.slice(0, 2)).toEqual(["2 of 3 rules and defaults reached (66.6 %)", "    not reached: export, production: #2"]);
  });

  test("fails below the coverage that is asked for", async () => {
    expect((await run(good, "--coverage", "60")).code).toBe(0);
    expect((await run(good, "--coverage", "80")).code).toBe(1);
  });

  test("shows a failed expectation with every step that led to the answer", async () => {
    const { code, out } = await run("tests: [{ flag: export, context: { plan: free }, expect: on }]\n");
    expect(code).toBe(1);
    expect(out).toContain("    Expected on, got off with reason DEFAULT (default).");
    expect(out).toContain('      plan ("free") equals "pro": false');
  });

  test("fails for a mistake in a file of expectations", async () => {
    expect((await run("tests: [{ flag: exprt, expect: on }]\n")).code).toBe(1);
  });

  test("writes JUnit", async () => {
    const file = join(folder, "junit.xml");
    await run(`${good}  - { context: { plan: free }, expect: on }\n`, "--junit", file);
    const xml = readFileSync(file, "utf8");
    expect(xml).toContain('<testsuite name="tests/export.yaml" tests="3" failures="1" errors="0" skipped="0">');
    expect(xml).toContain('name="pro &lt;has&gt; it" file="tests/export.yaml" line="3"/>');
    expect(xml).toContain('<failure message="Expected on, got off with reason DEFAULT (default).">');
  });

  test.each([
    ["sluice.yaml cannot be read", "project: p\nenvironmentz: { production: {} }\n", good, 'name="sluice.yaml" tests="1" failures="0" errors="1" skipped="0"'],
    [
      "an expectation is of an environment that is not there",
      "project: p\nenvironments: { production: {} }\n",
      "tests: [{ flag: export, environment: nowhere, expect: on }]\n",
      'name="tests/export.yaml" tests="1" failures="0" errors="1" skipped="0"',
    ],
  ])("is no success, in JUnit neither, where %s", async (_why, project, tests, suite) => {
    const file = join(folder, "junit.xml");
    const before = readFileSync(join(folder, "sluice.yaml"), "utf8");
    writeFileSync(join(folder, "sluice.yaml"), project);
    try {
      expect((await run(tests, "--junit", file)).code).toBe(1);
      expect(readFileSync(file, "utf8")).toContain(`<testsuite ${suite}>`);
    } finally {
      writeFileSync(join(folder, "sluice.yaml"), before);
    }
  });

  test("tells programs the same as people", async () => {
    const { code, out } = await run("tests: [{ flag: export, expect: on }]\n", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out[0] ?? "")).toMatchObject({ passed: 0, failed: 1, skipped: 0, results: [{ outcome: "failed", line: 1 }] });
  });
});
