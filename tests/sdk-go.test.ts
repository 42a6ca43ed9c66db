// The Go SDK in the project's own suite: its format, its vet, its tests under the race detector, all vectors.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { largeLists } from "../conformance/large-lists.ts";
import { exchangesOf, runLanguage } from "../conformance/run-language.ts";
import { readScripts, readVectors } from "../conformance/vectors.ts";
import { buildGo, goCommand, goFolder, gofmtPath, runGo, runIn } from "./sdk-go/toolchain.ts";

if (goCommand === undefined) console.log("skipped: the Go SDK's tests, because there is no Go toolchain on this machine.");

/** A first build compiles the standard library, on two cores that others use too. */
const BUILD_MS_MAX = 240_000;

describe.skipIf(goCommand === undefined)("the Go SDK", () => {
  test("is formatted as gofmt does", async () => {
    expect(await runIn(goFolder, [gofmtPath(), "-l", "."])).toEqual({ status: 0, output: "" });
  });

  test("has nothing that go vet finds", { timeout: BUILD_MS_MAX }, async () => {
    expect(await runGo(["vet", "./..."])).toEqual({ status: 0, output: "" });
  });

  test("answers every vector", { timeout: BUILD_MS_MAX }, async () => {
    const [vectors, scripts] = [readVectors(), readScripts()];
    const all = [...scripts, ...largeLists()];
    const { passed, wrong } = await runLanguage([await buildGo("./internal/conformance", "conformance")], exchangesOf(vectors, all));
    expect(wrong).toEqual([]);
    expect(passed).toBe(vectors.length + all.length);
  });

  test("passes its own tests under the race detector", { timeout: BUILD_MS_MAX }, async () => {
    const { status, output } = await runGo(["test", "-race", "-shuffle=on", "./..."]);
    expect(status, output).toBe(0);
  });

  test("stands behind OpenFeature, in a module of its own", { timeout: BUILD_MS_MAX }, async () => {
    const { status, output } = await runIn(join(goFolder, "openfeature"), [goCommand ?? "go", "test", "-race", "./..."]);
    expect(status, output).toBe(0);
  });
});
