export { BlobMissing, flagUnder } from "./adopted-project.ts";
export { aliasesIn, killedNames, underKey } from "./former-keys.ts";
export type { AdoptedFlag, AdoptedProject, AdoptedSegment, ReadProject } from "./adopted-project.ts";
export { advance, advanceKills, compileFromLog, emptyState, stateAt } from "./advance.ts";
export type { Advanced, Change, EnvironmentState, Step } from "./advance.ts";
export { catalogue, stateOf } from "./catalogue.ts";
export type { FlagInEnvironment, FlagListing, StateWord } from "./catalogue.ts";
export { changesBetween, formFilesAt, segmentFilesAt, summariseCommit, withSource } from "./commit-summary.ts";
export type { FetchedCommit } from "./commit-summary.ts";
export { enlargedBetween, enlargedByList, touchedBetween } from "./decision-enlargements.ts";
export { type AttributeUse, attributesAsked, attributeUses, usesOfSegment, valuesOfUnit } from "./attributes-asked.ts";
export { flagsAsking } from "./segment-use.ts";
export type { EnlargedFlag } from "./decision-enlargements.ts";
export { countsOf, followersOf, planOf, type PlannedChange, withParents } from "./commit-plan.ts";
export { mergedFiles } from "./merged-files.ts";
export { projectChangesOf } from "./project-changes.ts";
export { servesOneVariant } from "./enlargement.ts";
export { enlargementsIn } from "./commit-enlargements.ts";
export { commitNames } from "./commit-names.ts";
export { compileEnvironment, killForm, treeOf } from "./compile.ts";
export type { CompileInput } from "./compile.ts";
export { contentHashInput } from "./content-hash.ts";
export { diffSnapshots, type KillAt, patchesForKills, patchForKill, patchForLift, sameContent } from "./patch.ts";
export { readerOf } from "./definitions-reader.ts";
export { type ApprovalFacts, isApprovalPolicyChanged, type NeededApproval, neededApprovals } from "./approvals-needed.ts";
export {
  counted,
  isWhole,
  planLines,
  planOfServer,
  type ReviewedChange,
  reviewReport,
  reviewTitle,
  type ServerPlan,
  type ToldChange,
  type ToldPlan,
} from "./change-report.ts";
