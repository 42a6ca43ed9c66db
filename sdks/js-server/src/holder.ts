import {
  type Asker,
  canonicalJson,
  carriedKills,
  type Compiled,
  compilePatch,
  compileSnapshot,
  compileUrgent,
  type Envelope,
  flagKeysOf,
  isUrgentInForce,
  knownSince,
  type KillForm,
  type OpenedSnapshot,
  opening,
  type Patch,
  segmentsOf,
  type Snapshot,
  snapshotOf,
  type UrgentKill,
  type Version,
} from "@sluice/evaluation";
import { URGENT_MAX } from "./wire.ts";

/** What a swap changed. */
export interface Change {
  readonly version: Version;
  /** Flags whose answers may differ. Flags that have one of these as a prerequisite may follow it without being named. */
  readonly flags: readonly string[];
  /** True when a kill came into force. */
  readonly isKill: boolean;
}

/** What became of something received. `gap`: it does not fit what is held, so the snapshot is needed. */
export type Offer =
  | { readonly kind: "swapped"; readonly change: Change }
  | { readonly kind: "same" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "gap"; readonly why: string; readonly change?: Change };

/** The part of a snapshot that decides about order and about the end of urgent kills. */
type Head = Pick<Snapshot, "environment" | "epoch" | "seq"> & {
  readonly replaces: readonly string[];
  readonly journals: Readonly<Record<string, number>>;
  readonly seen: Readonly<Record<string, number>>;
  readonly kills: ReadonlyMap<string, KillForm>;
  /** By kill: the earliest place in this epoch at which it is known to be in force. */
  readonly since: ReadonlyMap<string, number>;
};

/** Replaced epochs remembered: a snapshot lists at most 100, and a process rarely lives through more than one change. */
const REPLACED_MAX = 200;

/**
 * What an SDK serves: one compiled snapshot and the urgent kills beside it, exchanged by one reference.
 * Pure apart from its own state; the order rules are those of docs/protocol.md: never back within an epoch,
 * never to an epoch known to be replaced, a patch only from exactly the version held.
 */
export class SnapshotHolder {
  readonly #asker: Asker;
  #compiled: Compiled | undefined;
  #head: Head | undefined;
  #urgent: ReadonlyMap<string, UrgentKill> = new Map();
  readonly #replaced = new Set<string>();

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** Ask this with `evaluate`; read it anew for each question. */
  get compiled(): Compiled | undefined {
    return this.#compiled;
  }

  get version(): Version | undefined {
    return this.#compiled?.version;
  }

