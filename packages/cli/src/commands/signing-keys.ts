import type { Command } from "commander";
import { connect, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

interface SigningKey {
  readonly id: string;
  readonly publicKey: string;
  readonly signs: boolean;
}

export function registerSigningKeys(program: Command, terminal: Terminal): void {
  program
    .command("signing-keys")
    .description("the public keys with which SDKs check what this server sends (their option signatureKeys)")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action(async (options: ServerOptions & { readonly json?: boolean }) => {
      const { keys } = await connect(options).get<{ readonly keys: readonly SigningKey[] }>("/api/signing-keys");
      if (options.json) return terminal.json({ keys });
      if (keys.length === 0) return terminal.out("This server does not sign. To have it sign, start it once with --sign.");
      for (const { publicKey, signs } of keys)
        terminal.out(`${publicKey}   ${signs ? paint(terminal, "green", "signs") : "does not sign yet, or not any more"}`);
    });
}
