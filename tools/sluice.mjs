#!/usr/bin/env node
// The `sluice` command of this folder: runs the built one on Node 24, whichever Node started it. Plain JavaScript that Node 20.19 can run.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const built = join(root, "dist/sluice.mjs");

function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const modules = join(root, "tools/runtime/node_modules");
  const found = existsSync(modules) ? readdirSync(modules).map((name) => join(modules, name, "bin", process.platform === "win32" ? "node.exe" : "node")) : [];
  return found.find((path) => existsSync(path));
}

const node = findNode();
if (node === undefined || !existsSync(built)) {
  process.stderr.write("sluice: this copy is not built yet.\n        Run once: npm run build\n");
  process.exit(3);
}
const child = spawn(node, ["--disable-warning=ExperimentalWarning", built, ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
