import { spawn } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** How a run of tests ended; `passed` of a run whose tests all did. */
export interface VariantRun {
  readonly isGreen: boolean;
  readonly text: string;
}

/** Runs test files in a process of their own with something exchanged, as the configuration (that of React where none is named) reads it from the environment. */
export function runVariant(
  files: readonly string[],
  environment: Readonly<Record<string, string>>,
  config = "tests/react/variant.config.ts",
): Promise<VariantRun> {
  const args = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", config, "--reporter=dot", ...files];
  return new Promise((resolve, reject) => {
    let text = "";
    const { VITEST: _, ...own } = process.env;
    const child = spawn(process.execPath, args, { cwd: root, env: { ...own, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part: string) => (text += part));
    child.once("error", reject);
    child.once("exit", (code) => resolve({ isGreen: code === 0, text }));
  });
}
