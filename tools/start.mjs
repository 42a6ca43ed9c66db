#!/usr/bin/env node
// The one entry of `npm start`, `npm test` and the other scripts. Plain JavaScript that Node 20.19 can run, because it is what
// brings Node 24, the dependencies and the build into place before anything else can be loaded. No dependencies.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command = "start", ...rest] = process.argv.slice(2);
const noDownload = process.env.SLUICE_NO_DOWNLOAD === "1";
const windows = process.platform === "win32";

/** What a cold start writes, measured: runtime 190 MB, dependencies 230 MB, build 10 MB, with room for the registry client's cache. */
const COLD_START_BYTES = 900 * 2 ** 20;
/** A warm start writes the demo's data folder only. */
const WARM_START_BYTES = 60 * 2 ** 20;

const say = (text) => process.stderr.write(`${text}\n`);

/** Ends with one message: what is wrong, and what to do about it. */
function giveUp(problem, fix) {
  say(`\nsluice: ${problem}\n        ${fix}`);
  process.exit(1);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    giveUp(`Node ${process.versions.node} is too old to begin with.`, "Install Node 20.19 or newer and run the same command again.");
  }
}

function checkGit() {
  const git = spawnSync("git", ["--version"], { encoding: "utf8" });
  if (git.error || git.status !== 0) {
    giveUp("the git command was not found.", "Install Git (flags live in a Git repository) and make sure `git --version` works.");
  }
}

function checkFolder() {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    giveUp(`the folder ${root} cannot be written to.`, "Copy the project to a folder of your own, or make this one writable.");
  }
  // root may write anywhere that permission bits forbid, but not to a read-only mount: only trying tells.
  const probe = join(root, `.sluice-write-probe-${process.pid}`);
  try {
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    giveUp(`the folder ${root} cannot be written to (${error.code}).`, "Copy the project to a disk that can be written to and has room.");
  }
}

function checkRoom(bytes) {
  const disk = statfsSync(root);
  const free = disk.bavail * disk.bsize;
  if (free < bytes) {
    giveUp(
      `only ${Math.floor(free / 2 ** 20)} MiB are free in ${root}; ${Math.ceil(bytes / 2 ** 20)} MiB are needed.`,
      "Free some room, or copy the project to a larger disk. Nothing was changed.",
    );
  }
}

function checkPort(port, name) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error) => {
      giveUp(
        error.code === "EADDRINUSE" ? `port ${port} (${name}) is already in use.` : `port ${port} (${name}) cannot be opened: ${error.message}.`,
        `Stop what uses it, or choose another: ${name === "Sluice" ? "SLUICE_PORT" : "SHOP_PORT"}=${port + 10} npm start`,
      );
    });
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve()));
  });
}

function npm(node, args, what) {
  const cli = process.env.npm_execpath;
  const env = { ...process.env, PATH: `${dirname(node)}${windows ? ";" : ":"}${process.env.PATH ?? ""}` };
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  const result = cli?.endsWith(".js")
    ? spawnSync(node, [cli, ...args, ...quiet], { cwd: root, env, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] })
    : spawnSync(windows ? "npm.cmd" : "npm", [...args, ...quiet], { cwd: root, env, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"], shell: windows });
  if (result.status === 0) return;
  const text = `${result.error?.message ?? ""}${result.stderr ?? ""}`;
  const cause = /ENOSPC/.test(text)
    ? "the disk is full"
    : /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network/i.test(text)
      ? "the package registry cannot be reached"
      : "npm failed";
  if (process.env.SLUICE_DEBUG === "1") say(text);
  return cause === "npm failed" ? `${what} could not be installed: ${firstLine(text)}` : `${what} could not be installed: ${cause}.`;
}

const firstLine = (text) =>
  text
    .split("\n")
    .find((line) => line.trim() !== "")
    ?.replace(/^npm (error|ERR!)\s*/, "") ?? "no message";

/** The Node 24 that everything else runs on: this one, if it is new enough, or the pinned one from tools/runtime. */
function runtime() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const modules = join(root, "tools/runtime/node_modules");
  const found = () => {
    if (!existsSync(modules)) return undefined;
    return readdirSync(modules)
      .filter((name) => name.startsWith("node-"))
      .map((name) => join(modules, name, "bin", windows ? "node.exe" : "node"))
      .find((path) => existsSync(path));
  };
  const have = found();
  if (have) return have;
  if (noDownload) {
    giveUp(
      `Node 24 is needed, this is ${process.versions.node}, and SLUICE_NO_DOWNLOAD=1 forbids bringing it.`,
      "Install Node 24 yourself, or unset SLUICE_NO_DOWNLOAD.",
    );
  }
  say(`Sluice runs on Node 24; this is ${process.versions.node}. Bringing the one pinned in tools/runtime/package-lock.json (checked by its SHA-512) …`);
  const problem = npm(process.execPath, ["install", "--no-save", "--prefix", join(root, "tools/runtime")], "Node 24");
  const got = problem ? undefined : found();
  if (!got) {
    rmSync(modules, { recursive: true, force: true });
    giveUp(
      problem ?? `there is no Node 24 package for ${process.platform}-${process.arch}.`,
      "Check the network and run the same command again, or install Node 24 yourself. Nothing was left behind.",
    );
  }
  return got;
}

