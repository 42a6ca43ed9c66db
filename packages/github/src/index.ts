export { APP_EVENTS, appManifest, type MadeApp, madeApp, manifestPage, type ManifestWishes } from "./app-manifest.ts";
export { type AppSettings, AppSettingsUnusable, readAppSettings, settingsAt } from "./app-settings.ts";
export { approvalsPart, type ApprovalState, approvalStates, missingApprovals } from "./approvals.ts";
export { annotationOf } from "./annotations.ts";
export { type AppIdentity, AppKeyUnusable, InstallationTokens, NotInstalled, type Repository, repositoryPath } from "./app-sign-in.ts";
export { type BranchReview, openReview, type OpenedReview, reviewState } from "./branch-review.ts";
export { type CheckAnnotation, type CheckConclusion, type CheckPlace, type CheckReport, knownFingerprint, putCheckRun } from "./check-run.ts";
export {
  anonymous,
  type GitHubAnswer,
  GitHubClient,
  type GitHubClientOptions,
  GitHubRefused,
  type GitHubRequest,
  type GitHubTokens,
  GitHubUnavailable,
  GitHubUnexpected,
  givenToken,
} from "./github-client.ts";
export { type CommentOutcome, type CommentPlace, putComment } from "./pull-request-comment.ts";
export { isInTeam, openPullRequests, type PulledFile, pulledFiles, type PullRequest, pullRequest, type PullReview, pullReviews } from "./pull-requests.ts";
export { type SuggestionPlace, suggestChanges } from "./suggested-review.ts";
export { type SuggestedFile, type Suggestion, suggestionsOf } from "./suggestions.ts";
export { readWebhook, type WebhookEvent, WebhookUnreadable } from "./webhook-event.ts";
