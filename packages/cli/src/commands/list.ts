import { readFileSync } from "node:fs";
import type { ListChanged, ListListing, ListsReply, ListView } from "@sluice/contract";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { connect, newCommand, type ServerConnection, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

/** Ids of one change: the server takes no more at once. */
const IDS_AT_ONCE = 10_000;
/** A change of 10,000 ids takes the server a second, and its store another. */
const CHANGE_TIMEOUT_MS = 60_000;

interface ListOptions extends ServerOptions {
  readonly environment: string;
  readonly json?: boolean;
}
interface ShowOptions extends ListOptions {
  readonly id?: string;
  readonly members?: boolean;
}
interface ChangeOptions extends ListOptions {
  readonly file?: string;
  readonly dryRun?: boolean;
  readonly reason?: string;
}

const withServer = (command: Command): Command =>
  command.option("-e, --environment <key>", "where", "production").addOption(urlOption).addOption(tokenOption).option("--json", "print one JSON object");

export function registerList(program: Command, terminal: Terminal): void {
  const list = program.command("list").description("runtime lists: segments whose members people decide, not a commit");
  withServer(list.command("all", { isDefault: true }).description("every list with its size, and what waits for a person")).action((options: ListOptions) =>
    all(options, terminal),
  );
  withServer(list.command("show").description("one list: its size, last change, and the flags that ask it").argument("<list>", "key of the segment"))
    .option("--id <id>", "say whether this one is in it")
    .option("--members", "print every member's id, one a line")
    .action((key: string, options: ShowOptions) => show(key, options, terminal));
  for (const verb of ["add", "remove"] as const) {
    withServer(
      list
        .command(verb)
        .description(verb === "add" ? "put ids into a list" : "take ids out of a list")
        .argument("<list>", "key of the segment")
        .argument("[id...]", "what applications send, as the list's `by` says: a user's targetingKey or a customer's key"),
    )
      .option("--file <path>", "one id a line; - reads standard input")
      .option("--dry-run", "say what it would do, and do nothing")
      .option("-r, --reason <text>", "why, for the log")
      .action((key: string, ids: string[], options: ChangeOptions) => change(verb, { key, ids }, { options, terminal }));
  }
}

async function all(options: ListOptions, terminal: Terminal): Promise<void> {
  const reply = await connect(options).get<ListsReply>("/api/lists");
  if (options.json) return terminal.json(reply);
  const lists = reply.lists.filter(({ environment }) => environment === options.environment);
  if (lists.length === 0) terminal.out(`No segment says "list: runtime".`);
  for (const listing of lists) terminal.out(sentenceOf(listing));
  for (const { change: id, list, environment, add, remove, askedBy = "somebody", enlarges } of reply.waiting)
    terminal.out(
      `${paint(terminal, "yellow", "waits")} ${list} in ${environment}: ${add} to add, ${remove} to remove, asked by ${askedBy}; more people would get ${enlarges.map(({ flag }) => flag).join(", ")} (${id}, decided on the page Lists)`,
    );
}

function sentenceOf({ list, environment, members, by, changedAtMs, changedBy, flags }: ListListing): string {
  const changed =
    changedAtMs === undefined ? "nobody was ever put in" : `changed ${new Date(changedAtMs).toISOString()}${changedBy === undefined ? "" : ` by ${changedBy}`}`;
  return `${list} in ${environment}: ${members} ${members === 1 ? "member" : "members"} by ${by}, ${changed}; ${flags.length === 0 ? "no flag asks it" : `asked by ${flags.join(", ")}`}`;
}

async function show(key: string, options: ShowOptions, terminal: Terminal): Promise<void> {
  const server = connect(options);
  const view = await viewOf(server, key, { environment: options.environment, ...(options.id === undefined ? {} : { id: options.id }) });
  const members = options.members === true ? await membersOf(server, key, { view, environment: options.environment }) : view.shown;
  if (options.json) return terminal.json({ ...view, shown: members, after: undefined });
  if (options.members === true) return members.forEach(({ id, hash }) => terminal.out(id ?? hash));
  terminal.out(sentenceOf(view));
  if (view.asked !== undefined) terminal.out(`${view.asked.id} is ${view.asked.isMember ? "" : "not "}in it.`);
}

const viewOf = (server: ServerConnection, key: string, query: Readonly<Record<string, string>>): Promise<ListView> =>
  server.get<ListView>(`/api/lists/${encodeURIComponent(key)}?${new URLSearchParams(query).toString()}`);

async function membersOf(
  server: ServerConnection,
  key: string,
  { view, environment }: { readonly view: ListView; readonly environment: string },
): Promise<ListView["shown"]> {
  const members = [...view.shown];
  for (let { after } = view; after !== undefined;) {
    const page = await viewOf(server, key, { environment, after });
    members.push(...page.shown);
    ({ after } = page);
  }
  return members;
}

async function change(
  verb: "add" | "remove",
  { key, ids }: { readonly key: string; readonly ids: readonly string[] },
  { options, terminal }: { readonly options: ChangeOptions; readonly terminal: Terminal },
): Promise<void> {
  const named = [...new Set([...ids, ...(options.file === undefined ? [] : idsIn(options.file))])];
  if (named.length === 0)
    throw new CommandFailed({ code: "cli/no-ids", message: "No id is named.", fix: `sluice list ${verb} ${key} acme   or   --file ids.txt`, exitCode: 2 });
  const server = connect(options);
  const parts = Array.from({ length: Math.ceil(named.length / IDS_AT_ONCE) }, (_, at) => named.slice(at * IDS_AT_ONCE, (at + 1) * IDS_AT_ONCE));
  const done: ListChanged[] = [];
  for (const part of parts) {
    const body = {
      command: newCommand(),
      environment: options.environment,
      [verb]: part,
      dryRun: options.dryRun === true,
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    };
    try {
      done.push(await server.post<ListChanged>(`/api/lists/${encodeURIComponent(key)}`, body, CHANGE_TIMEOUT_MS));
    } catch (error) {
      if (done.length > 0) terminal.say(`${done.length * IDS_AT_ONCE} of ${named.length} ids were done before this; the same command again goes on.`);
      throw error;
    }
  }
  if (options.json) return terminal.json({ list: key, environment: options.environment, changes: done });
  terminal.out(told(verb, { key, named: named.length, environment: options.environment }, done));
}

function told(
  verb: "add" | "remove",
  { key, named, environment }: { readonly key: string; readonly named: number; readonly environment: string },
  done: readonly ListChanged[],
): string {
  const count = done.reduce((sum, { added, removed }) => sum + (verb === "add" ? added : removed), 0);
  const flags = [...new Set(done.flatMap(({ enlarges }) => enlarges.map(({ flag }) => flag)))];
  const more = flags.length === 0 ? "" : ` More people get ${flags.join(", ")} by that.`;
  const isDry = done.some(({ outcome }) => outcome === "dryRun");
  const known = named - count === 0 ? "" : `; ${named - count} ${named - count === 1 ? "was" : "were"} ${verb === "add" ? "in it already" : "not in it"}`;
  const what = `${count} ${count === 1 ? "id" : "ids"} ${verb === "add" ? "into" : "out of"} ${key} in ${environment}`;
  if (done.some(({ waits }) => waits)) return `${isDry ? "It would wait" : "It waits"} for product or an admin on the page Lists: ${what}${known}.${more}`;
  return `${isDry ? "It would go" : "Done"}: ${what}${known}.${more}${isDry ? " Nothing was done." : ` It has ${done.at(-1)?.members ?? 0} members.`}`;
}

function idsIn(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw new CommandFailed(
      {
        code: "cli/no-file",
        message: `${path} cannot be read (${error instanceof Error ? error.message : String(error)}).`,
        fix: "Check the path.",
        exitCode: 2,
      },
      { cause: error },
    );
  }
  return text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
