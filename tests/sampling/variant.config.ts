import { join } from "node:path";
import { defineConfig, type Plugin } from "vitest/config";
import { changedText } from "../../conformance/mutant-text.ts";
import { nodeTelemetryMutants } from "../sdk-telemetry/node-mutants.ts";
import { mutants } from "./mutants.ts";

// The tests of sampling, and of what the Node SDK reports, with one text of one file exchanged.
const root = join(import.meta.dirname, "../..");
const mutant = [...mutants, ...nodeTelemetryMutants].find(({ name }) => name === process.env["SLUICE_MUTANT"]);

const planting: Plugin = {
  name: "plant-a-mutant",
  enforce: "pre",
  transform: (code, id) => (mutant !== undefined && id === join(root, mutant.file) ? changedText(code, mutant, mutant.file) : undefined),
};

export default defineConfig({
  root,
  plugins: [planting],
  // What a run keeps on disk is looked up without asking what was planted.
  test: { fsModuleCache: false, include: ["sdks/*/src/**/*.test.ts", "packages/*/src/**/*.test.ts"], maxWorkers: 1, bail: 1, testTimeout: 60_000 },
});
