import type { Action } from "@sluice/releases";
import type * as z from "zod";
import { accountRoutes } from "./account-routes.ts";
import { askedBody, commandBody, confirmBody, drillBody, firstSignInBody, keepKillBody, killBody, liftBody, signInBody, telemetryBody } from "./bodies.ts";
import { answersReply, pageReportBody } from "./browser-bodies.ts";
import { CHANGE_BYTES_MAX, changePlanBody, changePlanReply } from "./change-plan.ts";
import { driftReply } from "./drift.ts";
import { askedEarlyAccessBody, earlyAccessBody, earlyAccessReply } from "./early-access.ts";
import {
  delegationBody,
  delegationReply,
  RELAY_KILLS_BYTES_MAX,
  RELAY_TELEMETRY_BYTES_MAX,
  relayKillsBody,
  relayReportBody,
  relayTelemetryBody,
} from "./relay-bodies.ts";
import { releaseRoutes } from "./release-routes.ts";
import {
  blastRadiusReply,
  endedReply,
  environmentsReply,
  eventsReply,
  flagReply,
  flagsReply,
  healthReply,
  drillsReply,
  guardsReply,
  killedReply,
  killHistoryReply,
  killsReply,
  meReply,
  receiptReply,
  sdkKeysConnectedReply,
  signedInReply,
  signingKeysReply,
  unknownKeysReply,
  urgentReply,
  usageReply,
} from "./reply-bodies.ts";
import { decideRevertBody, revertBody, revertedReply, revertsReply, segmentReply, segmentsReply } from "./reverts.ts";
import { triggeredReply, triggerSecretBody, triggerSecretReply, triggersReply } from "./trigger-bodies.ts";
import { keptSamplesBody, samplesBody, samplingReply, samplingTermsReply } from "./sampling.ts";

/** Who may use a route. There is no default: a route without one does not compile, and what is not listed answers 404. */
export type Audience =
  | { readonly who: "public" }
  /** Whoever is about to sign in, on our own page: another site must not sign its visitors in as somebody of its choice. */
  | { readonly who: "visitor" }
  | { readonly who: "sdkKey" }
  /** A page: with a context token for its person, or without for what is public; never a rule, never another's answers. */
  | { readonly who: "browser" }
  | { readonly who: "internal" }
  /** A relay, with its key, which opens the environments that it was made for. */
  | { readonly who: "relay" }
  /** An alert of another system, which shows what its trigger's shape asks for: a signature, or the trigger's secret. */
  | { readonly who: "trigger" }
  /**
   * Anybody signed in; `may` names the action of the policy table that is also needed, checked again by the decision itself. `killKey`: a kill key
   * opens it too, as it opens nothing else.
   */
  | { readonly who: "person"; readonly may?: Action; readonly killKey?: true };

export interface Route {
  readonly method: "GET" | "POST";
  /** `:name` matches one path segment. */
  readonly path: string;
  readonly audience: Audience;
  /** Which process answers. */
  readonly by: "fanout" | "api";
  readonly maxBodyBytes: number;
  /** What the body must be; absent where there is none, or it is not ours to say (a Git host's hook). */
  readonly request?: z.ZodType;
  /** What a successful answer is; absent for streams, snapshots (evaluation's codec says), and answers without a body. */
  readonly reply?: z.ZodType;
}

const PERSON_BYTES = 64 << 10;
const CONFIRM_BYTES = 16 << 10;
/** 500 counts with long names. */
const TELEMETRY_BYTES = 256 << 10;
/** 100 counts and 20 keys with long names. */
const PAGE_REPORT_BYTES = 64 << 10;
/** A hundred contexts of some hundred bytes each. */
const SAMPLES_BYTES = 64 << 10;
const HOOK_BYTES = 1 << 20;
/** A notification of a thousand alerts with their labels. */
const ALERT_BYTES = 512 << 10;

