import {
  delegationBody,
  FEED_PING_MS,
  type FeedMessage,
  jsonReply,
  noContent,
  problemReply,
  problems,
  readBody,
  type RelayKeyEntry,
  relayKillsBody,
  relayReportBody,
  relayTelemetryBody,
  resultReply,
  type PassedBatch,
} from "@sluice/contract";
import { decodeUrgentKill, readPublicKey, type Version, writeSignature } from "@sluice/evaluation";
import type { HttpHead, HttpReply, HttpRequest, HttpStreamReply, StreamSink, World } from "@sluice/ports";
import { secretHash } from "@sluice/store";
import { parseVersion } from "../frames.ts";
import { PROBE_ENVIRONMENT, type ProbePlace } from "../probe/probe.ts";
import type { Hub, HubChange } from "../hub.ts";
import type { LostTail } from "../lost-tail.ts";
import type { Publisher } from "../publisher.ts";
import type { SampleIntake } from "../samples/sample-intake.ts";
import type { Signing } from "../signing.ts";
import type { RelayBook, RelayIdentity } from "./relay-book.ts";
import type { RelayKills } from "./relay-kills.ts";

/** Relays of one process. */
const FEEDS_MAX = 100;
/** A burst of patches costs one signature of the whole snapshot. */
const SEAL_AFTER_MS = 100;
/** Who may sign in is looked up, and told where it changed, this often. */
const ADMITS_EVERY_MS = 5_000;
const NAME_CHARS_MAX = 100;

interface Parts {
  readonly world: World;
  readonly publisher: Publisher;
  readonly book: RelayBook;
  readonly kills: RelayKills;
  readonly keys: () => readonly RelayKeyEntry[];
  /** Relays between the server and this process; undefined while a relay has not heard it. */
  readonly hops: () => number | undefined;
  /** What a relay is told beside its snapshots, of environments that its key opens. */
  readonly beside: (mayFor: (environment: string) => boolean) => { readonly admits: FeedMessage; readonly rest: readonly FeedMessage[] };
  /** Brings whoever may sign in by now into memory; never rejects. */
  readonly learn: () => Promise<void>;
  readonly signing: Signing | undefined;
  /** Of a relay: asks the server in its place. */
  readonly passUp: ((request: HttpRequest) => Promise<HttpReply>) | undefined;
  readonly noteAsked: (environment: string, flag: string) => void;
  readonly telemetry: (environment: string, body: PassedBatch) => void;
  readonly samples: SampleIntake;
  /** What trial kills are served by; undefined where none are made or heard of. */
  readonly probe: ProbePlace | undefined;
  /** Hears of versions and kills that the log may have lost; undefined at a relay, which has none. */
  readonly lost: LostTail | undefined;
}

/** A relay that listens. */
interface Listening {
  readonly sink: StreamSink;
  /** What it may hear of. */
  readonly hears: (environment: string) => boolean;
  readonly key: RelayKeyEntry;
  admits: string;
}

const utf8 = new TextEncoder();
const line = (message: FeedMessage): Uint8Array => utf8.encode(`${JSON.stringify(message)}\n`);
const mayFor =
  ({ environments }: RelayKeyEntry) =>
  (environment: string): boolean =>
    environments.length === 0 || environments.includes(environment);

/** Where relays come in: the feed of what they serve, the kills that they took, and what they tell of whoever is behind them. */
export class RelayDoor {
  readonly #parts: Parts;
  readonly #listening = new Set<Listening>();
  readonly #sealing = new Set<string>();
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#stopped) return;
    for (const one of this.#listening) this.#write(one, { kind: "ping" });
    this.#parts.world.timers.after(FEED_PING_MS, () => this.start());
  }

