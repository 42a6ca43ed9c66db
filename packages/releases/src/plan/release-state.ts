import type { PersistentMap } from "../persistent-map.ts";
import type { ApprovingRole, ReleaseContent, Risk } from "./release-content.ts";

/** The one list of states of a release; pages, API and sentences use these words. */
export type ReleasePhase = "draft" | "planned" | "inProgress" | "paused" | "needsDecision" | "completed" | "cancelled" | "rolledBack";

/** Phases in which nothing more will happen. */
export const ENDED: readonly ReleasePhase[] = ["completed", "cancelled", "rolledBack"];

export interface Approved {
  readonly role: ApprovingRole;
  /** Account id; absent once erased. */
  readonly by?: string;
  readonly contentHash: string;
  readonly atMs: number;
  /** From here on it counts for nothing: who agreed is asked again. */
  readonly untilMs: number;
}

/** A role that will not agree to this very content before something of it changes; the words stand in the log alone. */
export interface ChangeAsked {
  readonly role: ApprovingRole;
  readonly atMs: number;
  /** Absent once erased. */
  readonly by?: string;
}

/** Why a start did not happen and a person must say how to go on. */
export type WhyDecide =
  | { readonly why: "missed"; readonly dueAtMs: number }
  | { readonly why: "approvalMissing"; readonly roles: readonly ApprovingRole[] }
  /** This role had agreed to this very content, for a time that was over. */
  | { readonly why: "approvalEnded"; readonly role: ApprovingRole; readonly endedAtMs: number }
  | { readonly why: "deploymentMissing"; readonly service: string; readonly version: string }
  | { readonly why: "bakeNotOver"; readonly overAtMs: number }
  | { readonly why: "flagInvalid"; readonly flag: string }
  /** The environment asks for a drill before a wave reaches everybody: `last` is the last that there was, good or not. */
  | {
      readonly why: "drillMissing";
      readonly environment: string;
      readonly withinDays: number;
      readonly flag?: string;
      readonly last?: { readonly atMs: number; readonly of: number; readonly confirmed: number; readonly cutOff?: number };
    }
  | { readonly why: "frozen"; readonly freeze: string };

export interface WaveState {
  readonly phase: "pending" | "live";
  /** Milliseconds by which freezes and people have moved this wave. */
  readonly shiftMs: number;
  /** A start that a person has set instead of the planned one. */
  readonly startAtMs?: number;
  readonly liveAtMs?: number;
  /** Ids of those resolved at the wave's first instant. */
  readonly members?: readonly string[];
  /** True where it also reaches everybody who is registered later. */
  readonly rest?: boolean;
  /** Members that have it, with when they got it. */
  readonly exposed: PersistentMap<number>;
}

export interface ReleaseState {
  readonly id: string;
  readonly content: ReleaseContent;
  /** SHA-256 of the canonical content, hexadecimal. */
  readonly contentHash: string;
  /** Account that has taken it over from an owner who is gone: answers for it in the place of the one whom the plan names. */
  readonly takenOverBy?: string;
  /** Who made the last edit: never an approver of it. Absent once erased. */
  readonly editedBy?: string;
  readonly phase: ReleasePhase;
  /** What it returns to when it is resumed. */
  readonly before?: "planned" | "inProgress";
  readonly undecided?: readonly WhyDecide[];
  /** Of the wave that waits for a person. */
  readonly undecidedWave?: number;
  readonly pausedBy?: "person" | "kill";
  readonly approvals: readonly Approved[];
  /** Since the last edit, one for a role: an edit answers them, and so does the agreement of the same role. */
  readonly changesAsked: readonly ChangeAsked[];
  readonly waves: readonly WaveState[];
  /** Opted in: customer id → since when, and until when. */
  readonly optIns: PersistentMap<{ readonly sinceMs: number; readonly untilMs?: number }>;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly endedAtMs?: number;
}

/** The account that answers for a release: whom the plan names, or who has taken it over since. */
export function ownerOf({ takenOverBy, content }: Pick<ReleaseState, "takenOverBy" | "content">): string {
  return takenOverBy ?? content.owner;
}

/** "Nothing new for these customers in this window." */
export interface Hold {
  readonly id: string;
  readonly environment: string;
  readonly customers: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
  /** Absent: every release. */
  readonly releases?: readonly string[];
  readonly risks?: readonly Risk[];
  readonly by?: string;
  readonly atMs: number;
  /** Its event: the reason is told from there, and can be erased there. */
  readonly seq: number;
}

/** "Release freeze: deploys go on." */
export interface Freeze {
  readonly id: string;
  readonly environment: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** What becomes of waves that would begin inside. */
  readonly policy: "ask" | "shift";
  readonly by?: string;
  readonly atMs: number;
}

/** The last successful deployment of a service in an environment. */
export interface Deployed {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly atMs: number;
  /** Its deployments of the 24 hours up to that one, oldest first, that one included: the last 100 of them. */
  readonly lastDayMs: readonly number[];
}

/** Deployments of one service within a day that are counted; more of them is a loop somewhere. */
export const DAILY_DEPLOYMENTS_COUNTED_MAX = 100;

/** Who has a flag's released value: what compile makes the exposure term from. It only grows, until a release is rolled back. */
export interface Exposure {
  readonly serve: string;
  /** Customer hashes, sorted. */
  readonly keys: readonly string[];
  /** Everybody but `except`. */
  readonly rest?: true;
  /** Registered customers who are not exposed yet, sorted; only with `rest`, and it only shrinks. */
  readonly except?: readonly string[];
  /** Releases that made it, sorted. */
  readonly releases: readonly string[];
}

/** Whether a release of this flag is not over. What a completed one gave belongs to Git from then on: its flag may be cleaned up. */
export function isBeingReleased({ releases }: { readonly releases: PersistentMap<ReleaseState> }, environment: string, flag: string): boolean {
  return releases
    .entriesSorted()
    .some(([, { content, phase }]) => content.environment === environment && !ENDED.includes(phase) && content.flags.some((each) => each.flag === flag));
}

/** Holds and freezes that have not ended, in one environment or all. */
export const HOLDS_MAX = 10_000;
export const FREEZES_MAX = 200;
/** Windows that are kept, those that are over among them: they tell why a start came when it did. Above this, the oldest are forgotten. */
export const WINDOWS_KEPT_MAX = 20_000;
/** A hold or a freeze lasts at most this. */
export const WINDOW_MS_MAX: number = 366 * 24 * 3_600_000;
/** How long an approval lasts where nobody says: what was agreed to a month ago is looked at again before it starts. */
export const APPROVAL_MS: number = 30 * 24 * 3_600_000;
/** An approval lasts at most this, a quarter of a year, as the longest bake. */
export const APPROVAL_MS_MAX: number = 92 * 24 * 3_600_000;
/** A start may be late by this, for whatever cause; after that a person decides. */
export const GRACE_MS: number = 15 * 60_000;
