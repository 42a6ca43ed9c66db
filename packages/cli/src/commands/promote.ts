import { type Diagnostic, flagFilesIn, formatDiagnostics, type Project, type Promotion, parseProject, ParseCache, promoteFlag } from "@sluice/definitions";
import { nearestNames } from "@sluice/evaluation";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { readFlagFolder, writeFiles } from "../flag-folder.ts";
import { paint, type Terminal } from "../terminal.ts";

interface PromoteOptions {
  readonly flag?: readonly string[];
  readonly all?: boolean;
  readonly folder: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `promote` writes what flags say in one environment into another, as a change of files that is reviewed like any other. */
export function registerPromote(program: Command, terminal: Terminal): void {
  program
    .command("promote")
    .description("write what flags say in one environment into another: a change of files, to be reviewed")
    .argument("<from>", "the environment whose rules are taken")
    .argument("<to>", "the environment that gets them")
    .option("--flag <keys...>", "these flags")
    .option("--all", "every flag that says something for <from>")
    .option("--folder <folder>", "folder that holds sluice.yaml", ".")
    .option("--dry-run", "write nothing")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sluice promote staging production --flag billing.invoice-export && sluice plan")
    .action((from: string, to: string, options: PromoteOptions) => promote({ from, to }, options, terminal));
}

/** From where to where. */
interface Flow {
  readonly from: string;
  readonly to: string;
}

function promote(flow: Flow, options: PromoteOptions, terminal: Terminal): void {
  const { folder, files } = readFlagFolder(options.folder);
  const cache = new ParseCache();
  const before = parseProject({ files }, { cache });
  checkFlow(flow, before.project);
  const paths = pathsOf(options, new Map([...before.flags].map(([key, { path }]) => [key, path])));
  const filesOf = flagFilesIn(files);
  const after = new Map(files);
  const changed: Changed[] = [];
  const silent: string[] = [];
  for (const [flag, path] of paths) {
    const promoted = promoteFlag(filesOf(path), flow);
    if (promoted.outcome === "nothing") silent.push(flag);
    if (promoted.outcome === "unread" || promoted.outcome === "twice") throw notPromoted(flag, promoted);
    if (promoted.outcome !== "changed") continue;
    changed.push({ flag, files: [...promoted.texts.keys()] });
    for (const [file, text] of promoted.texts) after.set(file, text);
  }
  if (options.all !== true && silent.length > 0)
    throw failed({
      code: "promote/nothing",
      message: `${silent.join(", ")} ${silent.length === 1 ? "says" : "say"} nothing for ${flow.from}.`,
      fix: "There is nothing to promote: leave it out.",
    });
  mustStayWhole({ files: after, before: before.diagnostics }, cache, terminal);
  if (options.dryRun !== true) writeFiles(folder, files, after);
  if (options.json === true)
    return terminal.json({
      ...flow,
      changed: changed.map(({ flag }) => flag),
      files: changed.flatMap((one) => one.files),
      same: paths.size - changed.length - silent.length,
      written: options.dryRun !== true,
    });
  for (const { flag, files: touched } of changed)
    terminal.out(`${paint(terminal, "green", options.dryRun === true ? "would write" : "wrote")}  ${flag}: ${flow.to} as ${flow.from} (${touched.join(", ")})`);
  terminal.out(changed.length === 0 ? `Nothing to do: ${flow.to} says what ${flow.from} says.` : `${changed.length} changed. What it means: sluice plan`);
}

/** A flag and the files of it that are written. */
interface Changed {
  readonly flag: string;
  readonly files: readonly string[];
}

function notPromoted(flag: string, { outcome, path }: Extract<Promotion, { readonly path: string }>): CommandFailed {
  switch (outcome) {
    case "twice":
      return failed({
        code: "promote/twice",
        message: `${path} and another file say what one environment serves of ${flag}; nothing was written.`,
        fix: "Keep one of the two.",
      });
    case "unread":
      return failed({
        code: "promote/unread",
        message: `${path} is written in a way that no program edits; nothing was written.`,
        fix: `Copy it by hand, or leave ${flag} out with --flag.`,
      });
  }
}

function checkFlow({ from, to }: Flow, project: Project | undefined): void {
  const environments = project?.environments ?? [];
  const keys = environments.map(({ key }) => key);
  const stray = [from, to].find((key) => !keys.includes(key));
  if (stray !== undefined) {
    const [near] = nearestNames(stray, keys, 1);
    const fix = near === undefined ? `There are ${keys.join(", ")}.` : `Did you mean ${near}?`;
    throw failed({ code: "promote/environment", message: `sluice.yaml names no environment ${stray}.`, fix });
  }
  if (from === to) throw failed({ code: "promote/same", message: `${from} and ${to} are the same environment.`, fix: "Name two." });
  const allowed = environments.find(({ key }) => key === to)?.promotedFrom;
  if (allowed !== undefined && !allowed.includes(from))
    throw failed({
      code: "promote/flow",
      message: `Rules are not promoted from ${from} to ${to}: sluice.yaml allows ${allowed.length === 0 ? "nothing" : allowed.join(", ")}.`,
      fix: `Go by an allowed way, or have promotedFrom: of ${to} changed.`,
    });
}

function pathsOf({ flag, all }: PromoteOptions, known: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if ((flag === undefined) === (all !== true))
    throw failed({ code: "promote/flags", message: "Which flags?", fix: "Name them by --flag, or say --all, and not both." });
  if (flag === undefined) return known;
  const stray = flag.find((key) => !known.has(key));
  if (stray === undefined) return new Map(flag.map((key) => [key, known.get(key) ?? ""]));
  const [near] = nearestNames(stray, known.keys(), 1);
  throw failed({
    code: "promote/flag",
    message: `There is no flag ${stray} without mistakes here.`,
    fix: near === undefined ? "sluice validate lists mistakes." : `Did you mean ${near}?`,
  });
}

/** What holds in one environment may not hold in another: an expectation of tests/, say. Then nothing is written. */
function mustStayWhole(
  { files, before }: { readonly files: ReadonlyMap<string, string>; readonly before: readonly Diagnostic[] },
  cache: ParseCache,
  terminal: Terminal,
): void {
  const known = new Set(before.map(({ file, code, message }) => JSON.stringify([file, code, message])));
  const { diagnostics } = parseProject({ files }, { cache });
  const errors = diagnostics.filter(({ severity, file, code, message }) => severity === "error" && !known.has(JSON.stringify([file, code, message])));
  if (errors.length === 0) return;
  terminal.say(formatDiagnostics(errors, (path) => files.get(path), { format: "text", colour: terminal.colour }));
  throw failed({ code: "promote/broken", message: "So promoted, files would have mistakes; nothing was written.", fix: "Mend what is named above first." });
}

const failed = (what: { readonly code: string; readonly message: string; readonly fix: string }): CommandFailed => new CommandFailed({ ...what, exitCode: 1 });
