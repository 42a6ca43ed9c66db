import { type Diagnostic, formatDiagnostics, ParseCache, parseProject, type RenamedFiles, renameFlagFiles, renameSegmentFiles } from "@sluice/definitions";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { factsFor, type FlagFolder, readFlagFolder, writeFiles } from "../flag-folder.ts";
import { paint, type Terminal } from "../terminal.ts";

interface RenameOptions {
  readonly folder: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface Rename {
  readonly what: "flag" | "segment";
  readonly from: string;
  readonly to: string;
}

/** `rename flag` and `rename segment`: the file moves, what names it follows, and a flag's former key goes on answering. */
export function registerRename(program: Command, terminal: Terminal): void {
  const group = program.command("rename").description("give a definition another key, with everything that names it: a change of files, to be reviewed");
  const add = (what: Rename["what"], description: string, example: string): Command =>
    group
      .command(what)
      .description(description)
      .argument("<old-key>", "as it is called now")
      .argument("<new-key>", "as it shall be called")
      .option("--folder <folder>", "folder that holds sluice.yaml", ".")
      .option("--dry-run", "write nothing")
      .option("--json", "print one JSON object")
      .addHelpText("after", `\nExample:\n  sluice rename ${what} ${example} && sluice plan`)
      .action((from: string, to: string, options: RenameOptions) => rename({ what, from, to }, options, terminal));
  add("flag", "give a flag another key; code that asks for the former one gets the same answers", "billing.export billing.csv-export");
  add("segment", "give a segment another key", "small-accounts small-companies");
}

function rename(wish: Rename, options: RenameOptions, terminal: Terminal): void {
  const read = readFlagFolder(options.folder);
  const cache = new ParseCache();
  const done = (wish.what === "flag" ? renameFlagFiles : renameSegmentFiles)({ files: read.files, cache }, wish);
  if (!done.ok) throw failed({ code: `rename/${done.code}`, message: done.message, fix: done.fix });
  const after = new Map(read.files);
  for (const was of done.moved.values()) after.delete(was);
  const taken = [...done.moved.keys()].find((path) => after.has(path));
  if (taken !== undefined) throw failed({ code: "rename/path", message: `${taken} is there already.`, fix: "Move that file away, or choose another key." });
  for (const [path, text] of done.written) after.set(path, text);
  mustStayWhole({ read, after, moved: done.moved }, cache, terminal);
  if (options.dryRun !== true) writeFiles(read.folder, read.files, after);
  const left = leftToDo(wish);
  if (options.json === true)
    return terminal.json({
      ...wish,
      path: done.path,
      ...(done.moved.size === 0 ? {} : { removed: done.moved.get(done.path), moved: Object.fromEntries([...done.moved].map(([to, from]) => [from, to])) }),
      ...(done.salt === undefined ? {} : { salt: done.salt }),
      references: Object.fromEntries(done.references),
      written: options.dryRun !== true,
      left,
    });
  tell(done, wish, { terminal, verb: options.dryRun === true ? "would write" : "wrote" });
  for (const line of left) terminal.out(line);
}

function tell(
  done: Extract<RenamedFiles, { readonly ok: true }>,
  { what, from, to }: Rename,
  { terminal, verb }: { readonly terminal: Terminal; readonly verb: string },
): void {
  const inPlaceOf = (path: string): string => {
    const was = done.moved.get(path);
    return `${paint(terminal, "green", verb)}  ${path}${was === undefined ? "" : ` in place of ${was}`}`;
  };
  terminal.out(inPlaceOf(done.path));
  for (const path of done.moved.keys()) if (path !== done.path) terminal.out(inPlaceOf(path));
  if (what === "flag") terminal.out(`       aliases: ${from} goes on answering what ${to} answers`);
  if (done.salt !== undefined) terminal.out(`       salt: ${done.salt}, so that shares and splits keep their people`);
  for (const [path, count] of done.references) terminal.out(`${paint(terminal, "green", verb)}  ${path}: ${count} ${count === 1 ? "name" : "names"} of it`);
}

function leftToDo({ what, from, to }: Rename): readonly string[] {
  if (what === "segment")
    return [`What it means: sluice plan. Kills that are for the segment ${from} only cover everybody from the merge on: look at sluice kills first.`];
  return [
    "What it means: sluice plan. Kills, releases, pins and reverts go on with the flag.",
    `Left to do in code: ask for ${to} where it asks for ${from}; run sluice codegen where you use it.`,
    `When nobody asks for ${from} any more, which the flag's page says, take it out of aliases in the file.`,
  ];
}

/** What the key pattern, the style guide or another file has against the new name: then nothing is written. */
function mustStayWhole(
  { read, after, moved }: { readonly read: FlagFolder; readonly after: ReadonlyMap<string, string>; readonly moved: ReadonlyMap<string, string> },
  cache: ParseCache,
  terminal: Terminal,
): void {
  const facts = factsFor(read, undefined, cache);
  const told = (files: ReadonlyMap<string, string>): readonly Diagnostic[] =>
    parseProject({ files }, { cache, ...(facts === undefined ? {} : { facts }) }).diagnostics.filter(({ severity }) => severity === "error");
  const nameOf = ({ file, code, message }: Diagnostic): string => JSON.stringify([file, code, message]);
  const known = new Set(told(read.files).map(nameOf));
  // A mistake of a file that moves was there before as well, under its former path.
  const errors = told(after).filter((one) => !known.has(nameOf(one)) && !known.has(nameOf({ ...one, file: moved.get(one.file) ?? one.file })));
  if (errors.length === 0) return;
  terminal.say(formatDiagnostics(errors, (path) => after.get(path), { format: "text", colour: terminal.colour }));
  throw failed({
    code: "rename/refused",
    message: "So renamed, files would have mistakes; nothing was written.",
    fix: "Choose another key, or mend what is named above first.",
  });
}

const failed = (what: { readonly code: string; readonly message: string; readonly fix: string }): CommandFailed => new CommandFailed({ ...what, exitCode: 1 });
