import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runVariant } from "./react/run-variant.ts";

const root = join(import.meta.dirname, "..");
const pinned = join(root, "tools/react-18");
const place = join(root, ".build/react-18");

describe("@sluice/react with React 18", () => {
  beforeAll(() => {
    mkdirSync(place, { recursive: true });
    const lock = readFileSync(join(pinned, "package-lock.json"), "utf8");
    const known = join(place, "package-lock.json");
    if (existsSync(join(place, "node_modules")) && existsSync(known) && readFileSync(known, "utf8") === lock) return;
    cpSync(pinned, place, { recursive: true });
    expect(spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: place, encoding: "utf8" })).toMatchObject({ status: 0 });
  }, 180_000);

  test("passes the tests that it passes with React 19", async () => {
    const files = ["react.test.ts", "server-rendering.test.ts", "testing/testing.test.ts"].map((name) => `sdks/react/src/${name}`);
    const { isGreen, text } = await runVariant(files, { SLUICE_REACT: join(place, "node_modules"), SLUICE_REACT_MAJOR: "18" });
    expect(isGreen, text).toBe(true);
  });
});
