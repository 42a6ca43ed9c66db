import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Facts, Proposal } from "../event.ts";
import type { ApprovingRole } from "../plan/release-content.ts";
import { APPROVAL_MS, APPROVAL_MS_MAX, ownerOf, type ReleasePhase, type ReleaseState } from "../plan/release-state.ts";
import type { Action } from "../policy.ts";
import { granted, type Refusal, refused } from "../result.ts";
import type { FlagProblem } from "../schedule/gates.ts";
import { turnsOf } from "../schedule/turns.ts";
import { freezeShifts, waveStartMs } from "../schedule/wave-plan.ts";
import { isInstant } from "../schedule/zone-time.ts";
import { type Asking, personalOf, refusalOf, repetitionOf } from "./asking.ts";
import { killedFlag } from "./killed-flag.ts";
import { takenFlag } from "./taken-flag.ts";

export interface ReleaseWish extends Asking {
  readonly release: string;
}

type Steered = Result<readonly Proposal[], Refusal>;

/** What the release may be in for this, and who may do it. */
interface Rule {
  readonly action: Action;
  /** What it becomes in the log. */
  readonly kind: Facts["kind"];
  readonly phases: readonly ReleasePhase[];
}

/**
 * One step of a release by a person, where its phase and the role allow it. The same command again is `[]`.
 * Refusals of all of them: notAllowed, unknownRelease, wrongPhase, reasonTooLong.
 */
function steer(decisions: Decisions, wish: ReleaseWish, rule: Rule, make: (release: ReleaseState) => Facts | Refusal): Steered {
  const repetition = repetitionOf(decisions, wish.command, { kind: rule.kind, id: wish.release });
  if (repetition !== undefined) return repetition;
  const release = decisions.releases.get(wish.release);
  const refusal = refusalOf(wish, rule.action);
  if (refusal !== undefined) return refused(refusal);
  if (release === undefined)
    return refused({
      code: "unknownRelease",
      field: "release",
      message: `There is no release ${JSON.stringify(wish.release)}.`,
      fix: "Look at the list of releases.",
    });
  if (!rule.phases.includes(release.phase))
    return refused({
      code: "wrongPhase",
      message: `"${release.content.title}" is ${words[release.phase]}.`,
      fix: `This is possible while it is ${rule.phases.map((phase) => words[phase]).join(" or ")}.`,
    });
  const made = make(release);
  if ("code" in made) return refused(made);
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: made }]);
}

const words: Readonly<Record<ReleasePhase, string>> = {
  draft: "a draft",
  planned: "planned",
  inProgress: "rolling out",
  paused: "paused",
  needsDecision: "waiting for a decision",
  completed: "completed",
  cancelled: "cancelled",
  rolledBack: "rolled back",
};

/**
 * Mean it: from here on its waves start by themselves. Refusals besides: flagTaken, stillKilled, badPlan (a flag that cannot serve that, a start in
 * the past).
 */
export function decidePlanRelease(decisions: Decisions, wish: ReleaseWish, flagProblem: FlagProblem): Steered {
  return steer(decisions, wish, { action: "planRelease", kind: "releasePlanned", phases: ["draft"] }, (release) => {
    const { content, id } = release;
    for (const { flag, serve } of content.flags) {
      const problem = flagProblem(content.environment, flag, serve);
      if (problem !== undefined) return { code: "badPlan", field: "flags", message: problem, fix: "Correct the flag, or take it out of the release." };
    }
    const taken = takenFlag(decisions, id, content);
    if (taken !== undefined) return taken;
    const killed = killedFlag(decisions, content);
    if (killed !== undefined) return killed;
    if ((turnsOf(decisions, release, 0)[0]?.atMs ?? waveStartMs(decisions, release, 0)) < wish.atMs)
      return { code: "badPlan", field: "waves.0.start", message: "The first wave would begin in the past.", fix: "Choose a later start." };
    return { kind: "releasePlanned", release: id };
  });
}

