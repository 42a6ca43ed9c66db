import type { JsonValue } from "@sluice/evaluation";
import type { ModuleRule } from "./rule.ts";

/** What a module says of one flag; what it leaves out, its entry in `sluice.yaml` says. */
export interface ModuleFinding {
  readonly field?: string;
  readonly message?: string;
  readonly fix?: string;
}

/** Findings of one flag; nobody reads more of one rule. */
const FINDINGS_MAX = 20;
const CHARS_MAX = 500;

/** Asks a project's own module. One that throws, or answers something else than a list, is told as its finding: it ends no look at the others. */
export function moduleFindings(rule: ModuleRule, flag: JsonValue): readonly ModuleFinding[] {
  let found: unknown;
  try {
    found = rule(flag);
  } catch (error) {
    return [{ message: `The rule's module failed: ${shortened(error instanceof Error ? error.message : String(error))}`, fix: "Mend the module." }];
  }
  if (found === undefined || found === null) return [];
  if (!Array.isArray(found))
    return [
      { message: "The rule's module answered something else than a list of findings.", fix: "Return a list such as [{ field, message, fix }], or nothing." },
    ];
  return found.slice(0, FINDINGS_MAX).map((one: unknown) => ({ ...text(one, "field"), ...text(one, "message"), ...text(one, "fix") }));
}

function text(finding: unknown, name: keyof ModuleFinding): ModuleFinding {
  if (typeof finding !== "object" || finding === null) return {};
  const value: unknown = Reflect.get(finding, name);
  return typeof value === "string" && value !== "" ? { [name]: shortened(value) } : {};
}

const shortened = (words: string): string => words.replaceAll(/\s+/g, " ").slice(0, CHARS_MAX);
