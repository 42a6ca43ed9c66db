import type { JsonValue } from "@sluice/evaluation";
import type { Span } from "../../diagnostic.ts";
import type { FlagType } from "../../flag-file.ts";
import type { TextEdit } from "../../diagnostic.ts";

/** Languages in which references are found; `ts` is TypeScript and JavaScript, with and without JSX. */
export const CODE_LANGUAGES = ["ts", "python", "go", "java"] as const;
export type CodeLanguage = (typeof CODE_LANGUAGES)[number];

/**
 * What asks: a `client` of Sluice or OpenFeature, a React `hook` or `component`, a `wrapper` that the project declared, a generated `constant` by
 * its own question. A `mention` is a generated constant that is handed to something else.
 */
export type AskedThrough = "client" | "hook" | "component" | "wrapper" | "constant" | "mention";

/** One place of a program where a flag is asked for. */
export interface CodeReference {
  /** The whole question: the call, or the element's opening tag. */
  readonly span: Span;
  readonly through: AskedThrough;
  /** The type of flag that it asks for; absent where it does not say. */
  readonly asks?: FlagType;
  readonly key: ReferenceKey;
  /** What it answers where no server can be reached; absent where it does not say. */
  readonly fallback?: ReferenceDefault;
  /** What is asked is not known to be a client: it is told, and never mended by itself. */
  readonly isGuess?: true;
  /** Keys of other flags in whose branch it is decided, the outermost first. */
  readonly within: readonly string[];
}

/** How a reference names its flag. */
export type ReferenceKey =
  | {
      /** A text in the question itself. */
      readonly kind: "literal";
      readonly key: string;
      readonly span: Span;
      /** The compiler knows which texts are keys there, as with `typed` of `sluice codegen ts`. */
      readonly isChecked: boolean;
      /** How the generated constant is written instead; absent where none is known, or its name is taken. */
      readonly constant?: ConstantOffer;
    }
  /** A constant that somebody wrote. */
  | { readonly kind: "name"; readonly key: string; readonly span: Span }
  /** A constant of `sluice codegen`. */
  | { readonly kind: "generated"; readonly key: string; readonly span: Span }
  /** Put together while the program runs. */
  | { readonly kind: "computed"; readonly span: Span };

/** The edits that write a generated constant instead of a text: the name itself, and the import where it is missing. */
export interface ConstantOffer {
  readonly name: string;
  readonly edits: readonly TextEdit[];
}

/** The default of a question. */
export interface ReferenceDefault {
  readonly span: Span;
  /** Absent where the code does not say it as a value. */
  readonly value?: JsonValue;
  /** Whether the value stands in the question itself, so that it can be written otherwise there. */
  readonly isInPlace: boolean;
  /** How a value is written in this language; absent where it cannot be. */
  readonly written: (value: JsonValue) => string | undefined;
}

/** A comment, with what stands on its line. */
export interface CodeComment {
  readonly span: Span;
  /** Whether nothing else stands on its first line: then it speaks of the line below. */
  readonly isAlone: boolean;
}

/** One file of a program, read. */
export interface CodeFile {
  /** Below the folder that was looked through, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly language: CodeLanguage;
  /** Tests set flags as they need them, and are no decision points. */
  readonly isTest: boolean;
  readonly comments: readonly CodeComment[];
  readonly references: readonly CodeReference[];
  /** Where it stops being what its language allows; absent where it does not. What comes after it may be missing. */
  readonly unreadFrom?: Span;
}
