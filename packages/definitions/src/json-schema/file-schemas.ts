import { environmentPartSchema, flagSchema } from "./flag-schema.ts";
import { projectSchema } from "./project-schema.ts";
import type { Schema } from "./schema.ts";
import { segmentSchema } from "./segment-schema.ts";
import { testSchema } from "./test-schema.ts";

/** A kind of file that people write. */
export type FileKind = "project" | "flag" | "environment" | "segment" | "test";

/** Every kind of file with its published schema, built from the tables that its reader uses, and what editors match its path by. */
export const fileSchemas: Readonly<Record<FileKind, { readonly paths: string; readonly schema: () => Schema }>> = {
  project: { paths: "sluice.yaml", schema: projectSchema },
  flag: { paths: "flags/**/*.yaml", schema: flagSchema },
  environment: { paths: "environments/*/**/*.yaml", schema: environmentPartSchema },
  segment: { paths: "segments/**/*.yaml", schema: segmentSchema },
  test: { paths: "tests/**/*.yaml", schema: testSchema },
};

/** Where a project keeps the schemas for its editors, beside `sluice.yaml`. */
export const SCHEMA_FOLDER = ".sluice-schemas";

/** The text of one schema, as it is written. */
export const schemaText = (kind: FileKind): string => `${JSON.stringify(fileSchemas[kind].schema(), null, 2)}\n`;

/** Path, text: the schemas as a project keeps them. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map((["project", "flag", "environment", "segment", "test"] as const).map((kind) => [`${SCHEMA_FOLDER}/${kind}.json`, schemaText(kind)]));
}

/** The comment by which an editor finds the schema of the file at a path of the project. */
export function schemaLine(kind: FileKind, path: string): string {
  const up = "../".repeat(path.split("/").length - 1);
  return `# yaml-language-server: $schema=${up === "" ? "./" : up}${SCHEMA_FOLDER}/${kind}.json\n`;
}
