import { readFileSync } from "node:fs";
import type { CustomersImport } from "@sluice/contract";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { connect, newCommand, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

/** A file of 50,000 customers takes the server seconds. */
const IMPORT_TIMEOUT_MS = 60_000;
/** Changes and problems printed; the rest is counted, and all that the server lists is in `--json`. */
const PRINTED_MAX = 20;

interface ImportOptions extends ServerOptions {
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

export function registerCustomers(program: Command, terminal: Terminal): void {
  const customers = program.command("customers").description("the registry of customers");
  customers
    .command("import")
    .description("register and change customers from a CSV (key, name, zone, track, tags, owner); nobody is removed")
    .argument("<file>", "a CSV with a row for each customer")
    .option("--dry-run", "only say what it would change")
    .option("-r, --reason <text>", "why, for the log")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action((file: string, options: ImportOptions) => importCustomers(file, options, terminal));
}

async function importCustomers(file: string, options: ImportOptions, terminal: Terminal): Promise<void> {
  const base64 = contentOf(file);
  const server = connect(options);
  const send = (more: object): Promise<CustomersImport> =>
    server.post<CustomersImport>("/api/customers/import", { command: newCommand(), base64, ...more }, IMPORT_TIMEOUT_MS);
  const plan = await send({ dryRun: true });
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  // Bound by the hash: what is written is what the dry run said, or nothing.
  const done = options.dryRun === true ? plan : await send({ dryRun: false, hash: plan.hash, ...reason });
  if (options.json) terminal.json({ file, ...done });
  else print(file, done, terminal);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file).toString("base64");
  } catch (error) {
    throw new CommandFailed(
      {
        code: "cli/no-file",
        message: `${file} cannot be read (${error instanceof Error ? error.message : String(error)}).`,
        fix: "Check the path.",
        exitCode: 2,
      },
      { cause: error },
    );
  }
}

function print(file: string, done: CustomersImport, terminal: Terminal): void {
  const { isDone, added, changed, unchanged, leftOut, rows, problems } = done;
  for (const { line, key, kind, changes } of rows.slice(0, PRINTED_MAX))
    terminal.out(
      `${paint(terminal, kind === "added" ? "green" : "yellow", kind)} line ${line} ${key}${changes.map(({ field, from, to }) => `\n        ${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`).join("")}`,
    );
  if (added + changed > PRINTED_MAX) terminal.out(`and ${added + changed - Math.min(PRINTED_MAX, rows.length)} more`);
  for (const { line, column, kind, message, fix } of problems.slice(0, PRINTED_MAX))
    terminal.say(`${file}:${line}${column === undefined ? "" : `:${column}`} ${kind === "leftOut" ? "left out" : "remark"}: ${message} ${fix}`);
  if (problems.length > PRINTED_MAX) terminal.say(`and more: ${leftOut} rows are left out in all`);
  const words = isDone ? ["added", "changed", "as before", "left out"] : ["would be added", "would be changed", "would stay as they are", "would be left out"];
  terminal.out([added, changed, unchanged, leftOut].map((number, index) => `${number} ${words[index] ?? ""}`).join(", "));
}
