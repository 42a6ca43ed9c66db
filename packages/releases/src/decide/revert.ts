import type { Result } from "@sluice/evaluation";
import { adoptionAt } from "../decisions.ts";
import type { Decisions, EnvironmentDecisions, RevertInForce, SegmentRevert, WaitingRevert } from "../decisions.ts";
import type { Facts, FileChange, Proposal, RevertTarget } from "../event.ts";
import { may, type Role } from "../policy.ts";
import { keyNow } from "../rename/aliases.ts";
import { granted, refused } from "../result.ts";
import type { Refusal } from "../result.ts";
import { isSameTarget } from "../revert/apply-revert.ts";
import { commandReused, personalOf, refusalOf, repetitionOf, unknownEnvironment } from "./asking.ts";
import type { Asking } from "./asking.ts";

/** What a revert, or its end, would do: `enlargedBetween` of the snapshot package finds it. */
export interface RevertEffect {
  /** Release flags that more people would get by it, in that environment. */
  readonly enlarges: readonly string[];
  /** True where people decide in that environment who gets a feature. */
  readonly isGuarded: boolean;
}

/** Reverts of one environment that wait for a person: more than somebody reads in a day. */
export const REVERTS_WAITING_MAX = 100;

interface RevertFields extends Asking {
  /** The id that the revert will have, made by the caller. */
  readonly revert: string;
  readonly environment: string;
  /** Any sequence of the log: what was adopted at it. */
  readonly toSeq: number;
  /**
   * The files that this form at `toSeq` was made of, its own file, its segments and `sluice.yaml` (`formFilesAt` and `segmentFilesAt` of the
   * snapshot package read them); absent where there was no valid form then.
   */
  readonly form: readonly FileChange[] | undefined;
  readonly effect: RevertEffect;
}

/** Of one flag, or of one segment for every flag that asks it. */
export type RevertWish = RevertFields & RevertTarget;

/**
 * Serve the flag, or the segment, as it was adopted at `toSeq`, until Git agrees or the revert is ended. A revert in force of the same is
 * replaced. What gives a release to more people waits for somebody who may let enlargements through (semantics 22), unless this person may.
 * The same command again, or a revert to the very form in force or waiting, is `[]`.
 * Refusals: notAllowed, unknownEnvironment, unknownVersion (not in the log, or further back than remembered), unknownFlag and unknownSegment
 * (no valid form then), tooMany (that wait), reasonTooLong, commandReused (the command was another decision).
 */
export function decideRevert(decisions: Decisions, asked: RevertWish): Result<readonly Proposal[], Refusal> {
  const wish = "flag" in asked ? { ...asked, flag: keyNow(decisions.aliases, asked.flag) } : asked;
  if (decisions.commands.has(wish.command)) return isThatRevert(decisions, wish) ? granted([]) : refused(commandReused(wish.command));
  const refusal = refusalOf(wish, "revertFlag") ?? unknownEnvironment(decisions, wish.environment) ?? refuseVersion(decisions, wish);
  if (refusal !== undefined) return refused(refusal);
  const { environment, toSeq, revert, form, effect } = wish;
  if (form === undefined || form.length === 0) return refused(noForm(wish));
  const own = decisions.environments[environment];
  const of: RevertTarget = "flag" in wish ? { flag: wish.flag } : { segment: wish.segment };
  const blobs = sorted(form);
  if (own !== undefined && sameFiles(inForceOf(own, of)?.blobs, blobs)) return granted([]);
  const shared = { revert, environment, toSeq, blobs };
  if (isGranted(wish.role, effect))
    return granted([proposal(wish, "flag" in of ? { kind: "flagReverted", ...shared, ...of } : { kind: "segmentReverted", ...shared, ...of })]);
  return askRevert(own, { wish, facts: { kind: "revertAsked", ...shared, of } });
}

/** Whether this person turns that on by themselves. */
const isGranted = (role: Role, { isGuarded, enlarges }: RevertEffect): boolean => !isGuarded || enlarges.length === 0 || may(role, "acceptEnlargement");

function askRevert(
  own: EnvironmentDecisions | undefined,
  { wish, facts }: { readonly wish: Asking; readonly facts: Extract<Facts, { readonly kind: "revertAsked" }> },
): Result<readonly Proposal[], Refusal> {
  const { of, blobs, environment } = facts;
  const waiting = own?.revertsWaiting.entriesSorted().map(([, one]) => one) ?? [];
  if (waiting.some((one) => isSameTarget(one, of) && sameFiles(one.blobs, blobs))) return granted([]);
  if (waiting.length >= REVERTS_WAITING_MAX)
    return refused({
      code: "tooMany",
      message: `${REVERTS_WAITING_MAX} reverts wait in ${environment} already.`,
      fix: "Ask product or an admin to decide about them on the page Home.",
    });
  return granted([proposal(wish, facts)]);
}

