import type { Context } from "./answer.ts";
import { compileRead } from "./attribute.ts";
import { unitText } from "./bucketing.ts";
import { canonicalJson } from "./encode.ts";

/** How a sampled attribute leaves its process: as it is, or as a keyed hash of its value. */
export type SampledHow = "plain" | "hashed";

/** What may be sampled of contexts, by attribute path; what is not named here stays where it is. */
export type SampledAttributes = Readonly<Record<string, SampledHow>>;

type Scalar = string | number | boolean;

/** A value that can be sampled. Objects are not: their members are attributes of their own. */
export type SampledValue = Scalar | readonly Scalar[];

/** What of a context leaves its process. Paths are in code unit order, so that equal contexts are equal texts. */
export interface SampledContext {
  readonly plain: Readonly<Record<string, SampledValue>>;
  /** `sampledHash` of each value, or of each item of a list. */
  readonly hashed: Readonly<Record<string, string | readonly string[]>>;
}

/** A context's sampled attributes as they are, before anything is hashed. Never leaves the process. */
export type PickedContext = readonly (readonly [path: string, value: SampledValue])[];

/** Bounds of a sample; what goes beyond them is left out. */
export const samplingLimits = {
  /** Attributes that a project may name. */
  attributes: 20,
  /** Characters of a text. */
  textChars: 200,
  /** Items of a list. */
  items: 20,
} as const;

/** The attribute that names the user. */
const USER = "targetingKey";

/**
 * Compiles what is taken of a context. The customer's key (at `customer`) and the user's are never taken plain, nor is any other plain attribute
 * that has the same value: a tenant's id under a second name is still who it is. Empty where a context has nothing that is named.
 */
export function compilePick(attributes: SampledAttributes, customer: string): (context: Context) => PickedContext {
  const keys = [customer, USER];
  const named = Object.entries(attributes)
    .filter(([path, how]) => how === "hashed" || !keys.includes(path))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, samplingLimits.attributes)
    .map(([path, how]) => ({ path, isPlain: how === "plain", read: compileRead(path) }));
  const readKeys = keys.map(compileRead);
  return (context) => {
    const secret = readKeys.map((read) => unitText(read(context)));
    return named.flatMap(({ path, isPlain, read }) => {
      const value = taken(read(context));
      if (value === undefined || (isPlain && itemsOf(value).some((item) => typeof item !== "boolean" && secret.includes(String(item))))) return [];
      return [[path, value] as const];
    });
  };
}

/** What leaves the process of a picked context. `digest`: a keyed hash as base64url, at least 22 characters. */
export function sealContext(picked: PickedContext, attributes: SampledAttributes, digest: (text: string) => string): SampledContext {
  const plain: [string, SampledValue][] = [];
  const hashed: [string, string | readonly string[]][] = [];
  for (const [path, value] of picked) {
    const hash = (item: Scalar): string => sampledHash(digest, path, item);
    if (attributes[path] === "plain") plain.push([path, value]);
    else if (attributes[path] === "hashed") hashed.push([path, isList(value) ? value.map(hash) : hash(value)]);
  }
  return { plain: Object.fromEntries(plain), hashed: Object.fromEntries(hashed) };
}

/** Characters of a digest that are kept: 132 bits. */
const DIGEST_CHARS = 22;
/** What `sampledHash` gives: the type's letter (s, n, b), then the digest. */
export const SAMPLED_HASH: RegExp = /^[snb][\w-]{22}$/;

/** The hash that stands for one value of one attribute: of path, line feed and the value as canonical JSON, behind the first letter of its type. */
export function sampledHash(digest: (text: string) => string, path: string, value: Scalar): string {
  return (typeof value).slice(0, 1) + digest(`${path}\n${canonicalJson(value)}`).slice(0, DIGEST_CHARS);
}

function taken(value: unknown): SampledValue | undefined {
  if (!Array.isArray(value)) return isSampled(value) ? value : undefined;
  const items = value.slice(0, samplingLimits.items).filter(isSampled);
  return items.length === 0 ? undefined : items;
}

function isSampled(value: unknown): value is Scalar {
  if (typeof value === "string") return value.length <= samplingLimits.textChars;
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

const isList = (value: SampledValue): value is readonly Scalar[] => Array.isArray(value);
const itemsOf = (value: SampledValue): readonly Scalar[] => (isList(value) ? value : [value]);
