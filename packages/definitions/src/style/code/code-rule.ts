import type { Finding } from "../../diagnostic.ts";
import type { FlagDefinition } from "../../project.ts";
import type { Options, RuleEntry } from "../rule.ts";
import type { CodeFile, CodeReference } from "./code-reference.ts";

/** A reference with the file in which it stands. */
export interface CodeSite {
  readonly file: CodeFile;
  readonly reference: CodeReference;
}

/** What rules about code look at of a flag. */
export type KnownFlag = Pick<FlagDefinition, "key" | "type" | "codeDefault" | "kind" | "owner">;

/** What is known of the flags that code asks for. */
export interface KnownFlags {
  readonly flags: ReadonlyMap<string, KnownFlag>;
  /** Former keys, each with the key of today. */
  readonly formerKeys: ReadonlyMap<string, string>;
  /** Keys of flags whose file has a mistake: they are there all the same. */
  readonly brokenKeys: ReadonlySet<string>;
  /** Keys of removed flags, each with when and where. */
  readonly tombstones: ReadonlyMap<string, string>;
}

/** What a rule about code looks at beside the reference. */
export interface CodeRuleContext {
  readonly known: KnownFlags;
  readonly options: Options;
  /** Everywhere outside tests where a flag is asked for, in the order of paths and places. */
  readonly decisionPoints: (flag: string) => readonly CodeSite[];
}

/** What a rule says of one reference. */
export interface CodeFinding extends Omit<Finding, "code" | "severity"> {
  readonly span: CodeReference["span"];
  /** It stays a warning, whatever the rule weighs. */
  readonly cap?: "warning";
  /** How much of it there is, for the flag as a whole: where it was told before, it is worse only when this has grown. */
  readonly size?: number;
}

/** A rule about the code that asks for flags: pure, over one reference with what is known of the flags and of the other references. */
export interface CodeRule extends RuleEntry {
  readonly id: `code/${CodeRuleName}`;
  readonly check: (site: CodeSite, context: CodeRuleContext) => readonly CodeFinding[];
}

type CodeRuleName = "no-literal" | "one-decision-point" | "default-match" | "unknown-key" | "no-nest" | "no-dynamic-key";

/** The flag's key of today; undefined where the reference does not say it as a value. */
export function keyOf({ key }: CodeReference, { formerKeys }: KnownFlags): string | undefined {
  return key.kind === "computed" ? undefined : (formerKeys.get(key.key) ?? key.key);
}
