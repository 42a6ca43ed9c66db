import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createPublicKey, verify } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPublicKey, readSignature, type SignedKind } from "@sluice/evaluation";
import { describe, expect, test } from "vitest";
import { Signing } from "../../packages/fanout/src/signing.ts";
import { SignatureCheck } from "../../sdks/js-server/src/signature-check.ts";

interface SignatureCase {
  readonly name: string;
  readonly trusted: readonly string[];
  readonly environment: string;
  readonly kind: SignedKind;
  readonly text: string;
  readonly signature?: string;
  readonly expect: "accepted" | "unsigned" | "unknownKey" | "doesNotFit";
}

const { keys, primitive, cases } = JSON.parse(readFileSync(join(import.meta.dirname, "cases.json"), "utf8")) as {
  readonly keys: readonly { readonly secret: string; readonly publicKey: string; readonly id: string }[];
  readonly primitive: readonly { readonly public: string; readonly message: string; readonly signature: string }[];
  readonly cases: readonly SignatureCase[];
};
const accepted = cases.filter((one) => one.expect === "accepted");
const isRelays = ({ signature = "" }: SignatureCase): boolean => signature.includes(".");

describe("the cases", () => {
  test("are of each kind and of each outcome, and have names of their own", () => {
    expect(new Set(accepted.map(({ kind }) => kind))).toEqual(new Set(["snapshot", "patch", "kill", "kills"]));
    expect(new Set(cases.map((one) => one.expect))).toEqual(new Set(["accepted", "unsigned", "unknownKey", "doesNotFit"]));
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });
  test.each(primitive)("of RFC 8032 §7.1 are verified by what the SDK verifies with: $signature", ({ public: raw, message, signature }) => {
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(raw, "hex").toString("base64url") }, format: "jwk" });
    expect(verify(undefined, Buffer.from(message, "hex"), key, Buffer.from(signature, "hex"))).toBe(true);
  });
});

test.each(cases)("the Node SDK, asked about $name, says $expect", ({ trusted, environment, kind, text, signature, expect: expected }) => {
  const check = SignatureCheck.of(trusted, environment);
  if (!check.ok || check.value === undefined) throw new Error("the keys cannot be used");
  const outcome = check.value.problemOf(kind, text, signature)?.kind ?? "accepted";
  expect(outcome).toBe(expected);
  expect(check.value.problemOf(kind, Buffer.from(text), signature)?.kind ?? "accepted").toBe(expected);
});

describe("the server", () => {
  test.each(accepted.filter((one) => !isRelays(one)))("signs as openssl does: $name", ({ environment, kind, text, signature }) => {
    const key = keys.find(({ id }) => id === readSignature(signature ?? "")?.keyId);
    expect(new Signing([key?.secret ?? ""]).sign(kind, environment, text)).toBe(signature);
    expect(new Signing([key?.secret ?? ""]).sign(kind, environment, Buffer.from(text))).toBe(signature);
  });
  test("lists the public keys of its secrets, the first of which signs", () => {
    const [first, second] = keys;
    expect(new Signing([first?.secret ?? "", second?.secret ?? ""]).keys).toEqual([
      { id: first?.id, publicKey: first?.publicKey, signs: true },
      { id: second?.id, publicKey: second?.publicKey, signs: false },
    ]);
  });
});

const hasOpenssl = /^OpenSSL [3-9]/.test(String(spawnSync("openssl", ["version"]).stdout));

test.skipIf(!hasOpenssl)("openssl, given the bytes that docs/signatures.md describes, finds every accepted case signed", () => {
  const folder = mkdtempSync(join(tmpdir(), "signatures-"));
  try {
    const signed = accepted.flatMap(({ environment, kind, text, signature = "", trusted }) => {
      const [own = "", name, root = ""] = signature.split(".");
      if (name === undefined) return [{ environment, kind, text, signature, trusted }];
      // The relay's own signature, and what the server's key says of the relay's.
      const relay = `slv_${name}`;
      return [
        { environment, kind, text, signature: own, trusted: [relay] },
        { environment, kind: "delegate", text: relay, signature: root, trusted },
      ];
    });
    expect(signed.length).toBe(accepted.length + accepted.filter(isRelays).length);
    for (const { environment, kind, text, signature, trusted } of signed) {
      const parts = readSignature(signature);
      const key = trusted.map(readPublicKey).find((one) => one?.keyId === parts?.keyId);
      const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(key?.base64url ?? "", "base64url")]);
      writeFileSync(join(folder, "key.der"), spki);
      writeFileSync(join(folder, "message"), `sluice-signature-1\n${kind}\n${environment}\n${text}`);
      writeFileSync(join(folder, "signature"), Buffer.from(parts?.signature ?? "", "base64url"));
      const args = ["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-in", "message", "-sigfile", "signature"];
      expect(String(execFileSync("openssl", args, { cwd: folder }))).toContain("Verified Successfully");
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
