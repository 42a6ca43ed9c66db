import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { delegationText, type PublicKeyForm, publicKeyForm, type SignatureParts, type SignedKind, signedPrefix, writeSignature } from "@sluice/evaluation";

/** One of this server's public keys: what an SDK's `signatureKeys` must hold. */
export interface SigningKey {
  /** First 8 characters after `slv_`. */
  readonly id: string;
  readonly publicKey: string;
  /** True for the one that signs now; the others are there to be pinned before they do, or until nobody needs them. */
  readonly signs: boolean;
}

/** An Ed25519 private key in PKCS #8 (RFC 8410 §7) is these bytes and its 32-byte seed. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const SEED = /^sls_([A-Za-z0-9_-]{43})$/;

/** What signs for a server: Ed25519 (RFC 8032) over raw text. Not trusted with anything else than these four kinds. */
export class Signing {
  readonly signsSnapshots = true;
  readonly keys: readonly SigningKey[];
  readonly #key: KeyObject;
  readonly #id: string;

  /** `secrets`: `sls_` and 32 bytes in base64url; the first signs. Throws `TypeError` where one is no such secret: the supervisor has checked them. */
  constructor(secrets: readonly [string, ...string[]]) {
    const [first, ...others] = secrets;
    const key = privateKeyOf(first);
    this.#key = key;
    this.keys = [key, ...others.map(privateKeyOf)].map((one) => {
      const { keyId, text } = publicPart(one);
      return { id: keyId, publicKey: text, signs: one === key };
    });
    this.#id = publicPart(key).keyId;
  }

  /** `<key id>:<signature>` of a text for one environment. The same every time (RFC 8032 needs no randomness). About 50 µs; 10 ms for 2.5 MB. */
  sign(kind: SignedKind, environment: string, text: string | Uint8Array): string {
    return writeSignature(this.signed(Buffer.concat([Buffer.from(signedPrefix(kind, environment)), typeof text === "string" ? Buffer.from(text) : text])));
  }

  /** Lets another key sign kills of one environment, for good: what it signs counts wherever this server's key is pinned. */
  delegate(environment: string, key: PublicKeyForm): SignatureParts {
    return this.signed(Buffer.from(delegationText(environment, key)));
  }

  /** The signature of bytes whose meaning the caller has put in front. */
  signed(bytes: Uint8Array): SignatureParts {
    return { keyId: this.#id, signature: sign(undefined, bytes, this.#key).toString("base64url") };
  }
}

function privateKeyOf(secret: string): KeyObject {
  const seed = SEED.exec(secret)?.[1];
  if (seed === undefined) throw new TypeError("a signing key is sls_ and 43 characters of base64url");
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, Buffer.from(seed, "base64url")]), format: "der", type: "pkcs8" });
}

function publicPart(key: KeyObject): PublicKeyForm {
  return publicKeyForm(createPublicKey(key).export({ format: "jwk" }).x ?? "");
}
