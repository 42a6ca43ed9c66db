import { canonicalJson } from "@sluice/evaluation";
import { NO_HASH } from "./decisions.ts";
import type { LoggedEvent, Personal } from "./event.ts";

/** Lower-case hex SHA-256 of a text's UTF-8 bytes; given by the shell, since this package knows no cryptography. */
export type Sha256Hex = (text: string) => string;

/** The text whose SHA-256 is `personalHash`: the salt, then the canonical JSON of the personal part. */
export function personalHashInput(salt: string, personal: Personal): string {
  return salt + canonicalJson(personal);
}

/** An event that only lacks its hash; `personal` and `salt` may be there and are not looked at, so erasing them changes nothing. */
export type UnhashedEvent = Omit<LoggedEvent, "hash">;

/** The text whose SHA-256 is `hash`. */
export function eventHashInput(event: UnhashedEvent): string {
  const { seq, epoch, atMs, command, facts, personalHash, prevHash } = event;
  return canonicalJson({ seq, epoch, atMs, command, facts, personalHash, prevHash });
}

/** Where a chain breaks first, and why. */
export interface BrokenLink {
  readonly seq: number;
  readonly why: string;
}

/** Recomputes every hash of events that follow `after` (an empty log when absent). `undefined`: all fit. */
export function findBrokenLink(
  events: Iterable<LoggedEvent>,
  sha256hex: Sha256Hex,
  after: { readonly seq: number; readonly hash: string } = { seq: 0, hash: NO_HASH },
): BrokenLink | undefined {
  let previous = after;
  for (const event of events) {
    const why = whyBroken(event, previous, sha256hex);
    if (why !== undefined) return { seq: event.seq, why };
    previous = event;
  }
  return undefined;
}

function whyBroken(event: LoggedEvent, previous: { readonly seq: number; readonly hash: string }, sha256hex: Sha256Hex): string | undefined {
  if (event.seq !== previous.seq + 1) return `follows ${previous.seq}`;
  if (event.prevHash !== previous.hash) return "names another event before it";
  if (event.hash !== sha256hex(eventHashInput(event))) return "its content does not give its hash";
  if (event.personal === undefined) return undefined;
  if (event.salt === undefined) return "has a personal part without its salt";
  return event.personalHash === sha256hex(personalHashInput(event.salt, event.personal)) ? undefined : "its personal part does not give its hash";
}
