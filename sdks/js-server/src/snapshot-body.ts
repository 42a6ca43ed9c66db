import { createHash } from "node:crypto";
import { type DecodeProblem, type OpenedSnapshot, openIntactSnapshot, openSnapshot, type Result } from "@sluice/evaluation";

/** A digest among those of a field (RFC 9530, section 2), of the algorithm that Sluice's server uses. */
const SHA_256 = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?:,|$)/;

/**
 * Opens the body of `GET /sdk/v1/snapshot`. `digest` is the reply's field Unencoded-Digest, absent where somebody else than the server gives
 * the snapshot: then, and only then, all of the body is checked to be JSON. A body that does not fit its digest was changed on its way, and
 * what is still readable of it may be anybody's flag: refused.
 */
export function openBody(body: Uint8Array, digest: string | undefined): Result<OpenedSnapshot, readonly DecodeProblem[]> {
  const expected = SHA_256.exec(digest ?? "")?.[1];
  if (expected === undefined) return openSnapshot(body);
  if (createHash("sha256").update(body).digest("base64") === expected) return openIntactSnapshot(body);
  return { ok: false, problem: [{ path: "", message: "the snapshot was changed on its way: its bytes do not fit the field Unencoded-Digest" }] };
}
