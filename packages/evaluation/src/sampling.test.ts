import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compilePick, SAMPLED_HASH, type SampledAttributes, sampledHash, sealContext } from "./sampling.ts";

interface Vectors {
  readonly key: string;
  readonly customer: string;
  readonly attributes: SampledAttributes;
  readonly vectors: readonly { readonly name: string; readonly context: object; readonly plain: object; readonly hashed: object }[];
}
const { key, customer, attributes, vectors } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../conformance/sampling/vectors.json"), "utf8"),
) as Vectors;
const digest = (text: string): string => createHmac("sha256", key).update(text).digest("base64url");

describe("what leaves a process of a sampled context", () => {
  test.each(vectors)("$name", ({ context, plain, hashed }) => {
    expect(sealContext(compilePick(attributes, customer)({ ...context }), attributes, digest)).toEqual({ plain, hashed });
  });

  test("the customer's key and the user's are never taken plain, whatever the list says", () => {
    const pick = compilePick({ "account.id": "plain", targetingKey: "plain", plan: "plain" }, "account.id");
    expect(pick({ account: { id: "acme" }, targetingKey: "u1", plan: "pro" })).toEqual([["plan", "pro"]]);
    // What stands there and is no key all the same, nobody knows.
    expect(pick({ account: { id: ["acme", "bolt"] }, targetingKey: "u1", plan: "pro" })).toEqual([["plan", "pro"]]);
  });

  test("a context that throws and one that holds itself are taken as far as they can be read", () => {
    const circular: Record<string, unknown> = { plan: "pro" };
    circular["roles"] = circular;
    Object.defineProperty(circular, "seats", { enumerable: true, get: () => expect.unreachable.call(undefined, "getter") as unknown });
    expect(compilePick(attributes, customer)(circular)).toEqual([["plan", "pro"]]);
  });

  test("equal values of two attributes, and of two keys, have nothing in common", () => {
    const other = (text: string): string => createHmac("sha256", `${key}x`).update(text).digest("base64url");
    const hashes = [sampledHash(digest, "country", "DE"), sampledHash(digest, "region", "DE"), sampledHash(other, "country", "DE")];
    expect(new Set(hashes).size).toBe(3);
    for (const hash of hashes) expect(hash).toMatch(SAMPLED_HASH);
  });
});
