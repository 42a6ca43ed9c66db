import type { FlagType } from "@sluice/definitions";
import type { FlagDraft, Yaml } from "../flag-draft.ts";
import type { Drafted, ForeignFile } from "../foreign-file.ts";
import type { LossReport } from "../loss.ts";
import { type Foreign, listOf, own, recordOf, textOf } from "../record.ts";
import { type Choice, targetingOf } from "./targeting.ts";

const FILE_FIELDS: ReadonlySet<string> = new Set(["$schema", "flags", "$evaluators"]);
const FLAG_FIELDS: ReadonlySet<string> = new Set(["key", "state", "variants", "defaultVariant", "targeting", "description"]);

/** flagd's flag definitions, as flagd v0 publishes their schema. Keys are kept. */
export function importFlagd(files: readonly ForeignFile[], report: LossReport): Drafted {
  const drafts = new Map<string, FlagDraft>();
  const problems: { file: string; message: string; fix: string }[] = [];
  for (const { name, data } of files) {
    const file = recordOf(data);
    const flags = file && flagsOf(file);
    if (file === undefined || flags === undefined) {
      problems.push({
        file: name,
        message: `${name} has no "flags".`,
        fix: "Give the file that flagd itself is started with.",
      });
      continue;
    }
    reportFields("", file, { known: FILE_FIELDS, report });
    const evaluators = recordOf(own(file, "$evaluators")) ?? {};
    for (const [key, flag] of flags) {
      const draft = drafts.has(key) ? undefined : draftOf(key, flag, { evaluators, report });
      if (drafts.has(key)) report.add(key, "flag/refused", `Not imported from ${name}: a file before defines it already.`);
      if (draft !== undefined) drafts.set(key, draft);
    }
  }
  return { drafts: [...drafts.values()], attributes: new Map(), kindWords: "their kind is release", problems };
}

/** By key: a map, or in newer files a list of flags with a `key`. */
function flagsOf(file: Foreign): readonly (readonly [string, unknown])[] | undefined {
  const flags = own(file, "flags");
  const list = listOf(flags);
  if (list !== undefined) return list.map((flag) => [textOf(recordOf(flag) ?? {}, "key") ?? "", flag]);
  const record = recordOf(flags);
  return record && Object.entries(record);
}

function reportFields(flag: string, fields: Foreign, { known, report }: { readonly known: ReadonlySet<string>; readonly report: LossReport }): void {
  const others = Object.keys(fields).filter((name) => !known.has(name));
  if (others.length > 0) report.add(flag, "input/field", `Left out: ${others.slice(0, 20).join(", ")}.`);
}

interface Surroundings {
  readonly evaluators: Foreign;
  readonly report: LossReport;
}

function draftOf(key: string, data: unknown, { evaluators, report }: Surroundings): FlagDraft | undefined {
  const flag = recordOf(data);
  const variants = flag && recordOf(own(flag, "variants"));
  const type = variants && typeOf(Object.values(variants));
  if (flag === undefined || variants === undefined || type === undefined) {
    report.add(key, "flag/refused", "Not imported: its variants are not all booleans, all texts, all numbers or all objects.");
    return undefined;
  }
  reportFields(key, flag, { known: FLAG_FIELDS, report });
  const state = own(flag, "state");
  if (state !== "ENABLED" && state !== "DISABLED") {
    report.add(key, "flag/refused", `Not imported: its state is ${JSON.stringify(state) ?? "missing"}, not ENABLED or DISABLED.`);
    return undefined;
  }
  const choice = choiceOf(key, { flag, variants, type, report });
  if (choice === undefined) return undefined;
  const draft = {
    key,
    description: textOf(flag, "description") ?? "Imported from flagd.",
    kind: "release" as const,
    type,
    variants: new Map(Object.entries(variants).map(([name, value]) => [name, yamlOf(value)])),
    off: choice.off,
  };
  const targeting = own(flag, "targeting");
  const hasTargeting = targeting !== undefined && targeting !== null && Object.keys(recordOf(targeting) ?? { targeting }).length > 0;
  if (state === "DISABLED") {
    report.add(key, "flag/disabled", `It serves ${JSON.stringify(choice.off)}${hasTargeting ? "; its targeting is parked" : ""}.`);
    return { ...draft, default: choice.off, rules: [], ...(hasTargeting ? { parked: targeting } : {}) };
  }
  if (!hasTargeting) return { ...draft, default: choice.default, rules: [] };
  const { rules, rest, parked } = targetingOf(targeting, choice, { flag: key, evaluators, report });
  if (parked !== undefined) report.add(key, "rule/parked", `After ${rules.length} rules: ${parked}.`);
  return { ...draft, default: rest, rules, ...(parked === undefined ? {} : { parked: targeting }) };
}

/** The type all variants share. Lists count as objects. */
function typeOf(values: readonly unknown[]): FlagType | undefined {
  const types = new Set(values.map((value) => (value === null ? "null" : typeof value)));
  const [type] = types;
  if (types.size !== 1) return undefined;
  return type === "boolean" || type === "string" || type === "number" || type === "object" ? type : undefined;
}

interface Known {
  readonly flag: Foreign;
  readonly variants: Foreign;
  readonly type: FlagType;
  readonly report: LossReport;
}

/** The off variant: the one called so; for booleans the false one; else the default. Undefined where the default is no variant. */
function choiceOf(key: string, { flag, variants, type, report }: Known): Choice | undefined {
  const names = Object.keys(variants);
  const given = own(flag, "defaultVariant");
  if (given !== undefined && given !== null && (typeof given !== "string" || !names.includes(given))) {
    report.add(key, "flag/refused", `Not imported: its default variant ${JSON.stringify(given)} is none of its variants.`);
    return undefined;
  }
  const usual = typeof given === "string" ? given : undefined;
  const named = names.find((name) => name === "off" && (type !== "boolean" || variants[name] === false));
  const off = named ?? (type === "boolean" ? names.find((name) => variants[name] === false) : undefined) ?? usual ?? names[0];
  if (off === undefined) return undefined;
  if (named === undefined) report.add(key, "flag/off-assumed", `The off variant is ${JSON.stringify(off)}.`);
  if (usual === undefined) report.add(key, "flag/no-default", `It serves ${JSON.stringify(off)}.`);
  return { variants: new Set(names), off, default: usual ?? off };
}

/** Parsed JSON or YAML as it is. */
function yamlOf(value: unknown): Yaml {
  const [list, record] = [listOf(value), recordOf(value)];
  if (list !== undefined) return list.map(yamlOf);
  if (record !== undefined) return new Map(Object.entries(record).map(([name, each]) => [name, yamlOf(each)]));
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
