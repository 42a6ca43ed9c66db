import type { FormerKey, KillPathView, PastForm } from "@sluice/contract";
export type { SamplingView } from "@sluice/contract";
import type { StateWord } from "../state-words.ts";

/** The console's view of the wire (docs/protocol.md, section People). */
export interface Me {
  readonly account: { readonly id: string; readonly name: string; readonly email: string; readonly role: string };
  readonly can: Readonly<Record<string, boolean>>;
  /** Everything here is invented. */
  readonly isDemo?: boolean;
}

export interface EnvironmentListing {
  readonly key: string;
  readonly name: string;
  readonly protected: boolean;
  /** A kill there is lifted by two people: one asks, another lifts. */
  readonly liftNeedsTwo?: boolean;
  readonly instances: number;
  /** Connected to this server, or cut off within the hour. */
  readonly relays?: readonly RelayListing[];
}

/** A process that serves applications near them, also while this server is away. */
export interface RelayListing {
  readonly relay: string;
  readonly connected: boolean;
  /** Behind it, when it was last heard of. */
  readonly instances: number;
  readonly lastHeardMsAgo: number;
}

export interface KillListing {
  readonly kill: string;
  readonly environment: string;
  readonly flags: readonly string[];
  readonly scope?: unknown;
  readonly atMs?: number;
  readonly by?: string;
  readonly reason?: string;
  readonly incident?: string;
  readonly emergency?: boolean;
  /** When it asks whether it is to stay; absent while it waits to enter the log. */
  readonly reviewAtMs?: number;
  /** Who has asked for its lift, where that takes two people. */
  readonly told?: { readonly teams: readonly string[]; readonly atMs: number };
  readonly liftAsked?: { readonly atMs: number; readonly by?: string; readonly reason?: string };
  /** Who has said no to that, until it is asked for anew. */
  readonly liftRefused?: { readonly atMs: number; readonly by?: string; readonly reason?: string };
}

export interface FlagListing {
  readonly key: string;
  /** Former keys that are answered as this one is. */
  readonly aliases?: readonly string[];
  readonly description?: string;
  readonly kind: "release" | "experiment" | "ops" | "permission";
  readonly owner?: string;
  readonly tags?: readonly string[];
  readonly type: string;
  readonly dependants: readonly string[];
  readonly environments: Readonly<Record<string, FlagInEnvironment>>;
}

export interface FlagInEnvironment {
  readonly state: StateWord;
  readonly kills?: readonly string[];
  readonly revert?: string;
  readonly kept?: string;
}

export interface BlastRadius {
  readonly sentence: string;
  readonly flags: readonly string[];
  readonly leftOut: readonly string[];
  readonly customers?: number;
  /** The first of them, by id. */
  readonly who?: readonly string[];
  readonly releases: readonly { readonly release: string; readonly title: string }[];
  readonly instances: number;
  readonly services: readonly { readonly service: string; readonly instances: number }[];
  readonly dependants: readonly string[];
}

export interface Killed {
  readonly kill: string;
  readonly flags: readonly string[];
  readonly seq?: number;
  readonly emergency: boolean;
  readonly undoUntilMs: number;
}

export interface Laggard {
  readonly instance: string;
  readonly service?: string;
  readonly version?: string;
  readonly lastHeardMsAgo: number;
  readonly serves?: unknown;
  /** Name of the relay that it is connected to. */
  readonly relay?: string;
}

export interface Receipt {
  readonly kill: string;
  readonly of: number;
  readonly confirmed: number;
  readonly elapsedMs: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Were connected, and are away without a word. */
  readonly gone?: number;
  /** Confirmed without a stream. */
  readonly withoutStream?: number;
  /** Pages in browsers that listen, and those that have been sent it. */
  readonly pages?: { readonly of: number; readonly told: number };
  readonly laggards: readonly Laggard[];
  /** Relays that are cut off without it. */
  readonly relays?: readonly RelayListing[];
  readonly done: boolean;
}

export interface FlagDetail {
  readonly key: string;
  readonly file: string;
  readonly definition: string;
  /** Environments that stand in files of their own. */
  readonly parts: readonly { readonly environment: string; readonly file: string; readonly definition: string }[];
  readonly history: readonly PastForm[];
  readonly diagnostics: readonly { readonly message: string; readonly file: string; readonly line: number; readonly column: number; readonly fix?: string }[];
  readonly formerKeys: readonly FormerKey[];
}

/** How one repository that flags come from is. */
export interface OneSourceHealth {
  /** Where it is. */
  readonly at?: string;
  readonly commit?: string;
  /** A commit that waits for an admin. */
  readonly held?: string;
  readonly ageMs?: number;
  /** Why the repository cannot be read, while it cannot. */
  readonly trouble?: string;
  readonly problems: readonly { readonly message: string; readonly file: string; readonly line: number; readonly column: number }[];
  /** The GitHub App that the server is, and why it can do nothing, while it cannot. */
  readonly github?: { readonly trouble?: string };
}

/** The repository that holds the project, and each further one. */
export interface SourceHealth extends OneSourceHealth {
  readonly further?: readonly (OneSourceHealth & { readonly name: string })[];
}

export interface Health {
  readonly status: string;
  readonly api: { readonly reachable: boolean };
  readonly source?: SourceHealth;
  readonly store: { readonly ok: boolean };
  readonly killPath?: KillPathView;
}
