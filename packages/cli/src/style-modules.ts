import { lstatSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import type { ModuleRule, Project } from "@sluice/definitions";
import { CommandFailed } from "./failure.ts";
import { type RuleThread, RuleUnusable, startRule } from "./rule-thread.ts";

/** How long a module may think about one flag: thousands of flags are looked at before each commit. */
const LIMIT_MS = 5_000;

/**
 * The modules of a project's own rules, by their paths, each in a thread of its own until `stop`. They are code of the flag repository and run
 * with the rights of whoever looks, so the caller has been told to. Throws `CommandFailed` for one that is not there, leads out of the folder,
 * does not load within five seconds, or exports no `check`.
 */
export function styleModules(
  folder: string,
  project: Project | undefined,
): {
  readonly modules: ReadonlyMap<string, ModuleRule>;
  readonly stop: () => void;
} {
  const paths = new Set((project?.style?.custom ?? []).flatMap(({ test }) => (test.kind === "module" ? [test.path] : [])));
  const threads: RuleThread[] = [];
  const stop = (): void => threads.forEach((thread) => thread.stop());
  try {
    for (const path of paths) threads.push(ruleThread(folder, path));
  } catch (error) {
    stop();
    throw error;
  }
  return {
    modules: new Map([...paths].map((path, at) => [path, threads[at]?.check ?? (() => [])])),
    stop,
  };
}

function ruleThread(folder: string, path: string): RuleThread {
  const file = join(folder, path);
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true || !realpathSync(file).startsWith(realpathSync(folder) + sep))
    throw failed(path, "is no file of this folder", "Check its path under style.custom in sluice.yaml.");
  try {
    return startRule(file, LIMIT_MS);
  } catch (error) {
    if (!(error instanceof RuleUnusable)) throw error;
    if (error.what === "loads") throw failed(path, `cannot be loaded: ${error.message}`, "Mend the module.");
    throw failed(path, "exports no function check", "Write: export function check(flag) { return []; }");
  }
}

const failed = (path: string, what: string, fix: string): CommandFailed =>
  new CommandFailed({
    code: "style/module",
    message: `The module ${path} ${what}.`,
    fix,
    exitCode: 2,
  });
