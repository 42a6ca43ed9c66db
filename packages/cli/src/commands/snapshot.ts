import { open, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { urlOption } from "../server-connection.ts";
import type { Terminal } from "../terminal.ts";

interface PublishOptions {
  readonly url?: string;
  readonly key?: string;
  readonly out: string;
  readonly json?: boolean;
}

const DEFAULT_URL = "http://127.0.0.1:7420";
const TIMEOUT_MS = 60_000;
const KEY_CHARS_MIN = 8;

export function registerSnapshot(program: Command, terminal: Terminal): void {
  program
    .command("snapshot")
    .description("what an environment serves, as a file that SDKs and relays can start from")
    .command("publish")
    .description("write sluice-<environment>.json into a folder, whole or not at all, for any static host")
    .addOption(urlOption)
    .option("--key <key>", "SDK key of the environment (SLUICE_SDK_KEY)")
    .option("-o, --out <folder>", "where the file goes", ".")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample, every minute from a scheduler:\n  sluice snapshot publish --url https://flags.example.com --out /srv/www/flags")
    .action((options: PublishOptions) => publish(options, terminal));
}

/** A text as it came, with its signature where the server signs. */
interface Got {
  readonly text: string;
  readonly signature: string | null;
  readonly hasUrgent: boolean;
}

async function get(url: string, path: string, key: string): Promise<Got> {
  let response: Response;
  try {
    response = await fetch(url + path, { headers: { authorization: `Bearer ${key}`, accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(
      { code: "cli/unreachable", message: `${url} did not answer (${why}).`, fix: "Is the server or relay running? The file is as it was.", exitCode: 3 },
      { cause: error },
    );
  }
  const text = await response.text();
  const { headers } = response;
  if (response.status === 200) return { text, signature: headers.get("sluice-signature"), hasUrgent: Number(headers.get("sluice-urgent") ?? "0") > 0 };
  throw new CommandFailed({
    code: `cli/status-${response.status}`,
    message: `${url} answered ${response.status} to ${path}.`,
    fix: "Check the address and the SDK key. The file is as it was.",
    exitCode: 3,
  });
}

async function publish(options: PublishOptions, terminal: Terminal): Promise<void> {
  const url = (options.url ?? process.env["SLUICE_URL"] ?? DEFAULT_URL).replace(/\/+$/, "");
  const key = options.key ?? process.env["SLUICE_SDK_KEY"] ?? "";
  if (key.length < KEY_CHARS_MIN)
    throw new CommandFailed({
      code: "cli/no-sdk-key",
      message: "There is no SDK key to read the environment with.",
      fix: "Give one by --key or SLUICE_SDK_KEY.",
      exitCode: 2,
    });
  const snapshot = await get(url, "/sdk/v1/snapshot", key);
  const urgent = snapshot.hasUrgent ? await get(url, "/sdk/v1/urgent", key) : undefined;
  const { environment, epoch, seq } = JSON.parse(snapshot.text) as { readonly environment: string; readonly epoch: string; readonly seq: number };
  const path = resolve(join(options.out, fileNameOf(environment)));
  await replaceFile(path, published(snapshot, urgent));
  if (options.json) return terminal.json({ file: path, environment, epoch, seq, signed: snapshot.signature !== null });
  terminal.out(`${path}: ${environment} at ${epoch}:${seq}${snapshot.signature === null ? "" : ", signed"}`);
}

/** The name that an SDK's own copy has, so that one rule covers both. */
const fileNameOf = (environment: string): string => `sluice-${environment.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-")}.json`;

/** The form that SDKs keep: signed texts as they came, or the values. */
function published(snapshot: Got, urgent: Got | undefined): string {
  if (snapshot.signature === null) {
    const list = urgent === undefined ? "[]" : JSON.stringify((JSON.parse(urgent.text) as { readonly urgent: unknown }).urgent);
    return `{"snapshot":${snapshot.text},"urgent":${list}}\n`;
  }
  const steps = [{ kind: "snapshot", text: snapshot.text, signature: snapshot.signature }];
  if (urgent !== undefined) {
    // Without it, somebody who starts from the file would have the kills on that are off.
    if (urgent.signature === null)
      throw new CommandFailed({
        code: "cli/unsigned",
        message: "The list of urgent kills is not signed.",
        fix: "Try again in a moment. The file is as it was.",
        exitCode: 3,
      });
    steps.push({ kind: "kills", text: urgent.text, signature: urgent.signature });
  }
  return `${JSON.stringify({ signed: steps })}\n`;
}

/** Whole or not at all: whoever reads meanwhile gets the old file or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const beside = join(dirname(path), `.${process.pid}-${Date.now()}.part`);
  try {
    const file = await open(beside, "wx", 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(
      {
        code: "cli/not-written",
        message: `${path} could not be written: ${why}.`,
        fix: "Give a folder that exists and can be written to by --out.",
        exitCode: 3,
      },
      { cause: error },
    );
  }
}
