/** One thing that a reader of README.md does: a command line in a terminal, or a file that is saved. */
export type Step =
  | {
      readonly kind: "command";
      readonly text: string;
      /** It does not end by itself: it gets a terminal of its own, and the reader goes on in a second one. */
      readonly keepsRunning: boolean;
    }
  | { readonly kind: "file"; readonly path: string; readonly text: string };

/** A code block that nobody can follow as it stands; the message says which and why. */
export class NotFollowable extends Error {
  override readonly name = "NotFollowable";
}

const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "shell"]);
const FENCE = /^```(\S*)[^\n]*\n([\s\S]*?)^```$/gm;
/** `npm start    # keeps running; …` */
const KEEPS_RUNNING = /\s#.*\bkeeps running\b/;
/** `// my-app/app.mjs` as the first line: where the block is saved. */
const SAVED_AS = /^(?:\/\/|#)\s*([\w.-]+(?:\/[\w.-]+)*\.\w+)\s*$/;
/** `<git url>`, `YOUR_KEY`, `...`: for the reader to fill in, which nobody can who has only the blocks. */
const PLACEHOLDER = /<[a-z][a-z -]*>|\bYOUR_[A-Z_]+|…|(?<!\.)\.\.\.(?!\.)/;

/** The steps of all fenced code blocks, in order; nothing else of the page is read. Throws `NotFollowable`. */
export function stepsOf(page: string): readonly Step[] {
  return [...page.matchAll(FENCE)].flatMap(([, language = "", text = ""], index) =>
    stepsOfBlock({ name: `block ${index + 1} (${language || "no language"})`, language, text }),
  );
}

function stepsOfBlock({ name, language, text }: { readonly name: string; readonly language: string; readonly text: string }): readonly Step[] {
  const placeholder = PLACEHOLDER.exec(text)?.[0];
  if (placeholder !== undefined) throw new NotFollowable(`${name}: "${placeholder}" is for the reader to fill in`);
  if (SHELLS.has(language)) return commandsOf(name, text);
  const path = SAVED_AS.exec(text.split("\n")[0] ?? "")?.[1];
  if (path === undefined || path.split("/").includes(".."))
    throw new NotFollowable(`${name}: it is no shell block, and its first line does not say as which file it is saved`);
  return [{ kind: "file", path, text }];
}

function commandsOf(name: string, text: string): readonly Step[] {
  if (text.includes("<<")) throw new NotFollowable(`${name}: here-documents are not read`);
  return text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ kind: "command", text: line, keepsRunning: KEEPS_RUNNING.test(line) }));
}
