import type { FlagForm, JsonValue, SegmentForm } from "@sluice/evaluation";
import { checkAliases, underEveryName } from "./alias-checks.ts";
import { CrossChecks, segmentNames } from "./cross-checks.ts";
import { type Diagnostic, FileReport } from "./diagnostic.ts";
import { allMentions, partsByFlag, partsName } from "./environment-part.ts";
import { type FlagFile, type FlagKind, type FlagType, keyOfPath } from "./flag-file.ts";
import { checkParts } from "./part-checks.ts";
import { checkCases } from "./path-cases.ts";
import { ParseCache } from "./parse-cache.ts";
import { runTests, type TestRun } from "./flag-tests.ts";
import type { Project } from "./project-file.ts";
import type { TestFile } from "./test-file.ts";
import { keyOfSegmentPath, type SegmentFile } from "./segment-file.ts";
import { BASELINE_FILE } from "./style/baseline.ts";
import { checkStyle, type StyleOutcome } from "./style/check-style.ts";
import type { StyleFacts } from "./style/rule.ts";
import { checkDrilledFlags } from "./drill-reader.ts";
import { checkArmedFlags } from "./trigger-reader.ts";
import { byKey, toldTwice } from "./files-by-key.ts";
import { isDefinitionPath, unreadOf, withoutMark } from "./unread-file.ts";
import { refusalOf } from "./yaml-tree.ts";

/** Definition files of one project. */
export const FILES_MAX = 100_000;
const PROJECT_FILE = "sluice.yaml";

/** What is said of more files than a project may have, before they are read and after. */
export const tooManyFiles = (count: number): string => `The project has ${count} definition files; ${FILES_MAX} are allowed.`;

/** A project's files: path below the project's folder, with `/`, and text. */
export interface SourceTree {
  readonly files: ReadonlyMap<string, string>;
}

/** A flag without a mistake, in it or in what it uses. */
export interface FlagDefinition {
  readonly key: string;
  readonly kind: FlagKind;
  readonly type: FlagType;
  readonly description?: string;
  readonly owner?: string;
  readonly expires?: string;
  readonly tags?: readonly string[];
  /** What is watched while customers get it. */
  readonly guards?: NonNullable<FlagFile["guards"]>;
  /** Former keys, under which code gets the same answers. */
  readonly aliases?: readonly string[];
  readonly path: string;
  /** Files that hold what single environments serve of it. */
  readonly parts: readonly string[];
  /** Keys of the segments its rules name. */
  readonly segments: readonly string[];
  /** Keys of the project's environments. */
  readonly environments: ReadonlySet<string>;
  readonly forms: ReadonlyMap<string, FlagForm>;
  /** What environments that the file does not list serve: the off variant. */
  readonly elsewhere: FlagForm;
  /** What code answers while it has no flags. */
  readonly codeDefault: JsonValue;
}

/** A segment without a mistake. */
export interface SegmentDefinition {
  readonly key: string;
  readonly path: string;
  readonly description?: string;
  readonly form: SegmentForm;
  /** True where people decide at run time who is in it, besides what the form says. */
  readonly isRuntimeList?: true;
  /** Keys of the segments that it names. */
  readonly segments: readonly string[];
}

/** Why a flag has no valid form. */
export interface BrokenDefinition {
  readonly flag: string;
  readonly why: "broken" | "brokenSegment" | "brokenProject";
  /** Former keys that its file names. */
  readonly aliases?: readonly string[];
}

