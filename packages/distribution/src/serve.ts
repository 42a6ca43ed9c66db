import { resolve } from "node:path";
import { CommandFailed, type Register } from "@sluice/cli";
import { nodeLog } from "@sluice/ports/node";
import { supervise, type Supervised } from "@sluice/server";
import { findEntries } from "./entries.ts";

interface ServeOptions {
  readonly data: string;
  readonly source?: string;
  readonly branch: string;
  readonly folder: string;
  readonly store?: string;
  readonly host: string;
  readonly port: string;
  readonly poll: string;
  readonly browserOrigin: readonly string[];
  readonly sign?: boolean;
  readonly sources?: string;
  readonly tokenFile?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
  readonly githubApp?: string;
  readonly mail?: string;
  readonly allowedSigners?: string;
  readonly trustedGnupg?: string;
  readonly commitKey?: string;
  readonly prometheus?: string;
}

/** Who must have signed what is served, what Sluice signs with, and what it signs in with, as the API process takes it. */
function filesOf({ allowedSigners, trustedGnupg, commitKey, tokenFile, sshKey, knownHosts }: ServeOptions): Readonly<Record<string, string>> {
  const places = {
    SLUICE_ALLOWED_SIGNERS: allowedSigners,
    SLUICE_TRUSTED_GNUPG: trustedGnupg,
    SLUICE_COMMIT_KEY: commitKey,
    SLUICE_TOKEN_FILE: tokenFile,
    SLUICE_SSH_KEY: sshKey,
    SLUICE_KNOWN_HOSTS: knownHosts,
  };
  return Object.fromEntries(Object.entries(places).flatMap(([name, place]) => (place === undefined ? [] : [[name, resolve(place)]])));
}

/** An option that must be a whole number of a range; `CommandFailed` where it is none. */
export function wholeNumber(text: string, name: string, range: readonly [number, number]): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= range[0] && number <= range[1]) return number;
  throw new CommandFailed({
    code: "cli/bad-number",
    message: `${name} ${text} is not a whole number from ${range[0]} to ${range[1]}.`,
    fix: "Leave it out for the usual one.",
    exitCode: 2,
  });
}

/** As browsers send it: scheme, host and port, nothing after. */
function originOf(text: string): string {
  if (text === "*" || (URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, "") && text.startsWith("http"))) return text.replace(/\/$/, "");
  throw new CommandFailed({
    code: "cli/bad-origin",
    message: `--browser-origin ${text} is not an origin.`,
    fix: "Give scheme, host and port as the address bar shows them, such as https://app.example.com, or * for all.",
    exitCode: 2,
  });
}

function prometheusOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new CommandFailed({
    code: "cli/bad-address",
    message: `--prometheus ${text} is not the address of a server.`,
    fix: "Give scheme, host and port, such as http://prometheus:9090, and the path that it stands behind, if any.",
    exitCode: 2,
  });
}

/** Runs until a signal comes. */
export async function untilSignal(sluice: { stop(): Promise<void> }): Promise<void> {
  await new Promise<void>((done) => {
    process.once("SIGINT", () => done());
    process.once("SIGTERM", () => done());
  });
  await sluice.stop();
}

async function start(options: Parameters<typeof supervise>[0]): Promise<Supervised> {
  try {
    return await supervise(options);
  } catch (error) {
    throw new CommandFailed(
      {
        code: "cli/not-started",
        message: error instanceof Error ? error.message : String(error),
        fix: "Nothing was left running. Mend that and start again.",
        exitCode: 3,
      },
      { cause: error },
    );
  }
}

