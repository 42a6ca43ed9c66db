import type { SampledAttributes } from "@sluice/evaluation";
import { type ProjectApproval, readApprovals, readHandles } from "./approval-reader.ts";
import { type CodeSection, readCodeSection } from "./code-section.ts";
import { FileReport } from "./diagnostic.ts";
import { DRILL_DAYS_MAX, type DrilledFlag, type ProjectDrill, readDrills } from "./drill-reader.ts";
import { Fields, nearest, readCountUpTo, wordFor } from "./fields.ts";
import { type GuardLimits, readGuardLimits } from "./guard-reader.ts";
import { compileKeyPattern, KEY_CHARS_MAX } from "./key-pattern.ts";
import type { StyleGuide } from "./style/guide.ts";
import { readStyle } from "./style/style-config.ts";
import { readSampled } from "./sampled-reader.ts";
import { readTeamMails } from "./team-mail-reader.ts";
import { type ArmedFlag, type ProjectTrigger, readTriggers } from "./trigger-reader.ts";
import { parseTree } from "./yaml-tree.ts";

/** An environment as `sluice.yaml` names it. */
export interface ProjectEnvironment {
  readonly key: string;
  readonly name: string;
  /** Shown first and asked about twice; production unless said otherwise. */
  readonly protected: boolean;
  /** People, not merges, decide who gets a feature there; production unless said otherwise. */
  readonly decidedByPeople: boolean;
  /** A lift asked for by one person waits for a second; false unless said otherwise. */
  readonly liftNeedsTwo: boolean;
  /** Days, 1 to 90: no wave begins that reaches everybody where no drill has gone well for longer; undefined where none is asked for. */
  readonly everybodyNeedsDrill?: number;
  /** The environments whose rules may be promoted to it; undefined where any may. */
  readonly promotedFrom?: readonly string[];
}

/** An attribute of the evaluation context that rules may use. */
export interface ProjectAttribute {
  readonly name: string;
  readonly type: "string" | "number" | "boolean" | "list" | "version" | "date";
  /** All values that it can have; empty where the project does not say. */
  readonly values: readonly (string | number | boolean)[];
}

/** What flag and segment keys look like in this project. */
export interface KeyStyle {
  /** For messages. */
  readonly words: string;
  test(key: string): boolean;
}

/** `direct`: a commit on the branch. `review`: a branch of its own and a pull request. */
export type EditWay = (typeof EDIT_WAYS)[number];
export const EDIT_WAYS = ["review", "direct"] as const;
/** What stands in `edits:` for everything about a flag but what it serves. */
export const FACTS = "facts";

/** `sluice.yaml`. */
export interface Project {
  readonly key: string;
  /** In the order of the file. */
  readonly environments: readonly ProjectEnvironment[];
  /** Keys of those who may own flags; empty where none are declared, and then owners are not checked. */
  readonly teams: readonly string[];
  /** Undefined where none are declared, and then attributes are not checked. */
  readonly attributes: readonly ProjectAttribute[] | undefined;
  /** Attribute path of the customer's key. */
  readonly customer: string;
  /** What SDKs may send of the contexts that they answer, by attribute path; empty where nothing is declared. One with a mistake is not in it. */
  readonly sampled: SampledAttributes;
  readonly keys: KeyStyle;
  /** Absent where `sluice.yaml` has no `style:`, and then no rule of style is asked. */
  readonly style?: StyleGuide;
  /** What it says of the code that asks for its flags; absent where it says nothing. */
  readonly code?: CodeSection;
  /** How changes made in the console reach the branch: of `facts` (words, owners, tags, dates), and of what an environment serves. */
  readonly edits: ReadonlyMap<string, EditWay>;
  /** Alerts that may switch flags off; one with a mistake is not among them. */
  readonly triggers: readonly ProjectTrigger[];
  /** Kills that are tried on purpose, at most one an environment; one with a mistake is not among them. */
  readonly drills: readonly ProjectDrill[];
  /** How much guards of flags may do by themselves. */
  readonly guards: GuardLimits;
  /** Who must agree before a change is merged; one with a mistake is not among them. */
  readonly approvals: readonly ProjectApproval[];
  /** Who each team is at the Git host; a team that does not say is not in it. */
  readonly handles: ReadonlyMap<string, readonly string[]>;
  /** Addresses at which each team is told of kills of its flags; a team that does not say is not in it. */
  readonly mails: ReadonlyMap<string, readonly string[]>;
}

