import type { Condition, FlagForm, JsonValue, RuleForm } from "@sluice/evaluation";
import { type Mention, readCondition, type Reading } from "./condition-reader.ts";
import { FileReport, type Span } from "./diagnostic.ts";
import { type EnvironmentPart, type PartText, toldElsewhere } from "./environment-part.ts";
import { conditionOf, type Exclusion, readExclusion } from "./exclusion.ts";
import { Fields, jsonOf, listWords, wordFor } from "./fields.ts";
import { type Extension, FieldPlaces, readExtensions } from "./field-places.ts";
import { type FlagGuard, readGuards } from "./guard-reader.ts";
import { readPrerequisites } from "./prerequisite-reader.ts";
import { readServe, readVariant, servesAll, type Serving } from "./serve-reader.ts";
import { sourcePlace } from "./source-path.ts";
import { misfits, readValueSchema, type ValueSchema } from "./value-schema.ts";
import { parseTree, type Tree } from "./yaml-tree.ts";

export type FlagKind = "release" | "experiment" | "ops" | "permission";
export type FlagType = "boolean" | "string" | "number" | "object";

/** Former keys of one flag: a flag that was renamed more often is cleaned up first. */
export const ALIASES_MAX = 5;
/** Fields of a flag file; the published schema lists the same. */
export const FLAG_FIELDS = [
  "key",
  "description",
  "kind",
  "owner",
  "ticket",
  "created",
  "expires",
  "type",
  "schema",
  "variants",
  "off",
  "codeDefault",
  "expose",
  "eligible",
  "exclusion",
  "environments",
  "guards",
  "tags",
  "salt",
  "aliases",
  "extensions",
  "permanent",
  "reviewBy",
] as const;
/** Fields of one environment of a flag, and of one rule. */
export const ENVIRONMENT_FIELDS = ["default", "rules", "prerequisites"] as const;
export const RULE_FIELDS = ["id", "if", "serve", "description"] as const;
export const FLAG_KINDS: readonly FlagKind[] = ["release", "experiment", "ops", "permission"];
export const FLAG_TYPES: readonly FlagType[] = ["boolean", "string", "number", "object"];
/** Where answers may go. */
export const EXPOSE = ["server", "browser"] as const;

/** A flag's file, read by itself; names of other things are in `mentions` and not yet checked. */
export interface FlagFile {
  readonly path: string;
  /** Absent where not even the key can be read. */
  readonly key?: string;
  readonly keySpan?: Span;
  /** Former keys, under which code gets the same answers, with their places. */
  readonly aliases: readonly { readonly name: string; readonly span: Span }[];
  /** Top-level fields with their places, for rules of style. */
  readonly fields: FieldPlaces;
  /** What prolonged the flag's life, in order. */
  readonly extensions: readonly Extension[];
  readonly kind?: FlagKind;
  readonly type?: FlagType;
  readonly description?: string;
  readonly owner?: string;
  readonly expires?: string;
  /** Words by which people find flags and kill several at once. */
  readonly tags?: readonly string[];
  /** What is watched while customers get it; absent where nothing is. */
  readonly guards?: readonly FlagGuard[];
  /** Environment → what is served there; an environment that is not listed serves the off variant. */
  readonly forms: ReadonlyMap<string, FlagForm>;
  /** The form of an environment that the file does not list. */
  readonly elsewhere?: FlagForm;
  /** What code answers while it has no flags: the off variant's value, or that of `codeDefault`. */
  readonly codeDefault?: JsonValue;
  readonly exclusion?: Exclusion;
  readonly mentions: readonly Mention[];
  /** What stands in files of their own, with what those name and what is wrong there. */
  readonly parts: readonly EnvironmentPart[];
  readonly report: FileReport;
}

