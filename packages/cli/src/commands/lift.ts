import type { Command } from "commander";
import { connect, newCommand, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import type { Terminal } from "../terminal.ts";

interface LiftOptions extends ServerOptions {
  readonly reason?: string;
  readonly json?: boolean;
}

const SAID: Readonly<Record<string, string>> = { lift: "Lifted", undo: "Undid", "refuse-lift": "Refused the lift of" };

/** `lift` ends a kill, or says no to one that waits for a second person; `undo` is the same person's way back within a minute. */
export function registerLift(program: Command, terminal: Terminal): void {
  for (const [name, description] of [
    ["lift", "end a kill: what people had before, they have again"],
    ["refuse-lift", "say no to a lift that waits for a second person: the kill stays"],
    ["undo", "take back your own kill within 60 seconds"],
  ] as const) {
    program
      .command(name)
      .description(description)
      .argument("<kill>", "the kill's id, as `sluice kill` or `sluice kills` printed it")
      .option("-r, --reason <text>", "why, for the log")
      .addOption(urlOption)
      .addOption(tokenOption)
      .option("--json", "print one JSON object")
      .action(async (kill: string, options: LiftOptions) => {
        const answer = await connect(options).post<{ readonly seq?: number; readonly waits?: boolean }>(`/api/kills/${encodeURIComponent(kill)}/${name}`, {
          command: newCommand(),
          ...(name !== "undo" && options.reason !== undefined ? { reason: options.reason } : {}),
        });
        if (options.json) terminal.json({ kill, ...answer });
        else if (answer?.waits === true) terminal.out(`Asked for. Here a lift takes two people: ${kill} stays in force until somebody else lifts it too.`);
        else terminal.out(`${SAID[name] ?? ""} ${kill}${answer?.seq === undefined ? "" : ` (decision ${answer.seq})`}.`);
      });
  }
}
