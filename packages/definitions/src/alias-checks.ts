import type { FlagForm } from "@sluice/evaluation";
import type { FileReport } from "./diagnostic.ts";
import type { FlagFile } from "./flag-file.ts";

/** Former keys that answer nothing or more than one thing, and shares that a rename would count anew. */
export function checkAliases(flags: ReadonlyMap<string, FlagFile>, report: (path: string) => FileReport): void {
  const owners = new Map<string, Set<string>>();
  for (const [key, { aliases }] of flags) for (const { name } of aliases) owners.set(name, (owners.get(name) ?? new Set()).add(key));
  for (const [key, file] of flags) {
    if (file.aliases.length === 0) continue;
    const seen = new Set<string>();
    for (const { name, span } of file.aliases) {
      const other = [...(owners.get(name) ?? [])].find((each) => each !== key);
      const message = seen.has(name)
        ? `The former key "${name}" is listed twice.`
        : name === key
          ? "A flag is not its own former key."
          : flags.has(name)
            ? `"${name}" is the key of a flag (${flags.get(name)?.path ?? ""}), so it cannot be a former key of this one.`
            : other === undefined
              ? undefined
              : `"${name}" is a former key of "${other}" too: code that asks for it cannot get both.`;
      seen.add(name);
      if (message !== undefined) report(file.path).add(span, { code: "alias/taken", message, fix: "Take it out here, or there." });
    }
    const [first] = file.aliases;
    if (first !== undefined && [...file.forms.values()].some(sharesByKey))
      report(file.path).add(first.span, {
        code: "alias/salt",
        severity: "warning",
        message: "The flag was renamed and shares by its key, so the rename gives the share to other people.",
        expected: `salt: ${first.name}`,
        fix: `Add salt: with the key that the share was counted with, such as ${first.name}.`,
      });
  }
}

/** Whether somebody is counted with the key: in a share or a split that names no salt, of a flag that names none. */
export function sharesByKey({ salt, rules = [] }: FlagForm): boolean {
  if (salt !== undefined) return false;
  return rules.some(
    ({ serve }) =>
      typeof serve !== "string" &&
      serve.salt === undefined &&
      ((serve.share !== undefined && serve.share > 0 && serve.share < WHOLE) || (typeof serve.of !== "string" && serve.of.length > 1)),
  );
}

/** A share of everybody, in thousandths of a percent. */
const WHOLE = 100_000;

/** The flags by key and by former key: what an alert names, it finds. */
export function underEveryName(flags: ReadonlyMap<string, FlagFile>): ReadonlyMap<string, FlagFile> {
  const former = [...flags.values()].flatMap((flag) => flag.aliases.map(({ name }) => [name, flag] as const));
  return former.length === 0 ? flags : new Map([...former, ...flags]);
}
