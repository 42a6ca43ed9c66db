import {
  type AskedEarlyAccess,
  browserProblems,
  earlyAccessBody,
  jsonReply,
  type PassedBatch,
  type Problem,
  problemReply,
  problems,
  queryOf,
  readBody,
} from "@sluice/contract";
import { compileCustomerHash, type Context, type Result, type Snapshot } from "@sluice/evaluation";
import type { HttpReply, HttpRequest, HttpStreamReply, World } from "@sluice/ports";
import { createHash } from "node:crypto";
import type { Hub } from "../hub.ts";
import { BrowserHub } from "./browser-hub.ts";
import type { Viewer } from "./browser-view.ts";
import { readContextToken } from "./context-token.ts";
import { PageReports } from "./page-reports.ts";

/** Pages that listen to one process: counted apart, so that a crowd of nobodies shuts out neither people who are signed in nor SDKs. */
const STREAMS_MAX: Readonly<Record<Viewer, number>> = { signed: 10_000, public: 2_000 };
/** What `localhost` among the origins stands for: pages of any port of this machine, for development. */
const LOOPBACK = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;
/** How long a browser may keep the answer to its preflight: two hours is what Chromium keeps at most. */
const PREFLIGHT_S = 7_200;
const ETAG_CHARS = 22;

/** What browsers need from configuration. */
export interface BrowserSettings {
  /** Context secrets by environment: the one that signs, and while one replaces the other, both. */
  readonly secrets: ReadonlyMap<string, readonly string[]>;
  /** Origins whose pages may ask, such as `https://app.example.com`; `*` for every origin, `localhost` for every port of this machine. Pages of this server's own origin always may. */
  readonly origins: readonly string[];
}

interface BrowserParts extends BrowserSettings {
  /** What one customer may have early, or a wish about it, is asked of the process that decides. */
  readonly earlyAccess: (asked: AskedEarlyAccess) => Promise<HttpReply>;
  /** Hears of each context that a page asks with. */
  readonly sample?: (environment: string, context: Context) => void;
  /** Takes what pages of an environment have seen, together. */
  readonly telemetry: (environment: string, batch: PassedBatch) => void;
  readonly world: Pick<World, "clock" | "log" | "timers" | "random">;
  readonly hub: (environment: string) => Hub | undefined;
}

/** Who asks, as far as the token says. */
interface Asking {
  readonly viewer: Viewer;
  readonly context: Context;
  readonly subject: string;
  readonly expiresAtMs?: number;
  readonly mayOptIn: boolean;
}

const NOBODY: Asking = { viewer: "public", context: {}, subject: "", mayOptIn: false };
/** Characters of the person's name that are passed on; a longer one is told by its beginning. */
const PERSON_CHARS_MAX = 200;

/** What pages ask: the answers of one environment for the context that their back end signed, and a stream that says when to ask again. */
export class BrowserRoutes {
  readonly #parts: BrowserParts;
  readonly #hubs = new Map<string, BrowserHub>();
  readonly #reports: PageReports;

  constructor(parts: BrowserParts) {
    this.#parts = parts;
    this.#reports = new PageReports(parts.world, parts.telemetry);
  }

  /** A request for a route of browsers, or the preflight of one. */
  async handle(path: string, request: HttpRequest): Promise<HttpReply | HttpStreamReply> {
    const { origin } = request.headers;
    const isAllowed = origin === undefined || this.#isAllowed(origin, request.headers["host"]);
    if (!isAllowed) return problemReply(browserProblems.origin);
    const reply = request.method === "OPTIONS" ? preflight : await this.#answer(path, request);
    const cors = origin === undefined ? {} : { "access-control-allow-origin": origin };
    return { ...reply, headers: { ...reply.headers, vary: "origin, authorization", ...cors } };
  }

