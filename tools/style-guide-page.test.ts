import { readFileSync } from "node:fs";
import { join } from "node:path";
import { guideRules, parseProject } from "@sluice/definitions";
import { expect, test } from "vitest";
import { styleGuidePage } from "./style-guide-page.ts";

const page = readFileSync(join(import.meta.dirname, "../docs/style-guide.md"), "utf8");

test("docs/style-guide.md is what the engine's table says now", () => {
  expect(page, "run: node tools/style-guide-page.ts").toBe(styleGuidePage());
});

test("every rule has one heading", () => {
  const headings = [...page.matchAll(/^#### (.+)$/gm)].map(([, heading]) => heading ?? "");
  expect(headings.sort()).toEqual(guideRules.map(({ id }) => id).sort());
});

test("the example sets up a style guide without a mistake", () => {
  const yaml = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text).join("");
  const { diagnostics, project } = parseProject({ files: new Map([["sluice.yaml", `project: p\nenvironments: { production: {} }\n${yaml}`]]) });
  expect(diagnostics).toEqual([]);
  expect(project?.style?.overrides).toHaveLength(2);
  expect(project?.style?.custom).toHaveLength(3);
  expect(project?.code?.wrappers).toHaveLength(1);
});
