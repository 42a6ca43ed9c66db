import { readFile } from "node:fs/promises";
import { SourceUnreachable } from "../source.ts";

/** Gives a token that the remote takes now, or `user:token`. What it throws is why there is none. */
export type GitSignIn = () => Promise<string>;

/** Files that SSH signs in with. */
export interface GitSsh {
  /** The private key; absent: what the account of the server has. */
  readonly key?: string | undefined;
  /** The host's public keys; absent: those that the account of the server knows. */
  readonly knownHosts?: string | undefined;
}

/** How a remote is reached. */
export interface GitAccess {
  readonly url: string;
  /** Over HTTP. */
  readonly signIn?: GitSignIn | undefined;
  readonly ssh?: GitSsh | undefined;
}

/** GitHub's name for whoever has a token; other hosts take any name beside one. */
const TOKEN_USER = "x-access-token";
const TOKEN_CHARS_MAX = 10_000;

/**
 * The environment in which git signs in to a remote: over HTTP a header for this origin alone, by git's own configuration variables, so that
 * neither a list of processes nor a redirect elsewhere sees it; over SSH a key of its own. Empty where neither is given. Throws
 * `SourceUnreachable` with why there is no token.
 */
export async function signedInEnvironment({ url, signIn, ssh }: GitAccess): Promise<Readonly<Record<string, string>>> {
  if (!/^https?:\/\//.test(url)) return sshEnvironment(ssh);
  if (signIn === undefined) return {};
  let token: string;
  try {
    token = await signIn();
  } catch (error) {
    throw new SourceUnreachable(error instanceof Error ? error.message : String(error), { cause: error });
  }
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(token.includes(":") ? token : `${TOKEN_USER}:${token}`).toString("base64")}`,
  };
}

/** What SSH is run as where a source says nothing else. */
export const sshCommand = (): string => process.env["SLUICE_GIT_SSH"] ?? "ssh -oBatchMode=yes";

function sshEnvironment({ key, knownHosts }: GitSsh = {}): Readonly<Record<string, string>> {
  if (key === undefined && knownHosts === undefined) return {};
  const own = key === undefined ? [] : [`-oIdentitiesOnly=yes -oIdentityAgent=none -i ${quoted(key)}`];
  const hosts = knownHosts === undefined ? [] : [`-oStrictHostKeyChecking=yes -oUserKnownHostsFile=${quoted(knownHosts)}`];
  return { GIT_SSH_COMMAND: [sshCommand(), ...own, ...hosts].join(" ") };
}

/** Git gives the command to a shell. */
const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;

/** The token that a file holds now: who looks after it may put a new one there at any time. */
export function tokenIn(file: string): GitSignIn {
  return async () => {
    const text = (await readFile(file, "utf8")).trim();
    if (text === "" || text.length > TOKEN_CHARS_MAX || /\s/.test(text)) throw new Error(`${file} does not hold a token: one line, and nothing else`);
    return text;
  };
}
