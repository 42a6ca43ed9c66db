import { FieldPlaces } from "../field-places.ts";
import type { FlagFile } from "../flag-file.ts";
import { FileReport } from "../diagnostic.ts";
import { areaOf, type CaseName, caseNames, isOfCase } from "./case-style.ts";
import { guideOfPreset } from "./guide-page.ts";
import { settingOf, type StyleGuide } from "./guide.ts";
import type { RuleSetting } from "./presets.ts";
import { pathOfKey } from "./rename.ts";
import { styleRules } from "./registry.ts";
import type { StyleWorld } from "./rule.ts";

/** What a company's keys say about how it writes them. Shares are from 0 to 1. */
export interface InferredStyle {
  readonly keys: number;
  readonly caseName: CaseName;
  /** Share of keys in each case style; a lone lower-case word is of several. */
  readonly cases: Readonly<Record<CaseName, number>>;
  readonly hasAreas: boolean;
  /** The preset that fits, and what differs from it. */
  readonly guide: StyleGuide;
  /** Rules that so many keys break that the company evidently writes otherwise, each with that share. */
  readonly turnedOff: ReadonlyMap<string, number>;
  /** Length of keys at these percentiles. */
  readonly lengths: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  /** Keys that the guide finds an error in, with the rule's id. */
  readonly inError: ReadonlyMap<string, string>;
  /** The section to put into `sluice.yaml`. */
  readonly text: string;
}

/** A rule that more of the keys break than this is no rule of the company. The busiest of 14 registries begins 73 % of its keys with enable. */
const TURNED_OFF_SHARE = 0.2;
/** Keys with areas are the rule where more than this share has a dot. */
const AREAS_SHARE = 0.5;
/** An area has at least as many flags; fewer are a misspelling or a lone flag. */
const AREA_FLAGS_MIN = 2;

/** Learns a style from keys alone. The preset's case is the one that most keys are of; ties go to the order of `caseNames`. */
export function inferStyle(keys: readonly string[], owners: ReadonlyMap<string, string> = new Map()): InferredStyle {
  const cases = casesOf(keys);
  const caseName = caseNames.reduce<CaseName>((best, name) => (cases[name] > cases[best] ? name : best), "kebab");
  const hasAreas = shareOf(keys, (key) => key.includes(".")) > AREAS_SHARE;
  const preset = presetFor(caseName, hasAreas);
  const lengths = lengthsOf(keys);
  const base = guideOfPreset(preset) ?? { extends: preset, caseName, hasAreas, areas: new Map(), rules: {}, overrides: [], custom: [] };
  const world = worldOf(keys);
  const turnedOff = new Map<string, number>();
  for (const rule of styleRules) {
    if (!rule.id.startsWith("key/") || rule.id === "key/case" || rule.id === "key/length") continue;
    const share = shareOf(keys, (key) => findingsOf(key, { guide: base, world }).some(({ id }) => id === rule.id));
    if (share > TURNED_OFF_SHARE) turnedOff.set(rule.id, share);
  }
  const rules: Record<string, RuleSetting> = { ...base.rules };
  for (const id of turnedOff.keys()) rules[id] = { severity: "off" };
  const length = { warn: Math.max(40, lengths.p95), max: Math.max(50, lengths.p99) };
  if (length.warn > 40 || length.max > 50) rules["key/length"] = { options: length };
  const guide: StyleGuide = { ...base, hasAreas, areas: hasAreas ? areasOf(keys, owners) : new Map(), rules };
  const inError = new Map<string, string>();
  for (const key of keys) {
    const found = findingsOf(key, { guide, world }).find(({ isError }) => isError);
    if (found !== undefined) inError.set(key, found.id);
  }
  return { keys: keys.length, caseName, cases, hasAreas, guide, turnedOff, lengths, inError, text: textOf(guide, { preset, turnedOff, length }) };
}

const shareOf = (keys: readonly string[], test: (key: string) => boolean): number => (keys.length === 0 ? 0 : keys.filter(test).length / keys.length);

function casesOf(keys: readonly string[]): Readonly<Record<CaseName, number>> {
  const share = (name: CaseName): number => shareOf(keys, (key) => key.split(".").every((part) => isOfCase(part, name)));
  return { kebab: share("kebab"), camel: share("camel"), snake: share("snake"), pascal: share("pascal"), constant: share("constant") };
}

function presetFor(caseName: CaseName, hasAreas: boolean): string {
  if (caseName === "kebab") return hasAreas ? "recommended" : "ld-kebab";
  return caseName;
}

/** The length that this share of the keys does not exceed. */
function lengthsOf(keys: readonly string[]): InferredStyle["lengths"] {
  const sorted = keys.map(({ length }) => length).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** Areas with several flags, each with the owner of most of them. */
function areasOf(keys: readonly string[], owners: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const byArea = new Map<string, string[]>();
  for (const key of keys) byArea.set(areaOf(key), [...(byArea.get(areaOf(key)) ?? []), key]);
  const areas = new Map<string, string>();
  for (const [area, own] of [...byArea].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const owner = mostFrequent(own.flatMap((key) => owners.get(key) ?? []));
    if (area !== "" && own.length >= AREA_FLAGS_MIN && owner !== undefined) areas.set(area, owner);
  }
  return areas;
}

function mostFrequent(words: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
}

/** Flags of which nothing is known but the key. */
function worldOf(keys: readonly string[]): StyleWorld {
  const flags = new Map(keys.map((key) => [key, nameOnly(key)]));
  return { flags, keys, tests: [], teams: [], facts: {}, heightOf: () => 0 };
}

const nameOnly = (key: string): FlagFile => ({
  path: pathOfKey(key),
  key,
  aliases: [],
  fields: new FieldPlaces(undefined, ""),
  extensions: [],
  forms: new Map(),
  mentions: [],
  parts: [],
  report: new FileReport(pathOfKey(key), ""),
});

function findingsOf(
  key: string,
  { guide, world }: { readonly guide: StyleGuide; readonly world: StyleWorld },
): readonly { readonly id: string; readonly isError: boolean }[] {
  const flag = world.flags.get(key);
  if (flag === undefined) return [];
  const { caseName, hasAreas, areas } = guide;
  return styleRules
    .filter(({ id }) => id.startsWith("key/"))
    .flatMap((rule) => {
      const { severity, options } = settingOf(guide, rule, flag);
      if (severity === "off") return [];
      return rule
        .check(flag, { world, caseName, hasAreas, areas, options })
        .map(({ cap }) => ({ id: rule.id, isError: severity === "error" && cap === undefined }));
    });
}

interface Learned {
  readonly preset: string;
  readonly turnedOff: ReadonlyMap<string, number>;
  readonly length: { readonly warn: number; readonly max: number };
}

function textOf({ areas, rules }: StyleGuide, { preset, turnedOff, length }: Learned): string {
  const areaLines = [...areas].map(([area, owner]) => `    ${area}: ${owner}\n`);
  const ruleLines = [...turnedOff].map(([id, share]) => `    ${id}: off   # ${Math.round(share * 100)} % of the keys are otherwise\n`);
  if (rules["key/length"]?.options?.["warn"] === length.warn) ruleLines.push(`    key/length: { warn: ${length.warn}, max: ${length.max} }\n`);
  return `style:\n  extends: ${preset}\n${areaLines.length === 0 ? "" : `  areas:\n${areaLines.join("")}`}${ruleLines.length === 0 ? "" : `  rules:\n${ruleLines.join("")}`}`;
}
