import type { KillBody } from "@sluice/contract";
import { customerHash, type KillScope } from "@sluice/evaluation";
import type { KillWish, ThatKill } from "@sluice/releases";
import type { Person } from "@sluice/store";
import { killIdOf } from "./kill-answer.ts";

/** What a body wants killed, as events hold it. `salt` is the environment's: without one, customers named by key cover nobody yet. */
export function aimOf(body: KillBody, salt: string | undefined): ThatKill {
  const scope = scopeOf(body, salt);
  return {
    environment: body.environment,
    flags: body.flags ?? [],
    ...(body.of === undefined ? {} : { of: body.of }),
    ...(scope === undefined ? {} : { scope }),
  };
}

/** Who kills: a person, or a trigger under its own name. */
export type KillAuthor = Pick<Person, "id" | "role">;

/** A kill as it is asked for. `drill`: by a drill of this server; nobody can ask for that from outside. */
export type KillAsked = KillBody & { readonly drill?: true };

/** The wish of somebody, less what only this process knows. */
export function wishOf(author: KillAuthor, body: KillAsked, aim: ThatKill): Omit<KillWish, "atMs" | "segments"> {
  const { command, reason, incident, reviewAtMs, customers, drill } = body;
  return {
    ...aim,
    command,
    by: author.id,
    role: author.role,
    kill: killIdOf(command),
    ...(reason === undefined ? {} : { reason }),
    ...(incident === undefined ? {} : { incident }),
    ...(reviewAtMs === undefined ? {} : { reviewAtMs }),
    ...(customers === undefined ? {} : { customers }),
    ...(drill === undefined ? {} : { drill }),
  };
}

/** What was not asked for is not there. */
function scopeOf({ scope, customers }: KillBody, salt: string | undefined): KillScope | undefined {
  if (scope === undefined && customers === undefined) return undefined;
  const hashes = customers === undefined ? scope?.customers : salt === undefined ? [] : [...new Set(customers.map((key) => customerHash(salt, key)))].sort();
  return {
    ...(hashes === undefined ? {} : { customers: hashes }),
    ...(scope?.segment === undefined ? {} : { segment: scope.segment }),
    ...(scope?.services === undefined ? {} : { services: scope.services }),
    ...(scope?.versions === undefined ? {} : { versions: scope.versions }),
  };
}
