import type { CodeRule } from "../code-rule.ts";

export const codeNoDynamicKey: CodeRule = {
  id: "code/no-dynamic-key",
  severity: "error",
  rationale: "A key that is put together while the program runs is found by no search: the flag looks unused, is removed, and the code goes on asking.",
  bad: "flags.getBoolean(`reports.${name}`, false)",
  good: "a table from names to constants of sluice codegen",
  repair: "none",
  options: {},
  check: ({ file, reference: { key } }) => {
    if (key.kind !== "computed" || file.isTest) return [];
    return [
      {
        span: key.span,
        message: "The key is put together while the program runs.",
        expected: "a constant, or a text",
        fix: "Write each key out. Where this is the one function by which others ask, name it in sluice.yaml under code: wrappers.",
      },
    ];
  },
};
