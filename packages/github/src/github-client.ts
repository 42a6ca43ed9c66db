import { type Clock, type HttpClient, type HttpReply, NetworkFailed, type Timers } from "@sluice/ports";
import type * as z from "zod";

const TIMEOUT_MS = 20_000;
/** The largest answer that is asked for is a page of 100 files with their patches. */
const ANSWER_BYTES_MAX = 16 << 20;
const ATTEMPTS_MAX = 4;
const PAGE_SIZE = 100;
const MESSAGE_CHARS_MAX = 500;

/** What requests are signed with. `forget` is told of a token that GitHub no longer takes: the next one is a new one. */
export interface GitHubTokens {
  token(): Promise<string>;
  forget(token: string): void;
}

/** A token that somebody gave, such as that of a workflow. */
export const givenToken = (token: string): GitHubTokens => ({ token: async () => token, forget: () => {} });

/** For the few things that GitHub answers anybody. */
export const anonymous: GitHubTokens = givenToken("");

export interface GitHubClientOptions {
  /** Root of the REST API, such as `https://api.github.com`, or `https://<host>/api/v3` of an own server. */
  readonly api: string;
  readonly tokens: GitHubTokens;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Longest wait, ms, that a limit of GitHub's may ask for before the request is given up. */
  readonly waitMsMax: number;
}

/** `path` begins with a slash; its parts are encoded by whoever makes it. */
export interface GitHubRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT";
  readonly path: string;
  readonly body?: object;
}

/** `refused`: GitHub understood, and said no (4xx); `message` is its own word. */
export type GitHubAnswer =
  | { readonly kind: "done"; readonly status: number; readonly json: unknown }
  | { readonly kind: "refused"; readonly status: number; readonly message: string };

/** GitHub cannot be reached, is in trouble, or asks to wait for longer than is waited: the same may be tried later. */
export class GitHubUnavailable extends Error {
  override readonly name = "GitHubUnavailable";
  /** When it may be tried again, in milliseconds from now, where GitHub says so. */
  readonly waitMs: number | undefined;
  constructor(message: string, options: ErrorOptions & { readonly waitMs?: number | undefined } = {}) {
    super(message, options);
    this.waitMs = options.waitMs;
  }
}

/** GitHub said no to something that must succeed. */
export class GitHubRefused extends Error {
  override readonly name = "GitHubRefused";
  readonly status: number;
  constructor(what: string, answer: { readonly status: number; readonly message: string }) {
    super(`GitHub refused ${what}: ${answer.status} ${answer.message}`);
    this.status = answer.status;
  }
}

/** GitHub answered with something else than its description says. */
export class GitHubUnexpected extends Error {
  override readonly name = "GitHubUnexpected";
}

/**
 * GitHub's REST API, signed in. Limits (Retry-After, X-RateLimit-Reset) are waited for, a bounded number of times and no longer than `waitMsMax`;
 * so are 5xx and lost connections, but for POST: GitHub may have done it, so its caller looks first. A token that is no longer taken is renewed once.
 */
export class GitHubClient {
  readonly #options: GitHubClientOptions;

  constructor(options: GitHubClientOptions) {
    this.#options = { ...options, api: options.api.replace(/\/+$/, "") };
  }

