import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { CommandFailed, type Register } from "@sluice/cli";
import { nodeLog } from "@sluice/ports/node";
import { superviseRelay, type SupervisedRelay } from "@sluice/server";
import { findEntries } from "./entries.ts";
import { untilSignal, wholeNumber } from "./serve.ts";

interface RelayOptions {
  readonly upstream?: string;
  readonly key?: string;
  readonly keyFile?: string;
  readonly name: string;
  readonly data: string;
  readonly host: string;
  readonly port: string;
  readonly snapshot?: string;
  readonly signatureKey: readonly string[];
}

function upstreamOf({ upstream = process.env["SLUICE_UPSTREAM"] ?? "" }: RelayOptions): string {
  if (URL.canParse(upstream) && /^https?:/.test(upstream)) return upstream.replace(/\/+$/, "");
  throw new CommandFailed({
    code: "cli/bad-upstream",
    message: upstream === "" ? "The relay is not told which server it belongs to." : `${JSON.stringify(upstream)} is not the address of a server.`,
    fix: "Give one like https://flags.example.com by --upstream or SLUICE_UPSTREAM.",
    exitCode: 2,
  });
}

/** The key as it stands in a line of relay.key, of which only the first word is the key. */
function keyOf({ key, keyFile }: RelayOptions): string {
  const text = key ?? (keyFile === undefined ? process.env["SLUICE_RELAY_KEY"] : existsSync(keyFile) ? readFileSync(keyFile, "utf8") : undefined) ?? "";
  const found = /^\s*(slr_[\w-]{40,100})(?:\s|$)/.exec(text)?.[1];
  if (found !== undefined) return found;
  throw new CommandFailed({
    code: "cli/no-relay-key",
    message: "There is no relay key to sign in with at the server.",
    fix: "Copy a line of relay.key from the server's data folder into a file, and give it by --key-file or SLUICE_RELAY_KEY.",
    exitCode: 2,
  });
}

async function start(options: Parameters<typeof superviseRelay>[0]): Promise<SupervisedRelay> {
  try {
    return await superviseRelay(options);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandFailed({ code: "cli/not-started", message, fix: "Nothing was left running. Mend that and start again.", exitCode: 3 }, { cause: error });
  }
}

/** `sluice relay`: the process that serves SDKs, near them, also while the server and everything behind it is dead. */
export const registerRelay: Register = (program, terminal) => {
  program
    .command("relay")
    .description("serve SDKs near them, from this machine's memory and disk, and take kills while the server is away")
    .option("-u, --upstream <url>", "address of the server, or of a relay connected to it (SLUICE_UPSTREAM)")
    .option("--key <key>", "relay key (SLUICE_RELAY_KEY; better in a file)")
    .option("--key-file <file>", "file with a line of the server's relay.key")
    .option("--name <name>", "what receipts call this relay", hostname())
    .option("--data <folder>", "where its keys, its journal and the last good flags are kept", ".sluice-relay")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("-p, --port <port>", "port to listen on", "7430")
    .option("--snapshot <url or file>", "what to start from where the disk has nothing and the server does not answer (sluice snapshot publish)")
    .option("--signature-key <keys...>", "public keys of the server; a snapshot to start from must then be signed by one", [])
    .action(async (options: RelayOptions) => {
      const [upstream, key] = [upstreamOf(options), keyOf(options)];
      const relay = await start({
        upstream,
        key,
        name: options.name,
        data: resolve(options.data),
        host: options.host,
        port: wholeNumber(options.port, "--port", [0, 65_535]),
        entry: findEntries().fanout,
        ...(options.snapshot === undefined ? {} : { snapshot: /^https?:/.test(options.snapshot) ? options.snapshot : resolve(options.snapshot) }),
        signatureKeys: options.signatureKey,
        log: nodeLog({ json: process.env["SLUICE_LOG"] === "json", name: "sluice", minimum: "info" }),
      });
      terminal.out(`Relay ${options.name} of ${upstream} at ${relay.url}`);
      await untilSignal(relay);
    });
};
