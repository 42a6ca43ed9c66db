import type { FlagDraft } from "../flag-draft.ts";
import type { Drafted, ForeignFile } from "../foreign-file.ts";
import type { LossReport } from "../loss.ts";
import { own, recordOf } from "../record.ts";
import { draftOf } from "./feature.ts";

const FILE_FIELDS: ReadonlySet<string> = new Set(["features"]);

/**
 * Whether a client switches sub-features off with their parent.
 * Source: "Implementation guidelines" of duckduckgo/privacy-configuration ("Android/Extensions does not but iOS/macOS and Windows does").
 */
const coupled: ReadonlyMap<string, boolean> = new Map([
  ["android", false],
  ["extension", false],
  ["ios", true],
  ["macos", true],
  ["windows", true],
]);

/**
 * Override files of DuckDuckGo's privacy configuration, one per platform (`ios-override.json`): each feature and sub-feature becomes
 * the flag `feature` or `feature.subFeature`. With several files, keys begin with the platform.
 */
export function importDuckDuckGo(files: readonly ForeignFile[], report: LossReport): Drafted {
  const drafts = new Map<string, FlagDraft>();
  const attributes = new Map<string, string>();
  const problems: { file: string; message: string; fix: string }[] = [];
  for (const { name, data } of files) {
    const file = recordOf(data);
    const features = file && recordOf(own(file, "features"));
    if (file === undefined || features === undefined) {
      problems.push({
        file: name,
        message: `${name} has no "features".`,
        fix: "Give an override file, or the configuration of one platform.",
      });
      continue;
    }
    const others = Object.keys(file).filter((field) => !FILE_FIELDS.has(field));
    if (others.length > 0) report.add("", "input/field", `Left out of ${name}: ${others.slice(0, 20).join(", ")}.`);
    const platform = platformOf(name);
    const prefix = files.length > 1 ? `${platform}.` : "";
    if (prefix !== "") report.add("", "flag/key-prefixed", `Keys of ${name} begin with "${prefix}".`);
    for (const draft of draftsOf(Object.entries(features), { platform, prefix, report, attributes })) {
      if (drafts.has(draft.key)) report.add(draft.key, "flag/refused", `Not imported from ${name}: the key is taken already.`);
      else drafts.set(draft.key, draft);
    }
  }
  return {
    drafts: [...drafts.values()],
    attributes,
    kindWords: "those with cohorts are experiments, the others releases",
    problems,
  };
}

/** `raw/ddg-ios-override.json` → `ios`. */
function platformOf(name: string): string {
  const file = name.split(/[/\\]/).at(-1) ?? name;
  const words = file
    .replace(/\.json$/i, "")
    .split(/[-_.]/)
    .map((word) => word.toLowerCase());
  return words.find((word) => coupled.has(word)) ?? (words.filter((word) => /^[a-z0-9]+$/.test(word)).join("-") || "file");
}

interface Platform {
  readonly platform: string;
  readonly prefix: string;
  readonly report: LossReport;
  readonly attributes: Map<string, string>;
}

function* draftsOf(features: readonly (readonly [string, unknown])[], { platform, prefix, report, attributes }: Platform): Generator<FlagDraft> {
  const isCoupled = coupled.get(platform);
  const one = (key: string, data: unknown, parent: string | undefined): FlagDraft | undefined => {
    const feature = recordOf(data);
    if (feature === undefined) report.add(key, "flag/refused", "Not imported: it is not an object.");
    return (
      feature &&
      draftOf(feature, {
        key,
        about: `Imported from DuckDuckGo's privacy configuration for ${platform}.`,
        parent,
        asking: { flag: key, report, attributes },
      })
    );
  };
  for (const [name, data] of features) {
    const key = `${prefix}${name}`;
    const draft = one(key, withoutCohorts(data, { flag: key, report }), undefined);
    if (draft !== undefined) yield draft;
    for (const [sub, subData] of Object.entries(recordOf(own(recordOf(data) ?? {}, "features")) ?? {})) {
      if (isCoupled === undefined) report.add(`${key}.${sub}`, "rule/parent", `The platform "${platform}" is unknown.`);
      const child = one(`${key}.${sub}`, subData, isCoupled === true ? key : undefined);
      if (child !== undefined) yield child;
    }
  }
}

/** Clients take cohorts of sub-features only (remote-configuration-change-log.md of the same repository, v6). */
function withoutCohorts(data: unknown, { flag, report }: { readonly flag: string; readonly report: LossReport }): unknown {
  const feature = recordOf(data);
  if (feature === undefined || !Object.hasOwn(feature, "cohorts")) return data;
  report.add(flag, "input/field", "Cohorts of a feature, rather than of a sub-feature, mean nothing to the clients.");
  return Object.fromEntries(Object.entries(feature).filter(([name]) => name !== "cohorts"));
}
