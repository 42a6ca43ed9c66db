import { decodePatch, decodeSnapshot, decodeUrgentKill, type Patch, type Snapshot } from "@sluice/evaluation";
import type { Role } from "@sluice/releases";
import type { FlagListing } from "@sluice/snapshot";
import * as z from "zod";
import type { RelayMessage } from "./relay-bodies.ts";
import type { SamplingDeclaration } from "./sampling.ts";

/** A mistake in the newest commit, as the page and /health show it. */
export interface SourceProblem {
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly fix?: string;
  /** Its entry in docs/errors.md. */
  readonly code?: string;
  readonly severity?: "error" | "warning";
}

/** How one source of the project is. */
export interface OneSourceHealth {
  /** Where it is: address without a password, branch and folder. Absent from servers of an earlier version. */
  readonly at?: string;
  readonly commit?: string;
  /** Commit that waits for a person, if any. */
  readonly held?: string;
  /** When the source last answered, in wall-clock milliseconds. */
  readonly reachedAtMs?: number;
  readonly trouble?: string;
  readonly problems: readonly SourceProblem[];
  /** What the style guide says of the newest commit, and warnings; these flags are served all the same. */
  readonly style?: readonly SourceProblem[];
  /** The GitHub App that this server is, where it is one; with why it can do nothing, while it cannot. */
  readonly github?: { readonly app: number; readonly trouble?: string };
}

/** How the main source is, whose `sluice.yaml` is the project's, and each further one, by name. */
export interface SourceHealth extends OneSourceHealth {
  readonly further?: readonly (OneSourceHealth & { readonly name: string })[];
}

export interface FeedEnvironment {
  readonly key: string;
  readonly name: string;
  readonly protected: boolean;
  /** Absent from servers of an earlier version: one person lifts. */
  readonly liftNeedsTwo?: boolean;
}

/** A trigger as `sluice.yaml` arms it; a shape that this version does not know takes nothing. */
export interface FeedTrigger {
  readonly name: string;
  readonly shape: string;
  readonly environment: string;
  readonly flags: readonly string[];
  readonly perHour: number;
}

/** A drill as `sluice.yaml` names it. `every`: days between two; absent: only when somebody asks. */
export interface FeedDrill {
  readonly environment: string;
  readonly flag: string;
  readonly every?: number;
  readonly customer?: string;
  /** Days within which one must have gone well before a wave reaches everybody there; absent: none is asked for. */
  readonly everybodyWithinDays?: number;
}

/** How much all guards of flags may do by themselves: kills and pauses in a day, and how long one keeps still about what a person took back. */
export interface FeedGuardLimits {
  readonly perDay: number;
  readonly quietHours: number;
}

/**
 * One line of the feed from the API to a fan-out process, or from that one to a relay. `folded` is how far the log is folded into it, and `hash` that of
 * the event there, which relays are not told; `signature` is there where the server signs, for relays.
 */
export type FeedMessage =
  | RelayMessage
  | {
      readonly kind: "snapshot";
      readonly environment: string;
      readonly snapshot: Snapshot;
      readonly folded: number;
      readonly hash?: string;
      readonly signature?: string;
    }
  | {
      readonly kind: "patch";
      readonly environment: string;
      readonly patch: Patch;
      readonly folded: number;
      readonly hash?: string;
      readonly signature?: string;
    }
  | { readonly kind: "unchanged"; readonly environment: string; readonly folded: number; readonly hash?: string }
  | {
      readonly kind: "catalogue";
      readonly flags: readonly FlagListing[];
      readonly environments: readonly FeedEnvironment[];
      /** Absent from servers of an earlier version. */
      readonly triggers?: readonly FeedTrigger[];
      /** Absent from servers of an earlier version. */
      readonly drills?: readonly FeedDrill[];
      /** How much guards may do by themselves; absent from servers of an earlier version. */
      readonly guards?: FeedGuardLimits;
      /** What SDKs may send of contexts; absent where nothing is declared, and from servers of an earlier version. */
      readonly sampling?: SamplingDeclaration;
    }
  | { readonly kind: "sdkKeys"; readonly keys: readonly { readonly hash: string; readonly environment: string; readonly name: string }[] }
  | { readonly kind: "sessionsEnded"; readonly hashes: readonly string[] }
  | { readonly kind: "health"; readonly source: SourceHealth }
  | { readonly kind: "ping" };

/** A feed is silent for at most this long; a fan-out that hears nothing for three times as long connects again. */
export const FEED_PING_MS = 2_000;

