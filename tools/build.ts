// Builds what `npm start` runs: one bundle per process and the console's pages. Written to a new folder and swapped in whole,
// so that a build that fails or is interrupted leaves the one before.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GRAMMAR_FILES, grammarFolder } from "@sluice/code-references";
import { build } from "esbuild";
import { writeTypes } from "./package-types.ts";
import { asProcess, processSources } from "./process-bundles.ts";

const root = join(import.meta.dirname, "..");
const next = join(root, ".build", `dist-${process.pid}`);
const final = join(root, "dist");

/** Entry → file name in dist. */
const entries: Readonly<Record<string, string>> = {
  ...processSources,
  demo: "packages/distribution/src/demo.ts",
  sluice: "packages/distribution/src/sluice.ts",
  "language-server": "packages/cli/src/language-server/main.ts",
  "shop-web": "examples/shop-floor/src/web.ts",
  "shop-worker": "examples/shop-floor/src/worker.ts",
};

/** Takes away what builds that were cut off have left; those of processes that still run stay. */
function clearHalves(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const [, pid] = /^dist-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

clearHalves(join(root, ".build"));
mkdirSync(next, { recursive: true });
process.once("exit", () => rmSync(next, { recursive: true, force: true }));
const present = Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(join(root, path))));
await build({
  ...asProcess,
  entryPoints: Object.fromEntries(Object.entries(present).map(([name, path]) => [name, join(root, path)])),
  outdir: next,
  sourcemap: "linked",
});

/** The SDK as an application installs it: one package without dependencies, for the Node that the application has (`npm install <here>/dist/node-sdk`). */
async function buildSdk(): Promise<void> {
  const source = join(root, "sdks/js-server");
  const { name, version, description, license, peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  await build({
    entryPoints: {
      index: join(source, "src/index.ts"),
      openfeature: join(source, "src/openfeature/index.ts"),
      testing: join(source, "src/testing/index.ts"),
    },
    outdir: join(next, "node-sdk"),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["@openfeature/server-sdk"],
    logLevel: "warning",
  });
  const entries = ["index", "openfeature/index", "testing/index"];
  const [types, ofTypes, testing] = writeTypes("sdks/js-server", "js-server", { folder: join(next, "node-sdk"), entries });
  const exports = {
    ".": { types, default: "./index.js" },
    "./openfeature": { types: ofTypes, default: "./openfeature.js" },
    "./testing": { types: testing, default: "./testing.js" },
  };
  const manifest = {
    name,
    version,
    description,
    license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    types,
    exports,
    peerDependencies,
    peerDependenciesMeta,
  };
  writeFileSync(join(next, "node-sdk/package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  cpSync(join(source, "README.md"), join(next, "node-sdk/README.md"));
}

/** The SDK for pages as an application installs it, or as a page loads it: one module (`npm install <here>/dist/browser-sdk`). */
async function buildBrowserSdk(): Promise<void> {
  const source = join(root, "sdks/js-browser");
  const { name, version, description, license, sideEffects, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(source, "package.json"), "utf8"),
  );
  const folder = join(next, "browser-sdk");
  // Each stands alone, so that a page may load the first without a bundler.
  const entries = ["index", "handover/index", "openfeature/index", "reports/index", "tabs/index"];
  await build({
    entryPoints: Object.fromEntries(entries.map((entry) => [entry.split("/")[0] ?? entry, join(source, "src", `${entry}.ts`)])),
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2020",
    external: ["@openfeature/web-sdk"],
    logLevel: "warning",
  });
  const [types, handover, openfeature, reports, tabs] = writeTypes("sdks/js-browser", "js-browser", { folder, entries });
  const exports = {
    ".": { types, default: "./index.js" },
    "./handover": { types: handover, default: "./handover.js" },
    "./openfeature": { types: openfeature, default: "./openfeature.js" },
    "./reports": { types: reports, default: "./reports.js" },
    "./tabs": { types: tabs, default: "./tabs.js" },
  };
  const manifest = { name, version, description, license, type: "module", sideEffects, types, exports, peerDependencies, peerDependenciesMeta };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  cpSync(join(source, "README.md"), join(folder, "README.md"));
}

/** The React SDK as an application installs it. Entries share their modules, so that the test kit gives the hooks' own context; the application's bundler makes them small. */
async function buildReactSdk(): Promise<void> {
  const source = join(root, "sdks/react");
  const { name, version, description, license, sideEffects, dependencies, peerDependencies } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  const folder = join(next, "react-sdk");
  await build({
    entryPoints: { index: join(source, "src/index.ts"), testing: join(source, "src/testing/index.ts") },
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "neutral",
    format: "esm",
    target: "es2020",
    external: ["react", "@sluice/browser"],
    logLevel: "warning",
  });
  const [types, testing] = writeTypes("sdks/react", "react", { folder, entries: ["index", "testing/index"] });
  const manifest = {
    name,
    version,
    description,
    license,
    type: "module",
    sideEffects,
    types,
    exports: { ".": { types, default: "./index.js" }, "./testing": { types: testing, default: "./testing.js" } },
    dependencies: { "@sluice/browser": dependencies["@sluice/browser"] },
    peerDependencies,
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  cpSync(join(source, "README.md"), join(folder, "README.md"));
}

/** All of `dist` is one installable package: the `sluice` command with the server it runs (`npm install --global <here>/dist`). Native add-ons come from the registry. */
function writePackage(): void {
  const read = (path: string): Readonly<Record<string, unknown>> => JSON.parse(readFileSync(join(root, path), "utf8"));
  const { name, version, license } = read("package.json");
  const { dependencies } = read("packages/server/package.json") as { readonly dependencies: Readonly<Record<string, string>> };
  const manifest = {
    name,
    version,
    license,
    description: "Feature flags and releases: the sluice command and the server.",
    private: true,
    type: "module",
    engines: { node: ">=24" },
    bin: { sluice: "./sluice.mjs" },
    dependencies: { "@node-rs/argon2": dependencies["@node-rs/argon2"] },
  };
  writeFileSync(join(next, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Grammars of the languages in which code is looked at: read by the commands that look at code, and by nothing else. */
function copyGrammars(): void {
  const folder = grammarFolder();
  for (const file of GRAMMAR_FILES) cpSync(join(folder, file), join(next, "grammars", file));
  cpSync(join(folder, "..", "LICENSE"), join(next, "grammars", "LICENSE"));
  // The engine is CommonJS, and stands in a package of modules here.
  writeFileSync(join(next, "grammars", "package.json"), '{ "type": "commonjs" }\n');
}

copyGrammars();
await buildSdk();
await buildBrowserSdk();
await buildReactSdk();
if (existsSync(join(root, "packages/web/vite.config.ts"))) {
  const { build: buildPages } = await import("vite");
  await buildPages({
    root: join(root, "packages/web"),
    configFile: join(root, "packages/web/vite.config.ts"),
    logLevel: "warn",
    build: { outDir: join(next, "web"), emptyOutDir: true },
  });
}
if (existsSync(join(root, "examples/shop-floor/flags-repository"))) {
  cpSync(join(root, "examples/shop-floor/flags-repository"), join(next, "demo-flags"), { recursive: true });
}
writePackage();
rmSync(final, { recursive: true, force: true });
renameSync(next, final);
