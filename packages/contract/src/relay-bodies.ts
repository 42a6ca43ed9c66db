import type { UrgentKill } from "@sluice/evaluation";
import { type JournalledKill, KILL_FLAGS_MAX, type Role, SCOPE_VALUES_MAX } from "@sluice/releases";
import * as z from "zod";
import { killScope, killTarget, loggedCommand, passedBatch } from "./bodies.ts";

const name = z.string().min(1).max(200);
const words = z.string().max(2_000);
const counter = z.number().int().nonnegative();

/** Emergency kills of one journal in one request: all that wait in it, for its mebibyte holds no more. */
export const RELAY_KILLS_MAX = 5_000;
/** That mebibyte as JSON inside JSON, with signatures. */
export const RELAY_KILLS_BYTES_MAX = 4 << 20;
/** Processes behind a relay that one report tells of. */
export const RELAY_REPORT_INSTANCES_MAX = 1_000;

/** Kills of one environment that one report offers back after a loss; the next offers the others. */
export const RELAY_OFFERED_MAX = 500;

/** An emergency kill as a relay's journal holds it; `text` is its JSON, signed by the relay's own key. */
export const relayKillsBody = z.strictObject({
  kills: z
    .array(z.strictObject({ text: z.string().max(512 << 10), key: z.string().max(60), signature: z.string().max(120) }))
    .min(1)
    .max(RELAY_KILLS_MAX),
});

const journalledKill = z.strictObject({
  // One that Sluice keeps for itself is refused in words where the kill is taken.
  command: loggedCommand,
  atMs: z.number().int().nonnegative(),
  kill: z.string().regex(/^k[0-9a-f]{12}$/),
  environment: name,
  flags: z.array(name).min(1).max(KILL_FLAGS_MAX),
  of: killTarget.optional(),
  scope: killScope
    .extend({
      customers: z
        .array(z.string().regex(/^[0-9a-f]{16}$/))
        .max(SCOPE_VALUES_MAX)
        .optional(),
    })
    .optional(),
  reviewAtMs: z.number().int().positive().optional(),
  journal: z.string().min(1).max(64),
  counter,
  personal: z.strictObject({
    by: name,
    reason: words.optional(),
    incident: words.optional(),
    customers: z.array(name).max(SCOPE_VALUES_MAX).optional(),
  }),
});

/** Reads the text of an emergency kill; undefined where it is none. */
export function readJournalledKill(text: string): JournalledKill | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  // What was checked is given on, without the members that zod says are absent.
  return journalledKill.safeParse(json).success ? (json as JournalledKill) : undefined;
}

const version = { epoch: z.string().max(64), seq: counter, urgent: z.array(z.string().max(64)).max(1_000) };

/** Relays behind a relay that it names as late. */
export const RELAYS_LATE_MAX = 100;

/** What a relay tells of itself and of the processes behind it; `isWhole`: processes that it does not name are gone. */
export const relayReportBody = z.object({
  isWhole: z.boolean(),
  serves: z.array(z.object({ environment: name, pages: counter, ...version })).max(200),
  instances: z
    .array(
      z.object({
        environment: name,
        instance: name,
        service: name.optional(),
        version: name.optional(),
        sdk: name.optional(),
        isOpen: z.boolean(),
        ...version,
        seq: z.number().int().min(-1),
      }),
    )
    .max(RELAY_REPORT_INSTANCES_MAX),
  asked: z.array(z.object({ environment: name, keys: z.array(name).max(10_000) })).max(200),
  /** Kills of an epoch that was replaced, which its successor has forgotten: each as an `UrgentKill`. Absent where there are none. */
  offered: z
    .array(z.object({ environment: name, kills: z.array(z.unknown()).max(RELAY_OFFERED_MAX) }))
    .max(200)
    .optional(),
  /** The newest trial kill that the relay's own client has had, and which relays behind it are late. Absent where the relay hears of none. */
  probe: z.object({ kill: z.string().max(64).optional(), late: z.array(name).max(RELAYS_LATE_MAX) }).optional(),
  /** Whether trials of the relay's own kill do not come through, and of which relays behind it. Absent where nobody tries it. */
  ownKills: z.object({ isLate: z.boolean(), late: z.array(name).max(RELAYS_LATE_MAX) }).optional(),
});

/** Batches of processes in one request of a relay, and the bytes of them: 4 MiB, beside the braces around. */
export const RELAY_BATCHES_MAX = 500;
export const RELAY_TELEMETRY_BYTES_MAX = 4 << 20;

/** `POST /relay/v1/telemetry`: batches as processes and pages sent them to the relay. Each counts once, whichever way and however often it comes. */
export const relayTelemetryBody = z.object({ batches: z.array(passedBatch.extend({ environment: name })).max(RELAY_BATCHES_MAX) });

/** `POST /relay/v1/delegation`: the relay's public key, and what the server's key says of it, by environment; none where it does not sign. */
export const delegationBody = z.strictObject({ publicKey: z.string().max(60) });
export const delegationReply = z.looseObject({ delegations: z.record(z.string(), z.string()) });

type Told = z.infer<typeof relayReportBody>;
type ReadonlyLists<T> = { readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? readonly ReadonlyLists<Item>[] : T[K] };
export type RelayReport = ReadonlyLists<Told>;
export type RelayKill = z.infer<typeof relayKillsBody>["kills"][number];

/** A person who may sign in at a relay, known by the hash of what they show. */
export interface RelayedPerson {
  readonly hash: string;
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly expiresAtMs: number;
}

/** A key that opens some environments to a relay; of none named, all. */
export interface RelayKeyEntry {
  readonly hash: string;
  readonly environments: readonly string[];
}

/** What only relays are told over their feed. */
export type RelayMessage =
  | { readonly kind: "urgent"; readonly environment: string; readonly kill: UrgentKill; readonly signature?: string }
  /** The signature of the snapshot of this version, which its patches have led to. */
  | { readonly kind: "sealed"; readonly environment: string; readonly epoch: string; readonly seq: number; readonly signature: string }
  | {
      readonly kind: "admits";
      /** Relays between the server and whoever tells this. */
      readonly hops: number;
      readonly operators: readonly string[];
      /** Absent from servers of an earlier version. */
      readonly killKeys?: readonly string[];
      readonly people: readonly RelayedPerson[];
      /** Context secrets and origins of pages. */
      readonly secrets: Readonly<Record<string, readonly string[]>>;
      readonly origins: readonly string[];
      readonly relayKeys: readonly RelayKeyEntry[];
      /** What sampled contexts are hashed with, by environment; absent where nothing is sampled, and from servers of an earlier version. */
      readonly samplingKeys?: Readonly<Record<string, string>>;
    };
