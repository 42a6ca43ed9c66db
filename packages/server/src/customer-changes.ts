import { compileSnapshot, type FlagChange, type Snapshot, whoChanges } from "@sluice/evaluation";
import type { Decisions } from "@sluice/releases";
import { compileEnvironment, type ReadProject, withParents } from "@sluice/snapshot";

/** A registered customer, as it is asked. */
interface Registered {
  readonly id: string;
  readonly key: string;
}

/** What is decided, what would be, and where. */
export interface TwoWorlds {
  readonly current: Decisions;
  readonly proposed: Decisions;
  readonly environment: string;
  readonly read: ReadProject;
}

/**
 * Registered customers (by id) who would get something else of these flags, by flag; `undefined` where the environment is not there yet.
 * Each is asked with nothing but its key: attributes of its users are not known here.
 */
export function customerChanges(
  { current, proposed, environment, read }: TwoWorlds,
  flags: Iterable<string>,
  registry: readonly Registered[],
): ReadonlyMap<string, FlagChange["who"]> | undefined {
  const wanted = new Set(flags);
  const served = (decisions: Decisions): Snapshot | undefined => compileEnvironment({ decisions, environment, read, seq: decisions.seq });
  const [before, after] = [served(current), served(proposed)];
  if (before === undefined || after === undefined) return undefined;
  const path = after.customer ?? "customer";
  const only = (snapshot: Snapshot): Snapshot => ({ ...snapshot, flags: withParents(wanted, (flag) => snapshot.flags[flag]) });
  const asked = registry.map(({ id, key }) => ({ name: id, context: { [path]: key } }));
  const changes = whoChanges(compileSnapshot(only(before)), compileSnapshot(only(after)), asked);
  return new Map(changes.filter(({ flag }) => wanted.has(flag)).map(({ flag, who }) => [flag, who]));
}
