// Brings what is missing: Node 24, the dependencies, the build. Each step ends with its stamp, written last and taken away first,
// so that a step that was cut off at any moment is seen as not done and is done again from the beginning.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { missingPackages } from "./lock.mjs";
import { giveUp, say } from "./report.mjs";

const windows = process.platform === "win32";
const mayDownload = process.env.SLUICE_NO_DOWNLOAD !== "1";

/** With npm's usual waits (10 s and more) somebody without a network looks at nothing for over a minute. */
const RETRY = ["--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000"];

/** A registry that has not answered a small question within this is not there: some networks drop what they forbid. */
const ANSWER_MS_MAX = 15_000;

/** The environment in which everything is run: with the chosen Node first. */
export function environmentOf(node) {
  return { ...process.env, SLUICE_NODE: node, PATH: `${dirname(node)}${windows ? ";" : ":"}${process.env.PATH ?? ""}` };
}

/** Runs npm in `root`; gives undefined, or what is wrong and what to do. */
function npm(root, node, args) {
  const cli = process.env.npm_execpath;
  const all = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", ...RETRY, ...args];
  const options = { cwd: root, env: environmentOf(node), encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] };
  const result = cli?.endsWith(".js") ? spawnSync(node, [cli, ...all], options) : spawnSync(windows ? "npm.cmd" : "npm", all, { ...options, shell: windows });
  if (result.status === 0) return undefined;
  const text = `${result.error?.message ?? ""}\n${result.stderr ?? ""}`;
  if (process.env.SLUICE_DEBUG === "1") say(text);
  return troubleOf(text, result);
}

/** Node 24, unpacked, or all dependencies: whoever has less room than this lacks nothing but room. */
const UNPACKED_MIB = 210;

function freeMib(folder) {
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / 2 ** 20);
}

/** Installs the lock of `folder` whole, optional binaries of this platform included; gives undefined, or what is wrong and what to do. */
function install(root, node, folder) {
  // Without a network, npm asks for each of two hundred packages until it gives up, a minute and a half later: one is asked for first.
  // The project's own packages have no version there and are in no registry.
  const first = missingPackages(folder).find(({ version }) => version !== undefined);
  const asked = first && npm(root, node, ["view", `${first.name}@${first.version}`, "version", `--fetch-timeout=${ANSWER_MS_MAX}`, "--fetch-retries=1"]);
  const trouble = asked ?? npm(root, node, ["install", "--no-save", "--prefix", folder]);
  if (trouble) return trouble;
  const [missing] = missingPackages(folder);
  if (missing === undefined) return undefined;
  // npm does not say why it went without an optional one: asked for it by name, it does.
  return (
    npm(root, node, ["cache", "add", `${missing.name}@${missing.version}`]) ??
    (freeMib(folder) < UNPACKED_MIB
      ? [`the disk of ${folder} is full`, `${freeMib(folder)} MiB are free there: make room and run the same command again.`]
      : [`${missing.name} ${missing.version} was brought, but not unpacked`, "Run the same command again; SLUICE_DEBUG=1 shows all that npm says."])
  );
}

