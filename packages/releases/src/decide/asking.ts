import { nearestNames } from "@sluice/evaluation";
import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Facts, Personal, Proposal } from "../event.ts";
import { may, rolesThatMay } from "../policy.ts";
import type { Action, Role } from "../policy.ts";
import { granted, refused } from "../result.ts";
import type { Refusal } from "../result.ts";

/** Who wants something, and under which command. Ids and time come from the caller: nothing here reads a clock or makes an id. */
export interface Asking {
  /** Idempotency: the same command again has no second effect. */
  readonly command: string;
  readonly atMs: number;
  /** Account id or machine actor. */
  readonly by: string;
  readonly role: Role;
  readonly reason?: string;
  readonly incident?: string;
}

/** Characters of a reason or an incident link: a paragraph, and small beside the 64 KiB of a body. */
export const REASON_CHARS_MAX = 2000;

/** What goes into the erasable part of the event. */
export function personalOf(asking: Asking, customers?: readonly string[]): Personal {
  return {
    by: asking.by,
    ...(asking.reason === undefined ? {} : { reason: asking.reason }),
    ...(asking.incident === undefined ? {} : { incident: asking.incident }),
    ...(customers === undefined ? {} : { customers }),
  };
}

/** A refusal where the role may not do that, or the words are too long. */
export function refusalOf(asking: Asking, action: Action): Refusal | undefined {
  if (!may(asking.role, action)) {
    const roles = rolesThatMay(action).join(", ");
    return { code: "notAllowed", message: `The role ${asking.role} may not do this.`, fix: `Ask somebody with one of the roles ${roles}.` };
  }
  for (const field of ["reason", "incident"] as const) {
    if ((asking[field] ?? "").length <= REASON_CHARS_MAX) continue;
    return { code: "reasonTooLong", field, message: `The ${field} is longer than ${REASON_CHARS_MAX} characters.`, fix: "Shorten it, or link to the text." };
  }
  return undefined;
}

/** An id stands for one decision: the same with other content must not be answered as if that had happened. */
export function commandReused(command: string): Refusal {
  return {
    code: "commandReused",
    field: "command",
    message: `The command ${JSON.stringify(command)} stands for another decision already, so nothing was done.`,
    fix: "Make a new id for each decision; send the same one only to repeat the very same.",
  };
}

/**
 * `undefined` for a new command. For a known one: nothing to do where it was this kind of decision (about `id`, where that is given),
 * a refusal where it was another.
 */
export function repetitionOf(
  { commands }: Decisions,
  command: string,
  was: { readonly kind: Facts["kind"]; readonly id?: string },
): Result<readonly Proposal[], Refusal> | undefined {
  const known = commands.get(command);
  if (known === undefined) return undefined;
  return known.kind === was.kind && (was.id === undefined || known.id === was.id) ? granted([]) : refused(commandReused(command));
}

/** A refusal that names the nearest environments where this one is not known. */
export function unknownEnvironment(decisions: Decisions, environment: string): Refusal | undefined {
  const known = Object.keys(decisions.environments);
  if (known.includes(environment)) return undefined;
  return {
    code: "unknownEnvironment",
    field: "environment",
    message: `There is no environment ${JSON.stringify(environment)}.`,
    fix: didYouMean(environment, known),
  };
}

/** "Did you mean …?" with at most three of the nearest names, or where to look. */
export function didYouMean(wanted: string, known: Iterable<string>): string {
  const near = nearestNames(wanted, known, 3);
  return near.length === 0 ? "Check the name; `sluice flags` lists what there is." : `Did you mean ${near.join(" or ")}?`;
}
