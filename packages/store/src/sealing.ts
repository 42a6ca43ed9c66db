import { createHash } from "node:crypto";
import type { Random } from "@sluice/ports";
import { eventHashInput, type LoggedEvent, personalHashInput, type Proposal } from "@sluice/releases";
import type { Head } from "./store.ts";

/** Bytes of canonical facts one event may hold: a first adoption of 50,000 files fits; larger is a bug or an attack. */
export const FACTS_BYTES_MAX: number = 8 * 2 ** 20;
/** Events of one append: a decision, a bulk, or the emergency kills of a long outage. */
export const PROPOSALS_MAX = 1_000;
/** Events of one read. */
export const READ_LIMIT_MAX = 10_000;
/** 128 bits: enough that the hash of a short reason cannot be guessed. */
const SALT_BYTES = 16;

/** Lower-case hex SHA-256 of a text. */
export const sha256hex = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Lower-case hex of bytes. */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A name for a new epoch: short, because every patch carries it. */
export function newEpoch(random: Random): string {
  return `e${hex(random.bytes(4))}`;
}

/** An append larger than the stated limits. A caller that gets here has a bug: bodies are bounded far below. */
export class AppendTooLarge extends Error {
  override readonly name = "AppendTooLarge";
}

/** Gives proposals their places after `head` and seals them into the chain. */
export function sealEvents(head: Head, proposals: readonly Proposal[], random: Random): readonly LoggedEvent[] {
  if (proposals.length === 0 || proposals.length > PROPOSALS_MAX)
    throw new AppendTooLarge(`${proposals.length} events in one append: 1 to ${PROPOSALS_MAX} are allowed`);
  const events: LoggedEvent[] = [];
  let { seq, hash: prevHash, epoch } = head;
  for (const { facts, personal, command, atMs } of proposals) {
    if (JSON.stringify(facts).length > FACTS_BYTES_MAX) throw new AppendTooLarge(`an event of kind ${facts.kind} is larger than ${FACTS_BYTES_MAX} bytes`);
    if (facts.kind === "epochStarted") epoch = facts.epoch;
    const salt = hex(random.bytes(SALT_BYTES));
    const unhashed = { seq: ++seq, epoch, atMs, command, facts, personal, salt, personalHash: sha256hex(personalHashInput(salt, personal)), prevHash };
    const event: LoggedEvent = { ...unhashed, hash: sha256hex(eventHashInput(unhashed)) };
    events.push(event);
    prevHash = event.hash;
  }
  return events;
}

/** Thrown when some of an append's commands are in the log and some are not: retries repeat an append whole. */
export class CommandsPartlyKnown extends Error {
  override readonly name = "CommandsPartlyKnown";
}
