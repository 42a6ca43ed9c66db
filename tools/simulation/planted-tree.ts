import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PlantedBug } from "./planted-bugs.ts";

const root = join(import.meta.dirname, "../..");

/** A text that is not exactly once in its file: the bug would test nothing. */
export class PlantedTextMissing extends Error {
  override readonly name = "PlantedTextMissing";
}

/** A copy of the sources with these bugs in it, whose packages find each other instead of the originals. Returns its folder. */
export function plant(bugs: readonly PlantedBug[], name: string): string {
  const folder = join(root, ".build/planted", `${process.pid}-${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "node_modules/@sluice"), { recursive: true });
  const isSource = (path: string): boolean => !/(?:^|\/)(?:node_modules|dist|fixtures|web)(?:\/|$)|\.test\.ts$/.test(path.slice(root.length + 1));
  for (const name of ["packages", "sdks/js-server", "tools/simulation"]) cpSync(join(root, name), join(folder, name), { recursive: true, filter: isSource });
  for (const name of readdirSync(join(folder, "packages"))) symlinkSync(join(folder, "packages", name), join(folder, "node_modules/@sluice", name));
  symlinkSync(join(folder, "sdks/js-server"), join(folder, "node_modules/@sluice/node"));
  for (const bug of bugs) plantOne(folder, bug);
  return folder;
}

function plantOne(folder: string, bug: PlantedBug): void {
  const path = join(folder, bug.file);
  const text = readFileSync(path, "utf8");
  if (text.split(bug.find).length !== 2)
    throw new PlantedTextMissing(`"${bug.name}": its text stands ${text.split(bug.find).length - 1} times in ${bug.file}, it must be once`);
  writeFileSync(
    path,
    text.replace(bug.find, () => bug.replace),
  );
}

export function uproot(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
