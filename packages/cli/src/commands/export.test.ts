import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-export-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const flag = (key: string, rule: string): string =>
  `key: ${key}\ndescription: Exports.\nkind: release\nowner: team-x\ntype: boolean\nenvironments: { production: { rules: [${rule}], default: off } }\n`;
const files = {
  "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
  "flags/plain.yaml": flag("plain", "{ id: pro, if: { plan: { equals: pro } }, serve: on }"),
  "flags/versioned.yaml": flag("versioned", '{ id: new, if: { app: { semver: ">=2.0.0" } }, serve: on }'),
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: readonly string[] }> {
  const out: string[] = [];
  const line = (text: string): void => void out.push(text);
  const terminal = { out: line, say: line, json: (value: unknown) => line(JSON.stringify(value)), colour: false };
  return { code: await runProgram(createProgram(terminal, []), argv, terminal), out };
}

test("export writes flagd's definitions and names each flag that has no equal there", async () => {
  const to = join(root, "flagd.json");
  const { code, out } = await run("export", "flagd", root, "--to", to);
  expect([code, out]).toEqual([0, [`exported  1 flags into ${to}`, 'left out   versioned: it has the operator "semver"']]);
  expect(JSON.parse(readFileSync(to, "utf8"))).toEqual({
    flags: {
      plain: {
        state: "ENABLED",
        variants: { on: true, off: false },
        defaultVariant: "off",
        targeting: { if: [{ "===": [{ var: "plan" }, "pro"] }, "on", "off"] },
      },
    },
  });
});

test("export knows one format", async () => {
  const { code, out } = await run("export", "toggles", root);
  expect([code, out[0]]).toEqual([2, 'sluice: There is no export of "toggles".\n        Known: flagd.']);
});
