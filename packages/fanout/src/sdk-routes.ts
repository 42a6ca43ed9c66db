import { SIGNATURE_HEADER, type Version } from "@sluice/evaluation";
import { confirmBody, jsonReply, noContent, problemReply, problems, readBody, telemetryBody, type TelemetryBody } from "@sluice/contract";
import type { HttpReply, HttpRequest, HttpStreamReply, StreamSink } from "@sluice/ports";
import { parseVersion } from "./frames.ts";
import type { Hub } from "./hub.ts";
import type { InstanceIdentity, Receipts } from "./receipts.ts";
import { sdkKeyDigits, secretHash } from "@sluice/store";
import type { SampleIntake } from "./samples/sample-intake.ts";
import type { UnknownKeys } from "./unknown-keys.ts";

/** Streams of one process: where memory (≈ 8 KiB each) and file descriptors still leave room for everything else. */
const STREAMS_MAX = 20_000;
/** Different flags asked for between two flushes to the API, over all environments. */
const ASKED_MAX = 20_000;
const NAME_CHARS_MAX = 200;

export interface SdkKeyEntry {
  readonly hash: string;
  readonly environment: string;
  readonly name: string;
}

interface SdkParts {
  readonly receipts: Receipts;
  readonly unknown: UnknownKeys;
  readonly hub: (environment: string) => Hub | undefined;
  readonly openStreams: () => number;
  /** Hears of the version that somebody comes back with. */
  readonly comesWith?: (known: Version | undefined) => void;
  /** Hears what processes have seen, once or more. */
  readonly telemetry: (environment: string, body: TelemetryBody) => void;
  /** Absent where nothing is ever sampled, as for the probe. */
  readonly samples?: SampleIntake;
}

/** What SDKs ask: their environment's snapshot and stream, and what they confirm. A key opens exactly one environment and can kill nothing. */
export class SdkRoutes {
  readonly #parts: SdkParts;
  #keys: ReadonlyMap<string, SdkKeyEntry> = new Map();
  /** Open streams by their key's hash and environment. */
  readonly #streams = new Map<string, Set<StreamSink>>();
  readonly #asked = new Map<string, Set<string>>();
  #askedCount = 0;

  constructor(parts: SdkParts) {
    this.#parts = parts;
  }

