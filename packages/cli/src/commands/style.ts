import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { BASELINE_FILE, baselineText, guideOfPreset, guidePage, inferStyle, type InferredStyle } from "@sluice/definitions";
import { counted } from "@sluice/snapshot";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { parseFolder } from "../flag-folder.ts";
import { paint, type Terminal } from "../terminal.ts";
import { registerStyleCheck } from "./style-check.ts";

/** Keys in error that are named; the rest is counted. */
const SHOWN_MAX = 10;

/** `style infer | guide | baseline | check`: a company's style guide, learnt, shown, begun with, and held against code. */
export function registerStyle(program: Command, terminal: Terminal): void {
  const style = program.command("style").description("learn, show and begin with a style guide, and hold code against it");
  style
    .command("infer")
    .description("learn the case, the areas and the habits of the flags there are, and print the section for sluice.yaml")
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .option("--keys <file>", "read keys from a file instead: one on each line, or a CSV with a column key")
    .option("--json", "print one JSON object")
    .action((folder: string, options: { readonly keys?: string; readonly json?: boolean }) => infer(folder, options, terminal));
  style
    .command("guide")
    .description("write the project's style guide as a Markdown page, for somebody who is new")
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .option("--out <file>", "write it there instead of printing it")
    .option("--json", "print one JSON object")
    .action((folder: string, options: { readonly out?: string; readonly json?: boolean }) => guide(folder, options, terminal));
  style
    .command("baseline")
    .description(`write ${BASELINE_FILE}: what is wrong today stays a warning, and may only become less`)
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .option("--json", "print one JSON object")
    .action((folder: string, options: { readonly json?: boolean }) => baseline(folder, options, terminal));
  registerStyleCheck(style, terminal);
}

function infer(start: string, { keys: file, json }: { readonly keys?: string; readonly json?: boolean }, terminal: Terminal): void {
  const { keys, owners } = file === undefined ? keysOfFolder(start) : { keys: keysOfText(readFileSync(file, "utf8")), owners: new Map<string, string>() };
  if (keys.length === 0)
    throw new CommandFailed({
      code: "style/no-keys",
      message: "There are no keys to learn from.",
      fix: "Name a folder with flags, or a file with --keys.",
      exitCode: 2,
    });
  const learnt = inferStyle(keys, owners);
  if (json === true) {
    const { guide: _guide, turnedOff, inError, ...plain } = learnt;
    terminal.json({ ...plain, turnedOff: Object.fromEntries(turnedOff), inError: Object.fromEntries(inError) });
    return;
  }
  printLearnt(learnt, terminal);
}

function printLearnt({ keys, cases, lengths, inError, text }: InferredStyle, terminal: Terminal): void {
  const shares = Object.entries(cases)
    .sort(([, a], [, b]) => b - a)
    .map(([name, share]) => `${name} ${percent(share)}`);
  terminal.say(`${counted(keys, "key")}: ${shares.join(", ")}; half have at most ${lengths.p50} characters, 95 of 100 at most ${lengths.p95}`);
  terminal.out(text.trimEnd());
  terminal.say(`${inError.size} of ${counted(keys, "key")} (${percent(inError.size / keys)}) would be errors${inError.size === 0 ? "." : ":"}`);
  for (const [key, rule] of [...inError].slice(0, SHOWN_MAX)) terminal.say(`    ${key}  ${rule}`);
  if (inError.size > SHOWN_MAX) terminal.say(`    and ${inError.size - SHOWN_MAX} more`);
  if (inError.size > 0) terminal.say("Put the section into sluice.yaml; then: sluice style baseline");
}

const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;

function keysOfFolder(start: string): { readonly keys: readonly string[]; readonly owners: ReadonlyMap<string, string> } {
  const { parsed } = parseFolder(start);
  const owners = new Map([...parsed.flags].flatMap(([key, { owner }]) => (owner === undefined ? [] : [[key, owner] as const])));
  // A key that the reader refuses today is part of how the company writes them.
  return { keys: [...new Set([...parsed.flags.keys(), ...parsed.brokenFlags.map(({ flag }) => flag)])].sort(), owners };
}

/** Lines, or the column `key` of a CSV whose keys hold no quotes or commas. */
function keysOfText(text: string): readonly string[] {
  const [first = "", ...rest] = text.split(/\r?\n/);
  const column = first.split(",").indexOf("key");
  const lines = column < 0 ? [first, ...rest] : rest;
  const keys = lines.map((line) => (column < 0 ? line : (line.split(",")[column] ?? "")).trim());
  return [...new Set(keys.filter((key) => key !== ""))];
}

function guide(start: string, { out, json = false }: { readonly out?: string; readonly json?: boolean }, terminal: Terminal): void {
  const { parsed } = parseFolder(start);
  const style = parsed.project?.style ?? guideOfPreset("recommended");
  if (parsed.project === undefined || style === undefined)
    throw new CommandFailed({ code: "style/no-project", message: "sluice.yaml has mistakes.", fix: "Mend them: sluice validate", exitCode: 1 });
  const page = guidePage(`How we name and write flags: ${parsed.project.key}`, style);
  if (parsed.project.style === undefined && !json) terminal.say("sluice.yaml has no style:, so this is the preset recommended.");
  if (out !== undefined) writeFileSync(out, page);
  if (json) terminal.json(out === undefined ? { page } : { wrote: out });
  else terminal.out(out === undefined ? page.trimEnd() : `${paint(terminal, "green", "wrote")}  ${out}`);
}

function baseline(start: string, { json = false }: { readonly json?: boolean }, terminal: Terminal): void {
  const { folder, parsed } = parseFolder(start);
  const path = join(folder, BASELINE_FILE);
  if (existsSync(path))
    throw new CommandFailed({
      code: "style/baseline-exists",
      message: `${BASELINE_FILE} is there already, and may only become shorter.`,
      fix: "Mend flags and run: sluice validate --fix",
      exitCode: 1,
    });
  if (parsed.project?.style === undefined)
    throw new CommandFailed({ code: "style/no-guide", message: "sluice.yaml has no style:.", fix: "Begin with: sluice style infer", exitCode: 1 });
  writeFileSync(path, baselineText(parsed.styleErrors), { flag: "wx" });
  const written = relative(process.cwd(), path);
  if (json) return terminal.json({ wrote: written, findings: parsed.styleErrors.size });
  terminal.out(
    `${paint(terminal, "green", "wrote")}  ${written}: ${parsed.styleErrors.size} ${parsed.styleErrors.size === 1 ? "finding stays a warning" : "findings stay warnings"}`,
  );
}
