import { nearest } from "../../../fields.ts";
import type { ReferenceKey } from "../code-reference.ts";
import type { CodeFinding, CodeRule, KnownFlags } from "../code-rule.ts";

export const codeUnknownKey: CodeRule = {
  id: "code/unknown-key",
  severity: "error",
  rationale: "A key that no flag has answers the default for ever. Of a removed flag the code is what was left behind; of a former key the alias goes one day.",
  bad: 'flags.getBoolean("billing.invoice-exprot", false)',
  good: 'flags.getBoolean("billing.invoice-export", false)',
  repair: "suggested",
  options: {},
  check: ({ file, reference: { key } }, { known }) => {
    // A test asks for flags of its own.
    if (file.isTest || key.kind === "computed" || known.flags.has(key.key) || known.brokenKeys.has(key.key)) return [];
    const today = known.formerKeys.get(key.key);
    return [today === undefined ? unknown(key, known) : former(key, today)];
  },
};

type NamedKey = Exclude<ReferenceKey, { readonly kind: "computed" }>;

function former(key: NamedKey, today: string): CodeFinding {
  return {
    span: key.span,
    message: `${key.key} is a former key of ${today}.`,
    expected: today,
    nearest: today,
    fix: `Ask for ${today}; the former key goes when nobody asks for it.`,
    cap: "warning",
    ...rewriting(key, today),
  };
}

function unknown(key: NamedKey, { flags, tombstones }: KnownFlags): CodeFinding {
  const removed = tombstones.get(key.key);
  if (removed !== undefined)
    return { span: key.span, message: `${key.key} was removed ${removed}.`, fix: "Keep what this code does without the flag, and take the question out." };
  const near = nearest(key.key, flags.keys());
  const isGenerated = key.kind === "generated";
  return {
    span: key.span,
    message: `No flag has the key "${key.key}"${isGenerated ? ": this constant was written for one that is gone" : ""}.`,
    nearest: near,
    fix: near === undefined ? "Define it: sluice new flag" : `Write ${near}, or define it: sluice new flag`,
    ...(near === undefined ? {} : rewriting(key, near)),
  };
}

/** Whoever asks for a name by a constant changes the constant. */
function rewriting(key: NamedKey, name: string): Pick<CodeFinding, "repair"> {
  if (key.kind !== "literal") return {};
  return { repair: { words: `Write ${name}`, edits: [{ start: key.span.start + 1, end: key.span.end - 1, text: name }], isAutomatic: false } };
}
