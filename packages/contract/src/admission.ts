import type { Result } from "@sluice/evaluation";
import { may, type Role } from "@sluice/releases";
import { type Problem, problems } from "./error-catalogue.ts";
import type { Route } from "./routes.ts";

type Headers = Readonly<Record<string, string>>;

/** Who asks, as far as admission looks at them. */
export interface Asker {
  readonly role: Role;
  /** True where a browser sent the proof by itself: then the request must show that a page of ours made it. */
  readonly byCookie: boolean;
  /** What was shown opens this alone, whatever the role may do. */
  readonly opens?: "kills";
}

/**
 * Whether somebody may use a route of people at all, before its body is looked at; both processes ask this and nothing else. Problems:
 * notSignedIn, crossSite, notAllowed. What a role may do with what is in the body, the decision says.
 */
export function admit<Person extends Asker>({ audience, method }: Route, headers: Headers, person: Person | undefined): Result<Person, Problem> {
  if (person === undefined) return { ok: false, problem: problems.notSignedIn };
  if (method !== "GET" && person.byCookie && comesFromElsewhere(headers)) return { ok: false, problem: problems.crossSite };
  if (person.opens === "kills" && !(audience.who === "person" && audience.killKey === true)) return { ok: false, problem: killKeyKills };
  if (audience.who === "person" && audience.may !== undefined && !may(person.role, audience.may))
    return { ok: false, problem: { code: "notAllowed", message: `The role ${person.role} may not do this.`, fix: "Ask somebody whose role may." } };
  return { ok: true, value: person };
}

const killKeyKills: Problem = {
  code: "notAllowed",
  message: "A kill key kills, shows how far that kill has come, and does nothing else.",
  fix: "Ask the server itself, with a personal token or the operator key.",
};

/**
 * Whether another site's page may have made this request. No page can add the header to a request for another origin without asking first,
 * and we never allow it; a browser that says that the page is of another origin is believed whatever else is sent.
 */
export function comesFromElsewhere(headers: Headers): boolean {
  const from = headers["sec-fetch-site"];
  return headers["sluice-request"] !== "1" || from === "cross-site" || from === "same-site";
}

/** A body that is larger than its route takes; `undefined` where it is not. */
export function refuseBody({ maxBodyBytes }: Route, { length }: Uint8Array): Problem | undefined {
  if (length <= maxBodyBytes) return undefined;
  return { code: "bodyTooLarge", message: `The body has ${length} bytes; ${maxBodyBytes} are allowed here.`, fix: "Send less at once." };
}
