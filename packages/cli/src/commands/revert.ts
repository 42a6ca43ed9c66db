import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { connect, newCommand, type ServerConnection, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

interface AdoptedForm {
  readonly seq: number;
  readonly commit: string;
  readonly author: string;
  readonly subject: string;
  readonly atMs: number;
}

interface RevertOptions extends ServerOptions {
  readonly environment: string;
  readonly to?: string;
  readonly end?: string;
  readonly reason?: string;
  readonly json?: boolean;
}

export function registerRevert(program: Command, terminal: Terminal): void {
  program
    .command("revert")
    .description("serve an earlier adopted form of a flag now, until Git agrees; without --to: list its forms")
    .argument("<flag>", "key of the flag")
    .option("-e, --environment <key>", "where", "production")
    .option("--to <version>", "a version or commit as listed, or `previous`")
    .option("--end <revert>", "end this revert instead: follow Git again")
    .option("-r, --reason <text>", "why, for the log")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action((flag: string, options: RevertOptions) => revert(flag, options, terminal));
}

async function revert(flag: string, options: RevertOptions, terminal: Terminal): Promise<void> {
  const server = connect(options);
  const command = newCommand();
  if (options.end !== undefined) {
    await server.post(`/api/reverts/${encodeURIComponent(options.end)}/end`, { command });
    if (options.json) terminal.json({ flag, ended: options.end });
    else terminal.out(`Revert ${options.end} has ended: ${flag} follows Git again.`);
    return;
  }
  const { history } = await server.get<{ readonly history: readonly AdoptedForm[] }>(`/api/flags/${encodeURIComponent(flag)}`);
  if (options.to === undefined) {
    if (options.json) terminal.json({ flag, history });
    else
      for (const form of history)
        terminal.out(
          `${String(form.seq).padStart(6)}  ${form.commit.slice(0, 7)}  ${new Date(form.atMs).toISOString().slice(0, 16)}Z  ${form.author}: ${form.subject}`,
        );
    return;
  }
  const form = formNamed(options.to, history, flag);
  const done = await revertTo(server, { command, environment: options.environment, flag, toSeq: form.seq, reason: options.reason });
  if (options.json) terminal.json({ flag, environment: options.environment, toSeq: form.seq, commit: form.commit, ...done });
  else {
    terminal.out(`${paint(terminal, "yellow", "Reverted")} ${flag} in ${options.environment} to how it was in ${form.commit.slice(0, 7)} ("${form.subject}").`);
    terminal.out(paint(terminal, "dim", `It stays so until Git agrees, or: sluice revert ${flag} --end ${done.revert}`));
  }
}

function formNamed(to: string, history: readonly AdoptedForm[], flag: string): AdoptedForm {
  const newestFirst = [...history].sort((a, b) => b.seq - a.seq);
  const found = to === "previous" ? newestFirst[1] : newestFirst.find((form) => String(form.seq) === to || (to.length >= 4 && form.commit.startsWith(to)));
  if (found) return found;
  throw new CommandFailed({
    code: "cli/unknown-form",
    message: to === "previous" ? `${flag} has had one form only: there is nothing earlier.` : `${flag} has no form "${to}".`,
    fix: `sluice revert ${flag} lists them.`,
    exitCode: 2,
  });
}

function revertTo(
  server: ServerConnection,
  ask: { readonly command: string; readonly environment: string; readonly flag: string; readonly toSeq: number; readonly reason: string | undefined },
): Promise<{ readonly revert: string }> {
  const { reason, ...rest } = ask;
  return server.post("/api/reverts", reason === undefined ? rest : { ...rest, reason });
}
