import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildOptions, buildSync } from "esbuild";

/** How a process of the server is bundled. Native add-ons stay outside and are found in node_modules. */
export const asProcess = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  outExtension: { ".js": ".mjs" },
  minifySyntax: true,
  external: ["@node-rs/argon2", "pg-native"],
  logLevel: "warning",
  // CommonJS dependencies inside an ES module bundle still ask for `require`.
  banner: { js: 'import { createRequire as __sluiceRequire } from "node:module"; const require = __sluiceRequire(import.meta.url);' },
} satisfies BuildOptions;

/** The processes of a server and a relay, as file name → source. */
export const processSources = {
  api: "packages/server/src/main.ts",
  /** Found by the API beside itself. */
  "code-look": "packages/server/src/code/main.ts",
  fanout: "packages/fanout/src/main.ts",
  "store-worker": "packages/store/src/sqlite/adapters/worker-entry.ts",
} as const;

const root = join(import.meta.dirname, "..");

interface ProcessEntries {
  readonly api: URL;
  readonly fanout: URL;
  readonly storeWorker: URL;
}

/**
 * The processes of a server, bundled from the sources of this tree as they are now: started from hundreds of modules of TypeScript each of them
 * takes two seconds of a core, from a bundle a fifth of that. Made once for a run of tests, or for this process where it is no test's.
 */
export function processBundles(): ProcessEntries {
  const folder = bundleFolder();
  const ours = `${folder}-${process.pid}`;
  if (!existsSync(folder)) {
    mkdirSync(ours, { recursive: true });
    const entryPoints = Object.fromEntries(Object.entries(processSources).map(([name, path]) => [name, join(root, path)]));
    buildSync({ ...asProcess, entryPoints, outdir: ours });
    putInPlace(ours, folder);
  }
  const at = (name: keyof typeof processSources): URL => pathToFileURL(join(folder, `${name}.mjs`));
  return { api: at("api"), fanout: at("fanout"), storeWorker: at("store-worker") };
}

/** Whoever was first has built the same. */
function putInPlace(ours: string, folder: string): void {
  try {
    renameSync(ours, folder);
  } catch (error) {
    rmSync(ours, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

let own: string | undefined;

function bundleFolder(): string {
  const given = process.env["SLUICE_TEST_BUNDLES"];
  // That of another tree is of other sources: tests of planted bugs start test runs in changed copies.
  if (given?.startsWith(join(root, ".build") + sep)) return given;
  if (own === undefined) {
    const folder = (own = join(root, ".build", `processes-${process.pid}`));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  return own;
}
