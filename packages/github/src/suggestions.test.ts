import { parseProject } from "@sluice/definitions";
import { expect, test } from "vitest";
import { linesShown, type Suggestion, suggestionsOf } from "./suggestions.ts";

const flag = (more: string): string =>
  `key: site.photos\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nvariants: { on: true, off: false }\noff: off\n${more}`;
const served = "environments:\n  production:\n    default: off\n";

function suggested(text: string, project = "project: p\nenvironments: { production: {} }\n"): readonly Suggestion[] {
  const file = "flags/site/photos.yaml";
  const { diagnostics } = parseProject(
    {
      files: new Map([
        ["sluice.yaml", project],
        [file, text],
      ]),
    },
    { facts: { today: "2026-12-01" } },
  );
  return suggestionsOf({ file, text }, diagnostics, "infra/");
}

/** What GitHub's button does: the lines go, and those of the block stand there. */
function committed(text: string, { startLine, endLine, body }: Suggestion): string {
  const [, fence = ""] = /\n(`{3,})suggestion\n/.exec(body) ?? [];
  const block = body.slice(body.indexOf(`${fence}suggestion\n`) + `${fence}suggestion\n`.length, body.lastIndexOf(fence));
  const lines = text.split("\n");
  return [...lines.slice(0, startLine - 1), ...(block === "" ? [] : block.replace(/\n$/, "").split("\n")), ...lines.slice(endLine)].join("\n");
}

test("the nearest right name stands in its line, and committing it is the mended file", () => {
  const text = flag(served.replace("off\n", "offf\n"));
  const [one, ...more] = suggested(text);
  expect(more).toEqual([]);
  expect(one).toMatchObject({ path: "infra/flags/site/photos.yaml", startLine: 10, endLine: 10 });
  expect(committed(text, one ?? { path: "", startLine: 0, endLine: 0, body: "" })).toBe(flag(served));
});

test("a line that a rule of style adds keeps the line beside it", () => {
  const text = flag(served).replace("kind: release", "kind: ops");
  const project = "project: p\nenvironments: { production: {} }\nstyle: { extends: dotted-kebab, rules: { val/safe-default: error } }\n";
  expect(suggested(text, project).length).toBeGreaterThan(0);
  for (const one of suggested(text, project)) {
    const after = committed(text, one);
    expect(after.split("\n").length).toBeGreaterThanOrEqual(text.split("\n").length);
    expect(suggested(after, project).length).toBeLessThan(suggested(text, project).length);
  }
});

test("lines out of order are one suggestion, and committing it is the file that fmt writes", () => {
  const text = flag(served).replace("owner: team-x\n", "").replace("off: off\n", "off: off\nowner: team-x\n");
  const [one] = suggested(text);
  expect(committed(text, one ?? { path: "", startLine: 0, endLine: 0, body: "" })).toBe(flag(served));
  expect(one?.startLine).toBe(4);
});

test("a file in its usual form without mistakes has none, and neither has one with Windows line ends", () => {
  expect(suggested(flag(served))).toEqual([]);
  expect(suggested(flag(served.replace("off\n", "offf\n")).replaceAll("\n", "\r\n"))).toEqual([]);
});

test("no text of a file ends the block or becomes a mention", () => {
  const text = `${flag(served)}# \`\`\`\`\n`.replace("default: off", "default: offf").replace("owner: team-x", 'owner: "@acme"');
  for (const { body } of suggested(text)) {
    const [, fence = ""] = /\n(`{3,})suggestion\n/.exec(body) ?? [];
    expect(body.slice(0, body.indexOf("suggestion\n", 30))).not.toMatch(/(^|[^`\u200b])@acme/);
    expect(body.endsWith(`\n${fence}`)).toBe(true);
  }
});

test("the lines that a patch shows are those of its new side", () => {
  const patch = "@@ -1,3 +1,4 @@\n a\n-b\n+B\n+c\n d\n\\ No newline at end of file\n@@ -20 +21,2 @@ x\n y\n+z";
  expect([...linesShown(patch)]).toEqual([1, 2, 3, 4, 21, 22]);
});
