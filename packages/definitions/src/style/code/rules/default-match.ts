import { canonicalJson, type JsonValue } from "@sluice/evaluation";
import type { CodeReference, ReferenceDefault } from "../code-reference.ts";
import { type CodeFinding, type CodeRule, keyOf, type KnownFlag } from "../code-rule.ts";

export const codeDefaultMatch: CodeRule = {
  id: "code/default-match",
  severity: "error",
  rationale: "What code answers while no server can be reached was decided in the flag's file; a call that says something else decides again, unseen.",
  bad: 'flags.getBoolean("billing.invoice-export", true), where the flag says codeDefault: off',
  good: 'flags.getBoolean("billing.invoice-export", false)',
  repair: "automatic",
  options: {},
  check: ({ file, reference }, { known }) => {
    // A test tries the other default on purpose.
    const flag = file.isTest ? undefined : known.flags.get(keyOf(reference, known) ?? "");
    if (flag === undefined) return [];
    const { asks, fallback } = reference;
    if (asks !== undefined && asks !== flag.type) return [otherType(reference.span, asks, flag)];
    if (fallback?.value === undefined || canonicalJson(fallback.value) === canonicalJson(flag.codeDefault)) return [];
    return [otherValue(fallback, fallback.value, flag)];
  },
};

function otherType(span: CodeReference["span"], asks: KnownFlag["type"], { key, type }: KnownFlag): CodeFinding {
  return {
    span,
    message: `${key} is a ${type} flag, and is asked for as ${asks}: this answers the default for ever.`,
    expected: `the question for ${type} flags`,
    fix: `Ask for a ${type}.`,
  };
}

function otherValue(fallback: ReferenceDefault, value: JsonValue, { key, codeDefault }: KnownFlag): CodeFinding {
  const written = fallback.written(codeDefault);
  const isSameKind = typeof value === typeof codeDefault;
  return {
    span: fallback.span,
    message: `The default here is ${shown(value)}; the file of ${key} says ${shown(codeDefault)}.`,
    expected: written ?? shown(codeDefault),
    fix: `Write ${written ?? shown(codeDefault)}, or change codeDefault: in the flag's file.`,
    ...(written === undefined || !fallback.isInPlace
      ? {}
      : { repair: { words: `Write ${written}`, edits: [{ ...fallback.span, text: written }], isAutomatic: isSameKind } }),
  };
}

const SHOWN_CHARS_MAX = 80;
function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX)}…`;
}
