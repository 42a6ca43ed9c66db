import { readFileSync } from "node:fs";
import { join } from "node:path";
import { diagnosticCatalogue, parseProject } from "@sluice/definitions";
import { expect, test } from "vitest";
import { errorsPage } from "./errors-page.ts";

const page = readFileSync(join(import.meta.dirname, "../docs/errors.md"), "utf8");
const headings = page
  .split("\n")
  .filter((line) => line.startsWith("### "))
  .map((line) => line.slice(4));

test("docs/errors.md is what the validator's table says now", () => {
  expect(page, "run: node tools/errors-page.ts").toBe(errorsPage());
});

test("every code has one heading", () => {
  expect([...headings].sort()).toEqual(Object.keys(diagnosticCatalogue).sort());
});

test("the link in a message is the anchor of its heading", () => {
  const [missing] = parseProject({ files: new Map() }).diagnostics;
  // How Markdown renderers make an anchor: lower case, spaces to dashes, other punctuation dropped.
  const anchors = headings.map(
    (heading) =>
      `docs/errors.md#${heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-")}`,
  );
  expect(missing?.docs).toBe("docs/errors.md#projectmissing");
  expect(anchors).toContain(missing?.docs);
  expect(new Set(anchors).size).toBe(headings.length);
});
