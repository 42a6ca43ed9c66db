import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const ARCHIVE_BYTES_MAX = 256 * 2 ** 20;

/** An earlier state of servers and SDKs, as the repository's history has it. */
export interface Form {
  readonly name: string;
  readonly commit: string;
  /** What came after it that crosses the wire. */
  readonly before: string;
}

/** From the first server of real processes on; what each of them said and understood was said by somebody once. */
export const forms: readonly Form[] = [
  { name: "first", commit: "616cfbb", before: "lists by hash, reverts, scopes by segment, other languages" },
  { name: "lists", commit: "05e5ebb", before: "members of lists by patch, signatures" },
  { name: "signed", commit: "d8d129a", before: "snapshots laid out by tabs, relays, renamed flags, sampling, counts of answers" },
];

/** The tree of a form in a folder of its own, with this tree's packages of others beside it; `remove` takes it away. Throws where history has no such commit. */
export function unpack({ name, commit }: Form): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `sluice-form-${name}-`));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  try {
    const git = (...args: readonly string[]): Buffer => execFileSync("git", ["-C", root, ...args], { maxBuffer: ARCHIVE_BYTES_MAX });
    const parts = git("ls-tree", "--name-only", commit).toString("utf8").trim().split("\n");
    execFileSync("tar", ["-x", "-C", path], { input: git("archive", commit, ...parts.filter((part) => part !== "docs")) });
    linkPackages(path);
    return { path, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Everybody else's packages are this tree's, our own are those of the form. */
function linkPackages(path: string): void {
  const own = join(path, "node_modules/@sluice");
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== "@sluice" && !name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(path, "node_modules", name));
  }
  for (const name of readdirSync(join(path, "packages"))) symlinkSync(join(path, "packages", name), join(own, name));
  for (const [name, folder] of [
    ["node", "js-server"],
    ["browser", "js-browser"],
    ["react", "react"],
  ] as const) {
    if (existsSync(join(path, "sdks", folder))) symlinkSync(join(path, "sdks", folder), join(own, name));
  }
}
