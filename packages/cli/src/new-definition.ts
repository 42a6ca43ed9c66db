import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { formatDiagnostics, ParseCache, parseProject, schemaFiles, schemaLine } from "@sluice/definitions";
import { CommandFailed } from "./failure.ts";
import type { FlagFolder } from "./flag-folder.ts";
import { gitFacts } from "./git-facts.ts";
import { paint, type Terminal } from "./terminal.ts";

/** A file that is to be written, below the project's folder. */
export interface NewDefinition {
  readonly path: string;
  readonly text: string;
  readonly what: "flag" | "segment";
  /** Print one JSON object. */
  readonly json: boolean;
}

/** Writes a definition that nobody has, is a path below the project, and that the reader and the style guide take. Throws `CommandFailed`. */
export function writeDefinition({ folder, files }: FlagFolder, { path, text: body, what, json }: NewDefinition, terminal: Terminal): void {
  if (/(?:^|\/)\.*(?:\/|\.yaml$|$)/.test(path) || existsSync(join(folder, path)))
    throw new CommandFailed({ code: "new/path", message: `${path} is there already, or is no path of a ${what}.`, fix: "Choose another key.", exitCode: 1 });
  const text = editorLine(folder, { path, what }) + body;
  const cache = new ParseCache();
  const { diagnostics } = parseProject({ files: new Map([...files, [path, text]]) }, { cache, facts: gitFacts(folder, undefined, cache) });
  const own = diagnostics.filter(({ file }) => file === path);
  if (own.length > 0 && !json) terminal.out(formatDiagnostics(own, () => text, { format: "text", colour: terminal.colour }));
  if (own.some(({ severity }) => severity === "error"))
    throw new CommandFailed({
      code: "new/refused",
      message: `The ${what} was not written.${json ? ` ${own.map(({ message }) => message).join(" ")}` : ""}`,
      fix: json ? (own[0]?.fix ?? "") : "Mend what is named above and run it again.",
      exitCode: 1,
    });
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text, { flag: "wx" });
  const written = relative(process.cwd(), join(folder, path));
  if (json) terminal.json({ wrote: written, diagnostics: own });
  else terminal.out(`${paint(terminal, "green", "wrote")}  ${written}`);
}

/** The line by which editors find the schema; only where the project keeps the schemas. */
function editorLine(folder: string, { path, what }: Pick<NewDefinition, "path" | "what">): string {
  return [...schemaFiles().keys()].every((file) => existsSync(join(folder, file))) ? schemaLine(what, path) : "";
}

/** A word as YAML reads it back: in quotes where it might be something else than a text. */
export const scalar = (text: string): string => (/^[A-Za-z][\w./-]*$/.test(text) && !/^(?:true|false|null)$/i.test(text) ? text : JSON.stringify(text));
