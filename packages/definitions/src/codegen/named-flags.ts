import type { FlagDefinition } from "../project.ts";

/** A flag under the name that code calls it by. */
export interface NamedFlag {
  readonly name: string;
  readonly flag: FlagDefinition;
  /** What it does, in one line. */
  readonly words: string;
}

/** How a language writes names: `pascal` BillingInvoiceExport, `upper` BILLING_INVOICE_EXPORT. */
export type NameStyle = "pascal" | "upper";

/** Two flags that one name would stand for. */
export interface SameName {
  readonly name: string;
  readonly flags: readonly [string, string];
}

/** Flags by key with their names, none of them among `taken`, which the code around them uses; or two of them that one name would stand for. */
export function namedFlags(
  flags: readonly FlagDefinition[],
  { style, taken = [] }: { readonly style: NameStyle; readonly taken?: readonly string[] },
): { readonly ok: true; readonly value: readonly NamedFlag[] } | { readonly ok: false; readonly problem: SameName } {
  const named = flags
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map((flag) => ({ name: freeName(nameOf(flag.key, style), { style, taken }), flag, words: wordsOf(flag) }));
  const known = new Map<string, string>();
  for (const { name, flag } of named) {
    const other = known.get(name);
    if (other !== undefined) return { ok: false, problem: { name, flags: [other, flag.key] } };
    known.set(name, flag.key);
  }
  return { ok: true, value: named };
}

/** The same for a language in which keys do without names: where one name would stand for two flags, the first alone has it. */
export function namedFirst(flags: readonly FlagDefinition[], style: NameStyle): readonly NamedFlag[] {
  const named = new Map<string, NamedFlag>();
  for (const flag of flags) {
    const name = nameOf(flag.key, style);
    if (!named.has(name)) named.set(name, { name, flag, words: wordsOf(flag) });
  }
  return [...named.values()].toSorted((a, b) => (a.flag.key < b.flag.key ? -1 : 1));
}

/** The words of a key: at dots, dashes, underscores and slashes, and where a capital begins one. */
function nameOf(key: string, style: NameStyle): string {
  const words = key.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).filter((word) => word !== "");
  const name =
    style === "upper" ? words.map((word) => word.toUpperCase()).join("_") : words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[0-9]/.test(name) ? asFlag(name, style) : name;
}

const asFlag = (name: string, style: NameStyle): string => (style === "upper" ? `FLAG_${name}` : `Flag${name}`);
const freeName = (name: string, { style, taken }: { readonly style: NameStyle; readonly taken: readonly string[] }): string =>
  taken.includes(name) ? asFlag(name, style) : name;

/** What a flag does and whose it is, in one line; also for comments of other languages. */
export function wordsOf({ description, kind, owner, expires }: FlagDefinition): string {
  const about = [`${kind} flag`, ...(owner === undefined ? [] : [`owned by ${owner}`]), ...(expires === undefined ? [] : [`expires ${expires}`])].join(", ");
  return [...(description === undefined ? [] : [description]), `${about}.`].join(" ").replaceAll(/[\s\p{Cc}]+/gu, " ");
}

/** The flags, and each former key as a flag of its own that is going: code that still uses its name compiles, and is told. */
export function withFormerKeys(flags: readonly FlagDefinition[]): readonly FlagDefinition[] {
  return flags.flatMap((flag) => {
    const former = (flag.aliases ?? []).map((key) => ({ ...flag, key, description: `Former key of ${flag.key}.`, tags: ["deprecated"] }));
    return [flag, ...former];
  });
}

/** Whether code for it is marked as going, so that nobody begins to ask for it. */
export const isDeprecated = ({ tags = [] }: Pick<FlagDefinition, "tags">): boolean => tags.includes("deprecated");
