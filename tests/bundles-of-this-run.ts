import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", ".build", `test-processes-${process.pid}`);

/** Where the first test of a run that starts a server puts the processes' bundles, for all others (tools/process-bundles.ts). */
export function setup(): void {
  mkdirSync(join(folder, ".."), { recursive: true });
  process.env["SLUICE_TEST_BUNDLES"] = folder;
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true });
}
