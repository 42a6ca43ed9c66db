import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect } from "./server-connection.ts";

const OURS = "http://127.0.0.1:7001";
const THEIRS = "http://elsewhere.example";
let folder: string;
/** Address and token of each request that was made. */
let asked: { readonly url: string; readonly token: string | undefined }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-cli-"));
  mkdirSync(join(folder, "cloned/.sluice"), { recursive: true });
  mkdirSync(join(folder, ".sluice"));
  writeFileSync(join(folder, ".sluice/operator.key"), "key-of-this-machine\n");
  writeFileSync(join(folder, ".sluice/address"), `${OURS}\n`);
  writeFileSync(join(folder, "cloned/.sluice/address"), `${THEIRS}\n`);
  asked = [];
  vi.spyOn(process, "cwd").mockReturnValue(join(folder, "cloned"));
  vi.stubEnv("SLUICE_TOKEN", undefined);
  vi.stubEnv("SLUICE_URL", undefined);
  vi.stubGlobal("fetch", async (url: string, init: { readonly headers: Readonly<Record<string, string>> }) => {
    asked.push({ url, token: init.headers["authorization"] });
    return new Response("{}");
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true, force: true });
});

test("a key goes to the address beside it, not to one that a folder on the way names", async () => {
  await connect({}).get("/api/me");
  expect(asked).toEqual([{ url: `${OURS}/api/me`, token: "Bearer key-of-this-machine" }]);
});

test("a token that was given goes to no address that was found in a folder", async () => {
  vi.stubEnv("SLUICE_TOKEN", "my-token");
  await connect({}).get("/api/me");
  expect(asked).toEqual([{ url: "http://127.0.0.1:7420/api/me", token: "Bearer my-token" }]);
});

test("an address that is given is used", async () => {
  await connect({ url: `${THEIRS}/` }).get("/api/me");
  expect(asked).toEqual([{ url: `${THEIRS}/api/me`, token: "Bearer key-of-this-machine" }]);
});

test("without a key anywhere it says what to do", () => {
  rmSync(join(folder, ".sluice"), { recursive: true });
  expect(() => connect({})).toThrow("There is nothing to sign in with.");
});
