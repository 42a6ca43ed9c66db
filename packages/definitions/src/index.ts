export { OWNERS, type ProjectApproval } from "./approval-reader.ts";
export { codeOwnersOf, type CodeOwners, codeOwnersState, staleCodeOwners, withCodeOwners } from "./code-owners.ts";
export { GO_TAKEN, goOf } from "./codegen/go.ts";
export { JAVA_FLAGS_MAX, javaOf } from "./codegen/java.ts";
export { type NamedFlag, namedFirst, namedFlags, type NameStyle, withFormerKeys } from "./codegen/named-flags.ts";
export { openFeatureManifestOf } from "./codegen/openfeature.ts";
export { PYTHON_TAKEN, pythonOf } from "./codegen/python.ts";
export { typescriptOf } from "./codegen/typescript.ts";
export type { Diagnostic, Repair, Span, TextEdit } from "./diagnostic.ts";
export { diagnosticCatalogue, type DiagnosticCode } from "./diagnostic-catalogue.ts";
export { fileJson } from "./edit/edit-flag.ts";
export { editFlagFiles, type EditedFiles, environmentIn, environmentPaths, flagFilesIn, type FlagFiles } from "./edit/flag-files.ts";
export type { EnvironmentText } from "./edit/environment-text.ts";
export { partPath, partPlace, partsMoved } from "./environment-part.ts";
export type { FlagEdit, FlagFacts, RuleWanted } from "./edit/flag-edit.ts";
export { type FlagGuard, type GuardedOutcome, type GuardedQuery, type GuardLimits, type GuardReaction, USUAL_GUARD_LIMITS } from "./guard-reader.ts";
export { type FlagKind, type FlagType, keyOfPath } from "./flag-file.ts";
export type { TestResult, TestRun, Uncovered } from "./flag-tests.ts";
export { formatFile, type FormattedFile, isFormatted } from "./format-file.ts";
export { formatDiagnostics, type FormatOptions } from "./format-diagnostics.ts";
export { diagnosticFormats, type DiagnosticFormat, pathFromRoot, reportDiagnostics, wholeMessage } from "./report-formats.ts";
export { offsetAt, repairOffers } from "./repair-offers.ts";
export { initFiles } from "./init-files.ts";
export { type FileKind, fileSchemas, SCHEMA_FOLDER, schemaFiles, schemaLine, schemaText } from "./json-schema/file-schemas.ts";
export { plainMarkdown, quotedMarkdown } from "./markdown-text.ts";
export { ParseCache } from "./parse-cache.ts";
export {
  type BrokenDefinition,
  FILES_MAX,
  tooManyFiles,
  type FlagDefinition,
  lowerFlag,
  lowerSegment,
  type ParsedProject,
  type ParseOptions,
  parseProject,
  type SegmentDefinition,
  type SourceTree,
} from "./project.ts";
export { type Promotion, promoteFlag } from "./promote.ts";
export { type ListedSource, LISTED_SOURCES_MAX, readSourceList } from "./source-list.ts";
export { type SourcePart, sourcePart } from "./source-part.ts";
export { inProject, isSourceName, projectPath, type SourcePlace, sourcePlace } from "./source-path.ts";
export { type EditWay, FACTS, type Project, type ProjectAttribute, type ProjectEnvironment } from "./project-file.ts";
export { type ProjectTrigger, TRIGGER_SHAPES, type TriggerShape } from "./trigger-reader.ts";
export { BASELINE_FILE, baselineText, isCodeEntry, readBaseline } from "./style/baseline.ts";
export { applyRepairs } from "./style/apply-repairs.ts";
export { addDays, dateAt } from "./style/calendar.ts";
export { flagsBefore } from "./style/flags-before.ts";
export { CODE_OWNERS_PATHS, codeOwnerTeams, COMMITTERS_LOG, committerWords, REMOVED_FLAGS_LOG, removedFlags } from "./style/history-facts.ts";
export type { StyleGuide } from "./style/guide.ts";
export { guideOfPreset, guidePage } from "./style/guide-page.ts";
export { inferStyle, type InferredStyle } from "./style/infer-style.ts";
export { presets } from "./style/presets.ts";
export { checkCode, everyKey, knownFlags } from "./style/code/check-code.ts";
export { checkCodeChange, type CodeState } from "./style/code/code-change.ts";
export type { KnownFlag, KnownFlags } from "./style/code/code-rule.ts";
export {
  type AskedThrough,
  CODE_LANGUAGES,
  type CodeComment,
  type CodeFile,
  type CodeLanguage,
  type CodeReference,
  type ConstantOffer,
  type ReferenceDefault,
  type ReferenceKey,
} from "./style/code/code-reference.ts";
export { codeRules } from "./style/code/code-rules.ts";
export { codeFoldersOf, type CodeSection, type CodeWrapper } from "./code-section.ts";
export { guideRules, styleRules } from "./style/registry.ts";
export type { FlagBefore, ModuleRule, StyleFacts, StyleRule } from "./style/rule.ts";
export { DEFINITION_FOLDERS, isDefinitionPath, isOfProject, type ProjectEntry, textOfFile, unreadEntry, withoutMark } from "./unread-file.ts";
export { type KeyChange, type RenamedFiles, renameFlagFiles, renameSegmentFiles } from "./edit/rename-files.ts";
export { isMailAddress } from "./team-mail-reader.ts";
