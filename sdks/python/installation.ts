// The virtual environment that the Python SDK's checks and tests run in: made once per interpreter and list of requirements.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const folder: string = import.meta.dirname;
const root = join(folder, "../..");

/** Longer than any installation takes. */
const LOCK_S_MAX = 180;

/** Interpreters looked for, in this order; `SLUICE_PYTHON` names another. */
const CANDIDATES: readonly string[] = ["python3", "python3.13", "python3.12", "python3.11", "python3.10"];

/** An interpreter of the SDK's versions that can make virtual environments; undefined where there is none. */
export function findPython(): string | undefined {
  const named = process.env["SLUICE_PYTHON"];
  const probe = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
  return (named === undefined ? CANDIDATES : [named]).find((name) => spawnSync(name, ["-c", probe]).status === 0);
}

/** The interpreter of an environment that holds exactly the hashed requirements and the SDK itself, installed in place. */
export function environmentPython(python: string): string {
  const requirements = join(folder, "requirements/check.txt");
  const version = execFileSync(python, ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"], { encoding: "utf8" }).trim();
  const stamp = createHash("sha256")
    .update(readFileSync(requirements))
    .update(readFileSync(join(folder, "pyproject.toml")))
    .digest("hex");
  const home = join(root, ".build/python", version);
  const stampPath = join(home, "installed");
  const inside = join(home, "bin/python");
  const isMade = (): boolean => existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp;
  if (isMade()) return inside;
  const release = lock(`${home}.lock`);
  try {
    if (!isMade()) make({ python, home, inside, requirements });
    writeFileSync(stampPath, stamp);
  } finally {
    release();
  }
  return inside;
}

/** One maker at a time: two test files may come at once. A lock older than any installation was left by a process that died. */
function lock(path: string): () => void {
  mkdirSync(join(path, ".."), { recursive: true });
  for (let waited = 0; waited < LOCK_S_MAX; waited += 1) {
    try {
      mkdirSync(path);
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    }
  }
  rmSync(path, { recursive: true, force: true });
  return lock(path);
}

interface Making {
  readonly python: string;
  readonly home: string;
  readonly inside: string;
  readonly requirements: string;
}

function make({ python, home, inside, requirements }: Making): void {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  execFileSync(python, ["-m", "venv", home]);
  const pip = (...args: readonly string[]): void => void execFileSync(inside, ["-m", "pip", "--disable-pip-version-check", "-q", "install", ...args]);
  pip("--require-hashes", "-r", requirements);
  pip("--no-deps", "--no-build-isolation", "-e", folder);
}
