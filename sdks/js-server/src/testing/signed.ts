import { createPrivateKey, sign } from "node:crypto";
import type { SignedStep } from "../signed-trail.ts";

/** Key pairs of RFC 8032, section 7.1, tests 1 and 2: made by others, so that this side of a signature is not ours. */
const SEEDS = {
  one: { seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", publicKey: "slv_11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
  two: { seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", publicKey: "slv_PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw" },
} as const;

export const KEY_ONE: string = SEEDS.one.publicKey;
export const KEY_TWO: string = SEEDS.two.publicKey;

/** What a server signs with. */
export interface TestSigner {
  readonly key?: keyof typeof SEEDS;
  readonly environment?: string;
}

/** A value as a server sends it, with its signature. */
export function signedStep(kind: SignedStep["kind"], value: unknown, { key = "one", environment = "production" }: TestSigner = {}): SignedStep {
  const text = JSON.stringify(value);
  const { seed, publicKey } = SEEDS[key];
  const privateKey = createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${seed}`, "hex"), format: "der", type: "pkcs8" });
  const signature = sign(undefined, Buffer.from(`sluice-signature-1\n${kind}\n${environment}\n${text}`), privateKey).toString("base64url");
  return { kind, text, signature: `${publicKey.slice(4, 12)}:${signature}` };
}

/** An event of a stream; without `sig` where the signature is an empty text. */
export function signedEvent(event: string, { text, signature }: Pick<SignedStep, "text" | "signature">): Uint8Array {
  return new TextEncoder().encode(`event: ${event}\n${signature === "" ? "" : `sig: ${signature}\n`}data: ${text}\n\n`);
}