export interface ParsedProject {
  /** Absent where `sluice.yaml` is missing or has a mistake: then no flag is valid. */
  readonly project?: Project;
  /** By key, in the order of their paths. */
  readonly flags: ReadonlyMap<string, FlagDefinition>;
  readonly segments: ReadonlyMap<string, SegmentDefinition>;
  /** Every mistake of every file, by file and place. */
  readonly diagnostics: readonly Diagnostic[];
  readonly brokenFlags: readonly BrokenDefinition[];
  /** Flag files of which not even the key can be read, and what stands where there may have been a folder of them, or of parts. */
  readonly unreadable: readonly string[];
  /** Every flag file, by its path. */
  readonly flagFiles: readonly string[];
  /** What the style guide found, as `rule key` for each error, those of the baseline too. */
  readonly styleErrors: ReadonlySet<string>;
  /** What became of the expectations under `tests/`. A flag of which one fails is broken. */
  readonly tests: TestRun;
  /** Paths a flag's form is made of: its own and its parts, its segments' and theirs, and `sluice.yaml`; sorted. Empty for a flag that is not valid. */
  filesOf(flag: string): readonly string[];
}

export interface ParseOptions {
  /** Remembers files between calls. */
  readonly cache?: ParseCache;
  /** The files of one flag's form only: prerequisites were checked when it was adopted, and their flags are not here. */
  readonly isOneForm?: boolean;
  /** What the files do not say and rules of style ask: the day, the state before the change, who commits here. */
  readonly facts?: StyleFacts;
}

/** Reads a whole project; never throws. One broken file hides nothing of the others. */
export function parseProject(tree: SourceTree, options: ParseOptions = {}): ParsedProject {
  const cache = options.cache ?? new ParseCache();
  const paths = [...tree.files.keys()].sort().slice(0, FILES_MAX);
  const text = (path: string): string => withoutMark(tree.files.get(path) ?? "");
  const projectRead = tree.files.has(PROJECT_FILE) ? cache.project(PROJECT_FILE, text(PROJECT_FILE)) : undefined;
  const project = projectRead?.project;
  const inFolder = filesByFolder(paths);
  const parts = partsByFlag(inFolder.environments, text);
  const flagFiles = inFolder.flags.map((path) => cache.flag(path, text(path), parts.get(partsName(path))));
  const segmentFiles = inFolder.segments.map((path) => cache.segment(path, text(path)));
  const flagsByKey = byKey(flagFiles, keyOfPath);
  const segmentsByKey = byKey(segmentFiles, keyOfSegmentPath);
  const triggerReport = new FileReport(PROJECT_FILE, text(PROJECT_FILE));
  const checks = new CrossChecks({ project, segments: segmentsByKey.first, flags: flagsByKey.first, text });
  checkProjectFile(tree, checks);
  checkParts({ paths: inFolder.environments, parts, flagFiles: inFolder.flags, environments: project?.environments.map(({ key }) => key) }, (path) =>
    checks.report(path),
  );
  const strays = checkPaths(paths, { text, checks });
  if (options.isOneForm !== true) {
    checkArmedFlags(projectRead?.armed ?? [], underEveryName(flagsByKey.first), triggerReport);
    checkDrilledFlags(projectRead?.drilled ?? [], underEveryName(flagsByKey.first), triggerReport);
  }
  checkTwice([...flagsByKey.twice, ...segmentsByKey.twice].flatMap(toldTwice), checks);
  const segments = checkSegments(segmentsByKey, checks);
  checks.exclusions();
  checkAliases(flagsByKey.first, (path) => checks.report(path));
  const checked = checkFlags(flagFiles, { checks, project, first: flagsByKey.first, isOneForm: options.isOneForm ?? false });
  const testFiles = inFolder.tests.map((path) => cache.test(path, text(path)));
  const formsIn = (environment: string): Readonly<Record<string, FlagForm>> => formsOf(checked.flags, environment);
  const known = new Set([...checked.flags.keys(), ...checked.broken.map(({ flag }) => flag)]);
  const tests = runTests(testFiles, { project, formsIn, segments: segmentForms(segments), known, text });
  const styled = styleOf({ project, flags: flagsByKey.first, tests: testFiles, checks, text, tree, options, cache });
  const diagnostics = [
    ...(projectRead?.report.diagnostics ?? []),
    ...(projectRead?.styleReport.diagnostics ?? []),
    ...[projectRead?.triggerReport, triggerReport].flatMap((report) => report?.diagnostics ?? []),
    ...styled.diagnostics,
    ...toldIn(flagFiles),
    ...segmentFiles.flatMap((file) => file.report.diagnostics),
    ...[...testFiles.map((file) => file.report), ...tests.reports].flatMap((report) => report.diagnostics),
    ...checks.diagnostics,
  ];
  const flags = new Map([...checked.flags].filter(([key]) => !tests.failed.has(key)));
  return {
    ...(project === undefined ? {} : { project }),
    flags,
    segments,
    diagnostics: diagnostics.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column)),
    brokenFlags: [...checked.broken, ...[...tests.failed].sort().map((flag) => ({ flag, why: "broken" as const }))].map(withAliases(flagsByKey.first)),
    unreadable: [
      ...flagFiles.filter((file) => file.key === undefined).map((file) => file.path),
      ...strays.filter((path) => /^(?:flags|environments)(?:\/|$)/i.test(path)),
    ],
    flagFiles: inFolder.flags,
    styleErrors: styled.errors,
    tests: tests.run,
    filesOf: (key) => filesOf(flags.get(key), segments),
  };
}

