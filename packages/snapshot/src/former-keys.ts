import type { FlagForm, Snapshot } from "@sluice/evaluation";
import { type Aliases, keyNow, namesOf } from "@sluice/releases";

const known = new WeakMap<Snapshot["flags"], Aliases>();

/**
 * Former key → key, as a snapshot itself says it: what a process knows that has nothing else, a relay or a fan-out without a database.
 * Looked up once for each set of flags.
 */
export function aliasesIn(flags: Snapshot["flags"]): Aliases {
  const before = known.get(flags);
  if (before !== undefined) return before;
  const found = Object.entries(flags).flatMap(([name, { aliasOf }]) => (aliasOf === undefined ? [] : [[name, aliasOf] as const]));
  const aliases = Object.fromEntries(found);
  known.set(flags, aliases);
  return aliases;
}

/**
 * What a kill of these flags names where it is served: each flag under its key and under every former one, in code unit order, so that
 * code which asks for either is switched at once. The same list where no flag was renamed.
 */
export function killedNames(flags: readonly string[], aliases: Aliases): readonly string[] {
  const concerned = new Set(Object.entries(aliases).flat());
  if (!flags.some((flag) => concerned.has(flag))) return flags;
  return [...new Set(flags.flatMap((flag) => namesOf(aliases, keyNow(aliases, flag))))].sort();
}

/** A form under another key than its file says: shares go on being counted with the key that they were counted with. */
export function underKey(form: FlagForm, { own, key }: { readonly own: string; readonly key: string }): FlagForm {
  return own === key || form.salt !== undefined ? form : { ...form, salt: own };
}

/** With an entry for each former key of a flag that is there; `own`: names that are served in a form of their own. */
export function withFormerKeys(
  flags: Readonly<Record<string, FlagForm>>,
  aliases: Aliases,
  own: { has(name: string): boolean },
): Readonly<Record<string, FlagForm>> {
  const added = Object.entries(aliases).flatMap(([name, key]): readonly (readonly [string, FlagForm])[] => {
    const form = Object.hasOwn(flags, key) ? flags[key] : undefined;
    return form === undefined || own.has(name) ? [] : [[name, { ...underKey(form, { own: key, key: name }), aliasOf: key }]];
  });
  return added.length === 0 ? flags : Object.fromEntries([...Object.entries(flags), ...added]);
}
