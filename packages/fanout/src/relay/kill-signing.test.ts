import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readPublicKey, writeSignature } from "@sluice/evaluation";
import { Signing } from "../signing.ts";
import { TestApi, TestDisk, TestWorld } from "../testing/test-world.ts";
import { KillSigning } from "./kill-signing.ts";

interface Vector {
  readonly name: string;
  readonly environment: string;
  readonly kind: "kill" | "kills";
  readonly text: string;
  readonly signature?: string;
  readonly expect: string;
}

/** Signed by OpenSSL: conformance/signatures/generate.py. */
const { keys, cases } = JSON.parse(readFileSync(new URL("../../../../conformance/signatures/cases.json", import.meta.url), "utf8")) as {
  readonly keys: readonly { readonly secret: string; readonly publicKey: string }[];
  readonly cases: readonly Vector[];
};
const [server, relay] = keys.map(({ secret }) => secret);
const vectors = cases.flatMap(({ signature = "", ...one }) => (one.expect === "accepted" && signature.includes(".") ? [{ ...one, signature }] : []));

const signingOn = (disk: TestDisk): KillSigning => new KillSigning(new TestWorld({ disk, api: new TestApi() }), relay ?? "");

test("a relay signs kills as OpenSSL does, by what the server's key has delegated to its own", async () => {
  expect(vectors.map(({ kind }) => kind)).toEqual(["kill", "kills"]);
  const key = readPublicKey(keys[1]?.publicKey ?? "");
  if (key === undefined) throw new Error("the key of the vectors cannot be read");
  const delegation = writeSignature(new Signing([server ?? ""]).delegate("production", key));
  const signing = signingOn(new TestDisk());
  await signing.delegated({ production: delegation });
  for (const { kind, environment, text, signature } of vectors) expect(signing.sign(kind, environment, text)).toBe(signature);
});

test("it signs no snapshot, no patch, and nothing of an environment that was not delegated", async () => {
  const signing = signingOn(new TestDisk());
  await signing.delegated({ production: (vectors[0]?.signature ?? "").split(".")[2] ?? "" });
  expect([signing.sign("snapshot", "production", "{}"), signing.sign("patch", "production", "{}"), signing.sign("kill", "staging", "{}")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("what was delegated is known after a restart with nobody to ask", async () => {
  const disk = new TestDisk();
  await signingOn(disk).delegated({ production: (vectors[0]?.signature ?? "").split(".")[2] ?? "" });
  const again = signingOn(disk);
  await again.load();
  expect(again.sign("kill", "production", vectors[0]?.text ?? "")).toBe(vectors[0]?.signature);
});

test("a server that says nothing yet takes back nothing, also over a restart", async () => {
  const disk = new TestDisk();
  const signing = signingOn(disk);
  await signing.delegated({ production: (vectors[0]?.signature ?? "").split(".")[2] ?? "" });
  await signing.delegated({});
  expect([signing.mayKill("production"), signing.mayKill("staging")]).toEqual([true, false]);
  const again = signingOn(disk);
  await again.load();
  expect(again.sign("kill", "production", vectors[0]?.text ?? "")).toBe(vectors[0]?.signature);
});
