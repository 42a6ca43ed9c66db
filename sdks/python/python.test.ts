import { execFile } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { largeLists } from "../../conformance/large-lists.ts";
import { exchangesOf, runLanguage } from "../../conformance/run-language.ts";
import { readScripts, readVectors } from "../../conformance/vectors.ts";
import { environmentPython, findPython, folder } from "./installation.ts";
import { expectMutants } from "../../conformance/mutant-list.ts";
import { shareOf } from "../../conformance/mutant-share.ts";
import { changedPython, isCaught, type Mutant, mutants } from "./mutants.ts";

const python = findPython();
const exchanges = exchangesOf(readVectors(), readScripts());
/** On two cores that others use too. */
const TOOLS_MS = 300_000;

/** Runs a tool of the environment in the SDK's folder and gives what it printed; its exit code is part of it where it failed. */
function run(tool: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(inside, ["-B", "-m", tool, ...args], { cwd: folder, timeout: TOOLS_MS, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve(error === null ? "clean" : `exit ${String(error.code)}\n${stdout}${stderr}`);
    });
  });
}

let inside = "";

describe.skipIf(python === undefined)("the Python SDK (skipped where there is no Python ≥ 3.10 with venv; .ci/run installs python3-venv)", () => {
  beforeAll(() => {
    inside = environmentPython(python ?? "");
  }, TOOLS_MS);

  test("is formatted", async () => {
    expect(await run("ruff", "format", "--check", "--no-cache", ".")).toBe("clean");
  });
  test("passes ruff", async () => {
    expect(await run("ruff", "check", "--no-cache", ".")).toBe("clean");
  });
  test(
    "passes mypy in strict mode",
    async () => {
      expect(await run("mypy", "--cache-dir", join(folder, "../../.build/python/mypy"))).toBe("clean");
    },
    TOOLS_MS,
  );
  test(
    "passes its own tests",
    async () => {
      expect(await run("pytest")).toBe("clean");
    },
    TOOLS_MS,
  );
  test("answers all vectors, none suppressed", async () => {
    const { passed, wrong } = await runLanguage([inside, "-B", join(folder, "conformance.py")], exchanges);
    expect(wrong).toEqual([]);
    expect(passed).toBe(new Set(exchanges.map(({ name }) => name)).size);
  });
  test("answers a segment with 100,000 ids in each of its lists", async () => {
    expect(await runLanguage([inside, "-B", join(folder, "conformance.py")], exchangesOf([], largeLists()))).toEqual({ passed: 1, wrong: [] });
  });
  test("has at least 30 mutants, each with a name of its own, whose text stands once", () => {
    expectMutants(mutants, 30, changedPython);
  });
  test.concurrent.each(shareOf(mutants).map((mutant) => [mutant.name, mutant] as const))(
    "is told from a mutant by the vectors: %s",
    async (_name, mutant) => {
      expect(await isCaught(inside, mutant, exchanges)).toBe(true);
    },
    TOOLS_MS,
  );
  test(
    "is not told from itself",
    async () => {
      const same: Mutant = { name: "nothing", file: "bucketing.py", find: "SLOTS: Final = 100_000", replace: "SLOTS: Final = 100_000" };
      expect(await isCaught(inside, same, exchanges)).toBe(false);
    },
    TOOLS_MS,
  );
});