function toldIn(files: readonly FlagFile[]): readonly Diagnostic[] {
  const told: Diagnostic[] = [];
  for (const { report, parts } of files) {
    told.push(...report.diagnostics);
    for (const part of parts) told.push(...part.report.diagnostics);
  }
  return told;
}

function checkTwice(twice: ReturnType<typeof toldTwice>, checks: CrossChecks): void {
  for (const { again, first } of twice) {
    checks.report(again.path).add(again.keySpan ?? { start: 0, end: 1 }, {
      code: "flag/duplicate-key",
      message: `"${again.key ?? ""}" is defined in ${first} already.`,
      fix: "Delete this file, or give it a key of its own.",
    });
  }
}

function withAliases(files: ReadonlyMap<string, FlagFile>): (broken: BrokenDefinition) => BrokenDefinition {
  return (broken) => {
    const aliases = files.get(broken.flag)?.aliases ?? [];
    return aliases.length === 0 ? broken : { ...broken, aliases: aliases.map(({ name }) => name) };
  };
}

function filesByFolder(paths: readonly string[]): Readonly<Record<"flags" | "environments" | "segments" | "tests", readonly string[]>> {
  const yaml = paths.filter((path) => path.endsWith(".yaml") || path.endsWith(".yml"));
  const within = (folder: string): readonly string[] => yaml.filter((path) => path.startsWith(folder));
  return { flags: within("flags/"), environments: within("environments/"), segments: within("segments/"), tests: within("tests/") };
}

/** What stands where a definition may be meant and is none, which is returned; and paths that a disk without case cannot hold beside each other. */
function checkPaths(paths: readonly string[], { text, checks }: { readonly text: (path: string) => string; readonly checks: CrossChecks }): readonly string[] {
  const strays = paths.filter((path) => !isDefinitionPath(path) && unreadOf(text(path)) !== undefined);
  for (const path of strays) {
    const finding = refusalOf(text(path), path);
    if (finding !== undefined) checks.report(path).add({ start: 0, end: 1 }, finding);
  }
  checkCases(paths, (path) => checks.report(path));
  return strays;
}

const unstyled: StyleOutcome = { diagnostics: [], errors: new Set() };

interface Styled {
  readonly project: Project | undefined;
  readonly flags: ReadonlyMap<string, FlagFile>;
  readonly tests: readonly TestFile[];
  readonly checks: CrossChecks;
  readonly text: (path: string) => string;
  readonly tree: SourceTree;
  readonly options: ParseOptions;
  readonly cache: ParseCache;
}