/** Reads one flag file, with the environments of it that stand in files of their own; never throws. */
export function readFlagFile(path: string, text: string, partTexts: readonly PartText[] = []): FlagFile {
  const report = new FileReport(path, text);
  const mentions: Mention[] = [];
  const parts = partTexts.map((part) => ({ ...part, mentions: [] as Mention[], report: new FileReport(part.path, part.text) }));
  const tree = parseTree(text, report);
  const fields = tree && Fields.ofFile(report, tree, FLAG_FIELDS);
  if (tree === undefined || fields === undefined)
    return { path, aliases: [], forms: NO_FORMS, fields: new FieldPlaces(undefined, text), extensions: [], mentions, parts, report };
  const keyTree = fields.required("key", keyOfPath(path));
  const key = fields.text("key", keyTree);
  const aliases = readAliases(fields, report);
  const kind = fields.required("kind", "release") && fields.oneOf("kind", FLAG_KINDS);
  const type = fields.required("type", "boolean") && fields.oneOf("type", FLAG_TYPES);
  const description = fields.required("description", "what it does, in one sentence") && fields.text("description");
  const owner = fields.text("owner");
  if (fields.required("owner", "team-…") && owner !== undefined) mentions.push({ kind: "owner", name: owner, span: fields.tree("owner")?.span ?? fields.span });
  fields.date("created");
  fields.text("ticket");
  fields.text("permanent");
  fields.date("reviewBy");
  const expires = fields.date("expires");
  const extensions = readExtensions(fields, report);
  const tags = fields.items("tags").flatMap((item) => fields.text("tags", item) ?? []);
  const guards = readGuards(fields, kind, { report, mentions });
  const known: Written = { path, aliases, mentions, parts, report, extensions, fields: new FieldPlaces(tree, text), forms: NO_FORMS };
  if (key !== undefined && keyTree !== undefined) {
    known.key = key;
    known.keySpan = keyTree.span;
  }
  writeAbout(known, { kind, type, description, owner, expires });
  if (tags.length > 0) known.tags = tags;
  if (guards.length > 0) known.guards = guards;
  const base = readBase(fields, { report, mentions }, type);
  if (base === undefined || key === undefined) return known;
  const codeDefault = readCodeDefault(fields, kind, { base, report });
  known.forms = readEnvironments(fields, base, { report, mentions, parts });
  known.elsewhere = base.form;
  if (codeDefault !== undefined) known.codeDefault = codeDefault;
  if (base.exclusion !== undefined) known.exclusion = base.exclusion;
  return known;
}

type About = { readonly [K in "kind" | "type" | "description" | "owner" | "expires"]: FlagFile[K] | undefined };

function writeAbout(known: Written, { kind, type, description, owner, expires }: About): void {
  if (kind !== undefined) known.kind = kind;
  if (type !== undefined) known.type = type;
  if (description !== undefined) known.description = description;
  if (owner !== undefined) known.owner = owner;
  if (expires !== undefined) known.expires = expires;
}

/** While it is read: field by field, for of tens of thousands of files each spread would be paid for. */
type Written = { -readonly [K in keyof FlagFile]: FlagFile[K] };
const NO_FORMS: FlagFile["forms"] = new Map();

/** Of the flag's file first, then of its parts. */
function readEnvironments(
  fields: Fields,
  base: Base,
  { report, mentions, parts }: Reading & { readonly parts: readonly (PartText & Reading)[] },
): ReadonlyMap<string, FlagForm> {
  const forms = new Map<string, FlagForm>();
  const places = new Map<string, { readonly path: string; readonly span: Span; readonly report: FileReport }>();
  for (const { key: environment, keySpan, value } of fields.entries("environments")) {
    mentions.push({ kind: "environment", name: environment, span: keySpan });
    places.set(environment, { path: report.file, span: keySpan, report });
    const form = readEnvironment(value, base, { report, mentions });
    if (form !== undefined) forms.set(environment, form);
  }
  fields.required("environments", "{ production: { default: off } }");
  for (const part of parts) {
    const here = { path: part.path, span: { start: 0, end: 1 }, report: part.report };
    const other = places.get(part.environment);
    if (other !== undefined)
      for (const [one, two] of [
        [here, other],
        [other, here],
      ] as const)
        one.report.add(one.span, toldElsewhere(part.environment, two.path));
    places.set(part.environment, other ?? here);
    const tree = parseTree(part.text, part.report);
    const form = tree && readEnvironment(tree, base, part);
    if (form !== undefined) forms.set(part.environment, form);
  }
  return forms;
}

function readAliases(fields: Fields, report: FileReport): FlagFile["aliases"] {
  const items = fields.items("aliases");
  const extra = items[ALIASES_MAX];
  if (extra !== undefined)
    report.add(extra.span, {
      code: "alias/too-many",
      message: `The flag has ${items.length} former keys; ${ALIASES_MAX} are answered.`,
      fix: "Take out those that nobody asks for any more.",
    });
  return items.flatMap((item) => {
    const name = fields.text("aliases", item);
    return name === undefined ? [] : [{ name, span: item.span }];
  });
}

/** `flags/billing/invoice-export.yaml` → `billing.invoice-export`, whichever source it comes from. */
export function keyOfPath(whole: string): string {
  const { path } = sourcePlace(whole);
  const end = path.endsWith(".yaml") ? 5 : path.endsWith(".yml") ? 4 : 0;
  return path.slice(path.startsWith("flags/") ? 6 : 0, path.length - end).replaceAll("/", ".");
}

interface Base {
  readonly variants: ReadonlySet<string>;
  readonly off: string;
  readonly exclusion?: Exclusion;
  /** Everything but rules, prerequisites and default. */
  readonly form: FlagForm;
}