export interface DecideRevertWish extends Asking {
  readonly environment: string;
  readonly revert: string;
  readonly isAccepted: boolean;
}

/** Let a revert through that waits, or say no to it. Refusals: notAllowed, unknownEnvironment, notWaiting, reasonTooLong. */
export function decideWaitingRevert(decisions: Decisions, wish: DecideRevertWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "revertDecided", id: wish.revert });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "acceptEnlargement") ?? unknownEnvironment(decisions, wish.environment);
  if (refusal !== undefined) return refused(refusal);
  const { environment, revert, isAccepted } = wish;
  if (decisions.environments[environment]?.revertsWaiting.has(revert) !== true)
    return refused({
      code: "notWaiting",
      field: "revert",
      message: `No revert ${JSON.stringify(revert)} waits in ${environment}.`,
      fix: "Somebody else may have decided, a newer revert took its place, or Git has that form now.",
    });
  return granted([proposal(wish, { kind: "revertDecided", revert, environment, isAccepted })]);
}

export interface EndRevertWish extends Asking {
  readonly revert: string;
  readonly effect: RevertEffect;
}

/**
 * Serve what Git says again. The same command again is `[]`. Where that gives a release to more people, somebody does it who may let
 * enlargements through.
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
    return refused({ code: "unknownRevert", field: "revert", message, fix: "It may have ended when Git agreed: look at the history." });
  }
  const { enlarges } = wish.effect;
  if (!isGranted(wish.role, wish.effect))
    return refused({
      code: "notAllowed",
      message: `What Git says gives ${enlarges.join(", ")} to more people in ${found.environment} than the revert does.`,
      fix: "Ask an admin to end it, or change the file in Git first.",
    });
  return granted([proposal(wish, { kind: "revertEnded", revert: found.id, environment: found.environment })]);
}

const proposal = (wish: Asking, facts: Facts): Proposal => ({ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts });

/** Of one that has ended since nothing is remembered but that it was a revert. */
function isThatRevert(decisions: Decisions, wish: RevertWish): boolean {
  const known = decisions.commands.get(wish.command);
  const isRevert = known?.kind === "flagReverted" || known?.kind === "segmentReverted" || known?.kind === "revertAsked";
  if (!isRevert || known.id === undefined) return false;
  const made = revertInForce(decisions, known.id) ?? decisions.environments[wish.environment]?.revertsWaiting.get(known.id);
  if (made === undefined) return (known.kind === "flagReverted") === "flag" in wish || known.kind === "revertAsked";
  return made.environment === wish.environment && made.toSeq === wish.toSeq && isSameTarget(made, wish);
}

/** The revert of this id, in whichever environment it is in force. */
export function revertInForce(decisions: Decisions, id: string): RevertInForce | SegmentRevert | undefined {
  for (const { reverts, segmentReverts } of Object.values(decisions.environments)) {
    const all = [...reverts.entriesSorted(), ...segmentReverts.entriesSorted()];
    const found = all.find(([, revert]) => revert.id === id);
    if (found !== undefined) return found[1];
  }
  return undefined;
}

/** The revert that waits by this id, in whichever environment. */
export function revertWaiting(decisions: Decisions, id: string): WaitingRevert | undefined {
  return Object.values(decisions.environments)
    .map(({ revertsWaiting }) => revertsWaiting.get(id))
    .find((one) => one !== undefined);
}

const inForceOf = ({ reverts, segmentReverts }: EnvironmentDecisions, of: RevertTarget): RevertInForce | SegmentRevert | undefined =>
  "flag" in of ? reverts.get(of.flag) : segmentReverts.get(of.segment);

function noForm(wish: RevertWish): Refusal {
  const of =
    "flag" in wish ? { code: "unknownFlag" as const, field: "flag", key: wish.flag } : { code: "unknownSegment" as const, field: "segment", key: wish.segment };
  const message = `${JSON.stringify(of.key)} had no valid form at ${wish.toSeq}.`;
  const fix =
    of.field === "flag" ? "Choose one of the versions in the flag's history, or kill the flag." : "Choose one of the versions in the segment's history.";
  return { code: of.code, field: of.field, message, fix };
}

function refuseVersion(decisions: Decisions, wish: RevertWish): Refusal | undefined {
  if (Number.isSafeInteger(wish.toSeq) && adoptionAt(decisions, wish.toSeq) !== undefined) return undefined;
  const oldest = decisions.adoptions[0]?.seq ?? 0;
  const fix = `Choose one between ${oldest} and ${decisions.seq}; the history lists them.`;
  return { code: "unknownVersion", field: "toSeq", message: `No commit adopted at or before ${wish.toSeq} is remembered.`, fix };
}

function sorted(form: readonly FileChange[]): readonly FileChange[] {
  return form.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function sameFiles(a: readonly FileChange[] | undefined, b: readonly FileChange[]): boolean {
  return a !== undefined && JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}
