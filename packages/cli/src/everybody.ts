import { readFileSync } from "node:fs";
import type { Asked } from "@sluice/evaluation";
import { CommandFailed } from "./failure.ts";

/** Contexts of one file: every customer of a large company, and no more than a run of some seconds. */
const CONTEXTS_MAX = 100_000;

/** Contexts of a file, each with the name that it gives or its number. Throws `CommandFailed`. */
export function readEverybody(path: string): readonly Asked[] {
  const wrong = (message: string, cause?: unknown): CommandFailed =>
    new CommandFailed(
      { code: "cli/bad-contexts", message: `${path} ${message}`, fix: 'Write a list like [{"name":"Acme","customer":"acme","plan":"pro"}].', exitCode: 2 },
      { cause },
    );
  let list: unknown;
  try {
    list = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw wrong(`cannot be read: ${error instanceof Error ? error.message : String(error)}.`, error);
  }
  if (!Array.isArray(list) || list.length > CONTEXTS_MAX) throw wrong(`is not a list of at most ${CONTEXTS_MAX} contexts.`);
  return list.map((item: unknown, index) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) throw wrong(`holds something else than contexts, at ${index}.`);
    const { name, ...context } = { name: undefined, ...item } as { readonly name?: unknown };
    return { name: typeof name === "string" ? name : `#${index + 1}`, context };
  });
}
