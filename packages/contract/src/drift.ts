import * as z from "zod";
import { type EditBody, editBody } from "./edit-bodies.ts";

/**
 * Why something is served that Git does not say. `kill`: switched off. `revert`: an earlier form. `pin`: one customer's fixed answer.
 * `enlargement`: a merged change that nobody has let through yet; `refused`: one that somebody said no to. `broken`: a file with a mistake, whose
 * flag stays as it was. `deleted`: a file that is gone, whose flag is still needed. `heldCommit`: a commit that waits as a whole.
 */
export const DRIFT_KINDS = ["kill", "revert", "pin", "enlargement", "refused", "broken", "deleted", "heldCommit"] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** One thing that is served and that Git does not say. */
export interface DriftEntry {
  readonly kind: DriftKind;
  /** Empty for a commit, which is of all environments. */
  readonly environments: readonly string[];
  /** Of the revert of a segment: its key. The flags are those that ask it. */
  readonly segment?: string | undefined;
  /** Flags concerned; of many, the first 50. */
  readonly flags: readonly string[];
  /** How many flags there are. */
  readonly of: number;
  /** Since when; of what is older than the adoptions remembered, the oldest of them. */
  readonly sinceMs: number;
  /** Teams that own the flags, as their files say. */
  readonly owners: readonly string[];
  /** Who decided it; absent where nobody did, or once erased. */
  readonly who?: string | undefined;
  readonly reason?: string | undefined;
  /** In one sentence, what differs from Git. */
  readonly what: string;
  /** In one sentence, how the two come together again. */
  readonly cure: string;
  /** Of a kill: its id, and when it asks somebody whether it is to stay. */
  readonly kill?: { readonly id: string; readonly reviewAtMs: number } | undefined;
  /** The change of files that says the same, where there is one that may go to Git: what `POST /api/changes/preview` takes. */
  readonly edits?: readonly EditBody[] | undefined;
}

/** `GET /api/drift?environment=`: oldest first. */
export interface DriftView {
  readonly commit?: string | undefined;
  readonly drift: readonly DriftEntry[];
  /** How many there are; at most 500 are listed. */
  readonly of: number;
}

export const driftReply: z.ZodType<DriftView> = z.looseObject({
  commit: z.string().optional(),
  drift: z.array(
    z.looseObject({
      kind: z.enum(DRIFT_KINDS),
      environments: z.array(z.string()),
      segment: z.string().optional(),
      flags: z.array(z.string()),
      of: z.number(),
      sinceMs: z.number(),
      owners: z.array(z.string()),
      who: z.string().optional(),
      reason: z.string().optional(),
      what: z.string(),
      cure: z.string(),
      kill: z.looseObject({ id: z.string(), reviewAtMs: z.number() }).optional(),
      edits: z.array(editBody).optional(),
    }),
  ),
  of: z.number(),
});