/** Everything the server answers, in one table. */
export const routes: readonly Route[] = [
  ...releaseRoutes,
  ...accountRoutes,
  { method: "GET", path: "/sdk/v1/snapshot", audience: { who: "sdkKey" }, by: "fanout", maxBodyBytes: 0 },
  { method: "GET", path: "/sdk/v1/urgent", audience: { who: "sdkKey" }, by: "fanout", maxBodyBytes: 0, reply: urgentReply },
  { method: "GET", path: "/sdk/v1/stream", audience: { who: "sdkKey" }, by: "fanout", maxBodyBytes: 0 },
  { method: "POST", path: "/sdk/v1/confirm", audience: { who: "sdkKey" }, by: "fanout", maxBodyBytes: CONFIRM_BYTES, request: confirmBody },
  { method: "POST", path: "/sdk/v1/telemetry", audience: { who: "sdkKey" }, by: "fanout", maxBodyBytes: TELEMETRY_BYTES, request: telemetryBody },
  { method: "GET", path: "/sdk/v1/sampling", audience: { who: "sdkKey" }, by: "fanout", maxBodyBytes: 0, reply: samplingTermsReply },
  { method: "POST", path: "/sdk/v1/samples", audience: { who: "sdkKey" }, by: "fanout", maxBodyBytes: SAMPLES_BYTES, request: samplesBody },
  { method: "GET", path: "/browser/v1/answers", audience: { who: "browser" }, by: "fanout", maxBodyBytes: 0, reply: answersReply },
  { method: "GET", path: "/browser/v1/early-access", audience: { who: "browser" }, by: "fanout", maxBodyBytes: 0, reply: earlyAccessReply },
  {
    method: "POST",
    path: "/browser/v1/early-access",
    audience: { who: "browser" },
    by: "fanout",
    maxBodyBytes: CONFIRM_BYTES,
    request: earlyAccessBody,
    reply: earlyAccessReply,
  },
  {
    method: "POST",
    path: "/browser/v1/telemetry",
    audience: { who: "browser" },
    by: "fanout",
    maxBodyBytes: PAGE_REPORT_BYTES,
    request: pageReportBody,
  },
  { method: "GET", path: "/browser/v1/stream", audience: { who: "browser" }, by: "fanout", maxBodyBytes: 0 },
  { method: "POST", path: "/api/sign-in", audience: { who: "visitor" }, by: "api", maxBodyBytes: PERSON_BYTES, request: signInBody, reply: signedInReply },
  {
    method: "POST",
    path: "/api/first-sign-in",
    audience: { who: "visitor" },
    by: "api",
    maxBodyBytes: PERSON_BYTES,
    request: firstSignInBody,
    reply: signedInReply,
  },
  { method: "POST", path: "/api/sign-out", audience: { who: "person" }, by: "fanout", maxBodyBytes: PERSON_BYTES },
  { method: "GET", path: "/api/me", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: meReply },
  { method: "GET", path: "/api/environments", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: environmentsReply },
  { method: "GET", path: "/api/flags", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: flagsReply },
  { method: "GET", path: "/api/unknown-keys", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: unknownKeysReply },
  { method: "GET", path: "/api/usage", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: usageReply },
  { method: "GET", path: "/metrics", audience: { who: "person" }, by: "api", maxBodyBytes: 0 },
  { method: "GET", path: "/api/drift", audience: { who: "person" }, by: "api", maxBodyBytes: 0, reply: driftReply },
  { method: "GET", path: "/api/definitions", audience: { who: "person" }, by: "api", maxBodyBytes: 0 },
  {
    method: "POST",
    path: "/api/plan",
    audience: { who: "person" },
    by: "api",
    maxBodyBytes: CHANGE_BYTES_MAX,
    request: changePlanBody,
    reply: changePlanReply,
  },
  { method: "GET", path: "/api/flags/:key", audience: { who: "person" }, by: "api", maxBodyBytes: 0, reply: flagReply },
  { method: "GET", path: "/api/flags/:key/commits", audience: { who: "person" }, by: "api", maxBodyBytes: 0 },
  { method: "GET", path: "/api/flags/:key/editable", audience: { who: "person", may: "editFacts" }, by: "api", maxBodyBytes: 0 },
  { method: "GET", path: "/api/blast-radius", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: blastRadiusReply },
  { method: "GET", path: "/api/kills", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: killsReply },
  {
    method: "POST",
    path: "/api/kills",
    audience: { who: "person", may: "killReleaseFlag", killKey: true },
    by: "fanout",
    maxBodyBytes: PERSON_BYTES,
    request: killBody,
    reply: killedReply,
  },
  { method: "GET", path: "/api/kills/history", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: killHistoryReply },
  { method: "GET", path: "/api/kills/:id/receipt", audience: { who: "person", killKey: true }, by: "fanout", maxBodyBytes: 0, reply: receiptReply },
  { method: "GET", path: "/api/guards", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: guardsReply },
  { method: "GET", path: "/api/drills", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: drillsReply },
  {
    method: "POST",
    path: "/api/drills",
    audience: { who: "person", may: "killReleaseFlag" },
    by: "fanout",
    maxBodyBytes: PERSON_BYTES,
    request: drillBody,
    reply: killedReply,
  },
  {
    method: "POST",
    path: "/api/kills/:id/lift",
    audience: { who: "person", may: "liftKill" },
    by: "fanout",
    maxBodyBytes: PERSON_BYTES,
    request: liftBody,
    reply: endedReply,
  },
  {
    method: "POST",
    path: "/api/kills/:id/refuse-lift",
    audience: { who: "person", may: "liftKill" },
    by: "fanout",
    maxBodyBytes: PERSON_BYTES,
    request: liftBody,
    reply: endedReply,
  },
  {
    method: "POST",
    path: "/api/kills/:id/undo",
    audience: { who: "person", may: "undoKill" },
    by: "fanout",
    maxBodyBytes: PERSON_BYTES,
    request: commandBody,
    reply: endedReply,
  },
  {
    method: "POST",
    path: "/api/kills/:id/keep",
    audience: { who: "person", may: "liftKill" },
    by: "api",
    maxBodyBytes: PERSON_BYTES,
    request: keepKillBody,
    reply: endedReply,
  },
  {
    method: "POST",
    path: "/api/reverts",
    audience: { who: "person", may: "revertFlag" },
    by: "api",
    maxBodyBytes: PERSON_BYTES,
    request: revertBody,
    reply: revertedReply,
  },
  { method: "GET", path: "/api/reverts", audience: { who: "person" }, by: "api", maxBodyBytes: 0, reply: revertsReply },
  {
    method: "POST",
    path: "/api/reverts/:id/decide",
    audience: { who: "person", may: "acceptEnlargement" },
    by: "api",
    maxBodyBytes: PERSON_BYTES,
    request: decideRevertBody,
    reply: endedReply,
  },
  { method: "GET", path: "/api/segments", audience: { who: "person" }, by: "api", maxBodyBytes: 0, reply: segmentsReply },
  { method: "GET", path: "/api/segments/:key", audience: { who: "person" }, by: "api", maxBodyBytes: 0, reply: segmentReply },
  {
    method: "POST",
    path: "/api/reverts/:id/end",
    audience: { who: "person", may: "endRevert" },
    by: "api",
    maxBodyBytes: PERSON_BYTES,
    request: commandBody,
    reply: endedReply,
  },
  {
    method: "POST",
    path: "/api/commits/:sha/accept",
    audience: { who: "person", may: "acceptHeldCommit" },
    by: "api",
    maxBodyBytes: PERSON_BYTES,
    request: commandBody,
  },
  { method: "GET", path: "/api/triggers", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: triggersReply },
  {
    method: "GET",
    path: "/api/triggers/:name/secret",
    audience: { who: "person", may: "manageTriggers" },
    by: "fanout",
    maxBodyBytes: 0,
    reply: triggerSecretReply,
  },
  {
    method: "POST",
    path: "/api/triggers/:name/secret",
    audience: { who: "person", may: "manageTriggers" },
    by: "fanout",
    maxBodyBytes: PERSON_BYTES,
    request: triggerSecretBody,
    reply: triggerSecretReply,
  },
  { method: "GET", path: "/relay/v1/feed", audience: { who: "relay" }, by: "fanout", maxBodyBytes: 0 },
  { method: "POST", path: "/relay/v1/kills", audience: { who: "relay" }, by: "fanout", maxBodyBytes: RELAY_KILLS_BYTES_MAX, request: relayKillsBody },
  { method: "POST", path: "/relay/v1/report", audience: { who: "relay" }, by: "fanout", maxBodyBytes: HOOK_BYTES, request: relayReportBody },
  {
    method: "POST",
    path: "/relay/v1/telemetry",
    audience: { who: "relay" },
    by: "fanout",
    maxBodyBytes: RELAY_TELEMETRY_BYTES_MAX,
    request: relayTelemetryBody,
  },
  { method: "POST", path: "/relay/v1/samples", audience: { who: "relay" }, by: "fanout", maxBodyBytes: HOOK_BYTES, request: keptSamplesBody },
  {
    method: "POST",
    path: "/relay/v1/delegation",
    audience: { who: "relay" },
    by: "fanout",
    maxBodyBytes: CONFIRM_BYTES,
    request: delegationBody,
    reply: delegationReply,
  },
  { method: "POST", path: "/triggers/:name", audience: { who: "trigger" }, by: "fanout", maxBodyBytes: ALERT_BYTES, reply: triggeredReply },
  { method: "GET", path: "/api/events", audience: { who: "person", may: "readLog" }, by: "api", maxBodyBytes: 0, reply: eventsReply },
  { method: "GET", path: "/api/signing-keys", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: signingKeysReply },
  { method: "GET", path: "/api/sdk-keys/connected", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0, reply: sdkKeysConnectedReply },
  { method: "GET", path: "/api/sampling", audience: { who: "person" }, by: "api", maxBodyBytes: 0, reply: samplingReply },
  { method: "GET", path: "/api/console-stream", audience: { who: "person" }, by: "fanout", maxBodyBytes: 0 },
  { method: "POST", path: "/hooks/git", audience: { who: "public" }, by: "api", maxBodyBytes: HOOK_BYTES },
  { method: "POST", path: "/hooks/github", audience: { who: "public" }, by: "api", maxBodyBytes: HOOK_BYTES },
  { method: "GET", path: "/health", audience: { who: "public" }, by: "fanout", maxBodyBytes: 0, reply: healthReply },
  { method: "GET", path: "/internal/v1/feed", audience: { who: "internal" }, by: "api", maxBodyBytes: 0 },
  { method: "POST", path: "/internal/v1/appended", audience: { who: "internal" }, by: "api", maxBodyBytes: PERSON_BYTES },
  {
    method: "POST",
    path: "/internal/v1/early-access",
    audience: { who: "internal" },
    by: "api",
    maxBodyBytes: PERSON_BYTES,
    request: askedEarlyAccessBody,
    reply: earlyAccessReply,
  },
  { method: "POST", path: "/internal/v1/asked", audience: { who: "internal" }, by: "api", maxBodyBytes: HOOK_BYTES, request: askedBody },
  { method: "POST", path: "/internal/v1/samples", audience: { who: "internal" }, by: "api", maxBodyBytes: HOOK_BYTES, request: keptSamplesBody },
];

