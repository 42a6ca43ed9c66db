/** How the words of a key are written together. */
export type CaseName = "kebab" | "camel" | "snake" | "pascal" | "constant";

/** Every case style, in the order in which a tie between them is decided. */
export const caseNames: readonly CaseName[] = ["kebab", "camel", "snake", "pascal", "constant"];

const patterns: Readonly<Record<CaseName, RegExp>> = {
  kebab: /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
  camel: /^[a-z][a-zA-Z0-9]*$/,
  snake: /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/,
  pascal: /^[A-Z][a-zA-Z0-9]*$/,
  constant: /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/,
};

/** A word of each case style, for messages. */
export const caseExamples: Readonly<Record<CaseName, string>> = {
  kebab: "invoice-export",
  camel: "invoiceExport",
  snake: "invoice_export",
  pascal: "InvoiceExport",
  constant: "INVOICE_EXPORT",
};

/** Whether one part of a key (what stands between dots) is written in a case style. */
export const isOfCase = (part: string, name: CaseName): boolean => patterns[name].test(part);

const WORD = /[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+/g;

/**
 * The words of a key or of one part of it, in lower case: cut at everything that is no letter or digit, and at humps
 * (`HTMLParser2` is html, parser2). Digits stay with the letters before them.
 */
export function wordsOf(text: string): readonly string[] {
  return (text.match(WORD) ?? []).map((word) => word.toLowerCase());
}

/** Whether a test holds for each of the words; the first that does not ends it. */
export function isEveryWord(text: string, test: (word: string) => boolean): boolean {
  for (const [word] of text.matchAll(WORD)) if (!test(word.toLowerCase())) return false;
  return true;
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Words written together in a case style. */
export function joinWords(words: readonly string[], name: CaseName): string {
  switch (name) {
    case "kebab":
      return words.join("-");
    case "snake":
      return words.join("_");
    case "constant":
      return words.join("_").toUpperCase();
    case "pascal":
      return words.map(capital).join("");
    case "camel":
      return words.map((word, index) => (index === 0 ? word : capital(word))).join("");
  }
}

/** What stands before a key's first dot; empty for a key without one. */
export const areaOf = (key: string): string => (key.includes(".") ? key.slice(0, key.indexOf(".")) : "");

/** What stands after the area. */
export const subjectOf = (key: string): string => key.slice(key.indexOf(".") + 1);
