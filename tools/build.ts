// Builds what `npm start` runs: one bundle per process and the console's pages. Written to a new folder and swapped in whole,
// so that a build that fails or is interrupted leaves the one before.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const next = join(root, ".build", `dist-${process.pid}`);
const final = join(root, "dist");

/** Entry → file name in dist. Native add-ons stay outside and are found in node_modules. */
const entries: Readonly<Record<string, string>> = {
  demo: "packages/distribution/src/demo.ts",
  sluice: "packages/distribution/src/sluice.ts",
  api: "packages/server/src/main.ts",
  fanout: "packages/fanout/src/main.ts",
  "store-worker": "packages/store/src/sqlite/adapters/worker-entry.ts",
  "shop-web": "examples/shop-floor/src/web.ts",
  "shop-worker": "examples/shop-floor/src/worker.ts",
};

rmSync(next, { recursive: true, force: true });
mkdirSync(next, { recursive: true });
const present = Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(join(root, path))));
await build({
  entryPoints: Object.fromEntries(Object.entries(present).map(([name, path]) => [name, join(root, path)])),
  outdir: next,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  outExtension: { ".js": ".mjs" },
  sourcemap: "linked",
  minifySyntax: true,
  external: ["@node-rs/argon2", "pg-native"],
  logLevel: "warning",
  // CommonJS dependencies inside an ES module bundle still ask for `require`.
  banner: { js: 'import { createRequire as __sluiceRequire } from "node:module"; const require = __sluiceRequire(import.meta.url);' },
});

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
writeFileSync(join(next, "package.json"), `${JSON.stringify({ type: "module", private: true })}\n`);
rmSync(final, { recursive: true, force: true });
renameSync(next, final);
