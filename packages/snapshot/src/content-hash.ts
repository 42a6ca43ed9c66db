import { canonicalJson } from "@sluice/evaluation";
import type { Snapshot } from "@sluice/evaluation";

/**
 * The text whose SHA-256 names what a snapshot says, whenever it was said: everything but its sequence. Equal for two versions with
 * the same content, so that a rebuilt server, a relay and a verifier can compare without comparing logs.
 */
export function contentHashInput(snapshot: Snapshot): string {
  const { seq: _seq, ...content } = snapshot;
  return canonicalJson(content);
}
