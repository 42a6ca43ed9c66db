import { fieldText, insertField, keySpanOf, type StyleRule } from "../rule.ts";

export const valSafeDefault: StyleRule = {
  id: "val/safe-default",
  severity: "error",
  looksAt: "flag",
  rationale:
    "What code answers when no server can be reached is a decision, and for a lasting switch off is often the wrong one. Release and experiment flags default to off by themselves (flag/code-default).",
  bad: "an ops flag without codeDefault:",
  good: "codeDefault: on",
  repair: "automatic",
  options: {},
  check: (flag) => {
    if ((flag.kind !== "ops" && flag.kind !== "permission") || flag.fields.has("codeDefault")) return [];
    const off = fieldText(flag, "off") ?? "off";
    const after = ["off", "variants", "type"].find((name) => flag.fields.has(name)) ?? "key";
    const edit = insertField(flag, after, `codeDefault: ${off}`);
    return [
      {
        span: keySpanOf(flag),
        message: `A flag of kind ${flag.kind} says what code answers without a server.`,
        expected: `codeDefault: ${off}`,
        fix: `Add codeDefault: ${off}, which is what code answers now, or another variant.`,
        ...(edit === undefined ? {} : { repair: { words: `Add codeDefault: ${off}`, edits: [edit], isAutomatic: true } }),
      },
    ];
  },
};
