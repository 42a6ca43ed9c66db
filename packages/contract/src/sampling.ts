import { canonicalJson, SAMPLED_HASH, type SampledAttributes, type SampledContext, samplingLimits } from "@sluice/evaluation";
import * as z from "zod";

/** Contexts of one report of an SDK. */
export const SAMPLES_MAX = 100;
/** One context as JSON, in UTF-16 code units: twenty attributes with short values; a larger one is left out. */
export const SAMPLE_CHARS_MAX = 2_000;
/** The shortest time between two reports of one process. */
export const SAMPLES_EVERY_MS_MIN = 60_000;

/** What may be sampled, as the feed tells it and `sluice.yaml` declares it. */
export interface SamplingDeclaration {
  readonly attributes: SampledAttributes;
  /** Attribute path of the customer's key. */
  readonly customer: string;
}

/** `GET /sdk/v1/sampling`: what an SDK may send. */
export interface SamplingTerms extends SamplingDeclaration {
  /** Other terms have another id; streams tell it. */
  readonly id: string;
  /** What `hashed` attributes are hashed with: of this environment alone, and of no other project. */
  readonly key: string;
  /** Between two reports, in milliseconds. */
  readonly everyMs: number;
}

/** A keyed hash as base64url. */
export type KeyedDigest = (key: string, text: string) => string;

/** The key of one environment, from the secret of the server's data folder: a value of one cannot be found in another. */
export function samplingKey(secret: string, environment: string, digest: KeyedDigest): string {
  return `ssk_${digest(secret, `sluice-sampling-1\n${environment}`)}`;
}

const TERMS_ID_CHARS = 10;

/** The terms of one environment; `undefined` where nothing is declared. */
export function samplingTerms(
  { attributes, customer }: SamplingDeclaration,
  { key, digest, everyMs }: { readonly key: string; readonly digest: KeyedDigest; readonly everyMs: number },
): SamplingTerms | undefined {
  if (Object.keys(attributes).length === 0) return undefined;
  const id = digest(key, canonicalJson({ attributes, customer })).slice(0, TERMS_ID_CHARS);
  return { id, attributes, customer, key, everyMs };
}

const path = z.string().min(1).max(200);
const scalar = z.union([z.string().max(samplingLimits.textChars), z.number(), z.boolean()]);
const sampledContext = z.object({
  plain: z.record(path, z.union([scalar, z.array(scalar).max(samplingLimits.items)])).default({}),
  hashed: z.record(path, z.union([z.string().max(64), z.array(z.string().max(64)).max(samplingLimits.items)])).default({}),
});

/** `POST /sdk/v1/samples`. Unknown fields are ignored: a newer SDK may say more. */
export const samplesBody = z.object({ contexts: z.array(sampledContext).max(SAMPLES_MAX) });
/** `POST /internal/v1/samples`, and `POST /relay/v1/samples`. */
export const keptSamplesBody = z.object({ environment: z.string().min(1).max(200), contexts: z.array(sampledContext).max(SAMPLES_MAX) });

/**
 * What of a context is declared, in the way that it is declared; anything else is dropped, whoever sent it. The customer's key and the user's are
 * never kept plain. `undefined` where nothing is left, and for a context that is too large.
 */
export function onlyDeclared(sample: SampledContext, { attributes, customer }: SamplingDeclaration): SampledContext | undefined {
  const keys = [customer, "targetingKey"];
  const sorted = <T>(values: Readonly<Record<string, T>>, isKept: (path: string, value: T) => boolean): Readonly<Record<string, T>> =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([name, value]) => isKept(name, value))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const isHash = (value: string | readonly string[]): boolean => [value].flat().every((hash) => SAMPLED_HASH.test(hash));
  const kept: SampledContext = {
    plain: sorted(sample.plain, (name) => Object.hasOwn(attributes, name) && attributes[name] === "plain" && !keys.includes(name)),
    hashed: sorted(sample.hashed, (name, value) => Object.hasOwn(attributes, name) && attributes[name] === "hashed" && isHash(value)),
  };
  const isEmpty = Object.keys(kept.plain).length + Object.keys(kept.hashed).length === 0;
  return isEmpty || canonicalJson(kept).length > SAMPLE_CHARS_MAX ? undefined : kept;
}

/** `GET /api/sampling`: what this server knows of the contexts that applications ask with. */
export interface SamplingView {
  readonly attributes: readonly { readonly path: string; readonly how: "plain" | "hashed" }[];
  /** Different contexts that are kept, of each environment. */
  readonly environments: readonly { readonly environment: string; readonly contexts: number }[];
  /** How many are kept of one environment at most. */
  readonly contextsMax: number;
  /** For how long after it was last seen. */
  readonly days: number;
}

export const samplingReply: z.ZodType<SamplingView> = z.looseObject({
  attributes: z.array(z.looseObject({ path: z.string(), how: z.enum(["plain", "hashed"]) })),
  environments: z.array(z.looseObject({ environment: z.string(), contexts: z.number() })),
  contextsMax: z.number(),
  days: z.number(),
});
export const samplingTermsReply: z.ZodType<SamplingTerms> = z.looseObject({
  id: z.string(),
  attributes: z.record(z.string(), z.enum(["plain", "hashed"])),
  customer: z.string(),
  key: z.string(),
  everyMs: z.number(),
});
