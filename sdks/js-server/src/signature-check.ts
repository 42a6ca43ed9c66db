import { createPublicKey, type KeyObject, verify } from "node:crypto";
import {
  delegationText,
  readDelegated,
  readPublicKey,
  readSignature,
  type Result,
  type SignatureParts,
  type SignedKind,
  signedPrefix,
} from "@sluice/evaluation";

/** Two are enough while one key follows another; more are most likely a mistake. */
const KEYS_MAX = 4;

/** Why something received is not accepted. */
export type SignatureProblem =
  | { readonly kind: "unsigned" }
  /** `keyId`: whose signature it claims to be. */
  | { readonly kind: "unknownKey"; readonly keyId: string; readonly known: readonly string[] }
  /** Changed on its way, or signed for another environment or another use. */
  | { readonly kind: "doesNotFit"; readonly keyId: string };

/** The public keys that this process trusts, for one environment. */
export class SignatureCheck {
  readonly #environment: string;
  readonly #keys: ReadonlyMap<string, readonly KeyObject[]>;

  private constructor(environment: string, keys: ReadonlyMap<string, readonly KeyObject[]>) {
    this.#environment = environment;
    this.#keys = keys;
  }

  /** Reads the keys of the options; absent ones check nothing. An empty list is a mistake and no wish: it would trust everybody. A problem is a sentence. */
  static of(texts: readonly string[] | undefined, environment: string | undefined): Result<SignatureCheck | undefined, string> {
    if (texts === undefined) return { ok: true, value: undefined };
    if (environment === undefined)
      return refused("signatureKeys are set and environment is not: without it, flags signed for another environment could not be told from yours");
    if (texts.length === 0 || texts.length > KEYS_MAX) return refused(`signatureKeys holds ${texts.length} keys, where 1 to ${KEYS_MAX} are needed`);
    const keys = new Map<string, readonly KeyObject[]>();
    for (const [at, text] of texts.entries()) {
      const form = typeof text === "string" ? readPublicKey(text.trim()) : undefined;
      if (form === undefined) return refused(`signatureKeys[${at}] is no public key: slv_ and 43 characters of base64url`);
      keys.set(form.keyId, [...(keys.get(form.keyId) ?? []), keyOf(form.base64url)]);
    }
    return { ok: true, value: new SignatureCheck(environment, keys) };
  }

  /**
   * Undefined where one of the keys has signed exactly this text, as this kind, for this environment (Ed25519, RFC 8032), or, of a kill,
   * somebody to whom one of the keys has delegated kills.
   */
  problemOf(kind: SignedKind, text: string | Uint8Array, signature = ""): SignatureProblem | undefined {
    const signed = Buffer.concat([Buffer.from(signedPrefix(kind, this.#environment)), typeof text === "string" ? Buffer.from(text) : text]);
    if (signature.includes(".")) return this.#delegatedProblem(kind, signed, signature);
    const parts = readSignature(signature);
    return parts === undefined ? { kind: "unsigned" } : this.#trustedProblem(signed, parts);
  }

  #trustedProblem(signed: Uint8Array, { keyId, signature }: SignatureParts): SignatureProblem | undefined {
    const keys = this.#keys.get(keyId);
    if (keys === undefined) return { kind: "unknownKey", keyId, known: [...this.#keys.keys()] };
    const bytes = Buffer.from(signature, "base64url");
    return keys.some((key) => verify(undefined, signed, key, bytes)) ? undefined : { kind: "doesNotFit", keyId };
  }

  /** A relay's signature counts for kills alone: whoever steals its key can switch off and never on. */
  #delegatedProblem(kind: SignedKind, signed: Uint8Array, signature: string): SignatureProblem | undefined {
    const read = readDelegated(signature);
    if (read === undefined) return { kind: "unsigned" };
    const { parts, key, delegation } = read;
    const problem = this.#trustedProblem(Buffer.from(delegationText(this.#environment, key)), delegation);
    if (problem !== undefined) return problem;
    const isKill = kind === "kill" || kind === "kills";
    const fits = isKill && parts.keyId === key.keyId && verify(undefined, signed, keyOf(key.base64url), Buffer.from(parts.signature, "base64url"));
    return fits ? undefined : { kind: "doesNotFit", keyId: parts.keyId };
  }
}

const keyOf = (base64url: string): KeyObject => createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: base64url }, format: "jwk" });

function refused(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

/** The problem in words, without what it is about. */
export function signatureWords(problem: SignatureProblem): string {
  switch (problem.kind) {
    case "unsigned":
      return "it is not signed";
    case "unknownKey":
      return `it is signed by the key ${problem.keyId}…, and signatureKeys trusts only ${problem.known.map((id) => `${id}…`).join(" and ")}`;
    case "doesNotFit":
      return "it does not fit its signature: it was changed on its way, or was signed for another environment or another use";
  }
}