/** What npm said, as a person needs it. */
function troubleOf(text, result) {
  if (/ENOSPC/.test(text))
    return ["the disk is full", "Free some room (the project's folder and npm's cache need about 700 MiB) and run the same command again."];
  const [, code] = /(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EIDLETIMEOUT|network timeout)/.exec(text) ?? [];
  if (code !== undefined) {
    const [, address] = /(?:request to|network timeout at:) (https?:\/\/[^/\s]+)/.exec(text) ?? [];
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

/** A stamp that cannot be written whole says the disk is full; an empty one counts as none. */
function stamped(path, text) {
  try {
    writeFileSync(path, text);
  } catch (error) {
    giveUp(`${path} cannot be written (${error.code}).`, "Free some room and run the same command again.");
  }
}

const runtimeStamp = (root) => join(root, "tools/runtime/node_modules/.sluice-installed");
const runtimeLock = (root) => hashOf(join(root, "tools/runtime/package-lock.json"));

/** The Node 24 that everything else runs on, if it is here: this one, where it is new enough, or the pinned one, where it is there whole. */
function findRuntime(root) {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  if (textOf(runtimeStamp(root)) !== runtimeLock(root)) return undefined;
  const modules = join(root, "tools/runtime/node_modules");
  return readdirSync(modules)
    .filter((name) => name.startsWith("node-"))
    .map((name) => join(modules, name, "bin", windows ? "node.exe" : "node"))
    .find((path) => existsSync(path));
}

/** What a start from here has to bring first. */
export function whatIsMissing(root) {
  return { runtime: findRuntime(root) === undefined, dependencies: !existsSync(join(root, "node_modules/.sluice-installed")) };
}

/** Finds Node 24, or brings the pinned one. */
export function runtime(root) {
  const have = findRuntime(root);
  if (have) return have;
  const folder = join(root, "tools/runtime");
  const modules = join(folder, "node_modules");
  if (!mayDownload) {
    giveUp(
      `Node 24 is needed, this is ${process.versions.node}, and SLUICE_NO_DOWNLOAD=1 forbids bringing it.`,
      "Install Node 24 yourself, or unset SLUICE_NO_DOWNLOAD. Nothing was changed.",
    );
  }
  say(`Sluice runs on Node 24; this is ${process.versions.node}. Bringing the one pinned in tools/runtime/package-lock.json (checked by its SHA-512) …`);
  // A half of an earlier attempt, or another version.
  rmSync(modules, { recursive: true, force: true });
  const trouble = install(root, process.execPath, folder);
  if (!trouble) stamped(runtimeStamp(root), runtimeLock(root));
  const got = trouble ? undefined : findRuntime(root);
  if (got) return got;
  rmSync(modules, { recursive: true, force: true });
  const [problem, fix] = trouble ?? [
    `tools/runtime/package-lock.json has none for ${process.platform}-${process.arch}`,
    "Install Node 24 yourself and run the same command again.",
  ];
  return giveUp(`Node 24 could not be installed: ${problem}.`, `${fix} Nothing was left behind.`);
}

/** Dependencies exactly as package-lock.json has them. */
export function dependencies(root, node) {
  const modules = join(root, "node_modules");
  const stamp = join(modules, ".sluice-installed");
  const want = hashOf(join(root, "package-lock.json"));
  const before = textOf(stamp);
  if (before === want) return;
  if (!mayDownload) {
    if (missingPackages(root).length === 0) return;
    giveUp(
      "the dependencies are not installed and SLUICE_NO_DOWNLOAD=1 forbids bringing them.",
      "Unset SLUICE_NO_DOWNLOAD, or bring a node_modules folder that npm made from this very package-lock.json. Nothing was changed.",
    );
  }
  say("Installing dependencies as package-lock.json pins them …");
  // npm takes a package whose package.json is there for a whole one: a folder of which nobody knows that it was finished is made anew.
  rmSync(before ? stamp : modules, { recursive: true, force: true });
  // `npm ci` refuses a lock that lacks optional binaries for other platforms which their authors never published; `install` takes the
  // same versions with the same checksums from the same lock and changes nothing in it.
  const trouble = install(root, node, root);
  if (trouble) {
    rmSync(modules, { recursive: true, force: true });
    giveUp(`the dependencies could not be installed: ${trouble[0]}.`, `${trouble[1]} Nothing was left behind.`);
  }
  stamped(stamp, want);
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
  if (result.status === 0) return stamped(stamp, want);
  const text = `${result.stdout}${result.stderr}`;
  if (/ENOSPC|no space left/i.test(text)) {
    giveUp(`the build failed: the disk of ${root} is full.`, "Free some room and run the same command again. The previous build, if any, is untouched.");
  }
  giveUp(`the build failed:\n${text}`, "The previous build, if any, is untouched. Mend the error and run the same command again.");
}
