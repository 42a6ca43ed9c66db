import { checkOperand } from "@sluice/evaluation";
import { allOf, anyOf, type ConditionDraft } from "../flag-draft.ts";
import type { LossReport } from "../loss.ts";
import { type Foreign, listOf, own, recordOf } from "../record.ts";

/** Where the conditions of one flag report to; `attributes` collects what rules ask for. */
export interface Asking {
  readonly flag: string;
  readonly report: LossReport;
  readonly attributes: Map<string, string>;
}

function ask({ flag, report, attributes }: Asking, name: string, type: string): string {
  attributes.set(name, type);
  report.add(flag, "rule/attribute", `It needs the attribute "${name}" (${type}).`);
  return name;
}

/** Who is meant by a state: everybody, nobody, or those whom an attribute names. Unknown states are disabled, as the clients have it. */
export function stateCondition(state: unknown, asking: Asking): ConditionDraft | "everybody" | "nobody" {
  switch (state) {
    case "enabled":
      return "everybody";
    case "internal":
      return { [ask(asking, "internalUser", "boolean")]: { equals: true } };
    case "preview":
      return { [ask(asking, "previewUser", "boolean")]: { equals: true } };
    default:
      return "nobody";
  }
}

/** Versions from `minSupportedVersion` to `maxSupportedVersion`, both included. "unreadable" where one of them is no version here. */
export function versionCondition(feature: Foreign, asking: Asking): ConditionDraft | "unreadable" | undefined {
  const bounds = [
    { value: own(feature, "minSupportedVersion"), sign: ">=", operator: "greaterOrEqual" },
    { value: own(feature, "maxSupportedVersion"), sign: "<=", operator: "lessOrEqual" },
  ].filter(({ value }) => value !== undefined && value !== null);
  const conditions: ConditionDraft[] = [];
  for (const { value, sign, operator } of bounds) {
    // Android counts builds; the other clients name versions, sometimes without the last part.
    const range = typeof value === "string" ? `${sign}${/^\d+\.\d+$/.test(value) ? `${value}.0` : value}` : undefined;
    if (typeof value === "number" && Number.isFinite(value)) conditions.push({ [ask(asking, "appVersionCode", "number")]: { [operator]: value } });
    else if (range !== undefined && checkOperand("semver", range) === undefined) conditions.push({ [ask(asking, "appVersion", "version")]: { semver: range } });
    else {
      asking.report.add(asking.flag, "rule/version-parked", `${JSON.stringify(value)} is not a version.`);
      return "unreadable";
    }
  }
  return allOf(conditions);
}

type TargetTest = (value: unknown, asking: Asking) => ConditionDraft | undefined;

const text: (attribute: string) => TargetTest = (attribute) => (value, asking) =>
  // The data writes "us" and "US": the clients do not tell them apart.
  typeof value === "string" ? { [ask(asking, attribute, "string")]: { equalsIgnoreCase: value } } : undefined;
const yesOrNo: (attribute: string) => TargetTest = (attribute) => (value, asking) =>
  typeof value === "boolean" ? { [ask(asking, attribute, "boolean")]: { equals: value } } : undefined;

const targetTests: ReadonlyMap<string, TargetTest> = new Map<string, TargetTest>([
  ["localeCountry", text("localeCountry")],
  ["localeLanguage", text("localeLanguage")],
  ["isReturningUser", yesOrNo("isReturningUser")],
  ["isPrivacyProEligible", yesOrNo("isPrivacyProEligible")],
  ["entitlement", (value, asking) => (typeof value === "string" ? { [ask(asking, "entitlements", "list")]: { includes: value } } : undefined)],
  [
    "minSdkVersion",
    (value, asking) => (typeof value === "number" && Number.isFinite(value) ? { [ask(asking, "osVersion", "number")]: { greaterOrEqual: value } } : undefined),
  ],
]);

/** Any of the targets, each with all of its tests. A target that cannot be read targets nobody. Undefined where there are none. */
export function targetsCondition(feature: Foreign, asking: Asking): ConditionDraft | undefined {
  const given = own(feature, "targets");
  if (given === undefined) return undefined;
  const targets = listOf(given) ?? [];
  const read = targets.map((target) => targetCondition(target, asking));
  const known = read.filter((condition) => condition !== undefined);
  if (known.length < targets.length || listOf(given) === undefined)
    asking.report.add(asking.flag, "rule/parked", "A target asks for something that the import does not know: it targets nobody.");
  return anyOf(known);
}

function targetCondition(target: unknown, asking: Asking): ConditionDraft | undefined {
  const tests = Object.entries(recordOf(target) ?? {}).map(([name, value]) => targetTests.get(name)?.(value, asking));
  const known = tests.filter((test) => test !== undefined);
  return known.length === tests.length ? allOf(known) : undefined;
}
