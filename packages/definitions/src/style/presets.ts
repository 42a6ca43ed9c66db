import type { CaseName } from "./case-style.ts";
import type { Options, Severity } from "./rule.ts";

/** A rule's weight and what a project set for it. */
export interface RuleSetting {
  readonly severity?: Severity;
  readonly options?: Options;
}

/** A named starting point of a style guide. */
export interface Preset {
  readonly words: string;
  readonly caseName: CaseName;
  /** Whether keys have parts between dots. */
  readonly hasAreas: boolean;
  readonly rules: Readonly<Record<string, RuleSetting>>;
}

const flat = { "key/words": { options: { min: 1, max: 7 } } } as const;

/** Lengths are percentiles (95th and 99th) of 1,182 keys of 14 public registries; no two of them agree on the case. */
export const presets: Readonly<Record<string, Preset>> = {
  recommended: { words: "dotted, dashed lower-case words: billing.invoice-export", caseName: "kebab", hasAreas: true, rules: {} },
  kebab: { words: "dotted, dashed lower-case words: billing.invoice-export", caseName: "kebab", hasAreas: true, rules: {} },
  camel: { words: "camel case, with or without an area: billing.invoiceExport", caseName: "camel", hasAreas: true, rules: flat },
  snake: { words: "words with underscores, with or without an area: billing.invoice_export", caseName: "snake", hasAreas: true, rules: flat },
  pascal: { words: "capital words in one: InvoiceExport", caseName: "pascal", hasAreas: false, rules: flat },
  constant: { words: "upper-case words with underscores: INVOICE_EXPORT", caseName: "constant", hasAreas: false, rules: flat },
  gitlab: {
    words: "words with underscores and no area, up to 70 characters: invoice_export",
    caseName: "snake",
    hasAreas: false,
    rules: { "key/length": { options: { warn: 55, max: 70 } }, "key/words": { options: { min: 1, max: 10 } } },
  },
  "ld-kebab": { words: "dashed lower-case words without an area: invoice-export", caseName: "kebab", hasAreas: false, rules: flat },
  "legacy-baseline": {
    words: "as recommended, with every rule about keys and lives a warning: for a project whose flags were there before its guide",
    caseName: "kebab",
    hasAreas: true,
    rules: Object.fromEntries(
      [
        "key/case",
        "key/area",
        "key/length",
        "key/positive",
        "key/no-person",
        "key/unique-ci",
        "meta/owner",
        "meta/description",
        "meta/ticket",
        "life/expires",
        "life/permanent-reason",
        "life/expired",
        "val/safe-default",
        "val/prereq-depth",
      ].map((id) => [id, { severity: "warning" as const }]),
    ),
  },
};
