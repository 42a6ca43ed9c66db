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
  /** What environments of a flag serve, of those that stand in files of their own. */
  readonly parts?: ReadonlyMap<string, string>;
  /** Print one JSON object. */
  readonly json: boolean;
}

/** Writes a definition that nobody has, is a path below the project, and that the reader and the style guide take. Throws `CommandFailed`. */
export function writeDefinition({ folder, files }: FlagFolder, { path, text: body, what, parts = new Map(), json }: NewDefinition, terminal: Terminal): void {
  const wanted: readonly Wanted[] = [
    { path, body, kind: what },
    ...[...parts].map(([part, text]): Wanted => ({ path: part, body: text, kind: "environment" })),
  ];
  const taken = wanted.find((one) => /(?:^|\/)\.*(?:\/|\.yaml$|$)/.test(one.path) || existsSync(join(folder, one.path)));
  if (taken !== undefined)
    throw new CommandFailed({
      code: "new/path",
      message: `${taken.path} is there already, or is no path of a ${what}.`,
      fix: "Choose another key.",
      exitCode: 1,
    });
  const texts = new Map(wanted.map((one) => [one.path, editorLine(folder, one) + one.body]));
  const cache = new ParseCache();
  const { diagnostics } = parseProject({ files: new Map([...files, ...texts]) }, { cache, facts: gitFacts(folder, undefined, cache) });
  const own = diagnostics.filter(({ file }) => texts.has(file));
  if (own.length > 0 && !json) terminal.out(formatDiagnostics(own, (file) => texts.get(file), { format: "text", colour: terminal.colour }));
  if (own.some(({ severity }) => severity === "error"))
    throw new CommandFailed({
      code: "new/refused",
      message: `The ${what} was not written.${json ? ` ${own.map(({ message }) => message).join(" ")}` : ""}`,
      fix: json ? (own[0]?.fix ?? "") : "Mend what is named above and run it again.",
      exitCode: 1,
    });
  for (const [file, text] of texts) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text, { flag: "wx" });
  }
  const [written = "", ...more] = [...texts.keys()].map((file) => relative(process.cwd(), join(folder, file)));
  if (json) return terminal.json({ wrote: written, ...(more.length === 0 ? {} : { parts: more }), diagnostics: own });
  for (const file of [written, ...more]) terminal.out(`${paint(terminal, "green", "wrote")}  ${file}`);
}

interface Wanted {
  readonly path: string;
  readonly body: string;
  readonly kind: NewDefinition["what"] | "environment";
}

/** The line by which editors find the schema; only where the project keeps the schemas. */
function editorLine(folder: string, { path, kind }: Wanted): string {
  return [...schemaFiles().keys()].every((file) => existsSync(join(folder, file))) ? schemaLine(kind, path) : "";
}

/** A word as YAML reads it back: in quotes where it might be something else than a text. */
export const scalar = (text: string): string => (/^[A-Za-z][\w./-]*$/.test(text) && !/^(?:true|false|null)$/i.test(text) ? text : JSON.stringify(text));
