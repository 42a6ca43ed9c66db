export { NotAsDescribed } from "./described.ts";
export { type Delivered, GitHubStandIn, type RunningGitHub, type StandInOptions, startGitHub } from "./github-stand-in.ts";
export { gitIn } from "./stand-in-git.ts";
export type { StoredComment, StoredPull, StoredReview, StoredReviewComment, StoredRun, Trouble } from "./stand-in-state.ts";
export { QuickTime, signedIn } from "./signed-in.ts";
export { serveGit } from "./git-http.ts";