export interface ApproveWish extends ReleaseWish {
  readonly as: ApprovingRole;
  /** Of what the approver saw. */
  readonly contentHash: string;
  /** When the agreement ends: 30 days later where nobody says, at most 92. */
  readonly untilMs?: number;
}

const APPROVE: Readonly<Record<ApprovingRole, Action>> = {
  engineer: "approveAsEngineer",
  product: "approveAsProduct",
  marketing: "approveAsMarketing",
  customerSuccess: "approveAsCustomerSuccess",
};

/** Whether this role is asked about exactly this content, by what the wish says of it. */
function askedOf({ content, contentHash }: ReleaseState, wish: ApproveWish): Refusal | undefined {
  if (!(content.approvals ?? []).includes(wish.as))
    return { code: "notAsked", message: "This release does not ask for that approval.", fix: "Nothing needs to be done." };
  if (contentHash !== wish.contentHash)
    return { code: "staleContent", message: "The release was edited since you opened it.", fix: "Look at what changed, then approve that." };
  return undefined;
}

/**
 * Agree to exactly this content, for a time. Refusals besides: staleContent, notAsked (this role was not asked), ownEdit (who edited last
 * cannot approve), badWindow (an end in the past or too far ahead).
 */
export function decideApprove(decisions: Decisions, wish: ApproveWish): Steered {
  return steer(
    decisions,
    wish,
    { action: APPROVE[wish.as], kind: "releaseApproved", phases: ["draft", "planned", "inProgress", "paused", "needsDecision"] },
    (release) => {
      const unasked = askedOf(release, wish);
      if (unasked !== undefined) return unasked;
      if (release.editedBy === wish.by)
        return { code: "ownEdit", message: "You made the last edit of this release.", fix: "Ask somebody else with your role to approve it." };
      const { untilMs = wish.atMs + APPROVAL_MS } = wish;
      if (!Number.isSafeInteger(untilMs) || untilMs <= wish.atMs || untilMs > wish.atMs + APPROVAL_MS_MAX)
        return {
          code: "badWindow",
          field: "untilMs",
          message: "An approval ends in the future, within 92 days.",
          fix: "Choose such an end, or leave it out for 30 days.",
        };
      return { kind: "releaseApproved", release: release.id, role: wish.as, contentHash: wish.contentHash, untilMs };
    },
  );
}

/** Ask for another plan instead of agreeing to this one. Refusals besides: staleContent, notAsked, badPlan (no words). */
export function decideAskChange(decisions: Decisions, wish: ApproveWish): Steered {
  return steer(
    decisions,
    wish,
    { action: APPROVE[wish.as], kind: "releaseChangeAsked", phases: ["draft", "planned", "inProgress", "paused", "needsDecision"] },
    (release) => {
      if ((wish.reason ?? "").trim() === "")
        return {
          code: "badPlan",
          field: "reason",
          message: "Nothing says what should change.",
          fix: "Write it in a sentence; whoever owns the release reads it.",
        };
      return askedOf(release, wish) ?? { kind: "releaseChangeAsked", release: release.id, role: wish.as, contentHash: wish.contentHash };
    },
  );
}

/**
 * Answer for a release whose owner's account was removed. It changes nothing else: no start, no agreement, no plan. Refusals besides:
 * hasOwner (the account of whoever answers for it is there).
 */
export function decideTakeOverRelease(decisions: Decisions, wish: ReleaseWish): Steered {
  return steer(
    decisions,
    wish,
    { action: "takeOverRelease", kind: "releaseTakenOver", phases: ["draft", "planned", "inProgress", "paused", "needsDecision"] },
    (release) =>
      decisions.closedAccounts.has(ownerOf(release))
        ? { kind: "releaseTakenOver", release: release.id, owner: wish.by }
        : {
            code: "hasOwner",
            message: `Somebody answers for "${release.content.title}" already.`,
            fix: "Ask its owner. A release can be taken over once the account of its owner is removed.",
          },
  );
}

