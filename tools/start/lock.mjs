// Is what package-lock.json pins really there? npm calls an installation good from which a platform's binary is missing because the
// network or the disk failed: for npm those are optional, for us a build without them is none.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const packagesOf = (path) => JSON.parse(readFileSync(path, "utf8")).packages;

/** `glibc`, `musl`, or undefined where the question has no sense. */
function libcHere() {
  if (process.platform !== "linux") return undefined;
  return process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";
}

function isNeeded(one, machine) {
  if (one.optional !== true) return true;
  // Optional without a platform: parts of the binaries for other platforms.
  if (one.os === undefined && one.cpu === undefined) return false;
  const allows = (list, value) => list === undefined || value === undefined || list.includes(value);
  return allows(one.os, machine.os) && allows(one.cpu, machine.cpu) && allows(one.libc, machine.libc);
}

/** Names of packages of the lock in `folder` that this machine needs and has not, or not in that version. */
export function missingPackages(folder, machine = { os: process.platform, cpu: process.arch, libc: libcHere() }) {
  const locked = packagesOf(join(folder, "package-lock.json"));
  // npm writes this list last.
  const list = join(folder, "node_modules/.package-lock.json");
  const have = existsSync(list) ? packagesOf(list) : {};
  return Object.entries(locked)
    .filter(([path, one]) => path.startsWith("node_modules/") && isNeeded(one, machine))
    .filter(([path, one]) => have[path] === undefined || have[path].version !== one.version || !existsSync(join(folder, path)))
    .map(([path, one]) => ({ name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length), version: one.version }));
}
