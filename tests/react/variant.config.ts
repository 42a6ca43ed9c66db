import { join } from "node:path";
import { defineConfig, type Plugin } from "vitest/config";
import { changedText } from "../../conformance/mutant-text.ts";
import { browserMutants } from "../browser/mutants.ts";
import { mutants } from "./mutants.ts";

// The tests of the SDKs for pages with something exchanged: a text of one file, or React.
const root = join(import.meta.dirname, "../..");
const wanted = process.env["SLUICE_MUTANT"];
const mutant = [...mutants, ...browserMutants].find(({ name }) => name === wanted);
const reactFolder = process.env["SLUICE_REACT"];

const planting: Plugin = {
  name: "plant-a-mutant",
  enforce: "pre",
  transform: (code, id) => (mutant !== undefined && id === join(root, mutant.file) ? changedText(code, mutant, mutant.file) : undefined),
};

export default defineConfig({
  root,
  plugins: [planting],
  ...(reactFolder === undefined
    ? {}
    : { resolve: { alias: ["react", "react-dom"].map((name) => ({ find: new RegExp(`^${name}(?=/|$)`), replacement: join(reactFolder, name) })) } }),
  // What a run keeps on disk is looked up without asking what was planted.
  test: { fsModuleCache: false, include: ["sdks/*/src/**/*.test.ts"], maxWorkers: 1, bail: 1, testTimeout: 30_000 },
});
