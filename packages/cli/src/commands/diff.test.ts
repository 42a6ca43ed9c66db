import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-diff-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function folderOf(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name, path)), { recursive: true });
    writeFileSync(join(root, name, path), text);
  }
  return join(root, name);
}

const PROJECT = "project: p\nenvironments: { production: {} }\n";
const flag = (rules: string): string =>
  `key: export\ndescription: Exports.\nkind: release\nowner: team-x\ntype: boolean\nenvironments: { production: { rules: [${rules}], default: off } }\n`;
const before = folderOf("before", {
  "sluice.yaml": PROJECT,
  "flags/export.yaml": flag("{ id: pro, if: { segment: paying }, serve: on }"),
  "segments/paying.yaml": "key: paying\nif: { plan: { equals: pro } }\n",
});
const after = folderOf("after", {
  "sluice.yaml": PROJECT,
  "flags/export.yaml": flag("{ id: pro, if: { segment: paying }, serve: on }"),
  "segments/paying.yaml": "key: paying\nif: { plan: { in: [pro, team] } }\n",
});

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: readonly string[] }> {
  const out: string[] = [];
  const terminal = {
    out: (line: string) => void out.push(line),
    say: (line: string) => void out.push(line),
    json: (value: unknown) => void out.push(JSON.stringify(value)),
    colour: false,
  };
  return { code: await runProgram(createProgram(terminal, []), argv, terminal), out };
}

describe("sluice diff", () => {
  test("names the flags whose rules differ, also through a segment", async () => {
    expect(await run("diff", before, after)).toEqual({ code: 0, out: ["export changes"] });
    expect(await run("diff", before, before)).toEqual({ code: 0, out: ["Nobody gets anything else."] });
  });

  test("tells what one customer gets before and after", async () => {
    expect((await run("diff", before, after, "-c", '{"plan":"team"}')).out).toEqual(["export: off (default) before, on (rule pro) after."]);
    expect((await run("diff", before, after, "-c", '{"plan":"pro"}')).out).toEqual(["Nobody gets anything else."]);
  });

  test("shows each step before and after", async () => {
    const { out } = await run("diff", before, after, "-c", '{"plan":"team"}', "--flag", "export");
    expect(out).toContain('      plan ("team") equals "pro": false'.replace("      ", "    "));
    expect(out).toContain('    plan ("team") in ["pro","team"]: true');
  });

  test("names everybody of a file for whom a flag changes", async () => {
    const contexts = join(root, "everybody.json");
    writeFileSync(contexts, '[{"name":"Acme","plan":"team"},{"name":"Bolt","plan":"pro"},{"plan":"team"}]');
    expect((await run("diff", before, after, "--contexts", contexts)).out).toEqual(["export: 2 of 3: Acme, #3"]);
  });

  test("reads a snapshot's JSON in place of a folder, and says why it cannot", async () => {
    const file = join(root, "snapshot.json");
    writeFileSync(file, '{"format":1,"environment":"production","epoch":"e","seq":1,"salt":"s","flags":{}}');
    expect((await run("diff", file, after)).out).toEqual(["export comes"]);
    writeFileSync(file, "{}");
    expect((await run("diff", file, after)).code).toBe(2);
    expect((await run("diff", before, after, "--contexts", file)).code).toBe(2);
  });
});