/** Nothing new starts; whoever has it keeps it. */
export function decidePauseRelease(decisions: Decisions, wish: ReleaseWish): Steered {
  return steer(decisions, wish, { action: "pauseRelease", kind: "releasePaused", phases: ["planned", "inProgress", "needsDecision"] }, ({ id }) => ({
    kind: "releasePaused",
    release: id,
  }));
}

/** Go on. A start that was missed in the meantime waits for a decision. Refusals besides: stillKilled. */
export function decideResumeRelease(decisions: Decisions, wish: ReleaseWish): Steered {
  return steer(
    decisions,
    wish,
    { action: "resumeRelease", kind: "releaseResumed", phases: ["paused"] },
    ({ id, content }) => killedFlag(decisions, content) ?? { kind: "releaseResumed", release: id },
  );
}

export interface MoveWaveWish extends ReleaseWish {
  readonly wave: number;
  readonly startAtMs: number;
}

/**
 * Set a wave's start anew; pending waves behind it move by as much. Of a wave that is live, this is when those get it who do not have it
 * yet: how a person answers a turn that was missed. Refusals besides: unknownWave (none, or nobody of it waits), badPlan (in the past,
 * before the wave in front of it, or no instant).
 */
export function decideMoveWave(decisions: Decisions, wish: MoveWaveWish): Steered {
  return steer(decisions, wish, { action: "moveWave", kind: "waveMoved", phases: ["planned", "inProgress", "needsDecision"] }, (release) => {
    const { wave: index, startAtMs } = wish;
    const wave = release.waves[index];
    if (wave === undefined || (wave.phase === "live" && turnsOf(decisions, release, index).length === 0))
      return { code: "unknownWave", field: "wave", message: `There is no wave ${index + 1} that somebody waits for.`, fix: "Choose one that is not over." };
    if (!isInstant(startAtMs)) return { code: "badPlan", field: "startAtMs", message: "That is no instant.", fix: "Give a date before the year 10000." };
    if (startAtMs < wish.atMs) return { code: "badPlan", field: "startAtMs", message: "The new start is in the past.", fix: "Choose a later one; now counts." };
    const moved = { kind: "waveMoved", release: release.id, wave: index, startAtMs } as const;
    if (wave.phase === "live") return { ...moved, shiftMs: 0 };
    if (index > 0 && startAtMs < waveStartMs(decisions, release, index - 1))
      return {
        code: "badPlan",
        field: "startAtMs",
        message: `Wave ${index} begins later than that.`,
        fix: "Move that wave first: waves begin in their order.",
      };
    const freezeMs = freezeShifts(decisions, release)[index - 1] ?? 0;
    return { ...moved, shiftMs: startAtMs - waveStartMs(decisions, release, index), ...(freezeMs === 0 ? {} : { freezeMs }) };
  });
}

/** Start nothing more, for good; whoever has it keeps it. */
export function decideCancelRelease(decisions: Decisions, wish: ReleaseWish): Steered {
  return steer(
    decisions,
    wish,
    { action: "endRelease", kind: "releaseEnded", phases: ["draft", "planned", "inProgress", "paused", "needsDecision"] },
    ({ id }) => ({
      kind: "releaseEnded",
      release: id,
      how: "cancelled",
    }),
  );
}

/** Take it away from everybody who got it through this release. Flags that rules or defaults turn on stay on there. */
export function decideRollBack(decisions: Decisions, wish: ReleaseWish): Steered {
  return steer(
    decisions,
    wish,
    { action: "rollBackRelease", kind: "releaseEnded", phases: ["inProgress", "paused", "needsDecision", "completed", "cancelled"] },
    ({ id }) => ({
      kind: "releaseEnded",
      release: id,
      how: "rolledBack",
    }),
  );
}