/** `sluice serve`: the product, from any Git repository. */
export const registerServe: Register = (program, terminal) => {
  program
    .command("serve")
    .description("serve the flags of a Git repository: API, streams, kill switch and console")
    .requiredOption("-s, --source <url>", "Git repository: any remote, or a path")
    .option("-b, --branch <name>", "branch that is served", "main")
    .option("--folder <path>", "folder of the repository that holds sluice.yaml", "")
    .option("--sources <file>", "list of further repositories and folders with flags of their own (docs/sources.md)")
    .option("--token-file <file>", "file with a token, or user:token, that the repository is read and written with over HTTPS")
    .option("--ssh-key <file>", "private key that the repository is read and written with over SSH")
    .option("--known-hosts <file>", "public keys of the repository's host, as OpenSSH keeps them")
    .option("--allowed-signers <file>", "take only commits signed by one of these SSH keys (ssh-keygen's ALLOWED SIGNERS format)")
    .option("--trusted-gnupg <folder>", "take only commits signed by one of the public keys of this GnuPG home, or by an allowed signer")
    .option("--commit-key <file>", "SSH private key that signs the commits which Sluice makes for people")
    .option("--data <folder>", "where the store, the keys and the journal are kept", ".sluice")
    .option("--store <url>", "postgres://… instead of the embedded store")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("-p, --port <port>", "port to listen on", "7420")
    .option("--poll <seconds>", "how often the repository is looked at, besides its hooks", "5")
    .option("--browser-origin <origins...>", "origins whose pages may ask for answers, such as https://app.example.com; * for all", [])
    .option("--prometheus <url>", "Prometheus server that guards of flags ask (docs/guards.md), such as http://prometheus:9090")
    .option("--sign", "make a key in the data folder, once, and sign snapshots and patches with it; without it, an existing key signs all the same")
    .option("--github-app <file>", "be the GitHub App of this file (sluice github-app create): checks of pull requests, and its sign-in for the repository")
    .option("--mail <file>", "tell the teams that own a killed flag, by the mail host of this file (docs/notices.md)")
    .action(async (options: ServeOptions) => {
      const entries = findEntries();
      const sluice = await start({
        data: resolve(options.data),
        ...(options.store === undefined ? {} : { store: options.store }),
        source: { url: options.source ?? "", branch: options.branch, folder: options.folder },
        host: options.host,
        port: wholeNumber(options.port, "--port", [0, 65_535]),
        pollMs: wholeNumber(options.poll, "--poll", [1, 3_600]) * 1_000,
        sdkKeysFor: [],
        browserOrigins: options.browserOrigin.map(originOf),
        sign: options.sign === true,
        ...(options.sources === undefined ? {} : { sources: resolve(options.sources) }),
        ...(options.githubApp === undefined ? {} : { githubApp: resolve(options.githubApp) }),
        ...(options.mail === undefined ? {} : { mail: resolve(options.mail) }),
        environment: { ...filesOf(options), ...(options.prometheus === undefined ? {} : { SLUICE_PROMETHEUS: prometheusOf(options.prometheus) }) },
        entries,
        ...(entries.web === undefined ? {} : { web: entries.web }),
        log: nodeLog({ json: process.env["SLUICE_LOG"] === "json", name: "sluice", minimum: "info" }),
      });
      terminal.out(`Sluice serves ${options.source ?? ""} (${options.branch}) at ${sluice.url}`);
      if (sluice.once !== undefined) {
        terminal.out(`First account: ${sluice.url}/#/first?once=${sluice.once}   (works once)`);
        terminal.out("A key for your programs: Settings in the console, or sluice keys new <program> --environment <environment>");
      }
      await untilSignal(sluice);
    });
};

/** `sluice dev`: this folder as it is on disk, served at once, reloaded when a file is saved. */
export const registerDev: Register = (program, terminal) => {
  program
    .command("dev")
    .description("serve the flags of this folder while you edit them; offline, no Git needed")
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .option("-e, --environment <key>", "environment that the printed SDK key opens", "production")
    .option("-p, --port <port>", "port to listen on", "7420")
    .action(async (folder: string, options: { readonly environment: string; readonly port: string }) => {
      const entries = findEntries();
      const whole = resolve(folder);
      const sluice = await start({
        data: resolve(whole, ".sluice"),
        source: { url: `folder:${whole}`, branch: "main", folder: "" },
        host: "127.0.0.1",
        port: wholeNumber(options.port, "--port", [0, 65_535]),
        pollMs: 300,
        sdkKeysFor: [options.environment],
        // A developer's pages come from ports of this machine that nobody knows before.
        browserOrigins: ["localhost"],
        entries,
        ...(entries.web === undefined ? {} : { web: entries.web }),
        log: nodeLog({ json: false, name: "sluice", minimum: "warn" }),
        environment: { SLUICE_LOG: "quiet" },
      });
      terminal.out(`Serving ${whole} at ${sluice.url}; saved files are served at once.\n`);
      terminal.out("In your application:\n");
      terminal.out('  import { createClient } from "@sluice/node";');
      terminal.out(`  const flags = createClient({ url: "${sluice.url}", key: "${sluice.sdkKeys[options.environment] ?? ""}", service: "my-app" });`);
      terminal.out("  await flags.ready();");
      terminal.out('  flags.getBoolean("example.hello", false, { targetingKey: "user-1" });\n');
      terminal.out(`For pages (docs/browser-sdk.md), sign contexts with contextSecret: "${sluice.contextSecrets[options.environment] ?? ""}"\n`);
      if (sluice.once !== undefined) terminal.out(`Console: ${sluice.url}/#/first?once=${sluice.once}   (works once)`);
      await untilSignal(sluice);
    });
};
