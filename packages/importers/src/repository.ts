import { FILES_MAX } from "@sluice/definitions";
import { stringify } from "yaml";
import type { FlagDraft, RuleDraft, Yaml } from "./flag-draft.ts";
import type { LossReport } from "./loss.ts";

/** What `sluice.yaml` says. */
export interface RepositoryOptions {
  readonly project: string;
  readonly environments: readonly string[];
  readonly owner: string;
  /** Attribute and type; none where the source does not say which there are, and then rules may use any. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Longest key that is kept: the longest of 4,000 real ones has 85 characters. */
const KEY_CHARS_MAX = 100;
/** Keys are kept as the code asks for them; each part becomes a folder or file, so it begins with a letter or digit. */
const KEPT_KEYS = "[A-Za-z0-9][A-Za-z0-9_-]*(?:\\.[A-Za-z0-9][A-Za-z0-9_-]*)*";
/** What a project accepts without saying so. Narrower than that is harmless here: the pattern is then stated. */
const USUAL_KEYS = /^(?=.{1,50}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;
/** Windows has no files of these names, with whatever ending. */
const DEVICE_NAMES = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;
/** A parked rule is shown up to here; the source has the rest. */
const PARKED_CHARS_MAX = 2_000;

/** Writes drafts as the files of one project, and reports those whose key cannot be a file. The order of the drafts does not matter to the files. */
export function repositoryOf(
  drafts: readonly FlagDraft[],
  options: RepositoryOptions,
  report: LossReport,
): { readonly files: ReadonlyMap<string, string>; readonly flags: number } {
  const kept = acceptable(drafts, report);
  const files = new Map([["sluice.yaml", projectText(kept, options)]]);
  for (const draft of kept) files.set(pathOf(draft.key), flagText(draft, options));
  return { files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))), flags: kept.length };
}

const pathOf = (key: string): string => `flags/${key.replaceAll(".", "/")}.yaml`;

function acceptable(drafts: readonly FlagDraft[], report: LossReport): readonly FlagDraft[] {
  const pattern = new RegExp(`^(?=.{1,${KEY_CHARS_MAX}}$)(?:${KEPT_KEYS})$`, "u");
  const kept = new Map<string, FlagDraft>();
  const paths = new Map<string, string>();
  for (const draft of drafts) {
    const { key } = draft;
    const twin = paths.get(pathOf(key).toLowerCase());
    const needed = draft.prerequisites?.find(({ flag }) => !kept.has(flag))?.flag;
    const why = !pattern.test(key)
      ? `the key ${JSON.stringify(key)} cannot be a file name: letters, digits, "-", "_" and "." between words, at most ${KEY_CHARS_MAX}`
      : key.split(".").some((part) => DEVICE_NAMES.test(part))
        ? `the key ${JSON.stringify(key)} cannot be a file name on Windows`
        : twin !== undefined
          ? `the file of ${JSON.stringify(key)} has the name of that of ${JSON.stringify(twin)}, which some file systems take for the same`
          : needed !== undefined
            ? `it needs ${JSON.stringify(needed)}, which is not imported`
            : kept.size >= FILES_MAX - 1
              ? `a project has at most ${FILES_MAX} files`
              : undefined;
    if (why !== undefined) report.add(key, "flag/refused", `Not imported: ${why}.`);
    else {
      kept.set(key, draft);
      paths.set(pathOf(key).toLowerCase(), key);
    }
  }
  return [...kept.values()];
}

function projectText(drafts: readonly FlagDraft[], { project, environments, owner, attributes }: RepositoryOptions): string {
  const isUsual = drafts.every(({ key }) => USUAL_KEYS.test(key));
  return write({
    project,
    environments: new Map(environments.map((name) => [name, {}])),
    teams: { [owner]: {} },
    ...(isUsual ? {} : { keys: KEPT_KEYS }),
    ...(attributes.size === 0 ? {} : { attributes }),
  });
}

function flagText(draft: FlagDraft, { environments, owner }: RepositoryOptions): string {
  const { key, description, kind, type, variants, off, eligible, prerequisites = [], rules, parked } = draft;
  const each = {
    ...(prerequisites.length === 0
      ? {}
      : { prerequisites: prerequisites.map(({ flag, serves }) => ({ flag, serves: serves.length === 1 ? (serves[0] ?? "") : serves })) }),
    ...(rules.length === 0 ? {} : { rules: rules.map(ruleOf) }),
    default: draft.default,
  };
  const text = write({
    key,
    description,
    kind,
    owner,
    type,
    variants,
    off,
    ...(eligible === undefined ? {} : { eligible }),
    environments: new Map(environments.map((name) => [name, each])),
  });
  return parked === undefined ? text : `${text}${parkedText(parked)}`;
}

const ruleOf = (rule: RuleDraft, index: number): Yaml => ({
  id: `imported-${index + 1}`,
  ...(rule.if === undefined ? {} : { if: rule.if }),
  serve: rule.serve,
});

/** One line per comment whatever the source held: JSON escapes line ends. */
function parkedText(parked: unknown): string {
  const json = JSON.stringify(parked) ?? "nothing";
  const shown = json.length > PARKED_CHARS_MAX ? `${json.slice(0, PARKED_CHARS_MAX)} … (cut)` : json;
  return `# Parked by the import, because it has no exact equal here:\n# ${shown}\n`;
}

/** Never folds lines and never writes anchors, which flag files do not have. */
const write = (value: Yaml): string => stringify(value, { version: "1.2", schema: "core", lineWidth: 0, aliasDuplicateObjects: false });
