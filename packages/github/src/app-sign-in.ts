import { createPrivateKey, createSign, type KeyObject } from "node:crypto";
import { parseInstant } from "@sluice/evaluation";
import type { Clock, HttpClient, Timers } from "@sluice/ports";
import * as z from "zod";
import { GitHubClient, GitHubRefused, type GitHubTokens, readAnswer } from "./github-client.ts";

/** GitHub takes at most ten minutes, and its clock may be behind ours (docs.github.com, Generating a JSON Web Token for a GitHub App). */
const JWT_S = 9 * 60;
const JWT_EARLIER_S = 60;
/** A token is renewed before it ends: a review that has begun with it must be able to go on. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** An App of GitHub's, as whoever registered it keeps it. */
export interface AppIdentity {
  readonly id: number;
  /** PEM, as GitHub gives it (PKCS#1), or PKCS#8. */
  readonly privateKey: string;
}

/** `owner/name` in two parts. */
export interface Repository {
  readonly owner: string;
  readonly name: string;
}

/** The path of a repository in the REST API. */
export const repositoryPath = ({ owner, name }: Repository): string => `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;

/** The App is not installed on the repository: it was never, or somebody took it away. `suspended`: it was put on hold at GitHub. */
export class NotInstalled extends Error {
  override readonly name = "NotInstalled";
}

/** The private key cannot be read. */
export class AppKeyUnusable extends Error {
  override readonly name = "AppKeyUnusable";
}

export interface InstallationTokensOptions {
  readonly api: string;
  readonly app: AppIdentity;
  readonly repository: Repository;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly waitMsMax: number;
}

const installationAnswer = z.looseObject({ id: z.number().int(), suspended_at: z.string().nullable().optional() });
const tokenAnswer = z.looseObject({ token: z.string().min(1), expires_at: z.string() });

/** Tokens of the App's installation on one repository: asked for once, kept until shortly before they end, shared by whoever asks meanwhile. */
export class InstallationTokens implements GitHubTokens {
  readonly #options: InstallationTokensOptions;
  readonly #asApp: GitHubClient;
  #kept: { readonly token: string; readonly untilMs: number } | undefined;
  #asking: Promise<string> | undefined;

  /** Throws `AppKeyUnusable`. */
  constructor(options: InstallationTokensOptions) {
    this.#options = options;
    const key = readKey(options.app.privateKey);
    const { clock } = options;
    this.#asApp = new GitHubClient({ ...options, tokens: { token: async () => appToken(options.app.id, key, clock.nowMs()), forget: () => {} } });
  }

  /** Throws `NotInstalled`, `GitHubUnavailable`, `GitHubRefused`. */
  async token(): Promise<string> {
    if (this.#kept !== undefined && this.#options.clock.nowMs() < this.#kept.untilMs - RENEW_BEFORE_MS) return this.#kept.token;
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  forget(token: string): void {
    if (this.#kept?.token === token) this.#kept = undefined;
  }

  async #ask(): Promise<string> {
    const { repository } = this.#options;
    const name = `${repository.owner}/${repository.name}`;
    const find = { method: "GET" as const, path: `${repositoryPath(repository)}/installation` };
    const found = await this.#asApp.ask(find);
    if (found.kind === "refused") {
      if (found.status === 404) throw new NotInstalled(`the GitHub App is not installed on ${name}`);
      throw new GitHubRefused("the App's sign-in", found);
    }
    const installation = readAnswer(installationAnswer, found.json, find);
    if ((installation.suspended_at ?? null) !== null) throw new NotInstalled(`the GitHub App is suspended on ${name}`);
    // For this one repository: a token that leaks opens no other.
    const make = { method: "POST" as const, path: `/app/installations/${installation.id}/access_tokens`, body: { repositories: [repository.name] } };
    const { token, expires_at } = await this.#asApp.need(tokenAnswer, make);
    this.#kept = { token, untilMs: parseInstant(expires_at) ?? 0 };
    return token;
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new AppKeyUnusable("the private key of the GitHub App is no PEM of an RSA key: take the file that GitHub gave when the key was made", {
      cause: error,
    });
  }
}

/** A JSON Web Token (RFC 7519) signed with RS256 (RFC 7518, 3.3), which is what the App itself signs in with. Ends after nine minutes. */
export function appToken(app: number, key: KeyObject, nowMs: number): string {
  const now = Math.floor(nowMs / 1_000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: now - JWT_EARLIER_S, exp: now + JWT_S, iss: String(app) })}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key).toString("base64url")}`;
}
