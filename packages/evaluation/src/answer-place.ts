import type { Answer } from "./answer.ts";

/** Counts up while an answer is given again. */
export interface AnswerCounter {
  value: number;
}

/**
 * A place beside one compiled answer for the counter of whoever asks, so that counting needs no look-up on the hot path. Empty when the flag is
 * compiled, and again whenever it is compiled anew. Of one asker: what two clients ask is compiled for each of them.
 */
export interface AnswerPlace {
  counter: AnswerCounter | undefined;
}

/** Not enumerable, so that an answer compares, spreads and prints as what it says. */
const PLACE: unique symbol = Symbol("place");

/** Makes an answer of a compiled flag: frozen, with a place of its own. */
export function compiledAnswer(says: Answer): Answer {
  const place: AnswerPlace = { counter: undefined };
  return Object.freeze(Object.defineProperty(says, PLACE, { value: place }));
}

/** The place of a compiled answer; undefined of those that are of no flag (`unknownFlag`, `wrongType`, `noSnapshot`). */
export function placeOf(answer: Answer & { readonly [PLACE]?: AnswerPlace }): AnswerPlace | undefined {
  return answer[PLACE];
}