  /** No cookie is ever read here, so a page that may ask learns no more than its token says. */
  #isAllowed(origin: string, host: string | undefined): boolean {
    const { origins } = this.#parts;
    if (origins.includes("localhost") && LOOPBACK.test(origin)) return true;
    return origins.includes("*") || origins.includes(origin) || (host !== undefined && (origin === `http://${host}` || origin === `https://${host}`));
  }

  async #answer(path: string, request: HttpRequest): Promise<HttpReply | HttpStreamReply> {
    const environment = queryOf(request).get("environment") ?? "";
    const hub = this.#hub(environment);
    if (hub === undefined)
      return problemReply({
        code: "unknownEnvironment",
        message: environment === "" ? "The request names no environment." : "There is no such environment.",
        fix: "Give the browser SDK the environment's key as `environment`.",
        field: "environment",
      });
    const asking = this.#asking(environment, request.headers["authorization"]);
    if (!asking.ok) return problemReply(asking.problem);
    if (path === "/browser/v1/early-access") return this.#earlyAccess(hub.view?.snapshot, asking.value, request);
    if (path === "/browser/v1/telemetry") {
      const { viewer, context, subject } = asking.value;
      if (viewer === "public") return problemReply(browserProblems.missing);
      return this.#reports.take(hub.view?.snapshot, { context, subject }, request);
    }
    if (path === "/browser/v1/answers" && asking.value.viewer === "signed") this.#parts.sample?.(environment, asking.value.context);
    return path === "/browser/v1/answers" ? answersReply(environment, { hub, asking: asking.value, request }) : this.#stream(hub, asking.value);
  }

  #hub(environment: string): BrowserHub | undefined {
    const known = this.#hubs.get(environment);
    if (known !== undefined) return known;
    const hub = this.#parts.hub(environment);
    if (hub === undefined) return undefined;
    const made = new BrowserHub(hub, this.#parts.world.log);
    this.#hubs.set(environment, made);
    return made;
  }

  #asking(environment: string, authorization: string | undefined): Result<Asking, Problem> {
    if (authorization === undefined) return { ok: true, value: NOBODY };
    const { secrets, world } = this.#parts;
    const token = authorization.replace(/^Bearer /i, "");
    const read = readContextToken(token, { environment, secrets: secrets.get(environment) ?? [], nowMs: world.clock.nowMs() });
    return read.ok ? { ok: true, value: { viewer: "signed", ...read.value } } : read;
  }

  /** For one customer, who is told nothing of others; who presses is whoever the application's back end says may. */
  async #earlyAccess(snapshot: Snapshot | undefined, { viewer, context, mayOptIn }: Asking, request: HttpRequest): Promise<HttpReply> {
    if (viewer === "public") return problemReply(browserProblems.missing);
    if (snapshot === undefined) return problemReply(problems.noSnapshot);
    const customerHash = compileCustomerHash(snapshot.customer ?? "customer", snapshot.salt)(context);
    if (customerHash === undefined) return problemReply(browserProblems.noCustomer);
    const { targetingKey } = context;
    const person = typeof targetingKey === "string" ? { person: targetingKey.slice(0, PERSON_CHARS_MAX) } : {};
    const asked = { environment: snapshot.environment, customerHash, ...person };
    if (request.method === "GET") return this.#parts.earlyAccess(asked);
    if (!mayOptIn) return problemReply(browserProblems.mayNotOptIn);
    const body = readBody(earlyAccessBody, request.body);
    return body.ok ? this.#parts.earlyAccess({ ...asked, wish: body.value }) : problemReply(body.problem);
  }

  #stream(hub: BrowserHub, { viewer, expiresAtMs }: Asking): HttpReply | HttpStreamReply {
    if (hub.view === undefined) return problemReply(problems.noSnapshot);
    const open = [...this.#hubs.values()].reduce((sum, one) => sum + one.streams(viewer), 0);
    if (open >= STREAMS_MAX[viewer]) return problemReply(problems.tooManyStreams);
    return {
      status: 200,
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" },
      attach: (sink) => hub.attach({ sink, viewer, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) }),
    };
  }

  /** Pages that listen to one environment. */
  pages(environment: string): number {
    const hub = this.#hubs.get(environment);
    return hub === undefined ? 0 : hub.streams("signed") + hub.streams("public");
  }

  /** Every five seconds. */
  heartbeat(): void {
    const nowMs = this.#parts.world.clock.nowMs();
    for (const hub of this.#hubs.values()) hub.heartbeat(nowMs);
  }

  closeAll(): void {
    this.#reports.stop();
    for (const hub of this.#hubs.values()) hub.closeAll();
  }
}

const preflight: HttpReply = {
  status: 204,
  headers: {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": String(PREFLIGHT_S),
  },
  body: "",
};

function answersReply(environment: string, asked: { readonly hub: BrowserHub; readonly asking: Asking; readonly request: HttpRequest }): HttpReply {
  const { view } = asked.hub;
  if (view === undefined) return problemReply(problems.noSnapshot);
  const { viewer, context, subject } = asked.asking;
  const { epoch, seq } = view.snapshot;
  const reply = jsonReply(200, { environment, epoch, seq, answers: view.answers(viewer, context) });
  // The subject is part of it, so that no cache between takes one person's answers for another's, even where they are the same.
  const etag = `"${createHash("sha256")
    .update(`${viewer} ${subject} ${String(reply.body)}`)
    .digest("base64url")
    .slice(0, ETAG_CHARS)}"`;
  const headers = { ...reply.headers, etag, "cache-control": "private, no-cache" };
  return asked.request.headers["if-none-match"] === etag ? { status: 304, headers, body: "" } : { ...reply, headers };
}
