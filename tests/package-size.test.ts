import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeFolder } from "../faults/rig/running.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
/** What a developer may be asked to install: Unleash's server is 199 MB in 433 packages (design figure). */
const BYTES_MAX = 60_000_000;
const PACKAGES_MAX = 100;
/** An application takes one package with nothing behind it. */
const SDK_BYTES_MAX = 1_000_000;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const folder = makeFolder("package");
afterAll(() => folder.remove());

const manifestOf = (place: string): Manifest => JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as Manifest;

/** Packages that installing this one brings: those that are installed for this platform here, by name. */
function broughtBy(manifest: Manifest, brought: Set<string> = new Set()): ReadonlySet<string> {
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    const place = join(root, "node_modules", name);
    if (brought.has(name) || !existsSync(place)) continue;
    brought.add(name);
    broughtBy(manifestOf(place), brought);
  }
  return brought;
}

const bytesIn = (place: string): number =>
  readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

/** What the registry's client would put into the package. */
function packed(place: string): { readonly unpackedSize: number; readonly bundled: readonly string[] } {
  const [found] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", place], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  ) as ReturnType<typeof packed>[];
  if (found === undefined) throw new Error(`npm packs nothing of ${place}`);
  return found;
}

describe("what a developer installs", () => {
  test("is the command with the server, far below 60 MB and 100 packages", () => {
    const brought = [...broughtBy(manifestOf(dist))];
    // The add-on and its binary for this platform: a list that were empty would measure nothing.
    expect(brought.length).toBeGreaterThanOrEqual(2);
    expect(brought.length + 1).toBeLessThan(PACKAGES_MAX);
    const bytes = packed(dist).unpackedSize + brought.reduce((sum, name) => sum + bytesIn(join(root, "node_modules", name)), 0);
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(bytes).toBeLessThan(BYTES_MAX);
  });

  test("is, in an application, one package without dependencies", () => {
    for (const name of ["node-sdk", "browser-sdk"]) {
      const place = join(dist, name);
      expect(broughtBy({ dependencies: manifestOf(place).dependencies ?? {} }).size, name).toBe(0);
      expect(packed(place).unpackedSize, name).toBeLessThan(SDK_BYTES_MAX);
    }
    // React itself is the application's; the hooks bring the client for pages.
    expect([...broughtBy({ dependencies: manifestOf(join(dist, "react-sdk")).dependencies ?? {} })]).toEqual(["@sluice/browser"]);
    expect(packed(join(dist, "react-sdk")).unpackedSize).toBeLessThan(SDK_BYTES_MAX);
  });

  test("runs outside this repository, with what its package names and nothing else", () => {
    execFileSync("npm", ["pack", "--silent", "--pack-destination", folder.path, dist], { stdio: "ignore" });
    execFileSync("tar", ["-xzf", join(folder.path, readdirSync(folder.path).find((name) => name.endsWith(".tgz")) ?? ""), "-C", folder.path]);
    const place = join(folder.path, "package");
    for (const name of broughtBy(manifestOf(place))) {
      mkdirSync(join(place, "node_modules", name, ".."), { recursive: true });
      symlinkSync(join(root, "node_modules", name), join(place, "node_modules", name));
    }
    const flags = join(folder.path, "flags");
    const sluice = (...given: readonly string[]): string =>
      execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", join(place, "sluice.mjs"), ...given], { encoding: "utf8", cwd: folder.path });
    sluice("init", flags);
    expect(sluice("eval", "example.hello", "--folder", flags, "--user", "me")).toMatch(/^true/);
  });
});
