import type { Answer, Version } from "@sluice/evaluation";

/** An answer with everything that is known about it. The value is the caller's default where `reason` is `ERROR`. */
export interface FlagDetails<T> extends Omit<Answer, "value"> {
  readonly value: T;
  /** The snapshot that answered; absent where there was none. */
  readonly version?: Version;
}

/** Joins an answer with the value that the caller gets and the version that answered. */
export function detailsOf<T>(answer: Answer, value: T, version: Version | undefined): FlagDetails<T> {
  return { ...answer, value, ...(version === undefined ? {} : { version }) };
}
