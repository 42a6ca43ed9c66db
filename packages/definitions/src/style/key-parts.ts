import type { FlagFile } from "../flag-file.ts";
import { areaOf, subjectOf, wordsOf } from "./case-style.ts";

/** A flag's key, taken apart. */
export interface KeyParts {
  readonly key: string;
  /** Empty where the key has none, or the guide knows no areas. */
  readonly area: string;
  readonly subject: string;
  /** Of the subject. */
  readonly words: readonly string[];
}

const [withArea, whole] = [new WeakMap<FlagFile, KeyParts>(), new WeakMap<FlagFile, KeyParts>()];

/** Takes a flag's key apart, once for each text of its file. */
export function keyParts(flag: FlagFile, { hasAreas }: { readonly hasAreas: boolean }): KeyParts {
  const known = hasAreas ? withArea : whole;
  const before = known.get(flag);
  if (before !== undefined) return before;
  const key = flag.key ?? "";
  const area = hasAreas ? areaOf(key) : "";
  const subject = area === "" ? key : subjectOf(key);
  const parts = { key, area, subject, words: wordsOf(subject) };
  known.set(flag, parts);
  return parts;
}

/** A key of this area with another subject. */
export const withSubject = ({ area }: KeyParts, subject: string): string => (subject === "" ? "" : area === "" ? subject : `${area}.${subject}`);
