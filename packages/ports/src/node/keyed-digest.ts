import { createHmac } from "node:crypto";

/** HMAC-SHA256 (RFC 2104) of a text's UTF-8 bytes, as 43 characters of base64url. */
export function keyedDigest(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}
