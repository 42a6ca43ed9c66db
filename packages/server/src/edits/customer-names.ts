import type { RegisteredCustomer } from "@sluice/store";

/** Shorter names are words that any sentence has. */
const CHARS_MIN = 4;

/**
 * The first registered customer that a text names: by key, alias or name, as a whole word, without case. Names never go to a Git host
 * (semantics 29), whoever types them. What the files say already is no news to it: a customer may be called as a team or a feature is.
 */
export function namedIn(text: string, registry: readonly RegisteredCustomer[], already: string): string | undefined {
  const [lower, known] = [plain(text), plain(already)];
  const isNews = (word: string): boolean => word.length >= CHARS_MIN && isIn(lower, word) && !isIn(known, word);
  for (const { key, name, aliases = [] } of registry) {
    const found = [key, name, ...aliases].find((word) => isNews(plain(word)));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** As people read it: without case, however letters are put together, and over the ends of lines. */
const plain = (text: string): string => text.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ");

const isWordy = (sign: string | undefined): boolean => sign !== undefined && /[\p{L}\p{N}]/u.test(sign);

function isIn(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) if (!isWordy(text[at - 1]) && !isWordy(text[at + word.length])) return true;
  return false;
}

/** Lines that a diff puts in. */
export const linesPutIn = (diff: string): string =>
  diff
    .split("\n")
    .filter((line) => line.startsWith("+"))
    .map((line) => line.slice(1))
    .join("\n");
