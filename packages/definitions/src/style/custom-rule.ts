import type { KeyTest } from "../key-pattern.ts";
import type { ValueSchema } from "../value-schema.ts";
import type { Severity } from "./rule.ts";

/** A rule that a project writes itself, in `sluice.yaml`: a pattern of one field, a schema of the whole file, or a module of its own. */
export interface CustomRule {
  /** `custom/` and a name. */
  readonly id: `custom/${string}`;
  readonly severity: Severity;
  readonly message: string;
  readonly fix: string;
  readonly test: CustomTest;
}

/** How a custom rule looks at a flag. */
export type CustomTest =
  | { readonly kind: "pattern"; readonly field: string; readonly words: string; readonly matches: KeyTest }
  | { readonly kind: "schema"; readonly schema: ValueSchema }
  /** `path`: below the project's folder. */
  | { readonly kind: "module"; readonly path: string };
