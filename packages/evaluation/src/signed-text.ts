/**
 * What a signature may stand under: a snapshot, a patch, an urgent kill of a stream, or the list of the urgent kills in force.
 * Kills have kinds of their own, so that a key could be trusted for them alone.
 */
export type SignedKind = "snapshot" | "patch" | "kill" | "kills";

/** The HTTP header that carries the signature of a body; on a stream it is the field `sig`. */
export const SIGNATURE_HEADER = "sluice-signature";

/** What the text of a public key begins with; then 32 bytes in base64url. */
const PUBLIC_KEY_PREFIX = "slv_";
const PUBLIC_KEY = /^slv_([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/;
/** 8 characters of the key and 64 bytes in base64url, whose last character has two bits that count. */
const SIGNATURE = /^([A-Za-z0-9_-]{8}):([A-Za-z0-9_-]{85}[AQgw])$/;
const KEY_ID_CHARS = 8;

/**
 * The bytes before the text, which are signed with it: a signature of one environment or kind fits no other. Kinds and environment keys
 * hold no line end and every signed text is one JSON object, so no two of them give the same bytes.
 */
export function signedPrefix(kind: SignedKind, environment: string): string {
  return `sluice-signature-1\n${kind}\n${environment}\n`;
}

/** How a signature travels: which key made it, and its 64 bytes (RFC 8032) in base64url. */
export interface SignatureParts {
  /** First 8 characters of the public key's base64url: which key to try, and a name for people. It proves nothing by itself. */
  readonly keyId: string;
  readonly signature: string;
}

/** The parts of `<key id>:<signature>`; undefined where it is none. */
export function readSignature(text: string): SignatureParts | undefined {
  const [, keyId, signature] = SIGNATURE.exec(text) ?? [];
  return keyId === undefined || signature === undefined ? undefined : { keyId, signature };
}

/** The form of `readSignature`. */
export function writeSignature({ keyId, signature }: SignatureParts): string {
  return `${keyId}:${signature}`;
}

/**
 * The signature of somebody to whom the server has delegated kills: `<parts>.<public key in base64url>.<parts of the server's signature of
 * delegationText>`. It counts for the kinds `kill` and `kills` alone, so that whoever steals such a key can switch off and never on.
 */
export interface DelegatedSignature {
  readonly parts: SignatureParts;
  readonly key: PublicKeyForm;
  readonly delegation: SignatureParts;
}

/** What the server signs to delegate kills of one environment to a key: the bytes whole, with no text behind them. */
export function delegationText(environment: string, key: PublicKeyForm): string {
  return `sluice-signature-1\ndelegate\n${environment}\n${key.text}`;
}

/** The parts of a delegated signature; undefined where it is none. */
export function readDelegated(text: string): DelegatedSignature | undefined {
  const [own = "", base64url = "", root = "", ...more] = text.split(".");
  const [parts, delegation] = [readSignature(own), readSignature(root)];
  const key = readPublicKey(`${PUBLIC_KEY_PREFIX}${base64url}`);
  return parts === undefined || delegation === undefined || key === undefined || more.length > 0 ? undefined : { parts, key, delegation };
}

/** The form of `readDelegated`. */
export function writeDelegated({ parts, key, delegation }: DelegatedSignature): string {
  return `${writeSignature(parts)}.${key.base64url}.${writeSignature(delegation)}`;
}

/** A public key: as people copy it (`slv_…`), its 32 bytes in base64url, and its id. */
export interface PublicKeyForm {
  readonly text: string;
  readonly base64url: string;
  readonly keyId: string;
}

/** Reads `slv_…`; undefined where the text is no public key. */
export function readPublicKey(text: string): PublicKeyForm | undefined {
  const base64url = PUBLIC_KEY.exec(text)?.[1];
  return base64url === undefined ? undefined : publicKeyForm(base64url);
}

/** The form of a public key's 32 bytes in base64url. */
export function publicKeyForm(base64url: string): PublicKeyForm {
  return { text: `${PUBLIC_KEY_PREFIX}${base64url}`, base64url, keyId: base64url.slice(0, KEY_ID_CHARS) };
}