  /** Tells relays when somebody may sign in, or may not any more. */
  watchAdmits(): void {
    if (this.#stopped) return;
    if (this.#listening.size > 0)
      void this.#parts.learn().then(() => {
        for (const one of this.#listening) this.#tellAdmits(one);
      });
    this.#parts.world.timers.after(ADMITS_EVERY_MS, () => this.watchAdmits());
  }

  stop(): void {
    this.#stopped = true;
    for (const { sink } of this.#listening) sink.close();
    this.#listening.clear();
  }

  /** Relays connected now. */
  get relays(): number {
    return this.#listening.size;
  }

  #key(headers: HttpHead["headers"]): RelayKeyEntry | undefined {
    const secret = /^Bearer (slr_[\w-]{20,100})$/.exec(headers["authorization"] ?? "")?.[1];
    const hash = secret === undefined ? undefined : secretHash(secret);
    return this.#parts.keys().find((key) => key.hash === hash);
  }

  /** What is wrong with whoever would send much; undefined where nothing is. */
  refusal({ headers }: HttpHead): HttpReply | undefined {
    return this.#key(headers) === undefined ? problemReply(problems.badRelayKey) : undefined;
  }

  async handle(path: string, request: HttpRequest): Promise<HttpReply | HttpStreamReply> {
    const key = this.#key(request.headers);
    if (key === undefined) return problemReply(problems.badRelayKey);
    const hops = this.#parts.hops();
    if (hops === undefined) return problemReply(problems.noSnapshot);
    if (hops > 1) return problemReply(problems.relayChained);
    const relay = { name: nameOf(request.headers["sluice-relay"]), id: idOf(request.headers["sluice-relay-id"]) };
    const has = versionsOf(request.headers["sluice-has"] ?? "");
    // Before anything of the relay's is taken: a kill of its that were appended in the place of lost decisions would hide that they are lost.
    for (const [environment, version] of has) if (mayFor(key)(environment)) this.#parts.lost?.heardOf(version);
    switch (path) {
      case "/relay/v1/feed":
        return this.#feed(key, relay, { has, isProbed: request.headers["sluice-relay-probe"] === "1" });
      case "/relay/v1/kills": {
        const body = readBody(relayKillsBody, request.body);
        return body.ok ? resultReply(200, this.#parts.kills.take(body.value.kills, mayFor(key))) : problemReply(body.problem);
      }
      case "/relay/v1/report":
        return this.#report(key, relay, request);
      case "/relay/v1/telemetry": {
        const body = readBody(relayTelemetryBody, request.body);
        if (!body.ok) return problemReply(body.problem);
        for (const { environment, ...batch } of body.value.batches) if (mayFor(key)(environment)) this.#parts.telemetry(environment, batch);
        return noContent;
      }
      case "/relay/v1/samples":
        return this.#parts.samples.takeOfRelay(mayFor(key), request);
      default:
        return this.#delegation(key, request);
    }
  }

  #report(key: RelayKeyEntry, relay: RelayIdentity, request: HttpRequest): HttpReply {
    const body = readBody(relayReportBody, request.body);
    if (!body.ok) return problemReply(body.problem);
    this.#parts.book.report(relay, body.value, mayFor(key));
    for (const { environment, kills } of body.value.offered ?? []) {
      const read = kills.map((kill) => decodeUrgentKill(kill)).flatMap((kill) => (kill.ok ? [kill.value] : []));
      if (mayFor(key)(environment)) void this.#parts.lost?.offered(environment, read);
    }
    for (const { environment, keys } of body.value.asked) if (mayFor(key)(environment)) for (const flag of keys) this.#parts.noteAsked(environment, flag);
    return noContent;
  }

  /** What the server's key says of a relay's, for each environment that it may have; nothing where the server does not sign. */
  async #delegation(key: RelayKeyEntry, request: HttpRequest): Promise<HttpReply> {
    const { passUp, signing, publisher } = this.#parts;
    if (passUp !== undefined) return passUp(request);
    const body = readBody(delegationBody, request.body);
    if (!body.ok) return problemReply(body.problem);
    const form = readPublicKey(body.value.publicKey);
    if (form === undefined || signing === undefined) return jsonReply(200, { delegations: {} });
    const environments = publisher.hubs.map((hub) => hub.environment).filter(mayFor(key));
    return jsonReply(200, {
      delegations: Object.fromEntries(environments.map((environment) => [environment, writeSignature(signing.delegate(environment, form))])),
    });
  }

