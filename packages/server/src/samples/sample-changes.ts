import type { PlannedSamples, SamplingDeclaration } from "@sluice/contract";
import {
  compileSnapshot,
  type Context,
  type FlagForm,
  sampledHash,
  type SampledContext,
  type SampledValue,
  type Snapshot,
  whoChanges,
} from "@sluice/evaluation";
import { type AttributeUse, attributeUses, countsOf, usesOfSegment, valuesOfUnit, withParents } from "@sluice/snapshot";
import { compileTwo, type TwoWorlds } from "../customer-changes.ts";

/** Evaluations of one environment's samples, before and after together: some seconds of the API's time at most. */
const EVALUATIONS_MAX = 2_000_000;

/** The sampled contexts of one environment, and what is known of how they were sampled. */
export interface Sampled {
  readonly contexts: readonly SampledContext[];
  readonly declared: SamplingDeclaration;
  readonly digest: (text: string) => string;
}

/** A sample as it is asked with. */
interface Asking {
  readonly context: Context;
  /** Hashed attributes of which the value is not known. */
  readonly unread: ReadonlySet<string>;
}

/**
 * Of an environment's sampled contexts, how many would get something else of each of these flags; `undefined` where there is none to ask. A value
 * that was hashed is known where it is one that the rules name, or a registered customer's key; any other equals none of them. Where a flag
 * looks into a value that is not known (a share, a version, the beginning of a text), that context is not counted for it but told apart.
 */
export function sampleChanges(
  worlds: TwoWorlds,
  flags: readonly string[],
  { contexts, declared, digest }: Sampled,
  customerKeys: readonly string[],
): ReadonlyMap<string, PlannedSamples> | undefined {
  const two = compileTwo(worlds, new Set(flags));
  if (two === undefined || contexts.length === 0) return undefined;
  const uses = new Map(flags.map((flag) => [flag, [...usesOf(flag, two.before), ...usesOf(flag, two.after)]] as const));
  const customers = [...new Set([two.before, two.after].map(customerOf))].map((path): AttributeUse => ({ path, equals: customerKeys.flatMap(valuesOfUnit) }));
  const read = reader([...[...uses.values()].flat(), ...customers], digest);
  const asked = contexts.slice(0, Math.max(1, Math.floor(EVALUATIONS_MAX / (2 * flags.length)))).map(read);
  const named = asked.map(({ context }, at) => ({ name: String(at), context }));
  const changed = new Map(whoChanges(compileSnapshot(two.before), compileSnapshot(two.after), named).map(({ flag, who }) => [flag, who] as const));
  return new Map(
    flags.map((flag) => {
      const own = uses.get(flag) ?? [];
      const looksInto = own.filter(({ equals }) => equals === undefined).map(({ path }) => path);
      const isTold = ({ unread }: Asking): boolean => !looksInto.some((path) => unread.has(path));
      const told = new Set(asked.flatMap((one, at) => (isTold(one) ? [String(at)] : [])));
      const unknown = [...new Set(own.map(({ path }) => path))].filter((path) => !Object.hasOwn(declared.attributes, path)).sort();
      return [
        flag,
        {
          ...countsOf(
            (changed.get(flag) ?? []).filter(({ name }) => told.has(name)),
            told.size,
          ),
          untold: asked.length - told.size,
          ...(unknown.length === 0 ? {} : { unknown }),
        },
      ];
    }),
  );
}

const customerOf = ({ customer = "customer" }: Snapshot): string => customer;

/** What the flag's answer asks of attributes, what people have decided about it included. */
function usesOf(flag: string, snapshot: Snapshot): readonly AttributeUse[] {
  const { kills = {} } = snapshot;
  const forms = Object.entries(withParents([flag], (key) => snapshot.flags[key]));
  return forms.flatMap(([key, form]) => {
    const scopes = Object.values(kills).flatMap(({ flags, scope }) => (scope !== undefined && flags.includes(key) ? [scope] : []));
    return [
      ...attributeUses(form, snapshot),
      ...decidedUses(form, snapshot),
      ...scopes.flatMap(({ customers, segment }) => [
        ...(customers === undefined ? [] : [{ path: customerOf(snapshot) }]),
        ...(segment === undefined ? [] : usesOfSegment(segment, snapshot)),
      ]),
    ];
  });
}

/** Exposure and pins know customers and users by hashes of another kind. */
function decidedUses({ exposure, pins = [] }: FlagForm, snapshot: Snapshot): readonly AttributeUse[] {
  return [
    ...(exposure !== undefined || pins.some(([who]) => who === "customer") ? [{ path: customerOf(snapshot) }] : []),
    ...(pins.some(([who]) => who === "user") ? [{ path: "targetingKey" }] : []),
  ];
}

/** Stands for a hashed number that no rule names: no definition holds it, and it equals nothing else. */
const SOME_NUMBER = -Number.MAX_VALUE;

/** Reads samples as contexts, with the values behind hashes as far as these uses name them. */
function reader(uses: readonly AttributeUse[], digest: Sampled["digest"]): (sample: SampledContext) => Asking {
  const known = new Map<string, Map<string, string | number | boolean>>();
  for (const { path, equals = [] } of uses) {
    const values = known.get(path) ?? new Map<string, string | number | boolean>();
    known.set(path, values);
    for (const value of equals) values.set(sampledHash(digest, path, value), value);
  }
  return ({ plain, hashed }) => {
    const unread = new Set<string>();
    const valueOf = (path: string, hash: string): string | number | boolean => {
      const value = known.get(path)?.get(hash) ?? truthOf(path, hash, digest);
      if (value !== undefined) return value;
      unread.add(path);
      return hash.startsWith("n") ? SOME_NUMBER : hash;
    };
    const values = Object.entries(hashed).map(([path, hash]): readonly [string, SampledValue] => [
      path,
      typeof hash === "string" ? valueOf(path, hash) : hash.map((item) => valueOf(path, item)),
    ]);
    return { context: { ...plain, ...Object.fromEntries(values) }, unread };
  };
}

/** There are but two. */
function truthOf(path: string, hash: string, digest: Sampled["digest"]): boolean | undefined {
  return hash.startsWith("b") ? [true, false].find((truth) => sampledHash(digest, path, truth) === hash) : undefined;
}
