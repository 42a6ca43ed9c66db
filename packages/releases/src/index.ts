export { actorWords, DRILL_ACTOR, KILL_KEY_ACTOR, guardActor, NOTICES_ACTOR, triggerActor } from "./actor.ts";
export { approvalEndMs } from "./apply-release.ts";
export { applyEvent, foldEvents, LogNotUnderstood, withListChange } from "./apply-event.ts";
export { eventHashInput, findBrokenLink, personalHashInput } from "./chain.ts";
export type { BrokenLink, Sha256Hex, UnhashedEvent } from "./chain.ts";
export { ALPHA_PER_WEEK, type CustomerOutcomes, type Harm, type HarmRule, HarmWatch, WATCHED_MAX, type WatchState, WEEK_MS } from "./guard/harm-watch.ts";
export { FOUND_HARM_MAX, type FoundHarm, type GuardBounds, type GuardDeed, type WhyHeldBack, whyHeldBack } from "./guard/harm.ts";
export { harmWords, percentWords, queryWords, type SeenHarm } from "./guard/harm-words.ts";
export { type QueryHarm, type QueryRule, type QuerySample, QueryWatch } from "./guard/query-watch.ts";
export { decideKeepKill, killReviewAtMs } from "./decide/keep-kill.ts";
export { type OffForAll, permanentKills } from "./decide/permanent-kill.ts";
export { decideSettleExposure } from "./decide/settle-exposure.ts";
export { ASKED_WITHIN_MS, decideAdopt, REMOVED_SHARE_MAX } from "./decide/adopt.ts";
export { decideEnlargement } from "./decide/enlargement.ts";
export type { EnlargementWish } from "./decide/enlargement.ts";
export type { AdoptWish, BrokenFlag, CommitNames, CommitSummary, Enlarging } from "./decide/adopt.ts";
export { commandReused, didYouMean, REASON_CHARS_MAX } from "./decide/asking.ts";
export type { Asking } from "./decide/asking.ts";
export {
  adoptEmergencyKill,
  adoptRepeatedKill,
  decideKill,
  isThatKill,
  KILL_FLAGS_MAX,
  killLifted,
  KILLS_IN_FORCE_MAX,
  refuseScopeWords,
  REVIEW_WITHIN_MS,
  SCOPE_VALUES_MAX,
} from "./decide/kill.ts";
export type { JournalledKill, KillWish, ThatKill } from "./decide/kill.ts";
export { flagsOfTarget, KILL_TARGETS, sayTarget, withDependants } from "./decide/kill-target.ts";
export type { FlagKind, KillableFlag, KillCatalogue, KillTarget, TargetFlags } from "./decide/kill-target.ts";
export { decideDrillEnd, type DrillEnd } from "./decide/end-drill.ts";
export { decideHarm, type HarmWish } from "./decide/find-harm.ts";
export { decideLift, decideRefuseLift, decideUndo, killInForce, UNDO_WITHIN_MS, liftWaiting } from "./decide/lift.ts";
export type { LiftWish } from "./decide/lift.ts";
export { decideEndRevert, decideRevert, decideWaitingRevert, REVERTS_WAITING_MAX, revertInForce, revertWaiting } from "./decide/revert.ts";
export { decideRevertPlan, type PastPlan } from "./decide/revert-plan.ts";
export { endRevert, withRevert } from "./revert/apply-revert.ts";
export type { DecideRevertWish, EndRevertWish, RevertEffect, RevertWish } from "./decide/revert.ts";
export { CHECKPOINT_FORMAT, decodeDecisions, encodeDecisions } from "./decisions-codec.ts";
export {
  adoptionAt,
  ADOPTIONS_MAX,
  COMMANDS_MAX,
  emptyDecisions,
  freshEnvironment,
  killsForAll,
  killsOf,
  NO_HASH,
  REPLACED_EPOCHS_MAX,
  sourceState,
} from "./decisions.ts";
export { heldWords } from "./held-words.ts";
export { isMachineCommand, machineCommand } from "./machine-commands.ts";
export type {
  Adoption,
  Decisions,
  EnvironmentDecisions,
  HeldCommit,
  KillInForce,
  KnownCommand,
  LastDrill,
  RevertInForce,
  SegmentRevert,
  SourceState,
  WaitingRevert,
} from "./decisions.ts";
export { decideChangeAccount } from "./decide/change-account.ts";
export type { AccountWish } from "./decide/change-account.ts";
export type { AccountChange, Facts, FileChange, KeptFlag, LoggedEvent, Moves, Personal, Proposal, RevertTarget, SdkKeyChange, SeenBefore } from "./event.ts";
export { type Pin, pinInForce, PINS_MAX, pinsByEnd } from "./pin/pin.ts";
export { movingReleases } from "./plan/moving-releases.ts";
export { PersistentMap } from "./persistent-map.ts";
export { ACTIONS, allowedActions, may, rolesThatMay } from "./policy.ts";
export type { Action, Role } from "./policy.ts";
export { type Aliases, keyNow, keysNow, NO_ALIASES, namesOf, type Renamed } from "./rename/aliases.ts";
export { contentNow } from "./rename/facts-now.ts";
export { renameFlags } from "./rename/rename-flags.ts";
export { granted, refused } from "./result.ts";
export type { Refusal, RefusalCode } from "./result.ts";
export {
  type Audience,
  type Customer,
  CUSTOMERS_MAX,
  CUSTOMERS_PER_EVENT_MAX,
  type GoneCustomer,
  isEverybody,
  isInternal,
  isNamed,
  TAGS_MAX,
  type Track,
  TRACKS,
} from "./customer/customer.ts";
export { decideChangeCustomers } from "./decide/customers.ts";
export type { ChangeCustomersWish } from "./decide/customers.ts";
export { decideMergeCustomers } from "./decide/merge-customers.ts";
export type { MergeCustomersWish } from "./decide/merge-customers.ts";
export { decidePin, decideUnpin, pinnable } from "./decide/pin.ts";
export type { PinnableFlags, PinWish, UnpinWish } from "./decide/pin.ts";
export { decideChangeList, decideListChange } from "./decide/change-list.ts";
export type { ChangeListWish, DecideListChangeWish, ListEffect } from "./decide/change-list.ts";
export { LIST_CHANGE_IDS_MAX, LIST_CHANGES_WAITING_MAX, LIST_MEMBERS_MAX, LISTS_MEMBERS_MAX } from "./list/runtime-list.ts";
export type { ListChange, RuntimeList, WaitingListChange } from "./list/runtime-list.ts";
export { type DrillPolicy, drillGate, missingVersions } from "./schedule/gates.ts";
export { refuseEarly } from "./decide/early-access.ts";
export { decideOptIn, decideOptOut } from "./decide/opt-in.ts";
export type { OptInWish } from "./decide/opt-in.ts";
export { decideOwnersTold, type OwnersTold, toldCommand } from "./decide/tell-owners.ts";
export { decideChangeSdkKey } from "./decide/change-sdk-key.ts";
export type { SdkKeyWish } from "./decide/change-sdk-key.ts";
export { decideRecordDeployment } from "./decide/record-deployment.ts";
export type { DeploymentWish } from "./decide/record-deployment.ts";
export { decideSaveRelease } from "./decide/save-release.ts";
export type { SaveReleaseWish } from "./decide/save-release.ts";
export {
  decideApprove,
  decideAskChange,
  decideTakeOverRelease,
  decideCancelRelease,
  decideMoveWave,
  decidePauseRelease,
  decidePlanRelease,
  decideResumeRelease,
  decideRollBack,
} from "./decide/steer-release.ts";
export type { ApproveWish, MoveWaveWish, ReleaseWish } from "./decide/steer-release.ts";
export { decideEndFreeze, decideFreeze, decideHold, decideLiftHold } from "./decide/windows.ts";
export type { EndHoldWish, FreezeWish, HoldWish } from "./decide/windows.ts";
export { type ContentChange, contentChanges } from "./plan/content-changes.ts";
export { RISKS } from "./plan/release-content.ts";
export type { ApprovingRole, NeededVersion, OpenHours, ReleaseContent, Risk, WaveContent, WaveStart } from "./plan/release-content.ts";
export { APPROVAL_MS, APPROVAL_MS_MAX, ENDED, GRACE_MS, ownerOf } from "./plan/release-state.ts";
export type { Approved, ChangeAsked, Deployed, Exposure, Freeze, Hold, ReleasePhase, ReleaseState, WaveState, WhyDecide } from "./plan/release-state.ts";
export { cellOf, cellsOf, givenState } from "./schedule/cell.ts";
export type { Cell, CellReason, CellState, CellTime, GivenState } from "./schedule/cell.ts";
export { due, nextDueMs } from "./schedule/due.ts";
export { type Ground, groundOf, isSameGround, steadyUntilMs } from "./schedule/steady.ts";
export { approvalsToAsk, closedGates, deploymentKey, missingApprovals } from "./schedule/gates.ts";
export type { FlagProblem, GateParts } from "./schedule/gates.ts";
export { pushOut } from "./schedule/push-out.ts";
export type { Blocked } from "./schedule/push-out.ts";
export { membersByWave, turnsOf } from "./schedule/turns.ts";
export { assignWaves, freezeMet, holdsOn, isMember, plannedStart, waveStartMs } from "./schedule/wave-plan.ts";
export type { Calendar, Mover, PlannedStart } from "./schedule/wave-plan.ts";
export { instantOf, isLocalTime, isZone, utcText } from "./schedule/zone-time.ts";
