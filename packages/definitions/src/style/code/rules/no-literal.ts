import type { CodeRule } from "../code-rule.ts";

export const codeNoLiteral: CodeRule = {
  id: "code/no-literal",
  severity: "warning",
  rationale:
    "A misspelt text answers the default for ever, and nobody is told; a constant of `sluice codegen` that no flag has does not compile, and finds every place when the flag goes.",
  bad: 'flags.getBoolean("billing.invoice-export", false)',
  good: "flags.getBoolean(BILLING_INVOICE_EXPORT, false)",
  repair: "automatic",
  options: {},
  check: ({ file, reference: { key } }, { known }) => {
    // A test says what it means best in plain words, and one that asks for no flag fails by itself.
    if (key.kind !== "literal" || key.isChecked || file.isTest || !known.flags.has(key.key)) return [];
    const { constant } = key;
    return [
      {
        span: key.span,
        message: `"${key.key}" stands here as a text.`,
        ...(constant === undefined ? {} : { expected: constant.name }),
        fix:
          constant === undefined
            ? `Use the constant that sluice codegen ${file.language} writes.`
            : `Write ${constant.name}, which stops compiling when the flag is gone.`,
        ...(constant === undefined ? {} : { repair: { words: `Write ${constant.name}`, edits: constant.edits, isAutomatic: true } }),
      },
    ];
  },
};
