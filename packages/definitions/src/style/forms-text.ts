import type { FlagFile } from "../flag-file.ts";

/** Forms are made once for each text of a file and never change. */
const texts = new WeakMap<FlagFile["forms"], string>();

/** What a flag serves in each environment, as text to compare by; the salt is left out, for a renamed flag keeps its old one. */
export function formsText({ forms }: Pick<FlagFile, "forms">): string {
  const known = texts.get(forms);
  if (known !== undefined) return known;
  const text = [...forms]
    .map(([environment, { salt: _salt, ...form }]) => `${environment} ${JSON.stringify(form)}`)
    .sort()
    .join("\n");
  texts.set(forms, text);
  return text;
}
