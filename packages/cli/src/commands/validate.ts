import { relative } from "node:path";
import {
  applyRepairs,
  BASELINE_FILE,
  baselineText,
  diagnosticFormats,
  type DiagnosticFormat,
  formatDiagnostics,
  isCodeEntry,
  type ParsedProject,
  parseProject,
  readBaseline,
  reportDiagnostics,
} from "@sluice/definitions";
import { counted } from "@sluice/snapshot";
import { type Command, Option } from "commander";
import { codeFolders, type GivenCode, lookAtCode, mendCode, seenFrom } from "../code-look.ts";
import { codeOfChange } from "../code-of-change.ts";
import { CommandFailed } from "../failure.ts";
import { type FlagFolder, type Look, parseFolder, type ParsedFolder, writeFiles } from "../flag-folder.ts";
import { gitFolderOf, tombstonesOf } from "../git-facts.ts";
import { type PartOptions, partOf, withPartOptions } from "../part-options.ts";
import { type ProjectPart, wholeOf } from "../project-part.ts";
import { paint, type Terminal } from "../terminal.ts";

interface ValidateOptions extends PartOptions {
  readonly json?: boolean;
  readonly format: "text" | DiagnosticFormat;
  readonly fix?: boolean;
  readonly base?: string;
  readonly staged?: boolean;
  readonly modules?: boolean;
  readonly code?: GivenCode;
}

/** A folder, and how many places of it were mended. */
type Mended = ParsedFolder & { readonly count: number };

/** A repair may make another one possible; no rule needs more rounds. */
const ROUNDS_MAX = 5;

/** `validate` holds every file against the reader and the style guide. */
export function registerValidate(program: Command, terminal: Terminal): void {
  withPartOptions(program.command("validate"))
    .description("check every flag file and name all mistakes, with a place and a fix")
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .option("--url <url>", "with --source: the server that has the rest of the project (SLUICE_URL)")
    .option("--token <token>", "personal token, of any role (SLUICE_TOKEN)")
    .option("--json", "print one JSON object")
    .addOption(new Option("--format <format>", "how to print").choices(["text", ...diagnosticFormats]).default("text"))
    .option("--fix", "mend what a machine can, and take out of the baseline what is mended")
    .addOption(new Option("--staged", "look at what would be committed instead of the files in the folder: for a pre-commit hook").conflicts("fix"))
    .option("--modules", "run the modules of the project's own rules: code of this repository, with your rights")
    .option(
      "--code [folder]",
      "look at code as well: how it asks for these flags; without a folder in those that sluice.yaml names (sluice style check looks at code alone)",
    )
    .option("--base <commit>", "compare with this commit instead of HEAD: what is new, renamed, prolonged")
    .action(async (folder: string, options: ValidateOptions) => {
      const part = await partOf(options);
      const look = { base: options.base, of: options.staged === true ? ("index" as const) : ("disk" as const), runsModules: options.modules === true, part };
      const read = parseFolder(folder, look);
      const mended = options.fix === true ? mend(read, look) : { ...read, count: 0 };
      print(await withCode(mended, { ...options, part }), options, terminal);
    });
}

/** With what is told of an application's code, by paths from the flags' folder. */
async function withCode(read: Mended, { code, fix, base, staged, part }: ValidateOptions & { readonly part: ProjectPart | undefined }): Promise<Mended> {
  const { folder, parsed } = read;
  if (staged === true) {
    // A commit is held to what it brings, as a pull request is.
    const { diagnostics, texts } = await codeOfChange(code, { ...read, part, base: base ?? "HEAD", of: "index" });
    return { ...read, files: new Map([...read.files, ...texts]), parsed: { ...parsed, diagnostics: [...parsed.diagnostics, ...diagnostics] } };
  }
  if (code === undefined) return read;
  // Code may ask for flags of every source.
  const whole = part === undefined ? parsed : parseProject({ files: wholeOf(part, read.files) });
  const against = { parsed: whole, tombstones: tombstonesOf(folder), base };
  const [found, files] = [[...parsed.diagnostics], new Map(read.files)];
  let { count } = read;
  for (const one of codeFolders(code, { folder, parsed: whole, source: part?.source })) {
    const look = await (fix === true ? mendCode(one, against) : lookAtCode(one, against));
    const { diagnostics, text } = seenFrom(folder, look);
    for (const { file } of diagnostics) files.set(file, text(file) ?? "");
    found.push(...diagnostics);
    count += look.count.mended;
  }
  return { ...read, files, parsed: { ...parsed, diagnostics: found }, count };
}

/** Writes what could be mended, and reads again. */
function mend(read: ParsedFolder, look: Look): Mended {
  let count = 0;
  let now = read;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const repaired = applyRepairs(now.files, now.parsed.diagnostics);
    const files = withSmallerBaseline(repaired.files, now.parsed);
    if (repaired.count === 0 && files === repaired.files) break;
    writeFiles(now.folder, now.files, files);
    count += repaired.count;
    now = parseFolder(now.folder, look);
  }
  return { ...now, count };
}

function withSmallerBaseline(files: FlagFolder["files"], { styleErrors }: ParsedProject): FlagFolder["files"] {
  const text = files.get(BASELINE_FILE);
  if (text === undefined) return files;
  const entries = [...readBaseline(text).entries.keys()];
  const left = entries.filter((entry) => isCodeEntry(entry) || styleErrors.has(entry));
  return left.length === entries.length ? files : new Map([...files, [BASELINE_FILE, baselineText(left)]]);
}

function print({ folder, files, parsed, count }: Mended, options: ValidateOptions, terminal: Terminal): void {
  const { diagnostics, flags, segments } = parsed;
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  if (errors > 0) process.exitCode = 1;
  if (options.json === true || options.format === "json") {
    terminal.json({ flags: flags.size, segments: segments.size, errors, warnings, ...(options.fix === true ? { mended: count } : {}), diagnostics });
    return;
  }
  if (options.format !== "text") {
    terminal.out(reportDiagnostics(diagnostics, options.format, gitFolderOf(folder)?.prefix ?? ""));
    return;
  }
  if (diagnostics.length > 0) terminal.out(formatDiagnostics(diagnostics, (path) => files.get(path), { format: "text", colour: terminal.colour }));
  const where = relative(process.cwd(), folder) || ".";
  if (count > 0) terminal.out(`${paint(terminal, "green", "mended")}  ${counted(count, "place")}`);
  if (errors > 0) throw mistakes({ errors, warnings, where, diagnostics });
  terminal.out(
    `${paint(terminal, "green", "ok")}  ${where}: ${counted(flags.size, "flag")}, ${counted(segments.size, "segment")}${warnings > 0 ? `, ${counted(warnings, "warning")}` : ""}`,
  );
}

interface Found {
  readonly errors: number;
  readonly warnings: number;
  readonly where: string;
  readonly diagnostics: ParsedProject["diagnostics"];
}

function mistakes({ errors, warnings, where, diagnostics }: Found): CommandFailed {
  const isStyleAlone = diagnostics.every(({ severity, isStyle }) => severity === "warning" || isStyle === true);
  return new CommandFailed({
    code: "validate/mistakes",
    message: `${counted(errors, "mistake")}${warnings > 0 ? ` and ${counted(warnings, "warning")}` : ""} in ${where === "." ? "this folder" : where}.`,
    fix: isStyleAlone
      ? "They are of style: a server serves these flags all the same. sluice validate --fix mends what a machine can."
      : "Mend them and run it again; a server keeps these flags at their last good form.",
    exitCode: 1,
  });
}
