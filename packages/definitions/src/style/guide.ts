import type { FlagFile, FlagKind } from "../flag-file.ts";
import type { KeyTest } from "../key-pattern.ts";
import type { CaseName } from "./case-style.ts";
import type { CustomRule } from "./custom-rule.ts";
import type { RuleSetting } from "./presets.ts";
import type { Options, RuleEntry, Severity } from "./rule.ts";

/** Other weights for some flags; each list that is empty says nothing. */
export interface StyleOverride {
  readonly paths: readonly KeyTest[];
  readonly kinds: readonly FlagKind[];
  readonly owners: readonly string[];
  readonly rules: Readonly<Record<string, RuleSetting>>;
}

/** A project's style guide, as `style:` in `sluice.yaml` sets it. */
export interface StyleGuide {
  /** Name of the preset that it starts from. */
  readonly extends: string;
  readonly caseName: CaseName;
  readonly hasAreas: boolean;
  /** Registered areas with their owners; empty where none are. */
  readonly areas: ReadonlyMap<string, string>;
  /** The preset's settings with the project's laid over them. */
  readonly rules: Readonly<Record<string, RuleSetting>>;
  readonly overrides: readonly StyleOverride[];
  readonly custom: readonly CustomRule[];
}

/** Settings laid over others: the severity as a whole, options one by one. */
export function overlay(base: RuleSetting | undefined, over: RuleSetting | undefined): RuleSetting {
  const severity = over?.severity ?? base?.severity;
  return { ...(severity === undefined ? {} : { severity }), options: { ...base?.options, ...over?.options } };
}

/** What a rule weighs where no override holds, and with which options. */
export function ruleSetting(guide: StyleGuide, rule: Pick<RuleEntry, "id" | "severity" | "options">): { severity: Severity; options: Options } {
  const { severity = rule.severity, options = rule.options } = overlay({ severity: rule.severity, options: rule.options }, guide.rules[rule.id]);
  return { severity, options };
}

/** What overrides go by: a flag's own file, or a file of code with the flag that it asks for. */
export type Looked = Partial<Pick<FlagFile, "kind" | "owner">> & Pick<FlagFile, "path">;

/** What a rule weighs for one flag, and with which options. */
export function settingOf(guide: StyleGuide, rule: Pick<RuleEntry, "id" | "severity" | "options">, flag: Looked): { severity: Severity; options: Options } {
  let setting: RuleSetting = ruleSetting(guide, rule);
  for (const override of guide.overrides) if (applies(override, flag)) setting = overlay(setting, override.rules[rule.id]);
  return { severity: setting.severity ?? rule.severity, options: setting.options ?? rule.options };
}

function applies({ paths, kinds, owners }: StyleOverride, { path, kind, owner }: Looked): boolean {
  return (
    (paths.length === 0 || paths.some((matches) => matches(path))) &&
    (kinds.length === 0 || (kind !== undefined && kinds.includes(kind))) &&
    (owners.length === 0 || (owner !== undefined && owners.includes(owner)))
  );
}
