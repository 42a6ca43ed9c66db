import { fileSchemas, type FileKind, SCHEMA_FOLDER, schemaFiles, schemaText } from "@sluice/definitions";
import { Argument, type Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { readFlagFolder, writeFiles } from "../flag-folder.ts";
import { paint, type Terminal } from "../terminal.ts";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface SchemaOptions {
  readonly write?: string | true;
  readonly check?: boolean;
  readonly json?: boolean;
}

const KINDS = Object.keys(fileSchemas);
const isKind = (text: string): text is FileKind => Object.hasOwn(fileSchemas, text);

/** `schema` prints the JSON Schema of a kind of file, or brings the project's own copies up to date. */
export function registerSchema(program: Command, terminal: Terminal): void {
  program
    .command("schema")
    .description("print the JSON Schema of a kind of file, or keep all of them in the project for its editors")
    .addArgument(new Argument("[kind]", "of the file").choices(KINDS))
    .option("--write [folder]", `write all of them to ${SCHEMA_FOLDER}/ of the project in this folder`)
    .option("--check", "with --write: write nothing; end with 1 where they are not the ones of this version (for CI)")
    .option("--json", "print one JSON object; a schema is one anyway")
    .addHelpText("after", `\nExample:\n  sluice schema flag\n  sluice schema --write`)
    .action((kind: string | undefined, options: SchemaOptions) => schema(kind, options, terminal));
}

function schema(kind: string | undefined, { write, check = false, json = false }: SchemaOptions, terminal: Terminal): void {
  if (write !== undefined) return keep(write === true ? "." : write, { check, json, terminal });
  if (kind !== undefined && isKind(kind)) return terminal.out(schemaText(kind).trimEnd());
  if (json) return terminal.json(Object.fromEntries(Object.entries(fileSchemas).map(([name, { paths }]) => [name, { paths }])));
  for (const [name, { paths }] of Object.entries(fileSchemas)) terminal.out(`${name.padEnd(8)} ${paths}`);
}

function keep(start: string, { check, json, terminal }: { readonly check: boolean; readonly json: boolean; readonly terminal: Terminal }): void {
  const { folder } = readFlagFolder(start);
  const wanted = schemaFiles();
  const paths = [...wanted.keys()];
  const there = new Map(paths.flatMap((path) => (existsSync(join(folder, path)) ? [[path, readFileSync(join(folder, path), "utf8")] as const] : [])));
  const stale = paths.filter((path) => there.get(path) !== wanted.get(path));
  if (check && stale.length > 0)
    throw new CommandFailed({
      code: "schema/stale",
      message: `${stale.join(", ")} ${stale.length === 1 ? "is" : "are"} not of this version.`,
      fix: "Run: sluice schema --write",
      exitCode: 1,
    });
  writeFiles(folder, there, wanted);
  if (json) return terminal.json({ wrote: stale, schemas: paths.length });
  terminal.out(
    `${paint(terminal, "green", stale.length === 0 ? "ok" : "wrote")}  ${SCHEMA_FOLDER}: ${paths.length} schemas${stale.length === 0 ? ", as they were" : ""}`,
  );
}