  #feed(
    key: RelayKeyEntry,
    relay: RelayIdentity,
    { has, isProbed }: { readonly has: ReadonlyMap<string, Version>; readonly isProbed: boolean },
  ): HttpReply | HttpStreamReply {
    if (this.#listening.size >= FEEDS_MAX) return problemReply(problems.tooManyStreams);
    return {
      status: 200,
      headers: { "content-type": "application/x-ndjson; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" },
      attach: (sink) => {
        // The reserved project is no key's. Relays of earlier versions would take it for an environment like any other.
        const hears = (environment: string): boolean => (environment === PROBE_ENVIRONMENT ? isProbed : mayFor(key)(environment));
        const one: Listening = { sink, hears, key, admits: "" };
        this.#tellAdmits(one);
        const { rest } = this.#parts.beside(mayFor(key));
        for (const hub of this.#hubs) if (hears(hub.environment)) for (const message of catchUp(hub, has)) this.#write(one, message);
        for (const message of rest) this.#write(one, message);
        this.#write(one, { kind: "ping" });
        this.#listening.add(one);
        const gone = this.#parts.book.connected(relay, isProbed && this.#parts.probe !== undefined ? "trial kills" : "no trial kills");
        return () => {
          this.#listening.delete(one);
          gone();
        };
      },
    };
  }

  get #hubs(): readonly Hub[] {
    const { publisher, probe } = this.#parts;
    return probe?.hub === undefined ? publisher.hubs : [...publisher.hubs, probe.hub];
  }

  #tellAdmits(one: Listening): void {
    const { admits } = this.#parts.beside(mayFor(one.key));
    const text = JSON.stringify(admits);
    if (text === one.admits) return;
    one.admits = text;
    this.#write(one, admits);
  }

  /** Flags, environments or SDK keys are others now. */
  besideChanged(): void {
    for (const one of this.#listening) for (const message of this.#parts.beside(mayFor(one.key)).rest) this.#write(one, message);
  }

  /** What happens to an environment from now on goes to every relay that may have it. */
  follow(hub: Hub): void {
    hub.follow((change) => this.#changed(hub, change));
  }

  #changed(hub: Hub, change: HubChange): void {
    if (this.#listening.size === 0) return;
    const { environment } = hub;
    switch (change.kind) {
      case "patch":
        this.#broadcast(environment, patchMessage(environment, change));
        return this.#sealSoon(hub);
      case "urgent":
        return this.#broadcast(environment, { kind: "urgent", environment, kill: change.kill, ...optional(change.signature) });
      case "sealed":
        return this.#seal(hub);
      case "reset":
        for (const message of catchUp(hub, new Map())) this.#broadcast(environment, message);
    }
  }

  #sealSoon(hub: Hub): void {
    if (this.#sealing.has(hub.environment)) return;
    this.#sealing.add(hub.environment);
    this.#parts.world.timers.after(SEAL_AFTER_MS, () => {
      this.#sealing.delete(hub.environment);
      this.#seal(hub);
    });
  }

  #seal(hub: Hub): void {
    const { version, environment } = hub;
    const bytes = this.#listening.size === 0 || !hub.isSigned ? undefined : hub.bytes();
    if (version === undefined || bytes?.signature === undefined || bytes.etag !== `"${version.epoch}:${version.seq}"`) return;
    this.#broadcast(environment, { kind: "sealed", environment, ...version, signature: bytes.signature });
  }

  #broadcast(environment: string, message: FeedMessage): void {
    for (const one of this.#listening) if (one.hears(environment)) this.#write(one, message);
  }

  #write(one: Listening, message: FeedMessage): void {
    // A relay that cannot keep up is let go: it comes back and catches up.
    if (one.sink.write(line(message))) return;
    this.#listening.delete(one);
    one.sink.close();
  }
}

function patchMessage(
  environment: string,
  { patch, signature }: { readonly patch: Parameters<Hub["publishPatch"]>[0]; readonly signature: string | undefined },
): FeedMessage {
  return { kind: "patch", environment, patch, folded: patch.to, ...optional(signature) };
}

/** What leads a relay from what it has to what is served. */
function catchUp(hub: Hub, has: ReadonlyMap<string, Version>): readonly FeedMessage[] {
  const { environment } = hub;
  const kept = hub.kept();
  if (kept === undefined) return [];
  const patches = hub.patchesAfter(has.get(environment));
  const urgent = hub.urgentSent.map(({ kill, signature }): FeedMessage => ({ kind: "urgent", environment, kill, ...optional(signature) }));
  const signature = kept.signature ?? (hub.isSigned ? hub.bytes()?.signature : undefined);
  const { snapshot } = kept;
  const whole: FeedMessage = { kind: "snapshot", environment, snapshot, folded: snapshot.seq, ...optional(signature) };
  const after = (patches ?? kept.patches).map((sent) => patchMessage(environment, sent));
  const { epoch, seq } = snapshot;
  const sealed: readonly FeedMessage[] = patches === undefined || signature === undefined ? [] : [{ kind: "sealed", environment, epoch, seq, signature }];
  return [...(patches === undefined ? [whole] : []), ...after, ...sealed, ...urgent];
}

const optional = (signature: string | undefined): { readonly signature?: string } => (signature === undefined ? {} : { signature });

/** `<environment>=<epoch>:<seq>,…`. */
function versionsOf(text: string): ReadonlyMap<string, Version> {
  const found = new Map<string, Version>();
  for (const part of text.slice(0, 8_000).split(",")) {
    const [name = "", version] = part.split("=");
    const parsed = parseVersion(version);
    if (parsed !== undefined) found.set(decoded(name), parsed);
  }
  return found;
}

const nameOf = (text: string | undefined): string => decoded(text ?? "").slice(0, NAME_CHARS_MAX) || "unnamed relay";

/** Empty where it says none, or something else than relays say. */
const idOf = (text: string | undefined): string => (text !== undefined && /^\w{1,64}$/.test(text) ? text : "");

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
