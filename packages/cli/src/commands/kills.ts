import type { KillPast, KillReachView } from "@sluice/contract";
import type { Command } from "commander";
import { connect, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

interface KillListing {
  readonly kill: string;
  readonly environment: string;
  readonly flags: readonly string[];
  readonly scope?: unknown;
  readonly atMs?: number;
  readonly by?: string;
  readonly reason?: string;
  readonly incident?: string;
  readonly liftAsked?: { readonly atMs: number; readonly by?: string };
  readonly liftRefused?: { readonly atMs: number; readonly by?: string; readonly reason?: string };
}

type Options = ServerOptions & {
  readonly environment?: string;
  readonly json?: boolean;
  readonly past?: true;
  readonly limit: string;
  readonly before?: string;
};

export function registerKills(program: Command, terminal: Terminal): void {
  program
    .command("kills")
    .description("what is killed right now, or was: when, by whom, and how soon it had reached everybody")
    .option("--past", "every kill, lifted ones too, the newest first")
    .option("--limit <count>", "with --past: how many, at most 200", "20")
    .option("--before <place>", "with --past: those before a place that an earlier answer ended with")
    .option("-e, --environment <key>", "only there")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action(async (options: Options) => {
      if (options.past === true) return past(options, terminal);
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
        const { liftAsked, liftRefused, incident } = kill;
        if (incident !== undefined) terminal.out(`       ${incident}`);
        if (liftAsked !== undefined)
          terminal.out(
            `       its lift was asked for ${decided(liftAsked)}; it takes somebody else to lift it too, or to say no: sluice refuse-lift ${kill.kill}`,
          );
        if (liftRefused !== undefined) terminal.out(`       its lift was refused ${decided(liftRefused)}`);
      }
    });
}

async function past({ environment, limit, before, json, ...where }: Options, terminal: Terminal): Promise<void> {
  const query = new URLSearchParams({ limit, ...(environment === undefined ? {} : { environment }), ...(before === undefined ? {} : { before }) });
  const { kills, next } = await connect(where).get<{ readonly kills: readonly KillPast[]; readonly next?: string }>(`/api/kills/history?${query.toString()}`);
  if (json) return terminal.json({ kills, ...(next === undefined ? {} : { next }) });
  if (kills.length === 0) terminal.out(before === undefined ? "Nothing was ever killed." : "Nothing was killed before that.");
  for (const { kill, flags, environment: there, scope, atMs, by, reason, incident, lifted, reach } of kills) {
    const what = `${flags.join(", ")} in ${there}${scope === undefined ? "" : " for some"}`;
    terminal.out(`${lifted === undefined ? paint(terminal, "red", "killed") : "lifted"} ${what}  ${paint(terminal, "dim", kill)}`);
    terminal.out(`       placed ${decided({ atMs, by, reason })}`);
    if (incident !== undefined) terminal.out(`       ${incident}`);
    if (lifted !== undefined) terminal.out(`       ${lifted.isUndo ? "undone" : "lifted"} ${decided(lifted)}`);
    if (reach !== undefined) terminal.out(`       ${reachWords(reach)}`);
    if (reach !== undefined && reach.missing.length > 0) terminal.out(`       not confirmed: ${reach.missing.join(", ")}`);
  }
  if (next !== undefined)
    terminal.out(paint(terminal, "dim", `Older ones: sluice kills --past --before ${next}${environment === undefined ? "" : ` -e ${environment}`}`));
}

const decided = ({ atMs, by, reason }: { readonly atMs: number; readonly by?: string | undefined; readonly reason?: string | undefined }): string =>
  `${new Date(atMs).toISOString()}${by === undefined ? "" : ` by ${by}`}${reason === undefined ? "" : `: ${reason}`}`;

/** "40 of 41 connected processes confirmed; half within 0.03 s, 99 % within 0.21 s; 1 went without a word" */
function reachWords({ of, confirmed, gone, halfMs, p99Ms, allMs }: KillReachView): string {
  const times = [
    ["half", halfMs],
    ["99 %", p99Ms],
    ["all", allMs],
  ] as const;
  const reached = times.flatMap(([part, ms]) => (ms === undefined ? [] : [`${part} within ${(ms / 1000).toFixed(2)} s`]));
  const parts = [`${confirmed} of ${of} connected processes confirmed`, reached.join(", "), gone === 0 ? "" : `${gone} went without a word`];
  return parts.filter((part) => part !== "").join("; ");
}
