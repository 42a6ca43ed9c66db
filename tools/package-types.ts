import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const types = join(root, ".build/types");
/** Packages of ours that a published package's declarations name: they come along, since nobody can install them. */
const OWN: Readonly<Record<string, string>> = { "@sluice/evaluation": "evaluation", "@sluice/ports": "ports" };

/**
 * Writes a package's declarations into `<folder>/types`: those that its entries (`.build/types/<name>/<entry>.d.ts`) can reach, those of our
 * packages among them, under names that resolvers of Node and of bundlers follow. Gives each entry's path from the folder, as a manifest has it.
 */
export function writeTypes(
  project: string,
  name: string,
  { folder, entries }: { readonly folder: string; readonly entries: readonly string[] },
): readonly string[] {
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", join(root, project)], { stdio: "inherit" });
  const written = new Set<string>();
  const waiting = entries.map((entry) => `${name}/${entry}.d.ts`);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (written.has(path)) continue;
    written.add(path);
    const from = dirname(path);
    const text = readFileSync(join(types, path), "utf8").replaceAll(/(\bfrom |\bimport\()"([^"]+)"/g, (whole, before: string, named: string) => {
      const own = OWN[named];
      if (own === undefined && !named.startsWith(".")) return whole;
      const target = own === undefined ? join(from, named).replace(/\.ts$/, ".d.ts") : `${own}/index.d.ts`;
      waiting.push(target);
      const to = relative(from, target).replace(/\.d\.ts$/, ".js");
      return `${before}"${to.startsWith(".") ? to : `./${to}`}"`;
    });
    mkdirSync(join(folder, "types", from), { recursive: true });
    writeFileSync(join(folder, "types", path), text);
  }
  return entries.map((entry) => `./types/${name}/${entry}.d.ts`);
}