  /** The keys that are good now. */
  get keys(): readonly SdkKeyEntry[] {
    return [...this.#keys.values()];
  }

  /** The keys that are good from now on. Streams of others end: a key that was taken back, or is for another environment now, hears nothing more. */
  setKeys(keys: readonly SdkKeyEntry[]): void {
    this.#keys = new Map(keys.map((key) => [key.hash, key]));
    const good = new Set(keys.map(nameOf));
    for (const [name, sinks] of this.#streams) if (!good.has(name)) for (const sink of sinks) sink.close();
  }

  /** How many streams are open with each key, by the first digits of its hash: whether a program still uses it. */
  connected(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#streams].map(([name, sinks]) => [sdkKeyDigits(name), sinks.size]));
  }

  /** Environment → flags asked for since the last call. */
  takeAsked(): ReadonlyMap<string, readonly string[]> {
    const taken = new Map([...this.#asked].map(([environment, keys]) => [environment, [...keys].sort()] as const));
    this.#asked.clear();
    this.#askedCount = 0;
    return taken;
  }

  handle(path: string, request: HttpRequest): HttpReply | HttpStreamReply {
    const key = this.#key(request);
    if (key === undefined) return problemReply(problems.badKey);
    if (path === "/sdk/v1/confirm") return this.#confirm(key, request);
    if (path === "/sdk/v1/telemetry") return this.#telemetry(key, request);
    if (path === "/sdk/v1/sampling") return this.#parts.samples?.termsReply(key.environment) ?? noContent;
    if (path === "/sdk/v1/samples") return this.#parts.samples?.take(key.environment, request) ?? noContent;
    const hub = this.#parts.hub(key.environment);
    if (hub?.snapshot === undefined) return problemReply(problems.noSnapshot);
    if (path === "/sdk/v1/snapshot") return snapshotReply(hub, request);
    if (path === "/sdk/v1/urgent") return urgentReply(hub);
    return this.#stream(hub, key, request);
  }

  #key(request: HttpRequest): SdkKeyEntry | undefined {
    const secret = /^Bearer ([\w.~+/=-]{8,300})$/.exec(request.headers["authorization"] ?? "")?.[1];
    return secret === undefined ? undefined : this.#keys.get(secretHash(secret));
  }

  #stream(hub: Hub, key: SdkKeyEntry, request: HttpRequest): HttpReply | HttpStreamReply {
    if (this.#parts.openStreams() >= STREAMS_MAX) return problemReply(problems.tooManyStreams);
    const identity = identityOf(request, hub.environment);
    const known = parseVersion(request.headers["last-event-id"]);
    this.#parts.comesWith?.(known);
    return {
      status: 200,
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" },
      attach: (sink) => {
        const gone = this.#parts.receipts.connected(identity);
        const detach = hub.attach(sink, known);
        const forget = this.#remember(nameOf(key), sink);
        return () => {
          forget();
          detach();
          gone();
        };
      },
    };
  }

  #remember(name: string, sink: StreamSink): () => void {
    const sinks = this.#streams.get(name) ?? new Set();
    this.#streams.set(name, sinks.add(sink));
    return () => {
      sinks.delete(sink);
      if (sinks.size === 0 && this.#streams.get(name) === sinks) this.#streams.delete(name);
    };
  }

  #confirm(key: SdkKeyEntry, request: HttpRequest): HttpReply {
    const body = readBody(confirmBody, request.body);
    if (!body.ok) return problemReply(body.problem);
    this.#parts.receipts.confirm(key.environment, body.value);
    for (const flag of body.value.asked) this.noteAsked(key.environment, flag);
    const by = this.#parts.receipts.identityOf(key.environment, body.value.instance);
    for (const flag of body.value.unknown) this.#parts.unknown.note(key.environment, flag, { by, count: 0 });
    return noContent;
  }

  #telemetry(key: SdkKeyEntry, request: HttpRequest): HttpReply {
    const body = readBody(telemetryBody, request.body);
    if (!body.ok) return problemReply(body.problem);
    this.#parts.telemetry(key.environment, body.value);
    return noContent;
  }

  /** An SDK asked for this flag; told on with the next `takeAsked`. */
  noteAsked(environment: string, flag: string): void {
    let keys = this.#asked.get(environment);
    if (keys === undefined) this.#asked.set(environment, (keys = new Set()));
    if (keys.has(flag) || this.#askedCount >= ASKED_MAX) return;
    keys.add(flag);
    this.#askedCount++;
  }
}

/** By a function of its own: what the stream keeps would keep the whole request with it. */
function identityOf({ headers, remote = "?" }: HttpRequest, environment: string): InstanceIdentity {
  const text = (name: string): string | undefined => headers[name]?.slice(0, NAME_CHARS_MAX);
  return {
    instance: text("sluice-instance") ?? `unnamed-${remote}`,
    environment,
    ...optional("service", text("sluice-service")),
    ...optional("version", text("sluice-app-version")),
    ...optional("sdk", text("sluice-sdk")),
  };
}

const nameOf = ({ hash, environment }: SdkKeyEntry): string => `${hash}\n${environment}`;

function snapshotReply(hub: Hub, request: HttpRequest): HttpReply {
  const bytes = hub.bytes();
  if (bytes === undefined) return problemReply(problems.noSnapshot);
  const urgent = hub.beside.length;
  // The signature goes with 304 too: a cache then keeps the new one (RFC 9111 §3.2) where another key has signed the same version since.
  const headers = {
    etag: bytes.etag,
    "cache-control": "no-cache",
    vary: "accept-encoding",
    "unencoded-digest": bytes.digest,
    ...optional(SIGNATURE_HEADER, bytes.signature),
    ...(urgent === 0 ? {} : { "sluice-urgent": String(urgent) }),
  };
  // An emergency kill stands beside the version and does not change it: whoever polls, because no stream gets through, must not hear "unchanged".
  if (request.headers["if-none-match"] === bytes.etag && urgent === 0) return { status: 304, headers, body: "" };
  const zipped = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
  return {
    status: 200,
    headers: { ...headers, "content-type": "application/json; charset=utf-8", ...(zipped ? { "content-encoding": "gzip" } : {}) },
    body: zipped ? bytes.gzip : bytes.plain,
  };
}

function urgentReply(hub: Hub): HttpReply {
  const { text, signature } = hub.urgentText();
  return { ...jsonReply(200, undefined, optional(SIGNATURE_HEADER, signature)), body: text };
}

function optional<K extends string>(name: K, value: string | undefined): { readonly [P in K]?: string } {
  const found: { [P in K]?: string } = {};
  if (value !== undefined) found[name] = value;
  return found;
}
