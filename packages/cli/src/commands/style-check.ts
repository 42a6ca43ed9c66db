import { diagnosticFormats, type DiagnosticFormat, formatDiagnostics, parseProject, reportDiagnostics } from "@sluice/definitions";
import { counted } from "@sluice/snapshot";
import { type Command, Option } from "commander";
import { type CodeAgainst, type CodeLook, lookAtCode, mendCode } from "../code-look.ts";
import { CommandFailed } from "../failure.ts";
import { readFlagFolder } from "../flag-folder.ts";
import { gitFolderOf, tombstonesOf } from "../git-facts.ts";
import { connect, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

interface CheckOptions extends ServerOptions {
  readonly flags?: string;
  readonly base?: string;
  readonly json?: boolean;
  readonly format: "text" | DiagnosticFormat;
  readonly fix?: boolean;
}

/** Files that were not read are named up to this many, and counted beyond. */
const UNREAD_SHOWN_MAX = 5;

/** `style check` holds the code of an application against the rules about code; its flags may be in another repository. */
export function registerStyleCheck(style: Command, terminal: Terminal): void {
  style
    .command("check")
    .description("hold the code of an application against the rules about code: literals, defaults, unknown keys, nesting")
    .argument("[code]", "folder that has the code", ".")
    .option("--flags <folder>", "folder that holds sluice.yaml; without it the code's own or one above it, or with --url what a server serves")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--base <commit>", "compare the baseline with this commit of the code instead of HEAD")
    .option("--fix", "mend what a machine can")
    .option("--json", "print one JSON object")
    .addOption(new Option("--format <format>", "how to print").choices(["text", ...diagnosticFormats]).default("text"))
    .addHelpText(
      "after",
      "\nExamples:\n  sluice style check services --flags ../flags\n  sluice style check . --url https://flags.example.com --format github\n\nWhat the project says of its code (wrappers, what is left out) stands in sluice.yaml under code:",
    )
    .action(async (code: string, options: CheckOptions) => {
      const against = await flagsFor(code, options);
      print(await (options.fix === true ? mendCode(code, against) : lookAtCode(code, against)), options, terminal);
    });
}

/** The project's flags: of a folder, or of a server where one is named and no folder is. */
async function flagsFor(code: string, { flags, url, token, base }: CheckOptions): Promise<CodeAgainst> {
  if (flags === undefined && url !== undefined) {
    const server = connect({ url, ...(token === undefined ? {} : { token }) });
    const { files } = await server.get<{ readonly files: Readonly<Record<string, string>> }>("/api/definitions");
    // A server knows no Git history, so a removed flag is one that is not there.
    return { parsed: parseProject({ files: new Map(Object.entries(files)) }), tombstones: new Map(), base };
  }
  const read = readFlagFolder(flags ?? code);
  return { parsed: parseProject({ files: read.files }), tombstones: tombstonesOf(read.folder), base };
}

function print(look: CodeLook, options: CheckOptions, terminal: Terminal): void {
  const { folder, diagnostics, count, unread, text } = look;
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  if (errors > 0) process.exitCode = 1;
  if (options.json === true || options.format === "json") {
    const { there, parsed, references, mended } = count;
    const notRead = [...unread].map(([path, why]) => ({ path, why }));
    terminal.json({ files: there, parsed, references, errors, warnings, ...(options.fix === true ? { mended } : {}), unread: notRead, diagnostics });
    return;
  }
  if (options.format !== "text") {
    terminal.out(reportDiagnostics(diagnostics, options.format, gitFolderOf(folder)?.prefix ?? ""));
    return;
  }
  if (diagnostics.length > 0) terminal.out(formatDiagnostics(diagnostics, text, { format: "text", colour: terminal.colour }));
  if (unread.size > 0) terminal.say(`not looked at: ${unreadText(unread)}`);
  if (count.mended > 0) terminal.out(`${paint(terminal, "green", "mended")}  ${counted(count.mended, "place")}`);
  if (errors > 0)
    throw new CommandFailed({
      code: "style/mistakes",
      message: `${counted(errors, "mistake")}${warnings > 0 ? ` and ${counted(warnings, "warning")}` : ""} in ${counted(count.there, "file")} of code.`,
      fix: "sluice style check --fix mends what a machine can. A rule that is wrong at one place: // sluice-disable code/no-nest -- why",
      exitCode: 1,
    });
  const asked = `${counted(count.references, "place")} in ${counted(count.there, "file")} of code ask for flags`;
  terminal.out(`${paint(terminal, "green", "ok")}  ${asked}${warnings > 0 ? `, ${counted(warnings, "warning")}` : ""}`);
}

function unreadText(unread: ReadonlyMap<string, string>): string {
  const named = [...unread].slice(0, UNREAD_SHOWN_MAX).map(([path, why]) => `${path} (${why})`);
  const more = unread.size - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