/** Dependencies exactly as package-lock.json has them; the stamp is written last, so an interrupted install is done again. */
function dependencies(node) {
  const stamp = join(root, "node_modules/.sluice-installed");
  const want = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === want) return;
  if (noDownload) {
    giveUp(
      "the dependencies are not installed and SLUICE_NO_DOWNLOAD=1 forbids bringing them.",
      "Unset SLUICE_NO_DOWNLOAD, or bring a node_modules folder made by `npm ci` of this very commit.",
    );
  }
  say("Installing dependencies as package-lock.json pins them …");
  // `npm ci` refuses a lock that lacks optional binaries for other platforms which their authors never published; `install` takes the
  // same versions with the same checksums from the same lock and changes nothing in it.
  const problem = npm(node, ["install", "--no-save"], "the dependencies");
  if (problem) {
    rmSync(join(root, "node_modules"), { recursive: true, force: true });
    giveUp(problem, "Check the network and the room on the disk, then run the same command again. Nothing was left behind.");
  }
  writeFileSync(stamp, want);
}

/** A hash over names, sizes and times of everything the build reads: cheap enough for every start. */
function sourcesHash() {
  const hash = createHash("sha256");
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name === "node_modules" || entry.name === "dist" || entry.name.endsWith(".test.ts")) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else {
        const { size, mtimeMs } = statSync(path);
        hash.update(`${relative(root, path)} ${size} ${mtimeMs}\n`);
      }
    }
  };
  for (const folder of ["packages", "sdks", "examples", "tools"]) walk(join(root, folder));
  return hash.update(readFileSync(join(root, "package-lock.json"))).digest("hex");
}

function build(node) {
  const stamp = join(root, "dist/.built");
  const want = sourcesHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === want) return;
  say("Building …");
  const result = spawnSync(node, [join(root, "tools/build.ts")], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  if (result.status !== 0) {
    giveUp(`the build failed:\n${result.stdout}${result.stderr}`, "The previous build, if any, is untouched. Mend the error and run the same command again.");
  }
  writeFileSync(stamp, want);
}

/** Runs a script of the project on Node 24 in this terminal and ends as it ends. */
function run(node, script, args, { quiet = false } = {}) {
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", script, ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, SLUICE_NODE: node, PATH: `${dirname(node)}${windows ? ";" : ":"}${process.env.PATH ?? ""}` },
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal && !quiet ? 130 : (code ?? 1)));
}

function listed(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, folder, entry.name, "run.ts")))
    .map((entry) => entry.name);
}

/** `npm run bench -- eval --json`: one folder per name, each with a run.ts. */
function runNamed(node, folder) {
  const [name, ...args] = rest;
  const known = listed(folder);
  if (!name || !known.includes(name)) {
    giveUp(
      name ? `there is no ${folder} named "${name}".` : `which ${folder}?`,
      `Known: ${known.join(", ")}. For example: npm run ${folder} -- ${known[0]} --json`,
    );
  }
  run(node, join(root, folder, name, "run.ts"), args);
}

const SCRIPTS = { test: "tools/test.ts", check: "tools/check.ts", sim: "tools/simulation/run.ts", conformance: "conformance/run.ts" };

async function main() {
  checkNode();
  checkGit();
  checkFolder();
  const warm = existsSync(join(root, "node_modules/.sluice-installed"));
  checkRoom(warm ? WARM_START_BYTES : COLD_START_BYTES);
  const port = Number(process.env.SLUICE_PORT ?? 7420);
  const shopPort = Number(process.env.SHOP_PORT ?? 7430);
  if (command === "start") {
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      giveUp(`SLUICE_PORT=${process.env.SLUICE_PORT} is not a port.`, "Give a whole number from 1 to 65535.");
    if (!Number.isInteger(shopPort) || shopPort < 1 || shopPort > 65535)
      giveUp(`SHOP_PORT=${process.env.SHOP_PORT} is not a port.`, "Give a whole number from 1 to 65535.");
    await checkPort(port, "Sluice");
    await checkPort(shopPort, "the demo shop floor");
  }
  const node = runtime();
  dependencies(node);
  if (command === "install") return;
  if (command === "check") return run(node, join(root, SCRIPTS.check), rest);
  build(node);
  mkdirSync(join(root, ".build"), { recursive: true });
  switch (command) {
    case "build":
      return;
    case "start":
      return run(node, join(root, "dist/demo.mjs"), ["--port", String(port), "--shop-port", String(shopPort), ...rest], { quiet: true });
    case "bench":
    case "faults":
      return runNamed(node, command);
    default: {
      const script = SCRIPTS[command];
      if (!script) giveUp(`there is no command "${command}".`, "Known: start, test, build, check, bench, faults, sim, conformance.");
      run(node, join(root, script), rest);
    }
  }
}

await main();
