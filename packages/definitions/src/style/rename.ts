import type { Finding } from "../diagnostic.ts";
import type { FlagFile } from "../flag-file.ts";
import { isNew, keySpanOf, type StyleWorld } from "./rule.ts";

/** The path that a key's file has. */
export const pathOfKey = (key: string): string => `flags/${key.replaceAll(".", "/")}.yaml`;

/**
 * What to do about a key that should read otherwise. A new flag is renamed in place, for nobody asks for it yet; an older one
 * is asked for by code, so another takes its place and it goes when nobody asks for it.
 */
export function renaming(flag: FlagFile, better: string, world: StyleWorld): Pick<Finding, "nearest" | "fix" | "repair"> {
  const key = flag.key ?? "";
  if (better === "" || better === key || world.flags.has(better)) return { fix: "Give it another name." };
  if (!isNew(flag, world)) return { nearest: better, fix: `Add ${better} beside it, ask for that in the code, then delete ${key}` };
  return {
    nearest: better,
    fix: `Write key: ${better}`,
    repair: { words: `Rename the flag to ${better}`, edits: [{ ...keySpanOf(flag), text: better }], moveTo: pathOfKey(better), isAutomatic: true },
  };
}

/** The same for a name that a person should choose: an editor offers it, `--fix` leaves it. */
export function suggestedRenaming(flag: FlagFile, better: string, world: StyleWorld): Pick<Finding, "nearest" | "fix" | "repair"> {
  const found = renaming(flag, better, world);
  return found.repair === undefined ? found : { ...found, repair: { ...found.repair, isAutomatic: false } };
}
