import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createProgram, type Terminal } from "@sluice/cli";
import { registerDev, registerServe } from "../../packages/distribution/src/serve.ts";
import { expect, test } from "vitest";
import { chaptersMissing } from "./expectations.ts";
import { NotFollowable, stepsOf } from "./readme.ts";

const root = join(import.meta.dirname, "../..");
const fence = (language: string, ...lines: readonly string[]): string => ["Some words.", `\`\`\`${language}`, ...lines, "```", ""].join("\n");

test("blocks become command lines and saved files, in order, and nothing else of a page is read", () => {
  const page = [
    fence("sh", "npm start    # keeps running; Ctrl+C ends it"),
    "`npm run elsewhere` is prose.",
    fence("js", "// my-app/app.mjs", "go();"),
    fence("sh", "# a comment", "first \\", "  --long", "second # for now"),
  ].join("\n");
  expect(stepsOf(page)).toEqual([
    { kind: "command", text: "npm start    # keeps running; Ctrl+C ends it", keepsRunning: true },
    { kind: "file", path: "my-app/app.mjs", text: "// my-app/app.mjs\ngo();\n" },
    { kind: "command", text: "first --long", keepsRunning: false },
    { kind: "command", text: "second # for now", keepsRunning: false },
  ]);
});

test.each([
  ["a placeholder in angle brackets", fence("sh", "npx sluice serve --source <git url>")],
  ["a placeholder in capitals", fence("sh", "export KEY=YOUR_SDK_KEY")],
  ["an ellipsis", fence("sh", "npx sluice kill ...")],
  ["code that is saved nowhere", fence("ts", "go();")],
  ["a file outside the folder", fence("ts", "// ../app.ts", "go();")],
  ["a here-document", fence("sh", "cat <<E", "x", "E")],
])("%s cannot be followed", (_, page) => {
  expect(() => stepsOf(page)).toThrow(NotFollowable);
});

const steps = stepsOf(readFileSync(join(root, "README.md"), "utf8"));
const commands = steps.flatMap((step) => (step.kind === "command" ? [step.text] : []));

test("README.md shows start, kill, lift, revert, an application and test, in an order in which they work", () => {
  expect(chaptersMissing(steps)).toEqual([]);
  expect(chaptersMissing(steps.filter((step) => step.kind === "file" || !step.text.startsWith("npx sluice lift")))).toEqual(["lift"]);
  expect(chaptersMissing([...steps].reverse())).not.toEqual([]);
});

test("README.md calls only commands of sluice that there are, and scripts that package.json has", () => {
  const silent: Terminal = { out: () => {}, say: () => {}, json: () => {}, colour: false };
  const known = createProgram(silent, [registerServe, registerDev]).commands.flatMap((command) => [command.name(), ...command.aliases()]);
  const called = commands.flatMap((text) => [...text.matchAll(/npx sluice (\w+)/g)].map((found) => found[1] ?? ""));
  expect(called.length).toBeGreaterThan(5);
  expect(called.filter((name) => !known.includes(name))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const run = commands.flatMap((text) => [...text.matchAll(/^npm (?:run )?(start|test|[a-z]+(?= --))/g)].map((found) => found[1] ?? ""));
  expect(run).toEqual(expect.arrayContaining(["start", "test"]));
  expect(run.filter((name) => scripts[name] === undefined && name !== "install")).toEqual([]);
});

test("what README.md has its reader make is not taken for a part of the project", () => {
  const made = steps.flatMap((step) => (step.kind === "file" ? [step.path] : [...step.text.matchAll(/^mkdir -p (\S+)/g)].map((found) => `${found[1]}/x`)));
  expect(made.length).toBeGreaterThan(1);
  const ignored = execFileSync("git", ["check-ignore", ...made], { cwd: root, encoding: "utf8" })
    .trim()
    .split("\n");
  expect(ignored).toEqual(made);
});
