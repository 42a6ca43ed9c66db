import type { Asker, Context } from "./answer.ts";
import { compileRead } from "./attribute.ts";
import { unitText } from "./bucketing.ts";
import type { FlagSurroundings, KillOnFlag, Parent, Plan } from "./draft.ts";
import { parentsOf } from "./flag-form.ts";
import { type FlagForms, isSameForm } from "./flag-forms.ts";
import { planFlag } from "./flag-plan.ts";
import { fuse, type Decision, type Fused } from "./fuse.ts";
import { compileCustomerHash, compileScope, isUrgentInForce, rememberingLast, type HashOf } from "./kill.ts";
import type { OpenedSnapshot } from "./open-snapshot.ts";
import { patchRecord, patchSegments, segmentsOf } from "./patch.ts";
import { reachOf } from "./reach.ts";
import { compileSegment, type CompiledSegment } from "./segment.ts";
import { compareBytes, ownValue } from "./shape.ts";
import type { Envelope, FlagForm, KillForm, Patch, Snapshot, UrgentKill } from "./snapshot-form.ts";

/** A prerequisite may have prerequisites this many levels below the flag that was asked for, which is level 0. */
const PREREQUISITE_DEPTH_MAX = 8;

interface KillInForce {
  readonly id: string;
  readonly form: KillForm;
}

type KillIds = ReadonlyMap<KillForm, string>;

interface CompiledFlag extends Fused {
  readonly plan: Plan;
}

/** Which compiled flags a change touches, by the name of what changed. Names are recorded whether the thing exists or not. */
type Dependents = Map<string, Set<string>>;

/**
 * Everything behind a `Compiled`. `decisions` is all that answering looks at; the rest is there to fill it when a flag is first asked for,
 * and to empty exactly the entries that a patch touches. Forms stay as decoded; patched ones lie in `changed`, over `base`.
 */
export class Tables {
  readonly decisions: Map<string, Decision> = new Map();
  envelope: Envelope;
  readonly #asker: Asker;
  #base: FlagForms;
  #changed: Map<string, FlagForm | undefined> = new Map();
  #flags: Map<string, CompiledFlag> = new Map();
  #segments: Map<string, CompiledSegment> = new Map();
  #flagDependents: Dependents = new Map();
  #segmentDependents: Dependents = new Map();
  /** In force: the id of each form. */
  #kills: KillIds = new Map();
  /** What `#kills` was made of: most patches change none. */
  #listedKills: Envelope["kills"];
  #isUrgent = false;
  /** In the order of their ids. */
  readonly #killsByFlag: Map<string, readonly KillInForce[]> = new Map();
  #customer: (context: Context) => unknown;
  #customerHash: HashOf;
  #userHash: HashOf;
  #isHeld = false;

