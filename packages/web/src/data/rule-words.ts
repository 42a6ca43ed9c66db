import type { EditableRule } from "./edit-data.ts";

type Json = EditableRule["serve"];

/** A value as a flag file writes it in one line: `{ plan: { in: [pro] } }`. */
export function inOneLine(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, member]) => `${wordOf(name)}: ${inOneLine(member)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  }
  return typeof value === "string" ? wordOf(value) : String(value);
}

/** What needs no quotes in a file needs none here; everything else is written so that nobody takes it for something else. */
const wordOf = (text: string): string => (/^[A-Za-z_][\w./@-]*$/.test(text) && !/^(?:true|false|null)$/i.test(text) ? text : JSON.stringify(text));

/** Who gets what by a rule's `serve`: a variant, a share of those who match, or variants by weight. */
export function serveWords(serve: Json): string {
  if (typeof serve !== "object" || serve === null || Array.isArray(serve)) return inOneLine(serve);
  const { share, of, split, by } = serve as { readonly [name: string]: Json | undefined };
  const weights = isWeights(split) ? split : isWeights(of) ? of : undefined;
  const what =
    weights === undefined
      ? inOneLine(of ?? null)
      : Object.entries(weights)
          .map(([variant, percent]) => `${variant} ${percent} %`)
          .join(", ");
  const whom = share === undefined ? "" : `, to ${inOneLine(share)} % of them`;
  return `${what}${whom}${typeof by === "string" ? `, by ${by}` : ""}`;
}

function isWeights(value: Json | undefined): value is { readonly [variant: string]: number } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((weight) => typeof weight === "number");
}
