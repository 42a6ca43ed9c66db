import { formatDiagnostics, parseProject } from "@sluice/definitions";
import { type AdoptedProject, type PlannedChange, planOf, readerOf } from "@sluice/snapshot";
import { type Command, Option } from "commander";
import { readEverybody } from "../everybody.ts";
import { CommandFailed } from "../failure.ts";
import { readFlagFolder } from "../flag-folder.ts";
import { filesAtCommit } from "../git-facts.ts";
import type { Terminal } from "../terminal.ts";

interface PlanOptions {
  readonly base: string;
  readonly before?: string;
  readonly contexts?: string;
  readonly format: "text" | "markdown";
  readonly failOn?: "waits" | "change";
  readonly json?: boolean;
}

/** `plan` says what a change of flag files means, by environment and flag, before anybody merges it. */
export function registerPlan(program: Command, terminal: Terminal): void {
  program
    .command("plan")
    .description("what a change of flag files means: who gets something else, and what waits for a person")
    .argument("[folder]", "folder that holds sluice.yaml, as it would be", ".")
    .option("--base <commit>", "the commit that is served now", "HEAD")
    .option("--before <folder>", "a folder instead of a commit")
    .option("--contexts <file>", "whom to count: a JSON list of contexts; their names are not shown")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "markdown"]).default("text"))
    .addOption(
      new Option("--fail-on <what>", "end with 1 where something waits for a person, or where anybody may get something else").choices(["waits", "change"]),
    )
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sluice plan --base origin/main --contexts customers.json --format markdown")
    .action((folder: string, options: PlanOptions) => plan(folder, options, terminal));
}

function plan(start: string, options: PlanOptions, terminal: Terminal): void {
  const { folder, files } = readFlagFolder(start);
  const old = options.before === undefined ? filesAtCommit(folder, options.base) : readFlagFolder(options.before).files;
  mustBeWhole(files, terminal);
  const everybody = options.contexts === undefined ? [] : readEverybody(options.contexts);
  const changes = planOf({ before: projectOf(old), after: projectOf(files) }, everybody);
  const isCounted = options.contexts !== undefined;
  if (options.json === true) terminal.json({ counted: isCounted ? everybody.length : null, changes });
  else for (const line of linesOf(changes, { isCounted, isMarkdown: options.format === "markdown" })) terminal.out(line);
  const fails = { waits: (change: PlannedChange) => change.waits.length > 0, change: (change: PlannedChange) => !change.isSame };
  if (options.failOn !== undefined && changes.some(fails[options.failOn])) process.exitCode = 1;
}

/** A flag with a mistake keeps what it serves, so a plan without it would say too little. */
function mustBeWhole(files: ReadonlyMap<string, string>, terminal: Terminal): void {
  const { diagnostics, brokenFlags, unreadable } = parseProject({ files });
  if (brokenFlags.length + unreadable.length === 0) return;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  terminal.say(formatDiagnostics(errors, (path) => files.get(path), { format: "text", colour: terminal.colour }));
  throw new CommandFailed({
    code: "plan/broken",
    message: "These files have mistakes, and would keep what they serve now.",
    fix: "Mend what is named above and run it again.",
    exitCode: 1,
  });
}

function projectOf(files: ReadonlyMap<string, string>): AdoptedProject {
  return readerOf((path) => files.get(path))([...files.keys()].map((path) => [path, path] as const));
}

/** Lines of the whole plan; texts from files stand in code quotes where Markdown is meant. */
function linesOf(
  changes: readonly PlannedChange[],
  { isCounted, isMarkdown }: { readonly isCounted: boolean; readonly isMarkdown: boolean },
): readonly string[] {
  const lines = changes.flatMap((change) => {
    const { environment, flag, notes, waits } = change;
    const where = isMarkdown ? `- **\`${flag}\`** in ${environment}` : `${flag} in ${environment}`;
    const more = [...(waits.length === 0 ? [] : ["Waits for a person to decide."]), ...waits, ...notes];
    return [`${where}: ${wordsOf(change)}`, ...more.map((line) => (isMarkdown ? `  - ${line}` : `    ${line}`))];
  });
  const basis = isCounted ? [] : ["Nobody was counted: this is by the flags' rules. For counts, give --contexts."];
  return changes.every(({ isSame }) => isSame) ? [...lines, "No one changes."] : [...lines, ...basis];
}

function wordsOf({ how, isSame, counts }: PlannedChange): string {
  if (isSame) return "no one changes.";
  if (counts === undefined) {
    const said = { comes: "it is new.", goes: "it goes.", changes: "who gets what may change.", follows: "who gets what may change." } as const;
    return said[how];
  }
  const { asked, changes, gets } = counts;
  if (changes === 0) return `none of the ${asked} asked would get anything else.`;
  return `${changes} of ${asked} would get something else: ${gets.map(([variant, count]) => `${count} ${variant}`).join(", ")}.`;
}
