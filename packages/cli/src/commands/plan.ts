import type { ChangePlanView, PlannedCounts } from "@sluice/contract";
import { formatDiagnostics, parseProject } from "@sluice/definitions";
import { type AdoptedProject, type PlannedChange, planOf, readerOf } from "@sluice/snapshot";
import { type Command, Option } from "commander";
import { readEverybody } from "../everybody.ts";
import { CommandFailed } from "../failure.ts";
import { readFlagFolder } from "../flag-folder.ts";
import { filesAtCommit } from "../git-facts.ts";
import { connect, type ServerOptions } from "../server-connection.ts";
import type { Terminal } from "../terminal.ts";

/** Longest that a plan of a large change may take the server. */
const SERVER_PLAN_MS = 60_000;

interface PlanOptions extends ServerOptions {
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
  const { folder, files } = readFlagFolder(start);
  const old = options.before === undefined ? filesAtCommit(folder, options.base) : readFlagFolder(options.before).files;
  mustBeWhole(files, terminal);
  const counted = asksServer(options) ? await planOfServer(options, { old, files }) : planOfFiles(options, { old, files });
  const { changes, basis } = counted;
  if (options.json === true)
    terminal.json({ counted: counted.asked ?? null, basis, ...(counted.commit === undefined ? {} : { commit: counted.commit }), changes });
  else for (const line of linesOf(counted, options.format === "markdown")) terminal.out(line);
  const fails = { waits: (change: Planned) => change.waits.length > 0, change: (change: Planned) => !change.isSame };
  if (options.failOn !== undefined && changes.some(fails[options.failOn])) process.exitCode = 1;
}

/** One change, with the page where it is decided where a server was asked. */
type Planned = Omit<PlannedChange, "counts"> & {
  readonly counts?: (Omit<PlannedCounts, "onHold"> & { readonly onHold?: number }) | undefined;
  readonly link?: string;
};

/** What was found, and by what: a plan must say how much it knows. */
interface Counted {
  readonly changes: readonly Planned[];
  readonly basis: string;
  readonly asked?: number;
  readonly commit?: string | undefined;
  readonly held?: ChangePlanView["held"];
}

interface TwoFolders {
  readonly old: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, string>;
}

/** A server is asked where it is named: the key in some folder is no reason to send files to whatever listens on this machine. */
function asksServer({ url, token, contexts }: PlanOptions): boolean {
  return contexts === undefined && (url ?? token ?? process.env["SLUICE_URL"] ?? process.env["SLUICE_TOKEN"]) !== undefined;
}

function planOfFiles({ contexts }: PlanOptions, { old, files }: TwoFolders): Counted {
  const everybody = contexts === undefined ? [] : readEverybody(contexts);
  const changes = planOf({ before: projectOf(old), after: projectOf(files) }, everybody);
  return contexts === undefined
    ? { changes, basis: "Nobody was counted: this is by the flags' rules. For counts, give --contexts, or --url and --token of a server." }
    : { changes, asked: everybody.length, basis: `Counted over the ${everybody.length} contexts of ${contexts}; what people have decided is not in it.` };
}

async function planOfServer(options: PlanOptions, { old, files }: TwoFolders): Promise<Counted> {
  const paths = [...new Set([...old.keys(), ...files.keys()])].filter((path) => old.get(path) !== files.get(path));
  const server = connect(options);
  const plan = await server.post<ChangePlanView>(
    "/api/plan",
    { files: Object.fromEntries(paths.map((path) => [path, files.get(path) ?? null])) },
    SERVER_PLAN_MS,
  );
  return {
    changes: plan.changes.map(({ page, ...change }) => ({ ...change, ...(change.isSame ? {} : { link: server.url + page }) })),
    asked: plan.customers,
    commit: plan.commit,
    ...(plan.held === undefined ? {} : { held: plan.held }),
    basis: `Counted over the ${plan.customers} customers of ${server.url}, by their key alone: rules on anything else count as for nobody.`,
  };
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
function linesOf({ changes, basis, held }: Counted, isMarkdown: boolean): readonly string[] {
  const whole = held === undefined ? [] : [`It removes ${held.removed} of ${held.of} flags: as a whole it waits until an admin lets the commit through.`];
  const lines = changes.flatMap((change) => {
    const { environment, flag, notes, waits, link } = change;
    const where = isMarkdown ? `- **\`${flag}\`** in ${environment}` : `${flag} in ${environment}`;
    const more = [...(waits.length === 0 ? [] : ["Waits for a person to decide."]), ...waits, ...notes, ...(link === undefined ? [] : [link])];
    return [`${where}: ${wordsOf(change)}`, ...more.map((line) => (isMarkdown ? `  - ${line}` : `    ${line}`))];
  });
  return changes.every(({ isSame }) => isSame) ? [...lines, "No one changes."] : [...whole, ...lines, basis];
}

function wordsOf({ how, isSame, counts }: Planned): string {
  if (isSame) return "no one changes.";
  if (counts === undefined) {
    const said = { comes: "it is new.", goes: "it goes.", changes: "who gets what may change.", follows: "who gets what may change." } as const;
    return said[how];
  }
  const { asked, changes, gets, onHold = 0 } = counts;
  if (changes === 0) return `none of the ${asked} asked would get anything else.`;
  const held = onHold === 0 ? "" : ` ${onHold} of them ${onHold === 1 ? "is" : "are"} on hold.`;
  return `${changes} of ${asked} would get something else: ${gets.map(([variant, count]) => `${count} ${variant}`).join(", ")}.${held}`;
}