/** Dotted, dashed lower-case words, at most 50 characters. */
const USUAL_KEY = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;
const USUAL_KEY_CHARS_MAX = 50;
const usualKeys: KeyStyle = {
  words: `dotted, dashed lower-case words, at most ${USUAL_KEY_CHARS_MAX} characters, unless sluice.yaml says otherwise under keys:`,
  test: (key) => key.length <= USUAL_KEY_CHARS_MAX && USUAL_KEY.test(key),
};
/** Where a style guide says what keys look like, the reader refuses only what no file and no address can hold. */
const guidedKeys: KeyStyle = {
  words: `letters, digits, dots, dashes, underscores and slashes, at most ${KEY_CHARS_MAX} characters`,
  test: (key) => key.length <= KEY_CHARS_MAX && /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/.test(key),
};
export const ENVIRONMENTS_MAX = 50;
/** What the key of an environment looks like. */
export const ENVIRONMENT_KEY: RegExp = /^[A-Za-z0-9][\w-]{0,49}$/;
/** Fields of an environment and of an attribute in `sluice.yaml`. */
export const PROJECT_ENVIRONMENT_FIELDS = ["name", "protected", "decidedByPeople", "liftNeedsTwo", "everybodyNeedsDrill", "promotedFrom"] as const;
export const ATTRIBUTE_FIELDS = ["type", "values", "description", "sampled"] as const;
/** Fields of `sluice.yaml`; the published schema lists the same. */
export const PROJECT_FIELDS = [
  "project",
  "name",
  "environments",
  "teams",
  "attributes",
  "customer",
  "keys",
  "style",
  "code",
  "triggers",
  "drills",
  "guards",
  "edits",
  "approvals",
  "lifecycles",
  "policies",
] as const;

/** `sluice.yaml` as it was read. */
export interface ProjectRead {
  /** Absent where the file has an error outside its style guide and its triggers. */
  readonly project?: Project;
  readonly report: FileReport;
  /** Mistakes of triggers, drills, guards, approvals and what is sampled: they are told and keep no flag from being served. */
  readonly triggerReport: FileReport;
  /** Every flag that a trigger names, for a look at the flags themselves. */
  readonly armed: readonly ArmedFlag[];
  /** Every flag that a drill names. */
  readonly drilled: readonly DrilledFlag[];
  /** Mistakes of the style guide: they are told and keep no flag from being served. */
  readonly styleReport: FileReport;
}

/** Reads the project file; never throws. */
export function readProjectFile(path: string, text: string): ProjectRead {
  const report = new FileReport(path, text);
  const styleReport = new FileReport(path, text, "style");
  const triggerReport = new FileReport(path, text);
  const told = { report, styleReport, triggerReport };
  const tree = parseTree(text, report);
  const fields = tree && Fields.ofFile(report, tree, PROJECT_FIELDS);
  if (fields === undefined) return { ...told, armed: [], drilled: [] };
  const key = fields.required("project", "my-company") && fields.text("project");
  const environments = readEnvironments(fields, report);
  const teams = fields.entries("teams").map((entry) => entry.key);
  const attributes = fields.tree("attributes") === undefined ? undefined : readAttributes(fields, report);
  const customer = fields.text("customer") ?? "customer";
  const styleTree = fields.tree("style");
  const style = styleTree && readStyle(styleTree, styleReport, teams);
  const code = readCodeSection(fields, styleReport);
  const keys = readKeys(fields, report) ?? (style === undefined ? usualKeys : guidedKeys);
  const environmentKeys = environments.map((environment) => environment.key);
  const { triggers, armed } = readTriggers(fields, triggerReport, environmentKeys);
  const { drills, drilled } = readDrills(fields, triggerReport, environmentKeys);
  const guards = readGuardLimits(fields, triggerReport);
  const approvals = readApprovals(fields, triggerReport, { environments: environmentKeys, teams });
  const handles = readHandles(fields, triggerReport);
  const mails = readTeamMails(fields, triggerReport);
  const sampled = readSampled(fields, triggerReport, customer);
  const edits = readEdits(fields, environmentKeys, report);
  if (report.hasErrors || key === undefined) return { ...told, armed, drilled };
  return {
    ...told,
    project: {
      key,
      environments,
      teams,
      attributes,
      customer,
      sampled,
      keys,
      triggers,
      drills,
      guards,
      edits,
      approvals,
      handles,
      mails,
      ...(style === undefined ? {} : { style }),
      ...(code === undefined ? {} : { code }),
    },
    armed,
    drilled,
  };
}

function readEdits(fields: Fields, environments: readonly string[], report: FileReport): Project["edits"] {
  const known = [FACTS, ...environments];
  const ways = fields.entries("edits").flatMap(({ key, keySpan, value }): readonly (readonly [string, EditWay])[] => {
    const way = fields.oneOf(key, EDIT_WAYS, value);
    if (known.includes(key)) return way === undefined ? [] : [[key, way]];
    const near = nearest(key, known);
    report.add(keySpan, {
      code: "field/value",
      message: `"edits" names "${key}", which is neither ${FACTS} nor an environment of this project.`,
      expected: known.join(", "),
      nearest: near,
      fix: near === undefined ? "Delete it." : `Write "${near}".`,
    });
    return [];
  });
  return new Map(ways);
}

