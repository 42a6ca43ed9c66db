import type { Answer, JsonValue, Version } from "@sluice/evaluation";

/** An answer with everything that is known about it. The value is the caller's default where `reason` is `ERROR`. */
export interface FlagDetails<T> extends Omit<Answer, "value"> {
  readonly value: T;
  /** The snapshot that answered; absent where there was none. */
  readonly version?: Version;
}

/** Answers are made once for each compiled flag, and so are their details in one version. */
const made = new WeakMap<Answer, FlagDetails<JsonValue>>();

/** Details that were made for an answer in this version; undefined where none were. */
export function knownDetails(answer: Answer, version: Version | undefined): FlagDetails<JsonValue> | undefined {
  const known = made.get(answer);
  return known !== undefined && known.version === version ? known : undefined;
}

/** Joins an answer with the value that the caller gets and the version that answered. Shared and frozen, as the answer is. */
export function detailsOf<T extends JsonValue>(answer: Answer, value: T, version: Version | undefined): FlagDetails<T> {
  const isOwn = answer.value === value;
  const known = isOwn ? knownDetails(answer, version) : undefined;
  // What was kept for an answer holds its value, which is the very value asked for here.
  if (known !== undefined) return known as FlagDetails<T>;
  const details: FlagDetails<T> = Object.freeze({ ...answer, value, ...(version === undefined ? {} : { version }) });
  if (isOwn) made.set(answer, details);
  return details;
}