  /** Throws `GitHubUnavailable`. */
  async ask(request: GitHubRequest): Promise<GitHubAnswer> {
    let isRenewed = false;
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.#options.tokens.token();
      const sent = await this.#send(request, token);
      if (sent instanceof NetworkFailed) {
        if (request.method === "POST" || attempt >= ATTEMPTS_MAX)
          throw new GitHubUnavailable(`GitHub does not answer ${nameOf(request)}: ${sent.message}`, { cause: sent });
        await this.#pause(attempt * 1_000);
        continue;
      }
      if (sent.status === 401 && !isRenewed) {
        isRenewed = true;
        this.#options.tokens.forget(token);
        continue;
      }
      const waitMs = this.#waitOf(sent);
      if (waitMs === undefined && sent.status < 500) return answerOf(sent);
      const isWaitedFor = (waitMs ?? 0) <= this.#options.waitMsMax && attempt < ATTEMPTS_MAX && (waitMs !== undefined || request.method !== "POST");
      if (!isWaitedFor) throw new GitHubUnavailable(`GitHub answered ${nameOf(request)} with status ${sent.status}`, { waitMs });
      await this.#pause(waitMs ?? attempt * 1_000);
    }
  }

  /** The answer, read. Throws `GitHubUnavailable`, `GitHubRefused`, `GitHubUnexpected`. */
  async need<T>(schema: z.ZodType<T>, request: GitHubRequest): Promise<T> {
    const answer = await this.ask(request);
    if (answer.kind === "refused") throw new GitHubRefused(nameOf(request), answer);
    return readAnswer(schema, answer.json, request);
  }

  /** All pages of a list, up to `max` entries. Throws what `need` throws. */
  async list<T>(schema: z.ZodType<readonly T[]>, path: string, max: number): Promise<readonly T[]> {
    const found: T[] = [];
    for (let page = 1; found.length < max; page += 1) {
      const more = await this.need(schema, { method: "GET", path: `${path}${path.includes("?") ? "&" : "?"}per_page=${PAGE_SIZE}&page=${page}` });
      found.push(...more);
      if (more.length < PAGE_SIZE) break;
    }
    return found.slice(0, max);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.timers.after(ms, resolve));
  }

  async #send({ method, path, body }: GitHubRequest, token: string): Promise<(HttpReply & { readonly body: Uint8Array }) | NetworkFailed> {
    const { api, http } = this.#options;
    try {
      return await http.request(
        {
          method,
          url: api + path,
          headers: {
            accept: "application/vnd.github+json",
            ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
            "user-agent": "sluice",
            "x-github-api-version": "2022-11-28",
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          body: body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body)),
        },
        { timeoutMs: TIMEOUT_MS, maxBytes: ANSWER_BYTES_MAX },
      );
    } catch (error) {
      if (error instanceof NetworkFailed) return error;
      throw error;
    }
  }

  /** Milliseconds that a limit asks to wait: a secondary limit is a 403 or 429 with Retry-After, the primary one has none remaining until its reset. */
  #waitOf({ status, headers }: HttpReply): number | undefined {
    if (status !== 403 && status !== 429 && status !== 503) return undefined;
    const after = headers["retry-after"];
    if (after !== undefined && /^\d+$/.test(after)) return Number(after) * 1_000;
    const reset = headers["x-ratelimit-reset"];
    if (headers["x-ratelimit-remaining"] !== "0" || reset === undefined || !/^\d+$/.test(reset)) return undefined;
    return Math.max(0, Number(reset) * 1_000 - this.#options.clock.nowMs());
  }
}

/** What GitHub answered, as `schema` says. Throws `GitHubUnexpected`. */
export function readAnswer<T>(schema: z.ZodType<T>, json: unknown, request: GitHubRequest): T {
  const value = schema.safeParse(json);
  if (value.success) return value.data;
  const [issue] = value.error.issues;
  throw new GitHubUnexpected(`GitHub answered ${nameOf(request)}, and not as expected at ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

const nameOf = ({ method, path }: GitHubRequest): string => `${method} ${path.split("?")[0]}`;

function answerOf({ status, body }: HttpReply & { readonly body: Uint8Array }): GitHubAnswer {
  const json = jsonOf(body);
  if (status < 300) return { kind: "done", status, json };
  const message = typeof json === "object" && json !== null && "message" in json && typeof json.message === "string" ? json.message : "";
  return { kind: "refused", status, message: message.slice(0, MESSAGE_CHARS_MAX) };
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return body.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(body));
  } catch {
    // A page of a proxy in between; the status says what there is to say.
    return undefined;
  }
}
