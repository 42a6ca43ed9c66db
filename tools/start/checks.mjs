// What must be so before anything is written: each check says in one sentence what is wrong, where, and what to do.
import { spawnSync } from "node:child_process";
import { accessSync, constants, rmSync, statfsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { giveUp } from "./report.mjs";

/** `git init --initial-branch`, which makes the demo's flag repository, came with it. */
const GIT_OLDEST = [2, 28];
/** What a start writes, measured, with room for the registry client's cache and its temporary files: Node 24 is 190 MB and 55 packed, */
const RUNTIME_BYTES = 300 * 2 ** 20;
/** the dependencies are 205 MB and 130 packed, */
const DEPENDENCIES_BYTES = 400 * 2 ** 20;
/** the build is 15 MB, twice while it is exchanged; the rest is for the data folder. */
const WARM_START_BYTES = 60 * 2 ** 20;
/** How far the suggested port is from the busy one: past the other port of the start. */
const PORT_STEP = 100;

export function checkGit() {
  const git = spawnSync("git", ["--version"], { encoding: "utf8" });
  if (git.error || git.status !== 0) {
    giveUp("the git command was not found.", "Install Git (flags live in a Git repository) and make sure `git --version` works. Nothing was changed.");
  }
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(git.stdout) ?? []).map(Number);
  if (major < GIT_OLDEST[0] || (major === GIT_OLDEST[0] && minor < GIT_OLDEST[1])) {
    giveUp(`Git ${major}.${minor} is too old.`, `Install Git ${GIT_OLDEST.join(".")} or newer and run the same command again. Nothing was changed.`);
  }
}

export function checkFolder(root) {
  // root may write anywhere that permission bits forbid, but not to a read-only mount: only trying tells.
  const probe = join(root, `.sluice-write-probe-${process.pid}`);
  try {
    accessSync(root, constants.W_OK);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    if (error.code === "ENOSPC") giveUp(`the disk of ${root} is full.`, "Free some room, or copy the project to a larger disk. Nothing was changed.");
    giveUp(
      `the folder ${root} cannot be written to (${error.code}).`,
      "Make it writable, or copy the project to a folder of your own on a disk that is not read-only. Nothing was changed.",
    );
  }
}

export function checkRoom(root, missing) {
  const needed = WARM_START_BYTES + (missing.runtime ? RUNTIME_BYTES : 0) + (missing.dependencies ? DEPENDENCIES_BYTES : 0);
  const disk = statfsSync(root);
  const free = disk.bavail * disk.bsize;
  if (free >= needed) return;
  giveUp(
    `only ${Math.floor(free / 2 ** 20)} MiB are free in ${root}; ${Math.ceil(needed / 2 ** 20)} MiB are needed.`,
    "Free some room, or copy the project to a larger disk. Nothing was changed.",
  );
}

function portOf(name, usual) {
  const port = Number(process.env[name] ?? usual);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  return giveUp(`${name}=${process.env[name]} is not a port.`, "Give a whole number from 1 to 65535.");
}

/** Is the port free? The one who opens it later is told the same by the operating system; here it costs nobody an installation. */
function checkPort(name, port, owner) {
  return new Promise((resolve) => {
    const other = port + PORT_STEP <= 65535 ? port + PORT_STEP : port - PORT_STEP;
    const probe = createServer();
    probe.once("error", (error) => {
      giveUp(
        error.code === "EADDRINUSE" ? `port ${port} (${owner}) is already in use.` : `port ${port} (${owner}) cannot be opened: ${error.message}.`,
        `Stop what uses it (Sluice itself, in another terminal?), or choose another: ${name}=${other} npm start`,
      );
    });
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve()));
  });
}

export async function checkPorts() {
  const port = portOf("SLUICE_PORT", 7420);
  const shopPort = portOf("SHOP_PORT", 7430);
  if (port === shopPort)
    giveUp(`SLUICE_PORT and SHOP_PORT are both ${port}.`, `Give the demo's application one of its own: SHOP_PORT=${port < 65535 ? port + 1 : port - 1}`);
  await checkPort("SLUICE_PORT", port, "Sluice");
  await checkPort("SHOP_PORT", shopPort, "the demo's application");
  return { port, shopPort };
}