function readEnvironments(fields: Fields, report: FileReport): readonly ProjectEnvironment[] {
  const tree = fields.required("environments", "{ production: {}, staging: {} }");
  const entries = tree === undefined ? [] : fields.entries("environments");
  if (tree?.kind === "map" && entries.length === 0)
    report.add(tree.span, {
      code: "project/no-environments",
      message: "The project has no environment.",
      expected: "production: {}",
      fix: "Name at least one environment.",
    });
  if (entries.length > ENVIRONMENTS_MAX)
    report.add(tree?.span ?? fields.span, {
      code: "field/value",
      message: `There are ${entries.length} environments; ${ENVIRONMENTS_MAX} are allowed.`,
      fix: "Leave out those that nobody uses.",
    });
  const keys = entries.map(({ key }) => key);
  return entries.flatMap(({ key, keySpan, value }) => {
    // Environments are keys of records everywhere: `constructor` and its like seem to be there before they are made.
    if (!ENVIRONMENT_KEY.test(key) || key in {})
      report.add(keySpan, {
        code: "field/value",
        message: `"${key}" is not the key of an environment.`,
        expected: "letters, digits, - and _, at most 50, and no name that every JavaScript object has",
        fix: "Rename it.",
      });
    const usual = key === "production";
    if (value.kind === "value" && value.value === null) return [{ key, name: title(key), protected: usual, decidedByPeople: usual, liftNeedsTwo: false }];
    const one = Fields.of(report, value, PROJECT_ENVIRONMENT_FIELDS, `The environment ${key}`);
    if (one === undefined) return [];
    return [
      {
        key,
        name: one.text("name") ?? title(key),
        protected: one.boolean("protected") ?? usual,
        decidedByPeople: one.boolean("decidedByPeople") ?? usual,
        liftNeedsTwo: one.boolean("liftNeedsTwo") ?? false,
        ...readDrillDays(one, report),
        ...(one.tree("promotedFrom") === undefined ? {} : { promotedFrom: readPromotedFrom(one, keys, report) }),
      },
    ];
  });
}

function readDrillDays(environment: Fields, report: FileReport): Pick<ProjectEnvironment, "everybodyNeedsDrill"> {
  const tree = environment.tree("everybodyNeedsDrill");
  const fix = "Write everybodyNeedsDrill: 30, in days.";
  const days = tree && readCountUpTo(DRILL_DAYS_MAX, tree, { report, field: "everybodyNeedsDrill", fix });
  return days === undefined ? {} : { everybodyNeedsDrill: days };
}

function readPromotedFrom(environment: Fields, keys: readonly string[], report: FileReport): readonly string[] {
  return environment.items("promotedFrom").flatMap((item) => {
    if (item.kind === "value" && typeof item.value === "string" && keys.includes(item.value)) return [item.value];
    const near = item.kind === "value" ? nearest(String(item.value), keys) : undefined;
    report.add(item.span, {
      code: "field/value",
      message: `"promotedFrom" names ${item.kind === "value" ? `"${item.value}"` : wordFor(item)}, which is no environment of this project.`,
      expected: keys.join(", "),
      nearest: near,
      fix: "Name an environment of this file.",
    });
    return [];
  });
}

const title = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);

/** What an attribute may be declared as. */
export const ATTRIBUTE_TYPES = ["string", "number", "boolean", "list", "version", "date"] as const;

function readAttributes(fields: Fields, report: FileReport): readonly ProjectAttribute[] {
  return fields.entries("attributes").flatMap(({ key, value }) => {
    if (value.kind === "value" && value.value === null) return [{ name: key, type: "string" as const, values: [] }];
    if (value.kind === "value") {
      const type = fields.oneOf(key, ATTRIBUTE_TYPES, value);
      return type === undefined ? [] : [{ name: key, type, values: [] }];
    }
    const one = Fields.of(report, value, ATTRIBUTE_FIELDS, `The attribute ${key}`);
    const type = one === undefined || one.tree("type") === undefined ? "string" : one.oneOf("type", ATTRIBUTE_TYPES);
    return one === undefined || type === undefined ? [] : [{ name: key, type, values: readValues(one, report) }];
  });
}

function readValues(attribute: Fields, report: FileReport): ProjectAttribute["values"] {
  return attribute.items("values").flatMap((item) => {
    if (item.kind === "value" && item.value !== null) return [item.value];
    report.add(item.span, {
      code: "field/type",
      message: `A value of an attribute is ${wordFor(item)}, where a text, a number or true or false belongs.`,
      fix: "Write each value as one item, or leave values: away.",
    });
    return [];
  });
}

function readKeys(fields: Fields, report: FileReport): KeyStyle | undefined {
  const tree = fields.tree("keys");
  const pattern = fields.text("keys", tree);
  if (pattern === undefined || tree === undefined) return undefined;
  const compiled = compileKeyPattern(pattern);
  if (compiled.ok) return { words: `the pattern ${pattern}, at most ${KEY_CHARS_MAX} characters (keys: in sluice.yaml)`, test: compiled.value };
  report.add(tree.span, {
    code: "field/value",
    message: `"keys" is not a pattern of keys: ${compiled.problem}.`,
    expected: "characters, classes such as [a-z0-9], groups, |, *, +, ? and {1,50}",
    fix: 'Write for example keys: "[a-z][a-zA-Z0-9.]*"',
  });
  return undefined;
}