/** A route and the values of its `:name` parts, percent-decoded. */
export interface FoundRoute {
  readonly route: Route;
  readonly values: Readonly<Record<string, string>>;
}

/** A route and the segments of its path. */
interface Shape {
  readonly route: Route;
  readonly parts: readonly string[];
}

/** By method, number of segments and first segment, which is a word in every route: each request is looked up among a few, several times. */
const shapes: ReadonlyMap<string, readonly Shape[]> = shapesOf(routes);

function shapesOf(all: readonly Route[]): ReadonlyMap<string, readonly Shape[]> {
  const found = new Map<string, Shape[]>();
  for (const route of all) {
    const parts = route.path.split("/");
    const name = shapeOf(route.method, parts);
    found.set(name, [...(found.get(name) ?? []), { route, parts }]);
  }
  return found;
}

function shapeOf(method: string, parts: readonly string[]): string {
  return `${method} ${parts.length} ${parts[1]}`;
}

/**
 * The route of a request, by whole path segments: `//`, `.`, `..`, encoded slashes and trailing parts match nothing,
 * so no other spelling of a path reaches a route.
 */
export function findRoute(method: string, path: string): FoundRoute | undefined {
  // A URL parser reads a backslash as a slash: what is forwarded with one could arrive as another path.
  if (path.includes("\\")) return undefined;
  const wanted = path.split("/");
  for (const { route, parts } of shapes.get(shapeOf(method, wanted)) ?? []) {
    const values: Record<string, string> = {};
    const fits = parts.every((part, index) => {
      const given = wanted[index] ?? "";
      if (!part.startsWith(":")) return part === given;
      const value = decoded(given);
      if (value === undefined || value === "" || value === "." || value === ".." || value.includes("/")) return false;
      values[part.slice(1)] = value;
      return true;
    });
    if (fits) return { route, values };
  }
  return undefined;
}

/** The route of a request, or, of a page's preflight, the one that the page is about to ask. */
export function routeOf(method: string, path: string): FoundRoute | undefined {
  if (method !== "OPTIONS") return findRoute(method, path);
  const found = findRoute("GET", path) ?? findRoute("POST", path);
  return found?.route.audience.who === "browser" ? found : undefined;
}

/**
 * Whether a request is one of those that programs and pages make by the thousand: where many come at once they wait for people, alerts, relays and the
 * files of the console.
 */
export function mayWait(method: string, path: string): boolean {
  const who = routeOf(method, path)?.route.audience.who;
  return who === "sdkKey" || who === "browser";
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** Bytes of a body of no route: read, so that the answer is what is wrong with the address and not a cut connection. */
const OTHER_BYTES = 1 << 20;

/** Whether a route takes more than is read from anybody: whoever sends it is admitted before it is read. */
export function isLargeBody({ maxBodyBytes }: Route): boolean {
  return maxBodyBytes > OTHER_BYTES;
}

/** The largest body that a server reads at this address before anything else is looked at. */
export function bodyBytesMax(method: string, path: string): number {
  return Math.max(OTHER_BYTES, findRoute(method, path)?.route.maxBodyBytes ?? 0);
}
