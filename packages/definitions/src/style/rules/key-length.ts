import { keySpanOf, numberOption, type StyleRule } from "../rule.ts";

export const keyLength: StyleRule = {
  id: "key/length",
  severity: "error",
  looksAt: "flag",
  rationale: "95 of 100 keys in fourteen public registries have at most 40 characters, 99 at most 50: longer ones break tables and are never read aloud.",
  bad: "billing.allow-accountants-to-export-all-invoices-as-csv",
  good: "billing.invoice-export-csv",
  repair: "none",
  options: { warn: 40, max: 50 },
  check: (flag, { options }) => {
    const length = flag.key?.length ?? 0;
    const [warn, max] = [numberOption(options, "warn"), numberOption(options, "max")];
    if (length <= warn) return [];
    return [
      {
        span: keySpanOf(flag),
        message: `The key has ${length} characters.`,
        expected: `at most ${length > max ? max : warn}`,
        fix: "Keep the words that tell it from its neighbours; the rest belongs into the description.",
        ...(length > max ? {} : { cap: "warning" as const }),
      },
    ];
  },
};
