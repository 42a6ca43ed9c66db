import { compileSnapshot, type FlagChange, type Snapshot, whoChanges } from "@sluice/evaluation";
import type { Decisions } from "@sluice/releases";
import { attributesAsked, compileEnvironment, type ReadProject, withParents } from "@sluice/snapshot";

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

/** Who would get something else, as far as customers' keys tell. */
export interface CustomerChanges {
  /** Registered customers by id, by flag. */
  readonly who: ReadonlyMap<string, FlagChange["who"]>;
  /** Attributes that answers of the flag depend on, before or after, and that are not known here, by name. */
  unknown(flag: string): readonly string[];
}

/** What both worlds serve of these flags and of those that they wait for; `undefined` where the environment is not there yet. */
export function compileTwo(
  { current, proposed, environment, read }: TwoWorlds,
  wanted: ReadonlySet<string>,
): { readonly before: Snapshot; readonly after: Snapshot } | undefined {
  const served = (decisions: Decisions): Snapshot | undefined => {
    const snapshot = compileEnvironment({ decisions, environment, read, seq: decisions.seq });
    return snapshot && { ...snapshot, flags: withParents(wanted, (flag) => snapshot.flags[flag]) };
  };
  const [before, after] = [served(current), served(proposed)];
  return before === undefined || after === undefined ? undefined : { before, after };
}

/**
 * Registered customers who would get something else of these flags; `undefined` where the environment is not there yet. Each is asked with nothing
 * but its key: attributes of its users are not known here.
 */
export function customerChanges(worlds: TwoWorlds, flags: Iterable<string>, registry: readonly Registered[]): CustomerChanges | undefined {
  const wanted = new Set(flags);
  const two = compileTwo(worlds, wanted);
  if (two === undefined) return undefined;
  const { before, after } = two;
  // Where the change says another place for the key, it is taken to stand at both: what moves by that alone is not known here.
  const paths = [...new Set([before.customer ?? "customer", after.customer ?? "customer"])];
  const asked = registry.map(({ id, key }) => ({ name: id, context: Object.fromEntries(paths.map((path) => [path, key])) }));
  const changes = whoChanges(compileSnapshot(before), compileSnapshot(after), asked);
  const asksFor = (snapshot: Snapshot, flag: string): readonly string[] =>
    Object.values(withParents([flag], (key) => snapshot.flags[key])).flatMap((form) => attributesAsked(form, snapshot));
  return {
    who: new Map(changes.filter(({ flag }) => wanted.has(flag)).map(({ flag, who }) => [flag, who])),
    unknown: (flag) => [...new Set([...asksFor(before, flag), ...asksFor(after, flag)])].filter((path) => !paths.includes(path)).sort(),
  };
}