/** What all environments share. */
function readBase(fields: Fields, reading: Reading, type: FlagType | undefined): Base | undefined {
  const { report } = reading;
  const values = readVariants(fields, report, type);
  if (values === undefined) return undefined;
  const variants = namesOf(values);
  const offTree = fields.tree("off");
  const named = offTree === undefined ? (variants.has("off") ? "off" : undefined) : readVariant(offTree, { report, variants });
  if (named === undefined && offTree === undefined)
    report.add(
      { start: fields.span.start, end: fields.span.start + 1 },
      {
        code: "flag/off",
        message: "The flag does not say which variant is its off variant.",
        expected: `off: ${listWords([...variants])}`,
        fix: "Add off: with the variant that a kill serves.",
      },
    );
  // The flag is broken without one; any variant does for finding the mistakes below.
  const off = named ?? [...variants][0] ?? "off";
  const { eligible, exclusion } = readEligible(fields, reading);
  const expose = fields.items("expose").map((item) => fields.oneOf("expose", EXPOSE, item));
  const salt = ownSalt(fields);
  const areUsual = type === "boolean" && variants.size === 2 && values["on"] === true && values["off"] === false;
  return {
    variants,
    off,
    ...(exclusion === undefined ? {} : { exclusion }),
    form: {
      ...(type === undefined || type === "boolean" ? {} : { type }),
      ...(areUsual ? {} : { variants: values }),
      ...(off === "off" ? {} : { off }),
      ...(salt === undefined ? {} : { salt }),
      ...(expose.includes("browser") ? { browser: true } : {}),
      ...(eligible === undefined ? {} : { eligible }),
    },
  };
}

/** A salt that is the key says what is so without it: the two are one form, and writing it down changes nobody. */
function ownSalt(fields: Fields): string | undefined {
  const [salt, key] = [fields.text("salt"), fields.tree("key")];
  return key?.kind === "value" && key.value === salt ? undefined : salt;
}

/** Who may have the flag at all: a condition, a part of an exclusion group, or both. */
function readEligible(fields: Fields, reading: Reading): { readonly eligible: Condition | undefined; readonly exclusion: Exclusion | undefined } {
  const [conditionTree, exclusionTree] = [fields.tree("eligible"), fields.tree("exclusion")];
  const condition = conditionTree && readCondition(conditionTree, reading);
  const exclusion = exclusionTree && readExclusion(exclusionTree, reading.report);
  const part = exclusion && conditionOf(exclusion);
  return { eligible: condition !== undefined && part !== undefined ? ["all", condition, part] : (condition ?? part), exclusion };
}

/** What a boolean flag has that names none, and nearly every one that does. */
const USUAL: Readonly<Record<string, JsonValue>> = { on: true, off: false };
const USUAL_NAMES: ReadonlySet<string> = new Set(["on", "off"]);
const namesOf = (values: typeof USUAL): ReadonlySet<string> => (values === USUAL ? USUAL_NAMES : new Set(Object.keys(values)));

function hasUsualVariants(fields: Fields): boolean {
  const variants = fields.tree("variants");
  if (variants === undefined) return true;
  if (variants.kind !== "map" || variants.entries.length !== 2 || fields.tree("schema") !== undefined) return false;
  const [on, off] = variants.entries;
  return (
    on?.key === "on" && off?.key === "off" && on.value.kind === "value" && on.value.value === true && off.value.kind === "value" && off.value.value === false
  );
}

function readVariants(fields: Fields, report: FileReport, type: FlagType | undefined): Readonly<Record<string, JsonValue>> | undefined {
  if (type === "boolean" && hasUsualVariants(fields)) return USUAL;
  if (fields.required("variants", "{ on: true, off: false }") === undefined) return undefined;
  const values: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  const schemaTree = fields.tree("schema");
  const schema = schemaTree && readValueSchema(schemaTree, report);
  for (const { key, value } of fields.entries("variants")) {
    const json = jsonOf(value);
    const is = json === null ? "nothing" : Array.isArray(json) ? "object" : typeof json;
    if (type !== undefined && is !== type)
      report.add(value.span, {
        code: "flag/variant-type",
        message: `The variant "${key}" is ${wordFor(value)}, and the flag's type is ${type}.`,
        expected: type === "object" ? "an object" : `a ${type}`,
        fix: fixOfValue(key, json, type),
      });
    else if (schema !== undefined) checkValue({ key, json, schema }, value, report);
    values[key] = json;
  }
  const variantsTree = fields.tree("variants");
  if (variantsTree?.kind === "map" && variantsTree.entries.length === 0)
    report.add(variantsTree.span, {
      code: "field/value",
      message: "The flag has no variants.",
      expected: "variants: { on: true, off: false }",
      fix: "Name at least the variant that a kill serves.",
    });
  return Object.keys(values).length === 0 ? undefined : { ...values };
}