  /** Urgent kills in force, in the order they were first heard. */
  get urgent(): readonly UrgentKill[] {
    return [...this.#urgent.values()];
  }

  /** True for an epoch that something we held has replaced: nothing of it is accepted any more. */
  isReplaced(epoch: string): boolean {
    return this.#replaced.has(epoch);
  }

  /** Takes a stored state, but only where nothing newer has arrived; its urgent kills count in any case. */
  restore(snapshot: Snapshot | OpenedSnapshot, urgent: readonly UrgentKill[]): Offer {
    if (this.#head === undefined) return this.offerSnapshot(snapshot, urgent);
    const [first, ...rest] = urgent.map((kill) => this.offerUrgent(kill));
    return [...rest].find((offer) => offer.kind === "swapped") ?? first ?? { kind: "refused", why: "the server's snapshot arrived first" };
  }

  /** Takes a whole snapshot together with the urgent kills that came with it. */
  offerSnapshot(snapshot: Snapshot | OpenedSnapshot, urgent: readonly UrgentKill[]): Offer {
    const head = this.#head;
    const opened = opening(snapshot);
    const { envelope } = opened;
    const refusal = head === undefined ? undefined : this.#whyRefused(envelope, head);
    if (refusal !== undefined) return { kind: "refused", why: refusal };
    const isSame = head !== undefined && envelope.epoch === head.epoch && envelope.seq === head.seq;
    const fresh = urgent.filter((kill) => !this.#urgent.has(kill.id));
    if (isSame && fresh.length === 0 && this.#isServed(opened)) return { kind: "same" };
    const flags = new Set(this.#compiled === undefined ? [] : flagKeysOf(this.#compiled));
    const killsBefore = head?.kills;
    const carried = head === undefined ? [] : carriedKills(head, envelope);
    this.#remember(envelope, head);
    this.#head = headOf(envelope, head);
    this.#urgent = this.#inForce(this.#head, [...this.#urgent.values(), ...carried, ...urgent]);
    this.#compiled = compileSnapshot(opened, {
      asker: this.#asker,
      urgent: this.urgent,
      ...(this.#compiled === undefined ? {} : { previous: this.#compiled }),
    });
    const isKill = fresh.some((kill) => this.#urgent.has(kill.id)) || Object.keys(envelope.kills ?? {}).some((id) => killsBefore?.has(id) !== true);
    for (const key of opened.flags.keys()) flags.add(key);
    return this.#swapped([...flags], isKill);
  }

  /** Takes a patch that fits exactly. Of one that does not fit, the kills are applied at once and the snapshot is asked for. */
  offerPatch(patch: Patch): Offer {
    const [head, compiled] = [this.#head, this.#compiled];
    if (head === undefined || compiled === undefined) return { kind: "gap", why: "there is no snapshot to patch" };
    if (this.isReplaced(patch.epoch)) return { kind: "refused", why: `epoch ${patch.epoch} was replaced` };
    if (patch.epoch === head.epoch && patch.to <= head.seq) return { kind: "same" };
    const next = headAfter(head, patch);
    const urgent = this.#inForce(next, [...this.#urgent.values()]);
    const patched = compilePatch(compiled, patch, [...urgent.values()]);
    if (!patched.ok) return this.#aheadOfGap(patch, patched.problem.message);
    const ended = [...this.#urgent.values()].filter((kill) => !urgent.has(kill.id));
    this.#head = next;
    this.#urgent = urgent;
    this.#compiled = patched.value;
    return this.#swapped(
      flagsOfPatch(patch, head, ended, () => flagKeysOf(patched.value)),
      Object.keys(patch.set?.kills ?? {}).length > 0,
    );
  }

  /** Takes an urgent kill at once, whatever else is missing. */
  offerUrgent(kill: UrgentKill): Offer {
    if (this.#urgent.has(kill.id)) return { kind: "same" };
    if (this.#urgent.size >= URGENT_MAX) return { kind: "refused", why: `more than ${URGENT_MAX} urgent kills` };
    const head = this.#head;
    if (head !== undefined && !isUrgentInForce(kill, plainHead(head))) return { kind: "same" };
    this.#urgent = new Map(this.#urgent).set(kill.id, kill);
    // Without a snapshot every answer is the code's default already; the kill waits for one.
    if (this.#compiled === undefined) return { kind: "same" };
    this.#compiled = compileUrgent(this.#compiled, this.urgent);
    return this.#swapped(kill.flags, true);
  }

  /** Two snapshots of one version are the same, unless the server has corrected one; only then is the content compared. */
  #isServed({ envelope, flags }: OpenedSnapshot): boolean {
    return this.#compiled !== undefined && canonicalJson(snapshotOf(this.#compiled)) === canonicalJson({ ...envelope, flags: flags.toRecord() });
  }

  #swapped(flags: readonly string[], isKill: boolean): Offer {
    const version = this.#compiled?.version ?? { epoch: "", seq: 0 };
    return { kind: "swapped", change: { version, flags, isKill } };
  }

  /** Within our own epoch a patch over a gap still tells which kills are in force at `to`: they must not wait for the snapshot. */
  #aheadOfGap(patch: Patch, why: string): Offer {
    if (patch.epoch !== this.#head?.epoch) return { kind: "gap", why };
    let change: Change | undefined;
    for (const [id, form] of Object.entries(patch.set?.kills ?? {})) {
      const offer = this.offerUrgent({ ...form, id, epoch: patch.epoch, seq: patch.to });
      if (offer.kind === "swapped") change = { ...offer.change, flags: [...(change?.flags ?? []), ...offer.change.flags] };
    }
    return { kind: "gap", why, ...(change === undefined ? {} : { change }) };
  }

  #whyRefused(snapshot: Envelope, head: Head): string | undefined {
    if (snapshot.epoch === head.epoch) return snapshot.seq < head.seq ? `it is at ${snapshot.seq}, older than ${head.seq}` : undefined;
    if (snapshot.replaces?.includes(head.epoch) === true) return undefined;
    return this.isReplaced(snapshot.epoch) ? `its epoch ${snapshot.epoch} was replaced` : undefined;
  }

  #remember(snapshot: Envelope, head: Head | undefined): void {
    const epochs = [...(snapshot.replaces ?? [])];
    if (head !== undefined && epochs.includes(head.epoch)) epochs.push(...head.replaces);
    for (const epoch of epochs) this.#replaced.add(epoch);
    this.#replaced.delete(snapshot.epoch);
    for (const epoch of this.#replaced) {
      if (this.#replaced.size <= REPLACED_MAX) break;
      this.#replaced.delete(epoch);
    }
  }

  #inForce(head: Head, kills: readonly UrgentKill[]): ReadonlyMap<string, UrgentKill> {
    const plain = plainHead(head);
    return new Map(kills.filter((kill) => isUrgentInForce(kill, plain)).map((kill) => [kill.id, kill]));
  }
}

function headOf(snapshot: Envelope, before: Head | undefined): Head {
  const { environment, epoch, seq, replaces = [], journals = {}, seen = {}, kills = {} } = snapshot;
  const since = knownSince(before?.epoch === epoch ? before.since : new Map(), Object.keys(kills), seq);
  return { environment, epoch, seq, replaces, journals, seen, kills: new Map(Object.entries(kills)), since };
}

function headAfter(head: Head, patch: Patch): Head {
  const kills = new Map(head.kills);
  for (const id of patch.drop?.kills ?? []) kills.delete(id);
  for (const [id, form] of Object.entries(patch.set?.kills ?? {})) kills.set(id, form);
  return {
    ...head,
    seq: patch.to,
    journals: { ...head.journals, ...patch.set?.journals },
    kills,
    since: knownSince(head.since, kills.keys(), patch.to),
  };
}

function plainHead(head: Head): Parameters<typeof isUrgentInForce>[1] {
  return { ...head, kills: Object.fromEntries(head.kills) };
}

function flagsOfPatch(patch: Patch, before: Head, ended: readonly UrgentKill[], allFlags: () => readonly string[]): readonly string[] {
  const { set = {}, drop = {} } = patch;
  const reachesAll = set.customer !== undefined || set.salt !== undefined || segmentsOf(patch).length > 0;
  const flags = new Set<string>([...Object.keys(set.flags ?? {}), ...(drop.flags ?? [])]);
  for (const kill of [...Object.values(set.kills ?? {}), ...ended]) for (const flag of kill.flags) flags.add(flag);
  for (const id of [...(drop.kills ?? []), ...Object.keys(set.kills ?? {})]) for (const flag of before.kills.get(id)?.flags ?? []) flags.add(flag);
  if (reachesAll) for (const flag of allFlags()) flags.add(flag);
  return [...flags];
}
