import type { FlagForm } from "@sluice/evaluation";
import type { FlagFile } from "../flag-file.ts";

/** Forms are made once for each text of a file and never change. */
const texts = new WeakMap<FlagFile["forms"], string>();

const withoutSalt = ({ salt: _salt, ...form }: FlagForm): Omit<FlagForm, "salt"> => form;

/** What a flag serves in each environment, as text to compare by; the salt is left out, for a renamed flag keeps its old one. */
export function formsText({ forms }: Pick<FlagFile, "forms">): string {
  const known = texts.get(forms);
  if (known !== undefined) return known;
  const text = [...forms]
    .map(([environment, form]) => `${environment} ${JSON.stringify(form.salt === undefined ? form : withoutSalt(form))}`)
    .sort()
    .join("\n");
  texts.set(forms, text);
  return text;
}
