import type { CodeRule } from "./code-rule.ts";
import { codeDefaultMatch } from "./rules/default-match.ts";
import { codeNoDynamicKey } from "./rules/no-dynamic-key.ts";
import { codeNoLiteral } from "./rules/no-literal.ts";
import { codeNoNest } from "./rules/no-nest.ts";
import { codeOneDecisionPoint } from "./rules/one-decision-point.ts";
import { codeUnknownKey } from "./rules/unknown-key.ts";

/** Every rule about code, in the order in which they are documented. One more is a line here, one in `diagnostic-catalogue.ts`, its file and its test. */
export const codeRules: readonly CodeRule[] = [codeNoLiteral, codeOneDecisionPoint, codeDefaultMatch, codeUnknownKey, codeNoNest, codeNoDynamicKey];