/** What the style guide says of the flags; it never keeps one from being served. */
function styleOf({ project, flags, tests, checks, text, tree, options: { isOneForm, facts = {} }, cache }: Styled): StyleOutcome {
  if (isOneForm === true || project?.style === undefined) return unstyled;
  const keys = cache.keys([...flags.keys()]);
  const world = { flags, keys, tests: tests.flatMap((file) => file.tests), teams: project.teams, facts, heightOf: (flag: string) => checks.heightOf(flag) };
  return checkStyle({ guide: project.style, world, baseline: tree.files.has(BASELINE_FILE) ? text(BASELINE_FILE) : undefined, text });
}

function formsOf(flags: ReadonlyMap<string, FlagDefinition>, environment: string): Readonly<Record<string, FlagForm>> {
  return Object.fromEntries(
    [...flags].flatMap(([key, flag]) => {
      const form = lowerFlag(flag, environment);
      return form === undefined ? [] : [[key, form] as const];
    }),
  );
}

function segmentForms(segments: ReadonlyMap<string, SegmentDefinition>): Readonly<Record<string, SegmentForm>> {
  return Object.fromEntries([...segments].map(([key, segment]) => [key, lowerSegment(segment)]));
}

function checkProjectFile({ files }: SourceTree, checks: CrossChecks): void {
  const report = checks.report(PROJECT_FILE);
  const start = { start: 0, end: 0 };
  if (!files.has(PROJECT_FILE))
    report.add(start, {
      code: "project/missing",
      message: "There is no sluice.yaml here.",
      expected: "sluice.yaml beside flags/",
      fix: "Run `sluice init`, or go to the folder that has it.",
    });
  if (files.size > FILES_MAX)
    report.add(start, {
      code: "file/too-many",
      message: tooManyFiles(files.size),
      expected: `at most ${FILES_MAX}`,
      fix: "Split it into several projects.",
    });
}

/** A segment with a mistake of its own breaks whatever uses it, so those are found before anything that uses them. */
function checkSegments(
  { first: files, twice }: { readonly first: ReadonlyMap<string, SegmentFile>; readonly twice: readonly { readonly again: SegmentFile }[] },
  checks: CrossChecks,
): ReadonlyMap<string, SegmentDefinition> {
  const ambiguous = new Set(twice.map(({ again }) => again.key));
  const valid = new Map<string, SegmentDefinition>();
  for (const [key, file] of files) {
    checks.mentions(file.path, file.mentions);
    if (file.keySpan !== undefined) checks.key(file.path, key, file.keySpan, keyOfSegmentPath(file.path));
  }
  checks.breakSegments(
    [...files].filter(([key, file]) => file.form === undefined || ambiguous.has(key) || checks.found(file.path)?.hasErrors === true).map(([key]) => key),
  );
  for (const [key, file] of files) {
    const isWhole = checks.segments(file.path, file.mentions, 1);
    if (file.form === undefined || ambiguous.has(key) || !isWhole || checks.found(file.path)?.hasErrors === true) continue;
    valid.set(key, {
      key,
      path: file.path,
      form: file.form,
      segments: segmentNames(file.mentions),
      ...(file.isRuntimeList === undefined ? {} : { isRuntimeList: true }),
      ...(file.description === undefined ? {} : { description: file.description }),
    });
  }
  return valid;
}

