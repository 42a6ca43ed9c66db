/** What is wrong with one text of a mutant: it stands once, and another stands there instead. */
export interface TextChange {
  readonly name: string;
  readonly find: string;
  readonly replace: string;
}

/** Why a mutant could not even be made: its text is gone, or stands more than once. */
export class MutantTextMissing extends Error {
  override readonly name = "MutantTextMissing";
}

/** A file's text with the change in it. `file` is for the message. Throws `MutantTextMissing`. */
export function changedText(text: string, { name, find, replace }: TextChange, file: string): string {
  const times = text.split(find).length - 1;
  if (times !== 1) throw new MutantTextMissing(`"${name}": its text stands ${times} times in ${file}, it must be once`);
  return text.replace(find, () => replace);
}
