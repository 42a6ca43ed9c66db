// Brings what is missing: Node 24, the dependencies, the build. Each step ends with its stamp, written last and taken away first,
// so that a step that was cut off at any moment is seen as not done and is done again from the beginning.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { giveUp, say } from "./report.mjs";

const windows = process.platform === "win32";
const mayDownload = process.env.SLUICE_NO_DOWNLOAD !== "1";

/** With npm's usual waits (10 s and more) somebody without a network looks at nothing for over a minute. */
const RETRY = ["--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000"];

/** The environment in which everything is run: with the chosen Node first. */
export function environmentOf(node) {
  return { ...process.env, SLUICE_NODE: node, PATH: `${dirname(node)}${windows ? ";" : ":"}${process.env.PATH ?? ""}` };
}

/** Runs npm in `root`; gives undefined, or what is wrong and what to do. */
function npm(root, node, args) {
  const cli = process.env.npm_execpath;
  const all = [...args, "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", ...RETRY];
  const options = { cwd: root, env: environmentOf(node), encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] };
  const result = cli?.endsWith(".js") ? spawnSync(node, [cli, ...all], options) : spawnSync(windows ? "npm.cmd" : "npm", all, { ...options, shell: windows });
  if (result.status === 0) return undefined;
  const text = `${result.error?.message ?? ""}\n${result.stderr ?? ""}`;
  if (process.env.SLUICE_DEBUG === "1") say(text);
  return troubleOf(text, result);
}

/** What npm said, as a person needs it. */
function troubleOf(text, result) {
  if (/ENOSPC/.test(text))
    return ["the disk is full", "Free some room (the project's folder and npm's cache need about 900 MiB) and run the same command again."];
  const [, code] = /(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EIDLETIMEOUT)/.exec(text) ?? [];
  if (code !== undefined) {
    const [, address] = /request to (https?:\/\/[^/\s]+)/.exec(text) ?? [];
    return [
      `the package registry${address === undefined ? "" : ` ${address}`} cannot be reached (${code})`,
      "Check the network, or name a registry or proxy that you can reach (npm config set registry …), and run the same command again.",
    ];
  }
  if (result.error?.code === "ENOENT") return ["the npm command was not found", "Install npm, which usually comes with Node, and run the same command again."];
  if (result.signal) return [`npm was ended by ${result.signal}`, "Run the same command again."];
  return [`npm said: ${firstLines(text)}`, "Mend that and run the same command again; SLUICE_DEBUG=1 shows all that npm says."];
}

const firstLines = (text) =>
  text
    .split("\n")
    .map((line) => line.replace(/^npm (?:error|ERR!)\s*/, "").trim())
    .filter((line) => line !== "")
    .slice(0, 2)
    .join(", ") || "nothing";

const hashOf = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const textOf = (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

/** The Node 24 that everything else runs on: this one, if it is new enough, or the pinned one from tools/runtime. */
export function runtime(root) {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const folder = join(root, "tools/runtime");
  const modules = join(folder, "node_modules");
  const stamp = join(modules, ".sluice-installed");
  const want = hashOf(join(folder, "package-lock.json"));
  const found = () =>
    existsSync(modules)
      ? readdirSync(modules)
          .filter((name) => name.startsWith("node-"))
          .map((name) => join(modules, name, "bin", windows ? "node.exe" : "node"))
          .find((path) => existsSync(path))
      : undefined;
  const have = textOf(stamp) === want ? found() : undefined;
  if (have) return have;
  if (!mayDownload) {
    giveUp(
      `Node 24 is needed, this is ${process.versions.node}, and SLUICE_NO_DOWNLOAD=1 forbids bringing it.`,
      "Install Node 24 yourself, or unset SLUICE_NO_DOWNLOAD. Nothing was changed.",
    );
  }
  say(`Sluice runs on Node 24; this is ${process.versions.node}. Bringing the one pinned in tools/runtime/package-lock.json (checked by its SHA-512) …`);
  // A half of an earlier attempt, or another version.
  rmSync(modules, { recursive: true, force: true });
  const trouble = npm(root, process.execPath, ["install", "--no-save", "--prefix", folder]);
  const got = trouble ? undefined : found();
  if (got) {
    writeFileSync(stamp, want);
    return got;
  }
  rmSync(modules, { recursive: true, force: true });
  const [problem, fix] = trouble ?? [
    `the registry has no Node 24 for ${process.platform}-${process.arch}`,
    "Install Node 24 yourself and run the same command again.",
  ];
  return giveUp(`Node 24 could not be installed: ${problem}.`, `${fix} Nothing was left behind.`);
}

/** True where `npm ci` or `npm install` has finished from this very lock: npm writes the list that is read here last. */
function installedByHand(root) {
  const list = textOf(join(root, "node_modules/.package-lock.json"));
  if (list === undefined) return false;
  const { packages: have } = JSON.parse(list);
  const { packages: locked } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return Object.entries(locked).every(
    ([path, one]) =>
      !path.startsWith("node_modules/") || one.optional === true || one.peer === true || (have[path] !== undefined && have[path].version === one.version),
  );
}

export function hasDependencies(root) {
  return existsSync(join(root, "node_modules/.sluice-installed"));
}

/** Dependencies exactly as package-lock.json has them. */
export function dependencies(root, node) {
  const modules = join(root, "node_modules");
  const stamp = join(modules, ".sluice-installed");
  const want = hashOf(join(root, "package-lock.json"));
  const before = textOf(stamp);
  if (before === want) return;
  if (!mayDownload) {
    if (installedByHand(root)) return;
    giveUp(
      "the dependencies are not installed and SLUICE_NO_DOWNLOAD=1 forbids bringing them.",
      "Unset SLUICE_NO_DOWNLOAD, or bring a node_modules folder that npm made from this very package-lock.json. Nothing was changed.",
    );
  }
  say("Installing dependencies as package-lock.json pins them …");
  // npm takes a package whose package.json is there for a whole one: a folder of which nobody knows that it was finished is made anew.
  rmSync(before === undefined ? modules : stamp, { recursive: true, force: true });
  // `npm ci` refuses a lock that lacks optional binaries for other platforms which their authors never published; `install` takes the
  // same versions with the same checksums from the same lock and changes nothing in it.
  const trouble = npm(root, node, ["install", "--no-save"]);
  if (trouble) {
    rmSync(modules, { recursive: true, force: true });
    giveUp(`the dependencies could not be installed: ${trouble[0]}.`, `${trouble[1]} Nothing was left behind.`);
  }
  writeFileSync(stamp, want);
}

/** A hash over names, sizes and times of everything the build reads: cheap enough for every start. */
function sourcesHash(root) {
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

export function build(root, node) {
  const stamp = join(root, "dist/.built");
  const want = sourcesHash(root);
  if (textOf(stamp) === want) return;
  say("Building …");
  const result = spawnSync(node, [join(root, "tools/build.ts")], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  if (result.status === 0) {
    writeFileSync(stamp, want);
    return;
  }
  const text = `${result.stdout}${result.stderr}`;
  if (/ENOSPC|no space left/i.test(text)) {
    giveUp(`the build failed: the disk of ${root} is full.`, "Free some room and run the same command again. The previous build, if any, is untouched.");
  }
  giveUp(`the build failed:\n${text}`, "The previous build, if any, is untouched. Mend the error and run the same command again.");
}
