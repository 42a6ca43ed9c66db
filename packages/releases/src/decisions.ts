import type { KillScope } from "@sluice/evaluation";
import type { Customer, GoneCustomer } from "./customer/customer.ts";
import type { KillTarget } from "./decide/kill-target.ts";
import type { Facts, FileChange, KeptFlag, Moves, RevertTarget } from "./event.ts";
import type { FoundHarm } from "./guard/harm.ts";
import type { RuntimeList, WaitingListChange } from "./list/runtime-list.ts";
import { PersistentMap } from "./persistent-map.ts";
import type { Pin } from "./pin/pin.ts";
import { type Aliases, NO_ALIASES } from "./rename/aliases.ts";
import type { Deployed, Exposure, Freeze, Hold, ReleaseState } from "./plan/release-state.ts";

/** A kill that covers somebody now. */
export interface KillInForce {
  readonly id: string;
  readonly environment: string;
  readonly flags: readonly string[];
  readonly of?: KillTarget;
  readonly scope?: KillScope;
  readonly reviewAtMs?: number;
  readonly drill?: true;
  readonly journal?: string;
  readonly counter?: number;
  readonly seq: number;
  readonly atMs: number;
  /** Account id or machine actor; absent once erased. Never read by compile. */
  readonly by?: string;
  /** The last who asked for its lift, where that takes two people. */
  readonly liftAsked?: { readonly seq: number; readonly atMs: number; readonly by?: string };
  /** Who has refused that lift; absent since another one asked. */
  readonly liftRefused?: { readonly seq: number; readonly atMs: number };
  /** Teams that were told of it, and when. */
  readonly told?: { readonly teams: readonly string[]; readonly atMs: number };
}

/** A flag served in an earlier adopted form by decision. At most one per flag and environment: a newer one takes its place. */
export interface RevertInForce {
  readonly id: string;
  readonly environment: string;
  readonly flag: string;
  readonly toSeq: number;
  readonly blobs: readonly FileChange[];
  readonly seq: number;
  readonly atMs: number;
}

/** A segment served in an earlier adopted form by decision, to every flag of the environment that asks it. At most one per segment and environment. */
export interface SegmentRevert {
  readonly id: string;
  readonly environment: string;
  readonly segment: string;
  readonly toSeq: number;
  readonly blobs: readonly FileChange[];
  readonly seq: number;
  readonly atMs: number;
}

/** A revert that gives a release to more people, until somebody with the role decides (semantics 10 and 22). */
export type WaitingRevert = RevertTarget & {
  readonly id: string;
  readonly environment: string;
  readonly toSeq: number;
  readonly blobs: readonly FileChange[];
  readonly seq: number;
  readonly atMs: number;
  /** Who asked for it; absent once erased. */
  readonly by?: string;
};

/** What was decided for one environment. Environments are never forgotten: their salt must not change if they come back. */
export interface EnvironmentDecisions {
  readonly salt: string;
  /** By flag: the complete list of the last adopted commit. */
  readonly kept: PersistentMap<KeptFlag>;
  /** By kill id. */
  readonly kills: PersistentMap<KillInForce>;
  /** By flag. */
  readonly reverts: PersistentMap<RevertInForce>;
  /** By segment. */
  readonly segmentReverts: PersistentMap<SegmentRevert>;
  /** By id. */
  readonly revertsWaiting: PersistentMap<WaitingRevert>;
  /** By journal: the highest counter that a logged kill of this environment carried. */
  readonly journals: Readonly<Record<string, number>>;
  /** By replaced epoch: how far it was seen here before its end was found; absent where nothing of that is known. */
  readonly seen?: Readonly<Record<string, number>>;
  /** By flag: who has its released value. */
  readonly exposures: PersistentMap<Exposure>;
  /** By `pinKey`: customers with a fixed answer of a flag. */
  readonly pins: PersistentMap<Pin>;
  /** By key of the segment. */
  readonly lists: PersistentMap<RuntimeList>;
  /** By id: changes of lists that wait for a person. */
  readonly listChanges: PersistentMap<WaitingListChange>;
  /** How far the last drill had come when it ended. */
  readonly drill?: LastDrill;
  /** What guards have found, oldest first; absent where they have found nothing. */
  readonly harm?: readonly FoundHarm[];
}

/** A drill that is over: its kill, when it ended, and of how many processes how many had confirmed. */
export interface LastDrill {
  readonly kill: string;
  readonly atMs: number;
  readonly of: number;
  readonly confirmed: number;
  /** Relays that were cut off, with whoever is behind them; absent where none was. */
  readonly cutOff?: number;
  /** Until the last had confirmed; absent where not all had. */
  readonly allMs?: number;
}

/** An environment about which nothing but its salt is decided. */
export const freshEnvironment = (salt: string): EnvironmentDecisions => ({
  salt,
  kept: PersistentMap.empty(),
  kills: PersistentMap.empty(),
  reverts: PersistentMap.empty(),
  segmentReverts: PersistentMap.empty(),
  revertsWaiting: PersistentMap.empty(),
  journals: {},
  exposures: PersistentMap.empty(),
  pins: PersistentMap.empty(),
  lists: PersistentMap.empty(),
  listChanges: PersistentMap.empty(),
});

/** One adopted commit, with the whole tree as it was then (shared with its neighbours, so cheap to keep). */
export interface Adoption {
  readonly seq: number;
  readonly atMs: number;
  readonly commit: string;
  /** Of the further source of this name; absent for the main one. */
  readonly source?: string;
  readonly changed: readonly FileChange[];
  readonly kept: readonly KeptFlag[];
  readonly files: PersistentMap<string>;
}

