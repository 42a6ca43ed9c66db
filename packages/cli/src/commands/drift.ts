import type { DriftView } from "@sluice/contract";
import { type Command, InvalidArgumentError } from "commander";
import { connect, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

const DAY_MS = 86_400_000;

interface DriftOptions extends ServerOptions {
  readonly environment?: string;
  readonly failAfter?: number;
  readonly json?: boolean;
}

/** `drift` says what is served that Git does not say, since when, whose it is and how the two come together again. */
export function registerDrift(program: Command, terminal: Terminal): void {
  program
    .command("drift")
    .description("what is served that Git does not say: kills, reverts, pins, changes that wait, broken files")
    .option("-e, --environment <key>", "only there")
    .option("--fail-after <days>", "end with 1 where something of it is older", daysOf)
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sluice drift -e production --fail-after 14")
    .action((options: DriftOptions) => drift(options, terminal));
}

function daysOf(given: string): number {
  const days = Number(given);
  if (!(days >= 0 && days <= 3_650)) throw new InvalidArgumentError("It is a number of days from 0 to 3650.");
  return days;
}

async function drift(options: DriftOptions, terminal: Terminal): Promise<void> {
  const { environment, failAfter } = options;
  const query = environment === undefined ? "" : `?environment=${encodeURIComponent(environment)}`;
  const view = await connect(options).get<DriftView>(`/api/drift${query}`);
  if (failAfter !== undefined && view.drift.some(({ sinceMs }) => Date.now() - sinceMs > failAfter * DAY_MS)) process.exitCode = 1;
  if (options.json === true) return terminal.json(view);
  if (view.of === 0) return terminal.out("Everything is served as Git says.");
  for (const { flags, of, environments, sinceMs, owners, who, reason, what, cure } of view.drift) {
    const more = of > flags.length ? ` and ${of - flags.length} more` : "";
    const title = `${flags.length === 0 ? "The whole commit" : flags.join(", ") + more}${environments.length === 0 ? "" : ` in ${environments.join(", ")}`}`;
    terminal.out(`${paint(terminal, "yellow", title)}: ${what}`);
    const by = who === undefined ? "" : ` by ${who}`;
    terminal.out(
      `    since ${new Date(sinceMs).toISOString()}${by}${reason === undefined ? "" : `: ${reason}`}${owners.length === 0 ? "" : ` (${owners.join(", ")})`}`,
    );
    terminal.out(paint(terminal, "dim", `    ${cure}`));
  }
  if (view.of > view.drift.length) terminal.out(`And ${view.of - view.drift.length} more.`);
}
