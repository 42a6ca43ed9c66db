import { hkdfSync } from "node:crypto";

const BYTES = 32;

/** HKDF-SHA256 (RFC 5869) of a secret's UTF-8 bytes, without salt and with the label as info: 32 bytes, as 43 characters of base64url. */
export function derivedSecret(secret: string, label: string): string {
  return Buffer.from(hkdfSync("sha256", secret, "", label, BYTES)).toString("base64url");
}
