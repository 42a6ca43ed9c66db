import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isOperatorKey, killKeyOf } from "@sluice/contract";
import { derivedSecret } from "@sluice/ports/node";
import { Option } from "commander";
import { CommandFailed } from "./failure.ts";

/** Where the server is and what proves who asks. */
export interface ServerOptions {
  readonly url?: string;
  readonly token?: string;
  /** Address of a relay that is asked in the place of the server: it is shown no operator key, but the kill key that follows from it. */
  readonly relay?: string;
}

/** Where a command finds the server, and what it signs in with; the same words at each command that asks one. */
export const urlOption: Option = new Option("--url <url>", "address of the server (SLUICE_URL)");
export const tokenOption: Option = new Option("--token <token>", "personal token or operator key (SLUICE_TOKEN)");

export interface ServerConnection {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  /** `timeoutMs` for what takes the server longer than a decision. */
  post<T>(path: string, body: unknown, timeoutMs?: number): Promise<T>;
}

/** Whether a server is named at all: the key in some folder is no reason to ask whatever listens on this machine. */
export const namesServer = ({ url, token }: ServerOptions): boolean => (url ?? token ?? process.env["SLUICE_URL"] ?? process.env["SLUICE_TOKEN"]) !== undefined;

const DEFAULT_URL = "http://127.0.0.1:7420";
/** A kill is acknowledged in milliseconds; whoever waits longer than this should be told to use another way. */
const TIMEOUT_MS = 10_000;

/**
 * Connects as: `--token`, then SLUICE_TOKEN, then the operator key of a server whose data folder (`.sluice/`) is in this folder or one above it.
 * The URL is `--url`, then SLUICE_URL, then the address that this server wrote beside the key that is used, then this machine's default
 * port: an address in some other folder, perhaps of a repository that somebody cloned, must not be sent a key.
 */
export function connect(options: ServerOptions): ServerConnection {
  const { secret, isOfFolder, folder } = shownSecret(options);
  const token = options.relay !== undefined && (isOfFolder || isOperatorKey(secret)) ? killKeyOf(secret, derivedSecret) : secret;
  const url = (options.relay ?? options.url ?? process.env["SLUICE_URL"] ?? readIn(folder, "address") ?? DEFAULT_URL).replace(/\/+$/, "");
  if (!/^https?:\/\//.test(url)) {
    throw new CommandFailed({
      code: "cli/bad-url",
      message: `"${url}" is not the address of a server.`,
      fix: `Give one like ${DEFAULT_URL} by --url or SLUICE_URL.`,
      exitCode: 2,
    });
  }
  const ask = async <T>(
    method: string,
    path: string,
    { body, timeoutMs = TIMEOUT_MS }: { readonly body?: unknown; readonly timeoutMs?: number } = {},
  ): Promise<T> => {
    let response: Response;
    try {
      response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      throw new CommandFailed(
        {
          code: "cli/unreachable",
          message: `${url} did not answer (${reasonOf(error, timeoutMs)}).`,
          fix: "Is the server running? Give another address by --url or SLUICE_URL.",
          exitCode: 3,
        },
        { cause: error },
      );
    }
    const text = await response.text();
    if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as T;
    throw refusal(url, response.status, text);
  };
  return {
    url,
    get: (path) => ask("GET", path),
    post: (path, body, timeoutMs) => ask("POST", path, { body, ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
  };
}

/** What there is to sign in with, and the data folder where it was found; throws where there is nothing. */
export function shownSecret({ token }: Pick<ServerOptions, "token">): {
  readonly secret: string;
  /** It is the operator key of the data folder. */
  readonly isOfFolder: boolean;
  readonly folder: string | undefined;
} {
  const given = token ?? process.env["SLUICE_TOKEN"];
  const folder = given === undefined ? folderWithKey(process.cwd()) : undefined;
  const secret = given ?? readIn(folder, "operator.key");
  if (secret !== undefined) return { secret, isOfFolder: given === undefined, folder };
  throw new CommandFailed({
    code: "cli/no-token",
    message: "There is nothing to sign in with.",
    fix: "Set SLUICE_TOKEN, or run this on the server's machine in a folder that has its .sluice/operator.key.",
    exitCode: 2,
  });
}

/** The id of a new decision: the same one sent again has no second effect. */
export const newCommand = (): string => `cli-${randomBytes(12).toString("hex")}`;

function refusal(url: string, status: number, text: string): CommandFailed {
  let problem: { code?: string; message?: string; fix?: string } | undefined;
  try {
    problem = (JSON.parse(text) as { error?: typeof problem }).error;
  } catch {
    problem = undefined;
  }
  if (problem?.message === undefined) {
    return new CommandFailed({
      code: `cli/status-${status}`,
      status,
      message: `${url} answered ${status}, and not as a Sluice server does.`,
      fix: "Check the address: it is the one of the console, without a path.",
      exitCode: 3,
    });
  }
  const { code = `status-${status}`, message, fix = "" } = problem;
  return new CommandFailed({ code, status, message, fix, exitCode: status >= 500 ? 3 : 1 });
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
  const cause = error.cause;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}

/** The nearest data folder with a key: in this folder or one above it. */
function folderWithKey(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".sluice", "operator.key"))) return join(folder, ".sluice");
    if (dirname(folder) === folder) return undefined;
  }
}

function readIn(folder: string | undefined, name: "operator.key" | "address"): string | undefined {
  const path = folder === undefined ? undefined : join(folder, name);
  return path === undefined || !existsSync(path) ? undefined : readFileSync(path, "utf8").trim();
}
