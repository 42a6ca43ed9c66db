import type { FlagFile } from "../flag-file.ts";

/** What a flag serves in each environment, as text to compare by; the salt is left out, for a renamed flag keeps its old one. */
export function formsText(flag: Pick<FlagFile, "forms">): string {
  return [...flag.forms]
    .map(([environment, { salt: _salt, ...form }]) => `${environment} ${JSON.stringify(form)}`)
    .sort()
    .join("\n");
}
