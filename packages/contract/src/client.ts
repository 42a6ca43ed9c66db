import type { HttpClient } from "@sluice/ports";
import type * as z from "zod";
import type { commandBody, killBody, liftBody } from "./bodies.ts";
import type { revertBody } from "./reverts.ts";
import * as replies from "./reply-bodies.ts";

/** A kill is acknowledged in milliseconds; whoever waits longer than this should be told of another way. */
const TIMEOUT_MS = 10_000;
/** The list of 100,000 flags, at the very most. */
const REPLY_BYTES_MAX = 64 << 20;

/** What the server says went wrong. `code` is one of `ErrorCode`, or one that a newer server has. */
export interface Refused {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly field?: string | undefined;
}

/** What was asked for, or why not. */
export type Answered<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Refused };

/** Whoever answered does not speak as a Sluice server does: probably another address. */
export class NotSluice extends Error {
  override readonly name = "NotSluice";
}

type Reply<K extends keyof typeof replies> = Promise<Answered<z.infer<(typeof replies)[K]>>>;

/** The people's side of the server, typed. Every call rejects with `NetworkFailed` where nobody answers, and `NotSluice` where somebody else does. */
export interface Client {
  me(): Reply<"meReply">;
  environments(): Reply<"environmentsReply">;
  flags(): Reply<"flagsReply">;
  flag(key: string): Reply<"flagReply">;
  blastRadius(environment: string, flag: string): Reply<"blastRadiusReply">;
  kill(body: z.input<typeof killBody>): Reply<"killedReply">;
  /** Those in force, in one environment or in all. */
  kills(environment?: string): Reply<"killsReply">;
  /** Active and past kills, the newest first, a page at a time: `before` is the `next` of the page before. */
  killHistory(query?: { readonly environment?: string; readonly limit?: number; readonly before?: string }): Reply<"killHistoryReply">;
  receipt(kill: string): Reply<"receiptReply">;
  lift(kill: string, body: z.input<typeof liftBody>): Reply<"endedReply">;
  refuseLift(kill: string, body: z.input<typeof liftBody>): Reply<"endedReply">;
  undo(kill: string, body: z.input<typeof commandBody>): Reply<"endedReply">;
  revert(body: z.input<typeof revertBody>): Reply<"revertedReply">;
  endRevert(revert: string, body: z.input<typeof commandBody>): Reply<"endedReply">;
  /** Events after a place of the log, or the newest; oldest first. */
  events(query: { readonly after?: number; readonly limit?: number }): Reply<"eventsReply">;
  health(): Reply<"healthReply">;
}

/** `baseUrl` is the console's address without a path. `auth`: a personal token or the operator key; a browser's cookie comes by itself. */
export function createClient(http: HttpClient, baseUrl: string, auth: { readonly bearer: string } | { readonly cookie: "browser" }): Client {
  const base = baseUrl.replace(/\/+$/, "");
  const identity: Readonly<Record<string, string>> = "bearer" in auth ? { authorization: `Bearer ${auth.bearer}` } : { "sluice-request": "1" };
  const send = async <S extends z.ZodType>(method: string, path: string, schema: S, body?: unknown): Promise<Answered<z.infer<S>>> => {
    const headers = {
      accept: "application/json",
      "accept-encoding": "gzip",
      ...identity,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const sent = body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body));
    const reply = await http.request({ method, url: base + path, headers, body: sent }, { timeoutMs: TIMEOUT_MS, maxBytes: REPLY_BYTES_MAX });
    return read(base, reply.status, { schema, text: new TextDecoder().decode(reply.body) });
  };
  const id = encodeURIComponent;
  const query = (values: Readonly<Record<string, string | number | undefined>>): string => {
    const given = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${id(value)}`]));
    return given.length === 0 ? "" : `?${given.join("&")}`;
  };
  return {
    me: () => send("GET", "/api/me", replies.meReply),
    environments: () => send("GET", "/api/environments", replies.environmentsReply),
    flags: () => send("GET", "/api/flags", replies.flagsReply),
    flag: (key) => send("GET", `/api/flags/${id(key)}`, replies.flagReply),
    blastRadius: (environment, flag) => send("GET", `/api/blast-radius${query({ environment, flag })}`, replies.blastRadiusReply),
    kill: (body) => send("POST", "/api/kills", replies.killedReply, body),
    kills: (environment) => send("GET", `/api/kills${query({ environment })}`, replies.killsReply),
    killHistory: (asked = {}) => send("GET", `/api/kills/history${query({ ...asked })}`, replies.killHistoryReply),
    receipt: (kill) => send("GET", `/api/kills/${id(kill)}/receipt`, replies.receiptReply),
    lift: (kill, body) => send("POST", `/api/kills/${id(kill)}/lift`, replies.endedReply, body),
    refuseLift: (kill, body) => send("POST", `/api/kills/${id(kill)}/refuse-lift`, replies.endedReply, body),
    undo: (kill, body) => send("POST", `/api/kills/${id(kill)}/undo`, replies.endedReply, body),
    revert: (body) => send("POST", "/api/reverts", replies.revertedReply, body),
    endRevert: (revert, body) => send("POST", `/api/reverts/${id(revert)}/end`, replies.endedReply, body),
    events: (asked) => send("GET", `/api/events${query({ ...asked })}`, replies.eventsReply),
    health: () => send("GET", "/health", replies.healthReply),
  };
}

function read<S extends z.ZodType>(base: string, status: number, { schema, text }: { readonly schema: S; readonly text: string }): Answered<z.infer<S>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new NotSluice(`${base} answered ${status} with something that is not JSON`, { cause: error });
  }
  const refused = replies.errorReply.safeParse(json);
  if (refused.success) return { ok: false, problem: { status, ...refused.data.error } };
  // `/health` answers 503 with a body that is the point.
  const value = schema.safeParse(json);
  if (value.success) return { ok: true, value: value.data };
  const [issue] = value.error.issues;
  throw new NotSluice(`${base} answered ${status}, and not as expected at ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}
