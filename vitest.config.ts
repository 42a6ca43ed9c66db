import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "sdks/*/src/**/*.test.ts",
      "sdks/python/*.test.ts",
      "examples/*/src/**/*.test.{ts,tsx}",
      "conformance/**/*.test.ts",
      "tools/**/*.test.ts",
      "tests/**/*.test.ts",
    ],
    // Two cores: more workers only make real-process tests wait for each other.
    maxWorkers: 2,
    testTimeout: 30_000,
    globalSetup: ["tests/bundles-of-this-run.ts"],
    setupFiles: ["tests/property-seed.ts"],
  },
});
