import { resolve } from "node:path";
import { formatDiagnostics, parseProject } from "@sluice/definitions";
import { planLines, type ToldChange } from "@sluice/snapshot";
import { type Command, Option } from "commander";
import { planChange, type PlanBasis } from "../change-plan.ts";
import { CommandFailed } from "../failure.ts";
import { type FlagFolder, readFlagFolder, readSourceFolder } from "../flag-folder.ts";
import { changeUpon } from "../git-facts.ts";
import { type PartOptions, partOf, withPartOptions } from "../part-options.ts";
import { ownPart, type ProjectPart, wholeOf } from "../project-part.ts";
import type { Terminal } from "../terminal.ts";

interface PlanOptions extends PlanBasis, PartOptions {
  readonly base: string;
  readonly before?: string;
  readonly format: "text" | "markdown";
  readonly failOn?: "waits" | "change";
  readonly json?: boolean;
}

/** `plan` says what a change of flag files means, by environment and flag, before anybody merges it. */
export function registerPlan(program: Command, terminal: Terminal): void {
  withPartOptions(program.command("plan"))
    .description("what a change of flag files means: who gets something else, and what waits for a person")
    .argument("[folder]", "folder that holds sluice.yaml, as it would be", ".")
    .option("--base <commit>", "the commit that it is to be merged into, such as origin/main", "HEAD")
    .option("--before <folder>", "a folder instead of a commit")
    .option("--contexts <file>", "whom to count: a JSON list of contexts; their names are not shown")
    .option("--url <url>", "count the customers of this server, with what people have decided there (SLUICE_URL)")
    .option("--token <token>", "personal token, of any role (SLUICE_TOKEN)")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "markdown"]).default("text"))
    .addOption(
      new Option("--fail-on <what>", "end with 1 where something waits for a person, or where anybody may get something else").choices(["waits", "change"]),
    )
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  sluice plan --base origin/main --contexts customers.json\n  SLUICE_URL=https://flags.example.com SLUICE_TOKEN=… sluice plan --base origin/main --format markdown",
    )
    .action((folder: string, options: PlanOptions) => plan(folder, options, terminal));
}

async function plan(start: string, options: PlanOptions, terminal: Terminal): Promise<void> {
  const part = await partOf(options);
  const read = (from: string): FlagFolder => (part === undefined ? readFlagFolder(from) : { folder: resolve(from), files: readSourceFolder(from) });
  const { folder, files } = read(start);
  mustBeWhole(part, files, terminal);
  const two = options.before === undefined ? changeUpon(folder, options.base, files) : { old: read(options.before).files, files };
  if (two.files !== files) mustBeWhole(part, two.files, terminal);
  const counted = await planChange(options, { old: wholeOf(part, two.old), files: wholeOf(part, two.files) });
  const { changes, basis, project } = counted;
  if (options.json === true)
    terminal.json({
      counted: counted.asked ?? null,
      ...(counted.sampledDays === undefined ? {} : { sampledDays: counted.sampledDays }),
      basis,
      ...(counted.commit === undefined ? {} : { commit: counted.commit }),
      project,
      changes,
    });
  else for (const line of planLines(counted, options.format === "markdown")) terminal.out(line);
  const fails = { waits: (change: ToldChange) => change.waits.length > 0, change: (change: ToldChange) => !change.isSame };
  if (options.failOn === undefined) return;
  if (changes.some(fails[options.failOn]) || (options.failOn === "change" && project.length > 0)) process.exitCode = 1;
}

/** A flag with a mistake keeps what it serves, so a plan without it would say too little. */
function mustBeWhole(part: ProjectPart | undefined, files: ReadonlyMap<string, string>, terminal: Terminal): void {
  const { diagnostics, brokenFlags, unreadable } = ownPart(part, parseProject({ files: wholeOf(part, files) }));
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
