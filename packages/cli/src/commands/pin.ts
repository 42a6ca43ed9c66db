import type { PinsView } from "@sluice/contract";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { connect, newCommand, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

const DAY_MS = 86_400_000;
/** As long as a pin may last. */
const DAYS_MAX = 366;

interface PinOptions extends ServerOptions {
  readonly customer: string;
  readonly serve: string;
  readonly environment: string;
  readonly days: string;
  readonly reason: string;
  readonly json?: boolean;
}

interface UnpinOptions extends ServerOptions {
  readonly reason?: string;
  readonly json?: boolean;
}

interface PinsOptions extends ServerOptions {
  readonly customer?: string;
  readonly flag?: string;
  readonly json?: boolean;
}

/** `pin` fixes one customer's answer of a flag until a day, `pins` says who is pinned, `unpin` ends a pin before its time. */
export function registerPin(program: Command, terminal: Terminal): void {
  program
    .command("pin")
    .description("fix what one customer gets of a flag, for some days; nobody else is touched, and a kill still wins")
    .argument("<flag>", "the flag's key")
    .requiredOption("--customer <key>", "the customer, by the key that the application sends")
    .requiredOption("--serve <variant>", "what the customer gets")
    .requiredOption("-r, --reason <text>", "why: people read it on the customer's page")
    .option("-e, --environment <key>", "where", "production")
    .option("--days <number>", "for how long", "7")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .addHelpText("after", '\nExample:\n  sluice pin diary.photo-pins --customer our-qa --serve on --days 2 -r "before the demo"')
    .action((flag: string, options: PinOptions) => placePin(flag, options, terminal));
  program
    .command("pins")
    .description("who is pinned to what, until when, by whom and why")
    .option("--customer <key>", "only this customer's")
    .option("--flag <key>", "only of this flag")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action((options: PinsOptions) => listPins(options, terminal));
  program
    .command("unpin")
    .description("take a pin off: the customer gets what everything else says")
    .argument("<pin>", "the pin's id, as `sluice pin` or `sluice pins` printed it")
    .option("-r, --reason <text>", "why, for the log")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action((pin: string, options: UnpinOptions) => endPin(pin, options, terminal));
}

async function placePin(flag: string, options: PinOptions, terminal: Terminal): Promise<void> {
  const { customer: customerKey, serve, environment, reason } = options;
  const untilMs = Date.now() + Math.round(daysOf(options.days) * DAY_MS);
  const wish = { command: newCommand(), environment, flag, customerKey, serve, untilMs, reason };
  const placed = await connect(options).post<{ readonly pin: string; readonly seq?: number }>("/api/pins", wish);
  if (options.json) return terminal.json({ ...placed, flag, environment, customer: customerKey, serve, untilMs });
  terminal.out(`${customerKey} gets ${serve} of ${flag} in ${environment} until ${new Date(untilMs).toISOString()}.`);
  terminal.out(paint(terminal, "dim", `Earlier: sluice unpin ${placed.pin}`));
}

function daysOf(given: string): number {
  const days = Number(given);
  if (Number.isFinite(days) && days > 0 && days <= DAYS_MAX) return days;
  throw new CommandFailed({
    code: "cli/bad-days",
    message: `--days ${given} is not a number of days from 0 to ${DAYS_MAX}.`,
    fix: "Write --days 7, or --days 0.5 for twelve hours.",
    exitCode: 2,
  });
}

async function listPins(options: PinsOptions, terminal: Terminal): Promise<void> {
  const query = new URLSearchParams();
  if (options.customer !== undefined) query.set("customerKey", options.customer);
  if (options.flag !== undefined) query.set("flag", options.flag);
  const view = await connect(options).get<PinsView>(`/api/pins?${query.toString()}`);
  if (options.json) return terminal.json(view);
  const { pins, of } = view;
  if (pins.length === 0) terminal.out("Nobody is pinned.");
  for (const { pin, flag, environment, customer, key, serve, untilMs, who, reason } of pins)
    terminal.out(
      `${paint(terminal, "yellow", "pinned")} ${key ?? customer}: ${serve} of ${flag} in ${environment} until ${new Date(untilMs).toISOString()}${who === undefined ? "" : ` by ${who}`}${reason === undefined ? "" : `: ${reason}`}\n       sluice unpin ${pin}`,
    );
  if (of > pins.length) terminal.out(`and ${of - pins.length} that end later; narrow it with --customer or --flag`);
}

async function endPin(pin: string, options: UnpinOptions, terminal: Terminal): Promise<void> {
  const answer = await connect(options).post<{ readonly seq?: number }>(`/api/pins/${encodeURIComponent(pin)}/end`, {
    command: newCommand(),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  });
  if (options.json) terminal.json({ pin, ...answer });
  else terminal.out(`Took off ${pin}${answer.seq === undefined ? "" : ` (decision ${answer.seq})`}.`);
}