function checkFlags(
  files: readonly FlagFile[],
  {
    checks,
    project,
    first,
    isOneForm,
  }: { readonly checks: CrossChecks; readonly project: Project | undefined; readonly first: ReadonlyMap<string, FlagFile>; readonly isOneForm: boolean },
): { readonly flags: ReadonlyMap<string, FlagDefinition>; readonly broken: readonly BrokenDefinition[] } {
  const flags = new Map<string, FlagDefinition>();
  const broken = new Map<string, BrokenDefinition["why"]>();
  const environments = environmentsOf(project);
  for (const file of files) {
    const { key, path, kind, type, elsewhere } = file;
    const texts = file.parts.length === 0 ? [file] : [file, ...file.parts];
    for (const one of texts) checks.mentions(one.path, one.mentions);
    if (key === undefined) continue;
    if (file.keySpan !== undefined) checks.key(path, key, file.keySpan, keyOfPath(path));
    const hasOwnErrors = texts.some(({ report }) => report.hasErrors) || first.get(key) !== file;
    const hasSegments = texts.map((one) => checks.segments(one.path, one.mentions, 0)).every(Boolean);
    const hasPrerequisites = isOneForm || checks.prerequisites(file);
    const isOwn = hasOwnErrors || !hasPrerequisites || texts.some((one) => checks.found(one.path)?.diagnostics.some(breaksItself) === true);
    const why = isOwn ? "broken" : !hasSegments ? "brokenSegment" : project === undefined ? "brokenProject" : undefined;
    if (why !== undefined || kind === undefined || type === undefined || elsewhere === undefined) broken.set(key, why ?? "broken");
    else flags.set(key, definitionOf(file, { key, kind, type, elsewhere, environments }));
  }
  // Two files with one key: neither is the flag, whichever comes first.
  for (const key of broken.keys()) flags.delete(key);
  return { flags, broken: [...broken].map(([flag, why]) => ({ flag, why })) };
}

const breaksItself = ({ severity, code }: Diagnostic): boolean => severity === "error" && !code.startsWith("segment/");

const environmentKeys = new WeakMap<Project, ReadonlySet<string>>();

/** The same set for the same project file. */
function environmentsOf(project: Project | undefined): ReadonlySet<string> {
  if (project === undefined) return new Set();
  const known = environmentKeys.get(project) ?? new Set(project.environments.map(({ key }) => key));
  environmentKeys.set(project, known);
  return known;
}

const definitions = new WeakMap<FlagFile, FlagDefinition>();

/** The same definition for the same text in a project of the same environments. */
function definitionOf(file: FlagFile, known: Pick<FlagDefinition, "key" | "kind" | "type" | "elsewhere" | "environments">): FlagDefinition {
  const before = definitions.get(file);
  if (before?.environments === known.environments) return before;
  const definition = newDefinition(file, known);
  definitions.set(file, definition);
  return definition;
}

function newDefinition(file: FlagFile, known: Pick<FlagDefinition, "key" | "kind" | "type" | "elsewhere" | "environments">): FlagDefinition {
  return {
    ...known,
    path: file.path,
    forms: file.forms,
    parts: file.parts.map((part) => part.path),
    segments: segmentNames(allMentions(file)),
    // A flag without a mistake has an off variant.
    codeDefault: file.codeDefault ?? null,
    ...(file.description === undefined ? {} : { description: file.description }),
    ...(file.owner === undefined ? {} : { owner: file.owner }),
    ...(file.expires === undefined ? {} : { expires: file.expires }),
    ...(file.tags === undefined ? {} : { tags: file.tags }),
    ...(file.guards === undefined ? {} : { guards: file.guards }),
    ...(file.aliases.length === 0 ? {} : { aliases: file.aliases.map(({ name }) => name) }),
  };
}

function filesOf(flag: FlagDefinition | undefined, segments: ReadonlyMap<string, SegmentDefinition>): readonly string[] {
  if (flag === undefined) return [];
  const paths = new Set([flag.path, ...flag.parts, PROJECT_FILE]);
  const wanted = [...flag.segments];
  for (let key = wanted.pop(); key !== undefined; key = wanted.pop()) {
    const segment = segments.get(key);
    if (segment === undefined || paths.has(segment.path)) continue;
    paths.add(segment.path);
    wanted.push(...segment.segments);
  }
  return [...paths].sort();
}

/**
 * The flag's wire form in an environment of the project: the off variant where its file does not list the environment.
 * Undefined where the project has no such environment. The same object each time, and for the same text.
 */
export function lowerFlag(flag: FlagDefinition, environment: string): FlagForm | undefined {
  return flag.environments.has(environment) ? (flag.forms.get(environment) ?? flag.elsewhere) : undefined;
}

/** The segment's wire form, the same in every environment. */
export function lowerSegment(segment: SegmentDefinition): SegmentForm {
  return segment.form;
}
