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
    // Two cores: tests with real processes wait for a third of their time.
    maxWorkers: 3,
    // Tests say that something comes, never how soon: what is wrong is found by what is asserted, on a machine however busy.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    globalSetup: ["tests/bundles-of-this-run.ts"],
    setupFiles: ["tests/property-seed.ts", "tests/ports-of-this-worker.ts"],
  },
});
