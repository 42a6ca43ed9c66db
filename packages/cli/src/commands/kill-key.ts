import { isOperatorKey, killKeyOf } from "@sluice/contract";
import { derivedSecret } from "@sluice/ports/node";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { shownSecret, tokenOption } from "../server-connection.ts";
import type { Terminal } from "../terminal.ts";

interface Options {
  readonly token?: string;
  readonly json?: boolean;
}

export function registerKillKey(program: Command, terminal: Terminal): void {
  program
    .command("kill-key")
    .description("print the key that kills and does nothing else, for relays, runbooks and whoever is on duty; no server is asked")
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nIt follows from the operator key, here or by SLUICE_TOKEN, and nobody finds that one from it.\nsluice kill --relay makes it by itself and sends a relay nothing else.\n\nExample:\n  SLUICE_TOKEN=$(sluice kill-key) sh kill.sh https://relay.eu.example.com production diary.photo-pins",
    )
    .action((options: Options) => {
      const { secret, isOfFolder } = shownSecret(options);
      if (!isOfFolder && !isOperatorKey(secret))
        throw new CommandFailed({
          code: "cli/no-operator-key",
          message: "What is given is no operator key, and from nothing else a kill key follows.",
          fix: "Run this in a folder with the server's .sluice/operator.key, or put what that file holds into SLUICE_TOKEN.",
          exitCode: 2,
        });
      const killKey = killKeyOf(secret, derivedSecret);
      if (options.json === true) return terminal.json({ killKey });
      terminal.out(killKey);
    });
}
