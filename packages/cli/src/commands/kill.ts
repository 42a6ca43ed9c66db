import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { connect, type ServerConnection, type ServerOptions } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

interface Killed {
  readonly kill: string;
  readonly seq?: number;
  readonly emergency: boolean;
}

interface Receipt {
  readonly of: number;
  readonly confirmed: number;
  readonly elapsedMs: number;
  readonly laggards: readonly { readonly instance: string; readonly service?: string; readonly version?: string; readonly lastHeardMsAgo: number }[];
  readonly done: boolean;
}

interface KillOptions extends ServerOptions {
  readonly environment: string;
  readonly reason?: string;
  readonly incident?: string;
  readonly wait: string;
  readonly json?: boolean;
}

/** How often the receipt is asked for. */
const RECEIPT_EVERY_MS = 100;

export function registerKill(program: Command, terminal: Terminal): void {
  program
    .command("kill")
    .description("switch flags off now, everywhere, without Git or approval, and say who has confirmed")
    .argument("<flag...>", "keys of the flags; several are one decision")
    .option("-e, --environment <key>", "where", "production")
    .option("-r, --reason <text>", "why, for the log")
    .option("--incident <url>", "link to the incident")
    .option("--wait <seconds>", "how long to wait for every process to confirm", "10")
    .option("--url <url>", "address of the server (SLUICE_URL)")
    .option("--token <token>", "personal token or operator key (SLUICE_TOKEN)")
    .option("--json", "print one JSON object")
    .addHelpText("after", '\nExample:\n  sluice kill diary.photo-pins -e production -r "photos vanish after saving"')
    .action((flags: string[], options: KillOptions) => kill(flags, options, terminal));
}

async function kill(flags: readonly string[], options: KillOptions, terminal: Terminal): Promise<void> {
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
  const killed = await server.post<Killed>("/api/kills", {
    command: `cli-${randomBytes(12).toString("hex")}`,
    environment: options.environment,
    flags,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.incident === undefined ? {} : { incident: options.incident }),
  });
  if (!options.json) {
    terminal.out(
      `${paint(terminal, "red", "Killed")} ${flags.join(", ")} in ${options.environment} (kill ${killed.kill}${killed.seq === undefined ? "" : `, decision ${killed.seq}`}).`,
    );
    if (killed.emergency) terminal.out("The store did not answer in time: it went the emergency way and enters the log by itself.");
  }
  const receipt = await waitForReceipt(server, killed.kill, waitMs);
  if (options.json) {
    terminal.json({ ...killed, flags, environment: options.environment, receipt });
    return;
  }
  if (!receipt) return;
  terminal.out(receiptSentence(receipt));
  for (const laggard of receipt.laggards) {
    terminal.out(
      `  not yet: ${[laggard.service, laggard.version, laggard.instance].filter(Boolean).join(" ")}, last heard ${(laggard.lastHeardMsAgo / 1000).toFixed(1)} s ago`,
    );
  }
  terminal.out(paint(terminal, "dim", `Undo within a minute: sluice undo ${killed.kill}    later: sluice lift ${killed.kill}`));
}

function receiptSentence(receipt: Receipt): string {
  if (receipt.of === 0) return "No process is connected there; those that connect later start with the kill in force.";
  return `${receipt.confirmed} of ${receipt.of} connected ${receipt.of === 1 ? "process has" : "processes have"} confirmed after ${(receipt.elapsedMs / 1000).toFixed(2)} s.`;
}

async function waitForReceipt(server: ServerConnection, kill: string, waitMs: number): Promise<Receipt | undefined> {
  const end = performance.now() + waitMs;
  for (;;) {
    const receipt = await server.get<Receipt>(`/api/kills/${encodeURIComponent(kill)}/receipt`);
    if (receipt.done || performance.now() >= end) return receipt;
    await new Promise((resolve) => {
      setTimeout(resolve, RECEIPT_EVERY_MS);
    });
  }
}