const environment = z.string().min(1);
const folded = z.number().int().nonnegative();
const hash = z.string().optional();
const signature = z.string().optional();
const problem = z.looseObject({ message: z.string(), file: z.string(), line: z.number(), column: z.number(), fix: z.string().optional() });
const ROLES: readonly string[] = ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"] satisfies readonly Role[];
const WATCHED: readonly string[] = ["outcome", "query"];
const REACTIONS: readonly string[] = ["announce", "pause", "kill"];
/** A word that only a newer version knows. Whatever it is said of is passed over: refused, it would end the feed whenever it begins anew. */
const newerThan = (known: readonly string[]): z.ZodType => z.string().refine((word) => !known.includes(word));
const person = z.looseObject({ hash: z.string(), id: z.string(), name: z.string(), role: z.string(), expiresAtMs: z.number() });
const guard = z.looseObject({
  name: z.string().min(1),
  environment,
  watches: z.discriminatedUnion("kind", [
    z.looseObject({ kind: z.literal("outcome"), outcome: z.string(), margin: z.number(), minimum: z.number(), above: z.number().optional() }),
    z.looseObject({ kind: z.literal("query"), query: z.string(), above: z.number(), customer: z.string().optional() }),
  ]),
  bad: z.number().int().positive(),
  of: z.number().int().positive(),
  reaction: z.enum(["announce", "pause", "kill"]),
  perDay: z.number().int().positive(),
});
const newerGuard = z.union([
  guard.extend({ reaction: newerThan(REACTIONS), watches: z.looseObject({ kind: z.string() }) }),
  guard.extend({ reaction: z.string(), watches: z.looseObject({ kind: newerThan(WATCHED) }) }),
]);
/** The envelope of each kind; snapshots and patches are read by evaluation's own codec, which refuses half a list of kills. */
const envelope = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("snapshot"), environment, snapshot: z.unknown().refine((value) => decodeSnapshot(value).ok), folded, hash, signature }),
  z.looseObject({ kind: z.literal("patch"), environment, patch: z.unknown().refine((value) => decodePatch(value).ok), folded, hash, signature }),
  z.looseObject({ kind: z.literal("urgent"), environment, kill: z.unknown().refine((value) => decodeUrgentKill(value).ok), signature }),
  z.looseObject({ kind: z.literal("sealed"), environment, epoch: z.string(), seq: folded, signature: z.string() }),
  z.looseObject({
    kind: z.literal("admits"),
    hops: folded,
    operators: z.array(z.string()),
    killKeys: z.array(z.string()).optional(),
    people: z.array(person),
    secrets: z.record(z.string(), z.array(z.string())),
    origins: z.array(z.string()),
    relayKeys: z.array(z.looseObject({ hash: z.string(), environments: z.array(z.string()) })),
    samplingKeys: z.record(z.string(), z.string()).optional(),
  }),
  z.looseObject({ kind: z.literal("unchanged"), environment, folded, hash }),
  z.looseObject({
    kind: z.literal("catalogue"),
    flags: z.array(
      z.looseObject({
        key: z.string(),
        kind: z.string(),
        dependants: z.array(z.string()),
        environments: z.record(z.string(), z.looseObject({ state: z.string() })),
        guards: z.array(z.union([guard, newerGuard])).optional(),
      }),
    ),
    environments: z.array(z.looseObject({ key: environment, name: z.string(), protected: z.boolean(), liftNeedsTwo: z.boolean().optional() })),
    triggers: z
      .array(z.looseObject({ name: z.string().min(1), shape: z.string(), environment, flags: z.array(z.string()), perHour: z.number().int().positive() }))
      .optional(),
    drills: z
      .array(
        z.looseObject({
          environment,
          flag: z.string().min(1),
          every: z.number().int().positive().optional(),
          everybodyWithinDays: z.number().int().positive().optional(),
        }),
      )
      .optional(),
    guards: z.looseObject({ perDay: z.number().int().positive(), quietHours: z.number().int().positive() }).optional(),
    sampling: z.looseObject({ attributes: z.record(z.string(), z.string()), customer: z.string().min(1) }).optional(),
  }),
  z.looseObject({ kind: z.literal("sdkKeys"), keys: z.array(z.looseObject({ hash: z.string(), environment, name: z.string() })) }),
  z.looseObject({ kind: z.literal("sessionsEnded"), hashes: z.array(z.string()) }),
  z.looseObject({ kind: z.literal("health"), source: z.looseObject({ problems: z.array(problem), style: z.array(problem).optional() }) }),
  z.looseObject({ kind: z.literal("ping") }),
]);

const kinds: ReadonlySet<unknown> = new Set(envelope.options.map((option) => option.shape.kind.value));

/**
 * One line of the feed. `broken`: no JSON, or a message that is not whole; then the feed must begin anew.
 * `unknown`: of a kind that only newer versions have, to be passed over. Fields it does not know are left as they are; people of a role, and guards
 * of a kind, that only newer versions have are left out.
 */
export function parseFeedMessage(line: string): FeedMessage | "unknown" | "broken" {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    // Cut off or mangled on its way.
    return "broken";
  }
  if (typeof json === "object" && json !== null && "kind" in json && typeof json.kind === "string" && !kinds.has(json.kind)) return "unknown";
  // What was checked is given on, not zod's copy of it: forms must stay as they were sent.
  return envelope.safeParse(json).success ? asKnown(json as FeedMessage) : "broken";
}

/** Nobody is let in by a role whose rights are not known here, and a guard that watches or does something unknown does nothing. */
function asKnown(message: FeedMessage): FeedMessage {
  switch (message.kind) {
    case "admits":
      return { ...message, people: message.people.filter(({ role }) => ROLES.includes(role)) };
    case "catalogue":
      return message.flags.some(({ guards = [] }) => !guards.every(isKnownGuard)) ? { ...message, flags: message.flags.map(withKnownGuards) } : message;
    case "snapshot":
    case "patch":
    case "urgent":
    case "sealed":
    case "unchanged":
    case "sdkKeys":
    case "sessionsEnded":
    case "health":
    case "ping":
      return message;
  }
}

const isKnownGuard = ({ reaction, watches }: NonNullable<FlagListing["guards"]>[number]): boolean =>
  REACTIONS.includes(reaction) && WATCHED.includes(watches.kind);

const withKnownGuards = (flag: FlagListing): FlagListing => (flag.guards === undefined ? flag : { ...flag, guards: flag.guards.filter(isKnownGuard) });
