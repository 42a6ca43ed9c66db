/** A text of somebody's as Markdown shows it, in one line: nothing of it becomes a link, a picture, a mention or HTML. */
export const plainMarkdown = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_[\]<>@#|~]/g, (sign) => `\\${sign}`)
    .replaceAll("\\@", "@\u200b");

/** A text of somebody's as code, in one line. */
export const quotedMarkdown = (text: string): string => `\`${text.replaceAll("`", "ˋ").replaceAll(/\s+/g, " ")}\``;
