import type { Asker } from "./answer.ts";
import { compileRead, type Read, type Test } from "./attribute.ts";
import { customerHash } from "./bucketing.ts";
import type { SegmentTests } from "./condition.ts";
import { compileSemVerRange, parseSemVer } from "./semver.ts";
import { isRecord, isStringList, ownValue, type UnknownRecord } from "./shape.ts";
import type { KillForm, Snapshot, UrgentKill, Version } from "./snapshot-form.ts";

/** Hash of the person or customer a context is about, as snapshots hold it; undefined where there is none. */
export type HashOf = (context: Parameters<Read>[0]) => string | undefined;

/** What a kill's scope is compiled against. */
export interface KillSurroundings {
  readonly asker: Asker;
  readonly segments: SegmentTests;
  readonly customerHash: HashOf;
}

/** `true` covers every context, `false` none (the scope names another service or version); else it depends on the context. */
export type Coverage = boolean | Test;

/**
 * Compiles whom a kill covers. Parts that this reader does not know or cannot read narrow nothing:
 * a kill fails towards off.
 */
export function compileScope(scope: unknown, around: KillSurroundings): Coverage {
  if (!isRecord(scope)) return true;
  if (!coversAsker(scope, around.asker)) return false;
  const tests: Test[] = [];
  const customers = ownValue(scope, "customers");
  if (isStringList(customers)) {
    const hashes: ReadonlySet<unknown> = new Set(customers);
    tests.push((context) => hashes.has(around.customerHash(context)));
  }
  const segment = ownValue(scope, "segment");
  const member = typeof segment === "string" ? around.segments(segment) : undefined;
  if (member?.ok === true) tests.push(member.value);
  const [a, b] = tests;
  if (a === undefined) return true;
  return b === undefined ? a : (context) => a(context) && b(context);
}

/** An SDK that did not state its service or version, or a version that is no SemVer, is covered by a scope that asks for it: who knows what runs there. */
function coversAsker(scope: UnknownRecord, asker: Asker): boolean {
  const services = ownValue(scope, "services");
  if (isStringList(services) && asker.service !== undefined && !services.includes(asker.service)) return false;
  const versions = ownValue(scope, "versions");
  const range = typeof versions === "string" ? compileSemVerRange(versions) : undefined;
  return range === undefined || asker.version === undefined || parseSemVer(asker.version) === undefined || range(asker.version);
}

/** Compiles the customer hash of a context; remembers the last key, because one request asks many flags about one customer. */
export function compileCustomerHash(path: string, salt: string): HashOf {
  const read = compileRead(path);
  return rememberingLast(salt, (context) => {
    const key = read(context);
    return typeof key === "string" ? key : undefined;
  });
}

/** Hashes what `keyOf` finds with a salt, remembering the last key. The memory changes no answer, only the time of the next. */
export function rememberingLast(salt: string, keyOf: (context: Parameters<Read>[0]) => string | undefined): HashOf {
  let lastKey: string | undefined;
  let lastHash: string | undefined;
  return (context) => {
    const key = keyOf(context);
    if (key === undefined) return undefined;
    if (key !== lastKey) {
      lastHash = customerHash(salt, key);
      lastKey = key;
    }
    return lastHash;
  };
}

/**
 * Whether an urgent kill still counts beside a snapshot. It ends when the snapshot lists its journal with a counter at least its own,
 * or is of its epoch with a seq at least its own, or is of an epoch that replaces its epoch and lists the kill, or that has seen its epoch up to
 * its seq: then the kill was known and has been lifted. A lower counter of its journal ends nothing: a failover that lost the tail of the log
 * brings one back while the kill waits to be taken into it.
 */
export function isUrgentInForce(kill: UrgentKill, snapshot: Pick<Snapshot, "epoch" | "seq" | "replaces" | "seen" | "journals" | "kills">): boolean {
  const journals = snapshot.journals ?? {};
  const listed = kill.journal !== undefined && Object.hasOwn(journals, kill.journal) ? journals[kill.journal] : undefined;
  if (listed !== undefined && kill.counter !== undefined && listed >= kill.counter) return false;
  if (snapshot.epoch === kill.epoch) return kill.seq === undefined || snapshot.seq < kill.seq;
  if (snapshot.replaces?.includes(kill.epoch) !== true) return true;
  const seen = Object.hasOwn(snapshot.seen ?? {}, kill.epoch) ? snapshot.seen?.[kill.epoch] : undefined;
  if (seen !== undefined && kill.seq !== undefined && kill.seq <= seen) return false;
  return !Object.hasOwn(snapshot.kills ?? {}, kill.id);
}

/** Since which place of its epoch each of these kills is known: where it was held before, or `seq`. `before` is of the same epoch. */
export function knownSince(before: ReadonlyMap<string, number>, kills: Iterable<string>, seq: number): ReadonlyMap<string, number> {
  return new Map([...kills].map((id) => [id, before.get(id) ?? seq]));
}

/**
 * Kills of a replaced epoch that its successor does not list: a restored backup or a lost tail forgot them.
 * They stay in force beside the new snapshot until it lists them, because no restore lifts a kill (semantics 2); not where the successor has
 * seen the place since which they are known, which `isUrgentInForce` says.
 */
export function carriedKills(
  before: Version & { readonly kills: Iterable<readonly [string, KillForm]>; readonly since: ReadonlyMap<string, number> },
  snapshot: Pick<Snapshot, "epoch" | "replaces" | "kills">,
): readonly UrgentKill[] {
  if (snapshot.epoch === before.epoch || snapshot.replaces?.includes(before.epoch) !== true) return [];
  return [...before.kills]
    .filter(([id]) => !Object.hasOwn(snapshot.kills ?? {}, id))
    .map(([id, form]) => ({
      ...form,
      id,
      epoch: before.epoch,
      seq: before.since.get(id) ?? before.seq,
    }));
}