  private constructor({ envelope, flags }: OpenedSnapshot, asker: Asker) {
    this.envelope = envelope;
    this.#base = flags;
    this.#asker = asker;
    ({ customer: this.#customer, customerHash: this.#customerHash, userHash: this.#userHash } = readersOf(envelope));
  }

  /** Tables of a snapshot; takes over what is compiled in `previous` and could not have changed. */
  static of(snapshot: OpenedSnapshot, asker: Asker, urgent: readonly UrgentKill[], previous: Tables | undefined): Tables {
    const tables = new Tables(snapshot, asker);
    tables.#setKills(urgent);
    if (previous !== undefined && tables.#isLike(previous)) tables.#takeOver(previous);
    return tables;
  }

  /** The decision of a flag, compiling it if need be; undefined where there is no such flag. */
  decisionOf(key: string): Decision | undefined {
    return this.decisions.get(key) ?? this.#compiledFlag(key)?.decide;
  }

  /** Hash of the customer that a context names. */
  customerHash(context: Context): string | undefined {
    return this.#customerHash(context);
  }

  /** The steps of a flag, for explaining. */
  planOf(key: string): Plan | undefined {
    return this.#compiledFlag(key)?.plan;
  }

  /** The form of a flag as decoded, for explaining. */
  formOf(key: string): FlagForm | undefined {
    return this.#changed.has(key) ? this.#changed.get(key) : this.#base.get(key);
  }

  /** The form of a kill that is in force on a flag, for explaining. */
  killFormOn(flag: string, id: string): KillForm | undefined {
    return this.#killsByFlag.get(flag)?.find((kill) => kill.id === id)?.form;
  }

  /** The form of a segment as decoded. */
  segmentFormOf(id: string): unknown {
    return ownValue(this.envelope.segments ?? {}, id);
  }

  segmentOf(id: string): CompiledSegment {
    const known = this.#segments.get(id);
    if (known !== undefined) return known;
    const made = compileSegment(id, {
      forms: (other) => this.segmentFormOf(other),
      compiled: (other) => this.segmentOf(other),
      salt: this.envelope.salt,
    });
    this.#segments.set(id, made);
    return made;
  }

  /** From now on these tables stay at their version: who would move them on moves a copy. */
  hold(): void {
    this.#isHeld = true;
  }

  /** These tables where they may move on, else a copy that may: with all that is compiled, and kills as they are with `urgent`. */
  toMoveOn(urgent: readonly UrgentKill[]): Tables {
    return this.#isHeld ? Tables.of({ envelope: this.envelope, flags: this.#forms() }, this.#asker, urgent, this) : this;
  }

  /** Moves on to the version of a patch (if any), with these urgent kills. Forgets only what the change touches. */
  advance(patch: Patch | undefined, urgent: readonly UrgentKill[]): void {
    if (patch !== undefined) this.#applyPatch(patch);
    this.#setKills(urgent);
  }

  toSnapshot(): Snapshot {
    return { ...this.envelope, flags: this.#forms().toRecord() };
  }

  flagKeys(): string[] {
    return this.#forms().keys();
  }

  #forms(): FlagForms {
    this.#base = this.#base.with(this.#changed);
    this.#changed = new Map();
    return this.#base;
  }

  #applyPatch(patch: Patch): void {
    const { set = {}, drop = {}, to } = patch;
    const { journals, segments, kills, ...rest } = this.envelope;
    const before = this.envelope;
    const parts = {
      journals: patchRecord(journals, set.journals, undefined),
      segments: patchSegments(segments, patch),
      kills: patchRecord(kills, set.kills, drop.kills),
      customer: set.customer ?? rest.customer,
      salt: set.salt ?? rest.salt,
    };
    this.envelope = withoutUndefined({ ...rest, ...parts, seq: to });
    for (const key of drop.flags ?? []) this.#changed.set(key, undefined);
    for (const [key, form] of Object.entries(set.flags ?? {})) this.#changed.set(key, form);
    if (before.salt !== this.envelope.salt || before.customer !== this.envelope.customer) this.#forgetAll();
    for (const key of [...(drop.flags ?? []), ...Object.keys(set.flags ?? {})]) this.#forgetFlag(key);
    const segmentIds = segmentsOf(patch);
    if (segmentIds.length > 0) this.#forgetSegments(segmentIds);
  }

  #forgetAll(): void {
    ({ customer: this.#customer, customerHash: this.#customerHash, userHash: this.#userHash } = readersOf(this.envelope));
    this.#flags.clear();
    this.decisions.clear();
    this.#segments.clear();
    this.#flagDependents.clear();
    this.#segmentDependents.clear();
  }

  #forgetFlag(key: string): void {
    this.#forgetCompiled(key);
    for (const dependent of this.#flagDependents.get(key) ?? []) this.#forgetCompiled(dependent);
    this.#flagDependents.delete(key);
  }

  #forgetSegments(ids: readonly string[]): void {
    for (const [id, { uses }] of this.#segments) if (ids.some((changed) => uses.has(changed))) this.#segments.delete(id);
    for (const id of ids) {
      for (const dependent of this.#segmentDependents.get(id) ?? []) this.#forgetFlag(dependent);
      this.#segmentDependents.delete(id);
    }
  }

  #forgetCompiled(key: string): void {
    this.#flags.delete(key);
    this.decisions.delete(key);
  }

  /** Takes the kills in force and forgets the flags whose kills are not the same as before: what stays is looked at once and no more. */
  #setKills(urgent: readonly UrgentKill[]): void {
    if (this.envelope.kills === this.#listedKills && urgent.length === 0 && !this.#isUrgent) return;
    this.#listedKills = this.envelope.kills;
    this.#isUrgent = urgent.length > 0;
    const before = this.#kills;
    const kills = killsInForce(this.envelope, urgent);
    this.#kills = kills;
    for (const [form, id] of before) if (kills.get(form) !== id) this.#removeKill({ id, form });
    for (const [form, id] of kills) if (before.get(form) !== id) this.#addKill({ id, form });
  }

  #removeKill({ id, form }: KillInForce): void {
    for (const flag of form.flags) {
      const left = (this.#killsByFlag.get(flag) ?? []).filter((kill) => kill.form !== form || kill.id !== id);
      if (left.length === 0) this.#killsByFlag.delete(flag);
      else this.#killsByFlag.set(flag, left);
      this.#forgetFlag(flag);
    }
  }

  #addKill(kill: KillInForce): void {
    for (const flag of new Set(kill.form.flags)) {
      const kills = [...(this.#killsByFlag.get(flag) ?? []), kill];
      this.#killsByFlag.set(
        flag,
        kills.sort((a, b) => compareBytes(a.id, b.id)),
      );
      this.#forgetFlag(flag);
    }
  }

  #compiledFlag(key: string): CompiledFlag | undefined {
    const known = this.#flags.get(key);
    if (known !== undefined) return known;
    const form: unknown = this.formOf(key);
    if (form === undefined) return undefined;
    const plan = planFlag(key, form, this.#surroundingsOf(key));
    const made = { plan, ...fuse(plan) };
    this.#flags.set(key, made);
    this.decisions.set(key, made.decide);
    return made;
  }

  #surroundingsOf(key: string): FlagSurroundings {
    const segments: FlagSurroundings["segments"] = (id) => {
      const { test, uses } = this.segmentOf(id);
      for (const used of uses) addTo(this.#segmentDependents, used, key);
      return test;
    };
    const customerHash: HashOf = (context) => this.#customerHash(context);
    const around = { asker: this.#asker, segments, customerHash };
    const kills: KillOnFlag[] = (this.#killsByFlag.get(key) ?? []).map(({ id, form }) => ({
      id,
      coverage: compileScope(ownValue({ ...form }, "scope"), around),
    }));
    return {
      segments,
      kills,
      customerHash: this.#customerHash,
      userHash: this.#userHash,
      customer: this.#customer,
      parent: (parent) => this.#parentOf(key, parent),
    };
  }

  #parentOf(key: string, parent: string): Parent {
    const next = (id: string): readonly string[] => parentsOf(this.formOf(id));
    const reach = reachOf(key, next, PREREQUISITE_DEPTH_MAX);
    for (const id of reach.ids) addTo(this.#flagDependents, id, key);
    if (this.formOf(parent) === undefined) return { ok: false, problem: "flag is missing" };
    if (reach.tooDeep) {
      const below = reachOf(parent, next, PREREQUISITE_DEPTH_MAX - 1);
      if (below.ids.has(key) || parent === key) return { ok: false, problem: "is part of a cycle" };
      if (below.tooDeep) return { ok: false, problem: `has prerequisites in a cycle or more than ${PREREQUISITE_DEPTH_MAX} deep` };
    }
    const compiled = this.#compiledFlag(parent);
    // What the parent's own compilation depends on, this flag depends on: its segments reach it through #forgetFlag.
    return compiled === undefined ? { ok: false, problem: "flag is missing" } : { ok: true, ...compiled };
  }

  #isLike(previous: Tables): boolean {
    const [a, b] = [this.envelope, previous.envelope];
    const [c, d] = [this.#asker, previous.#asker];
    return a.salt === b.salt && a.customer === b.customer && c.service === d.service && c.version === d.version;
  }

  #takeOver(previous: Tables): void {
    const changed = new Set<string>();
    const [before, now] = [previous.#forms(), this.#forms()];
    for (const key of [...previous.#flags.keys(), ...previous.#flagDependents.keys()]) {
      if (!isSameForm(before, now, key)) changed.add(key);
    }
    const segments = new Set([...previous.#segments.values()].flatMap(({ uses }) => [...uses]));
    const changedSegments = [...segments].filter((id) => previous.segmentFormOf(id) !== this.segmentFormOf(id));
    const kills = [...missingFrom(previous.#kills, this.#kills), ...missingFrom(this.#kills, previous.#kills)];
    this.#flags = new Map(previous.#flags);
    for (const [key, decide] of previous.decisions) this.decisions.set(key, decide);
    this.#segments = new Map(previous.#segments);
    this.#flagDependents = copyOf(previous.#flagDependents);
    this.#segmentDependents = copyOf(previous.#segmentDependents);
    for (const { flags } of kills) for (const flag of flags) changed.add(flag);
    for (const key of changed) this.#forgetFlag(key);
    if (changedSegments.length > 0) this.#forgetSegments(changedSegments);
  }
}

function readersOf({ customer = "customer", salt }: Envelope): {
  customer: (context: Context) => unknown;
  customerHash: HashOf;
  userHash: HashOf;
} {
  const user = compileRead("targetingKey");
  return {
    customer: compileRead(customer),
    customerHash: compileCustomerHash(customer, salt),
    userHash: rememberingLast(salt, (context) => unitText(user(context))),
  };
}

function killsInForce(envelope: Envelope, urgent: readonly UrgentKill[]): KillIds {
  const kills = new Map<KillForm, string>();
  const listed = envelope.kills ?? {};
  for (const id of Object.keys(listed)) {
    const form = listed[id];
    if (form !== undefined) kills.set(form, id);
  }
  for (const kill of urgent) if (isUrgentInForce(kill, envelope)) kills.set(kill, kill.id);
  return kills;
}

function missingFrom(kills: KillIds, others: KillIds): readonly KillForm[] {
  return [...kills].flatMap(([form, id]) => (others.get(form) === id ? [] : [form]));
}

function addTo(dependents: Dependents, name: string, key: string): void {
  const set = dependents.get(name);
  if (set === undefined) dependents.set(name, new Set([key]));
  else set.add(key);
}

function copyOf(dependents: Dependents): Dependents {
  return new Map([...dependents].map(([name, keys]) => [name, new Set(keys)]));
}

function withoutUndefined(envelope: { [K in keyof Envelope]: Envelope[K] | undefined }): Envelope {
  return Object.fromEntries(Object.entries(envelope).filter(([, value]) => value !== undefined)) as unknown as Envelope;
}
