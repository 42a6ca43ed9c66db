import type { Patch, Snapshot } from "@sluice/evaluation";
import type { FlagListing } from "@sluice/snapshot";

/** A mistake in the newest commit, as the page and /health show it. */
export interface SourceProblem {
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly fix?: string;
}

export interface SourceHealth {
  readonly commit?: string;
  /** Commit that waits for a person, if any. */
  readonly held?: string;
  /** When the source last answered, in wall-clock milliseconds. */
  readonly reachedAtMs?: number;
  readonly trouble?: string;
  readonly problems: readonly SourceProblem[];
}

export interface FeedEnvironment {
  readonly key: string;
  readonly name: string;
  readonly protected: boolean;
}

/** One line of the feed from the API to a fan-out process. `folded` is how far the log is folded into it. */
export type FeedMessage =
  | { readonly kind: "snapshot"; readonly environment: string; readonly snapshot: Snapshot; readonly folded: number }
  | { readonly kind: "patch"; readonly environment: string; readonly patch: Patch; readonly folded: number }
  | { readonly kind: "unchanged"; readonly environment: string; readonly folded: number }
  | { readonly kind: "catalogue"; readonly flags: readonly FlagListing[]; readonly environments: readonly FeedEnvironment[] }
  | { readonly kind: "sdkKeys"; readonly keys: readonly { readonly hash: string; readonly environment: string; readonly name: string }[] }
  | { readonly kind: "sessionsEnded"; readonly hashes: readonly string[] }
  | { readonly kind: "health"; readonly source: SourceHealth }
  | { readonly kind: "ping" };

/** A feed is silent for at most this long; a fan-out that hears nothing for three times as long connects again. */
export const FEED_PING_MS = 2_000;