/** A commit that waits for a person, until one of its source is adopted. */
export interface HeldCommit {
  readonly seq: number;
  readonly commit: string;
  readonly removed: number;
  readonly of: number;
  readonly moves?: Moves;
}

/** What is adopted of one source, and what of it waits. */
export interface SourceState {
  readonly commit?: string;
  readonly held?: HeldCommit;
}

/** What became of a command that was seen lately: enough to answer a repetition as the first time. */
export interface KnownCommand {
  /** Of the last event under this command. */
  readonly seq: number;
  readonly atMs: number;
  /** What it was: the same command for another kind of decision is no repetition. */
  readonly kind: Facts["kind"];
  /** The id of what it made, changed or ended. */
  readonly id?: string;
}

/**
 * The fold of the log up to `seq`: everything that compile, `decide…` and the console need, and nothing that needs a file's content.
 * Immutable; states share their parts, and a part that an event does not touch keeps its reference.
 */
export interface Decisions {
  readonly project?: string;
  /** Empty before the first event. */
  readonly epoch: string;
  /** Newest first, at most `REPLACED_EPOCHS_MAX`. */
  readonly replaces: readonly string[];
  /** 0 before the first event. */
  readonly seq: number;
  /** Hash of the event at `seq`; 64 zeros before the first. */
  readonly hash: string;
  readonly environments: Readonly<Record<string, EnvironmentDecisions>>;
  /** Former keys that are answered as the flags are that had them. What is decided under one holds for the flag: the fold knows keys alone. */
  readonly aliases: Aliases;
  /** Adopted of the main source. */
  readonly commit?: string;
  /** By name, what is adopted of further sources, also of those that are no longer there. */
  readonly sources: Readonly<Record<string, SourceState>>;
  /** Path → git blob id of what is adopted of all sources, kept and reverted flags not considered. */
  readonly files: PersistentMap<string>;
  /** Oldest first, at most `ADOPTIONS_MAX`. */
  readonly adoptions: readonly Adoption[];
  /** The main source's commit that waits. */
  readonly held?: HeldCommit;
  /** By id. */
  readonly customers: PersistentMap<Customer>;
  /** Erased and merged customers by id, at most `GONE_CUSTOMERS_MAX`. */
  readonly gone: PersistentMap<GoneCustomer>;
  readonly releases: PersistentMap<ReleaseState>;
  readonly holds: PersistentMap<Hold>;
  readonly freezes: PersistentMap<Freeze>;
  /** Accounts that were removed and not invited again, with when: what they own has no owner. */
  readonly closedAccounts: PersistentMap<number>;
  /** By environment and service. */
  readonly deployments: PersistentMap<Deployed>;
  /** Commands of the last `COMMANDS_MAX` events. */
  readonly commands: PersistentMap<KnownCommand>;
  /** Decimal `seq` → its command, for forgetting the oldest. */
  readonly commandBySeq: PersistentMap<string>;
}

/** As many as a snapshot may list; an SDK older than 100 restores starts afresh. */
export const REPLACED_EPOCHS_MAX = 100;

/** How far back `revert --to` reaches, in adopted commits: at 50 merges a day, four weeks, and a bound for checkpoints. */
export const ADOPTIONS_MAX = 1000;

/**
 * Events whose commands the fold remembers. The store guards idempotency for ever, by a unique index; this window only lets
 * `decide…` answer a repetition without a question to the store. Clients retry for minutes, and 1,000 events are hours.
 */
export const COMMANDS_MAX = 1000;

/** 64 zeros: what the first event names as the hash before it. */
export const NO_HASH: string = "0".repeat(64);

/** The fold of the empty log. */
export const emptyDecisions: Decisions = {
  epoch: "",
  replaces: [],
  seq: 0,
  hash: NO_HASH,
  environments: {},
  sources: {},
  aliases: NO_ALIASES,
  files: PersistentMap.empty(),
  adoptions: [],
  customers: PersistentMap.empty(),
  gone: PersistentMap.empty(),
  releases: PersistentMap.empty(),
  holds: PersistentMap.empty(),
  freezes: PersistentMap.empty(),
  closedAccounts: PersistentMap.empty(),
  deployments: PersistentMap.empty(),
  commands: PersistentMap.empty(),
  commandBySeq: PersistentMap.empty(),
};

/** What is adopted of a source, and what of it waits; without a name, of the main one. */
export function sourceState({ commit, held, sources }: Pick<Decisions, "commit" | "held" | "sources">, source: string | undefined): SourceState {
  if (source !== undefined) return sources[source] ?? {};
  return { ...(commit === undefined ? {} : { commit }), ...(held === undefined ? {} : { held }) };
}

/** The tree that the commit adopted at or last before `seq` had; `undefined` where that is further back than the fold remembers. */
export function adoptionAt(decisions: Decisions, seq: number): Adoption | undefined {
  return seq > decisions.seq ? undefined : decisions.adoptions.findLast((adoption) => adoption.seq <= seq);
}

/** Kills of one flag in one environment, by id in code unit order: the first is the one that answers name. */
export function killsOf(decisions: Decisions, environment: string, flag: string): readonly KillInForce[] {
  const kills = decisions.environments[environment]?.kills.entriesSorted() ?? [];
  return kills.map(([, kill]) => kill).filter((kill) => kill.flags.includes(flag));
}

/** Of these flags, the kills in force that take one from everybody; without those for some only. */
export function killsForAll(decisions: Decisions, environment: string, flags: readonly string[]): readonly KillInForce[] {
  const kills = decisions.environments[environment]?.kills.entriesSorted() ?? [];
  return kills.map(([, kill]) => kill).filter((kill) => kill.scope === undefined && kill.flags.some((flag) => flags.includes(flag)));
}
