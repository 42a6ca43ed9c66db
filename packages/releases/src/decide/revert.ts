import type { Result } from "@sluice/evaluation";
import { adoptionAt } from "../decisions.ts";
import type { Decisions, RevertInForce } from "../decisions.ts";
import type { FileChange, Proposal } from "../event.ts";
import { granted, refused } from "../result.ts";
import type { Refusal } from "../result.ts";
import { commandReused, personalOf, refusalOf, repetitionOf, unknownEnvironment } from "./asking.ts";
import type { Asking } from "./asking.ts";
import { keyNow } from "../rename/aliases.ts";

export interface RevertWish extends Asking {
  /** The id that the revert will have, made by the caller. */
  readonly revert: string;
  readonly environment: string;
  readonly flag: string;
  /** Any sequence of the log: what was adopted at it. */
  readonly toSeq: number;
  /**
   * The files that this flag's form at `toSeq` was made of, its own file, its segments and `sluice.yaml` (`formFilesAt` of the
   * snapshot package reads them); absent where the flag had no valid form then.
   */
  readonly form: readonly FileChange[] | undefined;
}

/**
 * Serve the flag as it was adopted at `toSeq`, until Git agrees or the revert is ended. A revert in force of the same flag is
 * replaced. The same command again, or a revert to the very form in force, is `[]`.
 * Refusals: notAllowed, unknownEnvironment, unknownVersion (not in the log, or further back than remembered), unknownFlag
 * (no valid form then), reasonTooLong, commandReused (the command was another decision).
 */
export function decideRevert(decisions: Decisions, asked: RevertWish): Result<readonly Proposal[], Refusal> {
  const wish = { ...asked, flag: keyNow(decisions.aliases, asked.flag) };
  if (decisions.commands.has(wish.command)) return isThatRevert(decisions, wish) ? granted([]) : refused(commandReused(wish.command));
  const refusal = refusalOf(wish, "revertFlag") ?? unknownEnvironment(decisions, wish.environment) ?? refuseVersion(decisions, wish);
  if (refusal !== undefined) return refused(refusal);
  const { environment, flag, toSeq, revert, form } = wish;
  if (form === undefined || form.length === 0) {
    const message = `${JSON.stringify(flag)} had no valid form at ${toSeq}.`;
    return refused({ code: "unknownFlag", field: "flag", message, fix: "Choose one of the versions in the flag's history, or kill the flag." });
  }
  if (sameFiles(decisions.environments[environment]?.reverts.get(flag)?.blobs, form)) return granted([]);
  const facts = { kind: "flagReverted", revert, environment, flag, toSeq, blobs: sorted(form) } as const;
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts }]);
}

export interface EndRevertWish extends Asking {
  readonly revert: string;
}

/**
 * Serve what Git says again. The same command again is `[]`.
 * Refusals: notAllowed, unknownRevert (never made, replaced, ended, or Git agreed), reasonTooLong.
 */
export function decideEndRevert(decisions: Decisions, wish: EndRevertWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "revertEnded", id: wish.revert });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "endRevert");
  if (refusal !== undefined) return refused(refusal);
  const found = revertInForce(decisions, wish.revert);
  if (found === undefined) {
    const message = `No revert ${JSON.stringify(wish.revert)} is in force.`;
    return refused({ code: "unknownRevert", field: "revert", message, fix: "It may have ended when Git agreed: look at the flag's history." });
  }
  const facts = { kind: "revertEnded", revert: found.id, environment: found.environment } as const;
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts }]);
}

/** Of one that has ended since nothing is remembered but that it was a revert. */
function isThatRevert(decisions: Decisions, { command, environment, flag, toSeq }: RevertWish): boolean {
  const known = decisions.commands.get(command);
  if (known?.kind !== "flagReverted" || known.id === undefined) return false;
  const inForce = revertInForce(decisions, known.id);
  return inForce === undefined || (inForce.environment === environment && inForce.flag === flag && inForce.toSeq === toSeq);
}

/** The revert of this id, in whichever environment it is in force. */
export function revertInForce(decisions: Decisions, id: string): RevertInForce | undefined {
  for (const { reverts } of Object.values(decisions.environments)) {
    const found = reverts.entriesSorted().find(([, revert]) => revert.id === id);
    if (found !== undefined) return found[1];
  }
  return undefined;
}

function refuseVersion(decisions: Decisions, wish: RevertWish): Refusal | undefined {
  if (Number.isSafeInteger(wish.toSeq) && adoptionAt(decisions, wish.toSeq) !== undefined) return undefined;
  const oldest = decisions.adoptions[0]?.seq ?? 0;
  const fix = `Choose one between ${oldest} and ${decisions.seq}; the flag's history lists them.`;
  return { code: "unknownVersion", field: "toSeq", message: `No commit adopted at or before ${wish.toSeq} is remembered.`, fix };
}

function sorted(form: readonly FileChange[]): readonly FileChange[] {
  return form.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function sameFiles(a: readonly FileChange[] | undefined, b: readonly FileChange[]): boolean {
  return a !== undefined && JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}
