import { partPlace, partsByFlag, partsName } from "../environment-part.ts";
import type { ParseCache } from "../parse-cache.ts";
import { withoutMark } from "../unread-file.ts";
import { formsText } from "./forms-text.ts";
import type { FlagBefore } from "./rule.ts";

/** Flags as they stood before a change, by key, for `StyleFacts`: of all its files. Those that did not change cost nothing when the cache has them. */
export function flagsBefore(files: ReadonlyMap<string, string>, cache: ParseCache): ReadonlyMap<string, FlagBefore> {
  const found = new Map<string, FlagBefore>();
  const text = (path: string): string => withoutMark(files.get(path) ?? "");
  const parts = partsByFlag([...files.keys()].filter((path) => partPlace(path) !== undefined).sort(), text);
  for (const path of files.keys()) {
    if (!/^flags\/.*\.ya?ml$/.test(path)) continue;
    const flag = cache.flag(path, text(path), parts.get(partsName(path)));
    if (flag.key === undefined || found.has(flag.key)) continue;
    found.set(flag.key, {
      path,
      extensions: flag.extensions.length,
      // A flag that only serves its off variant looks like any other of its kind.
      forms: [...flag.forms.values()].some(({ rules, prerequisites, default: usual }) => (rules ?? prerequisites ?? usual) !== undefined)
        ? formsText(flag)
        : "",
      ...(flag.aliases.length === 0 ? {} : { aliases: flag.aliases.map(({ name }) => name) }),
      ...(flag.type === undefined ? {} : { type: flag.type }),
      ...(flag.expires === undefined ? {} : { expires: flag.expires }),
    });
  }
  return found;
}
