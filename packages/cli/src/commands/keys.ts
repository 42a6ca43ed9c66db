import type { SdkKeyMade } from "@sluice/contract";
import type { Command } from "commander";
import { connect, newCommand, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

interface KeyListing {
  readonly key: string;
  readonly environment: string;
  readonly name: string;
}

type Options = ServerOptions & { readonly json?: boolean };

/** `keys`, `keys new` and `keys end`: what programs ask for flags with. */
export function registerKeys(program: Command, terminal: Terminal): void {
  const keys = program
    .command("keys")
    // Otherwise the address and the token of `keys new` would be this one's.
    .enablePositionalOptions()
    .description("keys with which programs ask for flags, and how many use each")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action((options: Options) => list(options, terminal));
  keys
    .command("new")
    .description("make a key for the programs of one environment, and print it this once")
    .argument("<name>", "which program it is for, such as shop")
    .requiredOption("--environment <environment>", "the one whose flags it opens")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sluice keys new shop --environment production > shop.key && chmod 600 shop.key")
    .action((name: string, options: Options & { readonly environment: string }) => make(name, options, terminal));
  keys
    .command("end")
    .description("end a key for good: programs with it keep their last answers and hear of nothing more")
    .argument("<key>", "first digits, as sluice keys shows them")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action((key: string, options: Options) => end(key, options, terminal));
}

async function list(options: Options, terminal: Terminal): Promise<void> {
  const server = connect(options);
  const { keys } = await server.get<{ readonly keys: readonly KeyListing[] }>("/api/sdk-keys");
  const { connected } = await server.get<{ readonly connected: Readonly<Record<string, number>> }>("/api/sdk-keys/connected");
  const known = keys.map((one) => ({ ...one, connected: connected[one.key] ?? 0 }));
  if (options.json) return terminal.json({ keys: known });
  if (known.length === 0) terminal.out("There is no key yet: sluice keys new <program> --environment <environment>");
  for (const { key, environment, name, connected: streams } of known)
    terminal.out(`${key}  ${paint(terminal, "bold", name)} in ${environment}, ${streams === 0 ? "nobody connected" : `${streams} connected`}`);
}

async function make(name: string, options: Options & { readonly environment: string }, terminal: Terminal): Promise<void> {
  const body = { command: newCommand(), environment: options.environment, name };
  const made = await connect(options).post<SdkKeyMade>("/api/sdk-keys", body);
  if (options.json) return terminal.json(made);
  terminal.say(`The key of ${name} in ${made.environment}, ${made.key} in lists. It is not shown again.`);
  terminal.out(made.secret);
}

async function end(key: string, options: Options, terminal: Terminal): Promise<void> {
  await connect(options).post(`/api/sdk-keys/${encodeURIComponent(key)}/end`, { command: newCommand() });
  if (options.json) return terminal.json({ key, ended: true });
  terminal.out(`${paint(terminal, "green", "ended")}  ${key}`);
}
