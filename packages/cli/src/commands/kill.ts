import { receiptNotes, servedDecision } from "@sluice/contract";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { connect, newCommand, type ServerConnection, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { isUnsure, pause, sendUntilAnswered } from "../sent-again.ts";
import { paint, type Terminal } from "../terminal.ts";

interface Killed {
  readonly kill: string;
  readonly flags: readonly string[];
  readonly seq?: number;
  readonly emergency: boolean;
}

interface Receipt {
  readonly of: number;
  readonly confirmed: number;
  readonly elapsedMs: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly gone?: number;
  readonly withoutStream?: number;
  readonly pages?: { readonly of: number; readonly told: number };
  readonly laggards: readonly {
    readonly instance: string;
    readonly service?: string;
    readonly version?: string;
    readonly lastHeardMsAgo: number;
    readonly serves?: string;
  }[];
  /** Relays that are cut off without it. */
  readonly relays?: readonly { readonly relay: string; readonly instances: number; readonly lastHeardMsAgo: number; readonly serves?: string }[];
  readonly done: boolean;
}

interface KillOptions extends ServerOptions {
  readonly environment: string;
  readonly release?: string;
  readonly team?: string;
  readonly tag?: string;
  readonly dependants?: string;
  readonly customer?: readonly string[];
  readonly segment?: string;
  readonly service?: readonly string[];
  readonly versions?: string;
  readonly review?: string;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly incident?: string;
  readonly relay?: string;
  readonly command?: string;
  readonly wait: string;
  readonly json?: boolean;
}

/** How often the receipt is asked for, and after an answer that says nothing of it. */
const RECEIPT_EVERY_MS = 100;
const RECEIPT_AGAIN_MS = 1_000;
/** A kill is answered within milliseconds, so that one that was lost is not waited for; a server that is started again is back within ten seconds. */
const KILL_PATIENCE = { everyMs: 500, forMs: 10_000, timeoutMs: 5_000 };
/** As far ahead as a server takes a review. */
const REVIEW_HOURS_MAX = 92 * 24;

export function registerKill(program: Command, terminal: Terminal): void {
  program
    .command("kill")
    .description("switch flags off now, everywhere, without Git or approval, and say who has confirmed")
    .argument("[flag...]", "keys of the flags; several are one decision")
    .option("-e, --environment <key>", "where", "production")
    .option("--release <id>", "every flag of a release (ops and permission flags stay)")
    .option("--team <key>", "every flag that a team owns")
    .option("--tag <word>", "every flag with a tag")
    .option("--dependants <flag>", "a flag and everything that depends on it")
    .option("--customer <key...>", "only for these customers")
    .option("--segment <key>", "only for whom a segment matches")
    .option("--service <name...>", "only in processes of these services")
    .option("--versions <range>", "only in these versions of them, such as '>=2.3.0 <2.4.0'")
    .option("--review <hours>", "ask again after so many hours; a kill never lifts by itself")
    .option("--dry-run", "say what it would take away, and do nothing")
    .option("-r, --reason <text>", "why, for the log")
    .option("--incident <url>", "link to the incident")
    .option("--relay <url>", "kill through this relay, also while the server is dead; the server takes it into the log when it is back")
    .option("--command <id>", "ask again after an answer that did not come, with the id that was printed then: it is the same kill")
    .option("--wait <seconds>", "how long to wait for every process to confirm", "10")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .addHelpText("after", '\nExample:\n  sluice kill diary.photo-pins -e production -r "photos vanish after saving"')
    .action((flags: string[], options: KillOptions) => kill(flags, options, terminal));
}

interface BlastRadius {
  readonly sentence: string;
  readonly flags: readonly string[];
}

/** What is to be killed, as the server takes it. */
type Aim = { readonly flags: readonly string[] } | { readonly of: { readonly kind: string; readonly name: string } };

function aimOf(flags: readonly string[], options: KillOptions): Aim {
  const targets = (["release", "team", "tag", "dependants"] as const).flatMap((kind) => {
    const name = options[kind];
    return name === undefined ? [] : [{ kind, name }];
  });
  const [of] = targets;
  if (targets.length + (flags.length > 0 ? 1 : 0) === 1) return of === undefined ? { flags } : { of };
  throw new CommandFailed({
    code: "cli/kill-what",
    message: targets.length === 0 ? "Nothing is named that could be killed." : "One kill takes flags by name or one of --release, --team, --tag, --dependants.",
    fix: "sluice kill diary.photo-pins   or   sluice kill --release <id>",
    exitCode: 2,
  });
}

function reviewAtOf(hours: string): number {
  const value = Number(hours);
  if (Number.isFinite(value) && value > 0 && value <= REVIEW_HOURS_MAX) return Date.now() + Math.round(value * 3_600_000);
  throw new CommandFailed({
    code: "cli/bad-review",
    message: `--review ${hours} is not a number of hours from 0 to ${REVIEW_HOURS_MAX}.`,
    fix: "Write --review 4.",
    exitCode: 2,
  });
}

/** The question of the same kill, as a query. */
function questionOf(aim: Aim, { environment, customer, segment, service, versions }: KillOptions): string {
  const query = new URLSearchParams({ environment });
  if ("of" in aim) {
    query.set("of", aim.of.kind);
    query.set("name", aim.of.name);
  } else query.set("flag", aim.flags[0] ?? "");
  for (const one of customer ?? []) query.append("customer", one);
  for (const one of service ?? []) query.append("service", one);
  if (segment !== undefined) query.set("segment", segment);
  if (versions !== undefined) query.set("versions", versions);
  return query.toString();
}

async function kill(flags: readonly string[], options: KillOptions, terminal: Terminal): Promise<void> {
  const aim = aimOf(flags, options);
  const reviewAtMs = options.review === undefined ? undefined : reviewAtOf(options.review);
  const waitMs = Number(options.wait) * 1000;
  if (!Number.isFinite(waitMs) || waitMs < 0 || waitMs > 3_600_000) {
    throw new CommandFailed({
      code: "cli/bad-wait",
      message: `--wait ${options.wait} is not a number of seconds from 0 to 3600.`,
      fix: "Leave it out for 10 seconds.",
      exitCode: 2,
    });
  }
  const server = connect(options);
  if (options.dryRun === true) return dryRun(server, aim, { options, terminal });
  const { customer, segment, service, versions } = options;
  const scope = {
    ...(segment === undefined ? {} : { segment }),
    ...(service === undefined ? {} : { services: service }),
    ...(versions === undefined ? {} : { versions }),
  };
  const body = {
    command: options.command ?? newCommand(),
    environment: options.environment,
    ...aim,
    ...(customer === undefined ? {} : { customers: customer }),
    ...(Object.keys(scope).length === 0 ? {} : { scope }),
    ...(reviewAtMs === undefined ? {} : { reviewAtMs }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.incident === undefined ? {} : { incident: options.incident }),
  };
  const killed = await sendUntilAnswered<Killed>(server, { path: "/api/kills", body, patience: KILL_PATIENCE, terminal });
  if (!options.json) sayKilled(killed, options, terminal);
  const receipt = await waitForReceipt(server, killed.kill, waitMs);
  if (options.json) {
    // oxlint-disable-next-line unicorn/no-null -- what a program reads names what is not known
    terminal.json({ ...killed, environment: options.environment, receipt: receipt instanceof CommandFailed ? null : receipt });
    return;
  }
  sayReceipt(receipt, killed, { options, terminal });
}

/** Whom a kill with a scope is for, as " for …, in …"; empty for everybody. */
function scopeWords({ customer, segment, service, versions }: KillOptions): string {
  const whom = [
    ...(customer === undefined ? [] : [`${customer.length === 1 ? "the customer" : "the customers"} ${customer.join(", ")}`]),
    ...(segment === undefined ? [] : [`whom the segment ${segment} matches`]),
  ];
  const where = [...(service === undefined ? [] : [service.join(", ")]), ...(versions === undefined ? [] : [`versions ${versions}`])];
  if (whom.length + where.length === 0) return "";
  return ` for some only:${whom.length === 0 ? "" : ` for ${whom.join(" among ")}`}${where.length === 0 ? "" : ` in ${where.join(", ")}`}`;
}

function sayKilled(killed: Killed, options: KillOptions, terminal: Terminal): void {
  const { environment, relay } = options;
  const place = `kill ${killed.kill}${killed.seq === undefined ? "" : `, decision ${killed.seq}`}`;
  terminal.out(`${paint(terminal, "red", "Killed")} ${killed.flags.join(", ")} in ${environment}${scopeWords(options)} (${place}).`);
  if (relay !== undefined) terminal.out("It is in force behind the relay, which hands it to the server: there it enters the log, once.");
  else if (killed.emergency) terminal.out("The store did not answer in time: it went the emergency way and enters the log by itself.");
}

function sayReceipt(
  receipt: Receipt | CommandFailed,
  killed: Killed,
  { options, terminal }: { readonly options: KillOptions; readonly terminal: Terminal },
): void {
  if (receipt instanceof CommandFailed) terminal.out(`It is in force; who has confirmed it cannot be said now. ${receipt.message}`);
  else sayWhoConfirmed(receipt, terminal);
  if (options.relay !== undefined) return terminal.out(paint(terminal, "dim", `A relay never lifts. At the server: sluice lift ${killed.kill}`));
  terminal.out(paint(terminal, "dim", `Undo within a minute: sluice undo ${killed.kill}    later: sluice lift ${killed.kill}`));
}

function sayWhoConfirmed(receipt: Receipt, terminal: Terminal): void {
  terminal.out(receiptSentence(receipt));
  for (const note of receiptNotes(receipt, (ms) => `${(ms / 1000).toFixed(2)} s`)) terminal.out(note);
  for (const laggard of receipt.laggards) {
    const decision = servedDecision(laggard.serves);
    const still = decision === undefined ? "" : `, with the flags as of decision ${decision}`;
    terminal.out(
      `  not yet: ${[laggard.service, laggard.version, laggard.instance].filter(Boolean).join(" ")}, last heard ${(laggard.lastHeardMsAgo / 1000).toFixed(1)} s ago${still}`,
    );
  }
  for (const one of receipt.relays ?? []) terminal.out(cutOffWords(one));
}

async function dryRun(
  server: ServerConnection,
  aim: Aim,
  { options, terminal }: { readonly options: KillOptions; readonly terminal: Terminal },
): Promise<void> {
  const each = "of" in aim ? [aim] : aim.flags.map((flag) => ({ flags: [flag] }));
  const radii: BlastRadius[] = [];
  for (const one of each) radii.push(await server.get<BlastRadius>(`/api/blast-radius?${questionOf(one, options)}`));
  if (options.json) return terminal.json({ dryRun: true, environment: options.environment, kills: radii });
  for (const { sentence, flags } of radii) {
    terminal.out(sentence);
    if (flags.length > 1) for (const flag of flags) terminal.out(`  ${flag}`);
  }
  terminal.out(paint(terminal, "dim", "Nothing was killed."));
}

function cutOffWords({ relay, instances, lastHeardMsAgo, serves }: NonNullable<Receipt["relays"]>[number]): string {
  const behind = `${instances} ${instances === 1 ? "process" : "processes"}`;
  return `  cut off: relay ${relay}, for ${(lastHeardMsAgo / 1000).toFixed(0)} s, with ${behind} behind it, at version ${serves ?? "unknown"}. Kill there too, with --relay.`;
}

function receiptSentence(receipt: Receipt): string {
  if (receipt.of === 0) return "No process is connected there; those that connect later start with the kill in force.";
  return `${receipt.confirmed} of ${receipt.of} connected ${receipt.of === 1 ? "process has" : "processes have"} confirmed after ${(receipt.elapsedMs / 1000).toFixed(2)} s.`;
}

/** The receipt as it is when all have confirmed or the time is over; or why there is none, which takes nothing from the kill. */
async function waitForReceipt(server: ServerConnection, kill: string, waitMs: number): Promise<Receipt | CommandFailed> {
  const end = performance.now() + waitMs;
  for (;;) {
    const receipt = await server.get<Receipt>(`/api/kills/${encodeURIComponent(kill)}/receipt`).catch((error: unknown) => {
      if (error instanceof CommandFailed) return error;
      throw error;
    });
    const isOver = receipt instanceof CommandFailed ? !isUnsure(receipt) : receipt.done;
    if (isOver || performance.now() >= end) return receipt;
    await pause(receipt instanceof CommandFailed ? RECEIPT_AGAIN_MS : RECEIPT_EVERY_MS);
  }
}
