// The project's own source as the tidy tests see it: tracked files, their imports, and which package they belong to.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const root: string = join(import.meta.dirname, "..");

export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Tracked files and new ones that Git does not ignore, but for those deleted in the working tree. */
export function trackedFiles(pattern: RegExp): readonly SourceFile[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  const files: SourceFile[] = [];
  for (const path of new Set(listed.split("\0"))) {
    if (path === "" || !pattern.test(path)) continue;
    try {
      files.push({ path, text: readFileSync(join(root, path), "utf8") });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Module specifiers a file imports or re-exports from, types included; `typeOnly` where the whole statement is erased. */
export function importsOf(text: string): readonly { readonly from: string; readonly typeOnly: boolean }[] {
  const found: { from: string; typeOnly: boolean }[] = [];
  const statement = /^\s*(?:import|export)\s+(type\s+)?(?:[^;'"]*?\sfrom\s+)?["']([^"']+)["']/gm;
  for (const match of text.matchAll(statement)) found.push({ from: match[2] ?? "", typeOnly: match[1] !== undefined });
  for (const match of text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)) found.push({ from: match[1] ?? "", typeOnly: false });
  return found;
}

/** `packages/evaluation/src/x.ts` → `@sluice/evaluation`; undefined outside packages and SDKs. */
export function packageOf(path: string): string | undefined {
  const [kind, name] = path.split("/");
  if (kind === "packages" && name) return `@sluice/${name}`;
  if (kind === "sdks" && name === "js-server") return "@sluice/node";
  if (kind === "sdks" && name === "js-browser") return "@sluice/browser";
  if (kind === "sdks" && name === "react") return "@sluice/react";
  return undefined;
}
