export { changeAccountBody, changePasswordBody, changeRoleBody, endTokenBody, inviteBody, newSdkKeyBody, newTokenBody } from "./account-bodies.ts";
export type { AccountListing, Invited, LogVerified, SdkKeyMade, TokenListing } from "./account-views.ts";
export {
  askedBody,
  commandBody,
  confirmBody,
  type ConfirmBody,
  firstSignInBody,
  drillBody,
  killBody,
  type KillBody,
  killScope,
  keepKillBody,
  liftBody,
  queryOf,
  readBody,
  signInBody,
  telemetryBody,
  type PassedBatch,
  type TelemetryBody,
} from "./bodies.ts";
export { admit, type Asker, comesFromElsewhere, refuseBody } from "./admission.ts";
export { type PageReport, pageReportBody } from "./browser-bodies.ts";
export { type Derive, isKillKey, isOperatorKey, killKeyOf } from "./kill-key.ts";
export { browserProblems } from "./browser-problems.ts";
export { type Answered, type Client, createClient, NotSluice } from "./client.ts";
export { gauge, METRICS_TYPE, type MetricSample, oneSample } from "./prometheus-text.ts";
export { type ErrorCode, errorStatus, type Problem, problems } from "./error-catalogue.ts";
export {
  FEED_PING_MS,
  type FeedEnvironment,
  type FeedGuardLimits,
  type FeedMessage,
  type FeedDrill,
  type FeedTrigger,
  type OneSourceHealth,
  parseFeedMessage,
  type SourceHealth,
  type SourceProblem,
} from "./feed.ts";
export { eraseCustomerBody, importCustomersBody, mergeCustomerBody, saveCustomerBody } from "./customer-bodies.ts";
export type { CustomerListing, CustomersImport, ImportedRow, ImportProblem } from "./customer-views.ts";
export {
  type AlertmanagerBody,
  alertmanagerBody,
  type DatadogBody,
  datadogBody,
  type GenericAlertBody,
  genericAlertBody,
  type OpsgenieBody,
  opsgenieBody,
  type PagerdutyBody,
  pagerdutyBody,
  type TriggerListing,
  triggerSecretBody,
} from "./trigger-bodies.ts";
export type { DrillView, GuardView, KillPast, KillPathView, KillReachView } from "./kill-views.ts";
export {
  delegationBody,
  delegationReply,
  readJournalledKill,
  RELAY_BATCHES_MAX,
  RELAY_KILLS_BYTES_MAX,
  RELAY_KILLS_MAX,
  RELAY_OFFERED_MAX,
  RELAYS_LATE_MAX,
  RELAY_REPORT_INSTANCES_MAX,
  RELAY_TELEMETRY_BYTES_MAX,
  type RelayedPerson,
  type RelayKeyEntry,
  type RelayKill,
  relayKillsBody,
  type RelayMessage,
  type RelayReport,
  relayReportBody,
  relayTelemetryBody,
} from "./relay-bodies.ts";
export { flagName } from "./flag-name.ts";
export { receiptNotes, type ReceiptNumbers, servedDecision } from "./receipt-words.ts";
export type { FlagCommits, FormerKey } from "./flag-views.ts";
export { changeListBody, decideListChangeBody } from "./list-bodies.ts";
export type { ListChanged, ListListing, ListMember, ListsReply, ListView, WaitingListView } from "./list-views.ts";
export { APPROVAL_MS, APPROVAL_MS_MAX, rolesThatMay } from "@sluice/releases";
export { jsonReply, noContent, problemReply, resultReply } from "./replies.ts";
export { type Audience, bodyBytesMax, findRoute, isLargeBody, mayWait, type FoundRoute, type Route, routeOf, routes } from "./routes.ts";
export {
  approveBody,
  askChangeBody,
  deploymentBody,
  dryHoldBody,
  dryMoveBody,
  dryRunBody,
  revertPlanBody,
  enlargementBody,
  freezeBody,
  holdBody,
  moveWaveBody,
  optInBody,
  pinBody,
  releaseContent,
  saveReleaseBody,
  steerBody,
} from "./release-bodies.ts";
export type {
  ApprovalHistory,
  PastPlanView,
  PlanReverted,
  CalendarStart,
  CalendarView,
  CellCounts,
  Conflict,
  CustomerCell,
  DryHold,
  DryMove,
  DryRun,
  EnlargementView,
  FreezesReply,
  HoldsReply,
  HoldView,
  HomeView,
  PinnableView,
  PinsView,
  PlannedStarts,
  PinView,
  ReleaseCourse,
  ReleaseView,
  WaitsFor,
  WaveView,
} from "./release-views.ts";
export { CHANGE_BYTES_MAX, changePlanBody, type ChangePlanView, type PlannedChangeView, type PlannedCounts, type PlannedSamples } from "./change-plan.ts";
export { DRIFT_KINDS, type DriftEntry, type DriftKind, type DriftView } from "./drift.ts";
export { type EditBody, editBody, previewChangeBody, type SaveDraft, saveDraftBody, type SubmitChange, submitChangeBody } from "./edit-bodies.ts";
export type {
  ChangePreview,
  ChangeSent,
  ChangesView,
  ConflictView,
  DraftView,
  EditableFlag,
  EditableRule,
  EditedFile,
  EditWayWord,
  SentChange,
  SentState,
} from "./edit-views.ts";
export { type AskedEarlyAccess, askedEarlyAccessBody, EARLY_STANDS, earlyAccessBody, type EarlyOffer, type EarlyStand } from "./early-access.ts";
export {
  keptSamplesBody,
  onlyDeclared,
  SAMPLES_EVERY_MS_MIN,
  SAMPLES_MAX,
  samplesBody,
  type SamplingDeclaration,
  samplingKey,
  type SamplingTerms,
  samplingTerms,
  type SamplingView,
} from "./sampling.ts";
export {
  decideRevertBody,
  type PastForm,
  revertBody,
  type RevertedFile,
  type RevertedFlag,
  type RevertOutcome,
  type SegmentDetail,
  type SegmentListing,
  type WaitingRevertView,
} from "./reverts.ts";
