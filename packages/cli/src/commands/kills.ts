import type { Command } from "commander";
import { connect, type ServerOptions } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

interface KillListing {
  readonly kill: string;
  readonly environment: string;
  readonly flags: readonly string[];
  readonly scope?: unknown;
  readonly atMs?: number;
  readonly by?: string;
  readonly reason?: string;
}

export function registerKills(program: Command, terminal: Terminal): void {
  program
    .command("kills")
    .description("what is killed right now")
    .option("-e, --environment <key>", "only there")
    .option("--url <url>", "address of the server (SLUICE_URL)")
    .option("--token <token>", "personal token or operator key (SLUICE_TOKEN)")
    .option("--json", "print one JSON object")
    .action(async (options: ServerOptions & { readonly environment?: string; readonly json?: boolean }) => {
      const query = options.environment === undefined ? "" : `?environment=${encodeURIComponent(options.environment)}`;
      const { kills } = await connect(options).get<{ readonly kills: readonly KillListing[] }>(`/api/kills${query}`);
      if (options.json) {
        terminal.json({ kills });
        return;
      }
      if (kills.length === 0) terminal.out("Nothing is killed.");
      for (const kill of kills) {
        const since = kill.atMs === undefined ? "" : ` since ${new Date(kill.atMs).toISOString()}`;
        terminal.out(
          `${paint(terminal, "red", "killed")} ${kill.flags.join(", ")} in ${kill.environment}${kill.scope === undefined ? "" : " for some"}${since}${kill.by === undefined ? "" : ` by ${kill.by}`}${kill.reason === undefined ? "" : `: ${kill.reason}`}\n       sluice lift ${kill.kill}`,
        );
      }
    });
}