function checkValue(
  { key, json, schema }: { readonly key: string; readonly json: JsonValue; readonly schema: ValueSchema },
  tree: Tree,
  report: FileReport,
): void {
  for (const what of misfits(json, schema))
    report.add(tree.span, {
      code: "flag/schema-value",
      message: `The variant "${key}" does not fit the schema. ${what}.`,
      fix: "Change the value, or the schema.",
    });
}

/** Words that YAML 1.1 took for booleans, and people still do. */
const BOOLEAN_WORDS: ReadonlyMap<string, boolean> = new Map([
  ["yes", true],
  ["on", true],
  ["y", true],
  ["true", true],
  ["no", false],
  ["off", false],
  ["n", false],
  ["false", false],
]);

function fixOfValue(key: string, value: JsonValue, type: FlagType): string {
  if (type === "string") return `Put it in quotes: ${key}: "${typeof value === "number" || typeof value === "boolean" ? String(value) : "…"}"`;
  const meant = typeof value === "string" ? BOOLEAN_WORDS.get(value.toLowerCase()) : undefined;
  if (type === "boolean" && meant !== undefined) return `Write ${key}: ${String(meant)}`;
  if (type === "number" && typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value)) return `Take the quotes away: ${key}: ${value}`;
  return `Give it ${type === "object" ? "an object" : `a ${type}`}, or change the flag's type.`;
}

function readCodeDefault(fields: Fields, kind: FlagKind | undefined, { base, report }: { readonly base: Base; readonly report: FileReport }): JsonValue {
  const tree = fields.tree("codeDefault");
  const variant = tree && readVariant(tree, { report, variants: base.variants });
  if (tree !== undefined && variant !== undefined && (kind === "release" || kind === "experiment"))
    report.add(tree.span, {
      code: "flag/code-default",
      message: `A flag of kind ${kind} has its off variant as the code's default.`,
      fix: "Delete codeDefault: only ops and permission flags state one.",
    });
  const values: Readonly<Record<string, JsonValue>> = base.form.variants ?? { on: true, off: false };
  return values[variant ?? base.off] ?? null;
}

/** Rules, prerequisites and default of one environment, over what all share. */
function readEnvironment(tree: Tree, base: Base, reading: Reading): FlagForm | undefined {
  const { report } = reading;
  const fields = Fields.of(report, tree, ENVIRONMENT_FIELDS, "The environment");
  if (fields === undefined) return undefined;
  const serving = { report, variants: base.variants };
  const defaultTree = fields.required("default", base.off);
  const usual = defaultTree && readVariant(defaultTree, serving);
  const rules = readRules(fields, serving, reading);
  const prerequisites = readPrerequisites(fields, reading);
  const form: { -readonly [K in keyof FlagForm]: FlagForm[K] } = { ...base.form };
  if (usual !== undefined && usual !== base.off) form.default = usual;
  if (prerequisites.length > 0) form.prerequisites = prerequisites;
  if (rules.length > 0) form.rules = rules;
  return form;
}

function readRules(fields: Fields, serving: Serving, reading: Reading): readonly RuleForm[] {
  const { report } = serving;
  const rules: RuleForm[] = [];
  const ids = new Set<string>();
  let endedBy: string | undefined;
  for (const [index, item] of fields.items("rules").entries()) {
    const rule = Fields.of(report, item, RULE_FIELDS, `Rule ${index + 1}`);
    if (rule === undefined) continue;
    const id = rule.text("id");
    if (id !== undefined && ids.has(id))
      report.add(rule.tree("id")?.span ?? rule.span, { code: "flag/rule-id", message: `Two rules here have the id "${id}".`, fix: "Give each its own." });
    if (id !== undefined) ids.add(id);
    if (endedBy !== undefined)
      report.add(
        { start: rule.span.start, end: rule.span.start + 1 },
        {
          code: "flag/unreachable-rule",
          severity: "warning",
          message: `This rule is never reached: ${endedBy} above it serves everybody.`,
          fix: "Delete it, or put it above.",
        },
      );
    const ifTree = rule.tree("if");
    const condition: Condition | undefined = ifTree && readCondition(ifTree, reading);
    const serveTree = rule.required("serve", "on");
    const serve = serveTree && readServe(serveTree, serving);
    if (serve === undefined || (ifTree !== undefined && condition === undefined)) continue;
    if (ifTree === undefined && servesAll(serve) && endedBy === undefined) endedBy = id === undefined ? `rule ${index + 1}` : `"${id}"`;
    rules.push({ ...(id === undefined ? {} : { id }), ...(condition === undefined ? {} : { if: condition }), serve });
  }
  return rules;
}
