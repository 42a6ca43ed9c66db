/** What a receipt says beside its count; all but `of` absent in receipts of earlier versions. */
export interface ReceiptNumbers {
  readonly of: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly gone?: number;
  readonly withoutStream?: number;
  readonly pages?: { readonly of: number; readonly told: number };
}

/**
 * Sentences beside "n of m have confirmed": how soon, who is away, and who has it without a connection; none where there is nothing to say.
 * `words`: a time in milliseconds as the reader is used to it.
 */
export function receiptNotes({ of, p50Ms, p99Ms, gone = 0, withoutStream = 0, pages }: ReceiptNumbers, words: (ms: number) => string): readonly string[] {
  const notes: string[] = [];
  // Of one process the time until the last says it all.
  if (of > 1 && p50Ms !== undefined && p99Ms !== undefined)
    notes.push(`Half of those that have confirmed did within ${words(p50Ms)}, 99 of 100 within ${words(p99Ms)}.`);
  if (gone > 0)
    notes.push(
      `${counted(gone)} that ${gone === 1 ? "was" : "were"} connected ${gone === 1 ? "is" : "are"} away without a word: ended, or cut off and then perhaps still with the feature.`,
    );
  if (withoutStream > 0)
    notes.push(`${counted(withoutStream)} without a lasting connection, such as ${withoutStream === 1 ? "a function, has" : "functions, have"} it too.`);
  if (pages !== undefined && pages.of > 0) notes.push(pagesNote(pages));
  return notes;
}

/** Pages confirm nothing: what is known of them is whom it was sent to. */
function pagesNote({ of, told }: { readonly of: number; readonly told: number }): string {
  if (told < of) return `It was sent to ${told} of ${of} pages in browsers; the others are behind a relay that does not serve it yet.`;
  return `It was sent to ${of === 1 ? "the 1 page" : `all ${of} pages`} in browsers that ${of === 1 ? "listens" : "listen"}; one that nobody looks at asks within a minute.`;
}

/** The decision whose flags a process still has, by the version that it serves (`<epoch>:<seq>`); undefined where it has not said. */
export function servedDecision(serves: unknown): number | undefined {
  const seq = typeof serves === "string" ? /:(\d{1,15})$/.exec(serves)?.[1] : undefined;
  return seq === undefined ? undefined : Number(seq);
}

const counted = (n: number): string => (n === 1 ? "1 process" : `${n} processes`);
