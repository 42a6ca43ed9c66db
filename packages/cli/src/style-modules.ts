import { createRequire } from "node:module";
import { lstatSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import type { ModuleRule, Project } from "@sluice/definitions";
import { CommandFailed } from "./failure.ts";

const require = createRequire(import.meta.url);

/**
 * The modules of a project's own rules, by their paths. They are code of the flag repository and run with the rights of whoever looks, so the
 * caller has been told to. Throws `CommandFailed` for one that is not there, leads out of the folder, or exports no `check`.
 */
export function styleModules(folder: string, project: Project | undefined): ReadonlyMap<string, ModuleRule> {
  const paths = (project?.style?.custom ?? []).flatMap(({ test }) => (test.kind === "module" ? [test.path] : []));
  return new Map([...new Set(paths)].map((path) => [path, moduleRule(folder, path)]));
}

function moduleRule(folder: string, path: string): ModuleRule {
  const file = join(folder, path);
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true || !realpathSync(file).startsWith(realpathSync(folder) + sep))
    throw failed(path, "is no file of this folder", "Check its path under style.custom in sluice.yaml.");
  let exported: unknown;
  try {
    exported = require(file);
  } catch (error) {
    throw failed(path, `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, "Mend the module.");
  }
  const check: unknown = typeof exported === "object" && exported !== null ? Reflect.get(exported, "check") : undefined;
  if (typeof check !== "function") throw failed(path, "exports no function check", "Write: export function check(flag) { return []; }");
  return (flag) => Reflect.apply(check, undefined, [flag]);
}

const failed = (path: string, what: string, fix: string): CommandFailed =>
  new CommandFailed({ code: "style/module", message: `The module ${path} ${what}.`, fix, exitCode: 2 });
