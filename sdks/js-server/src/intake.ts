import {
  decodePatch,
  decodeUrgentKill,
  type OpenedSnapshot,
  opening,
  openSnapshot,
  type Patch,
  type Result,
  snapshotOf,
  type UrgentKill,
} from "@sluice/evaluation";
import type { Offer, SnapshotHolder } from "./holder.ts";
import type { StoredState } from "./last-known-good.ts";
import { type SignatureCheck, signatureWords } from "./signature-check.ts";
import { SignedTrail, type SignedStep, type TakenStep } from "./signed-trail.ts";
import { readUrgentList } from "./wire.ts";

/** A signed text and what it says. */
type ReadStep =
  | { readonly step: SignedStep; readonly kind: "snapshot"; readonly snapshot: OpenedSnapshot }
  | { readonly step: SignedStep; readonly kind: "patch"; readonly patch: Patch }
  | { readonly step: SignedStep; readonly kind: "kills"; readonly kills: readonly UrgentKill[] };

/**
 * The one way into the holder. Where signatures are checked it keeps the trail of signed texts, so that what is stored can be checked
 * again when it is read: whoever may write to the disk is not thereby one who may switch flags.
 */
export class Intake {
  readonly #holder: SnapshotHolder;
  readonly #environment: string | undefined;
  readonly #check: SignatureCheck | undefined;
  readonly #trail: SignedTrail | undefined;

  /** `environment`: stored flags of another one are not taken; undefined takes any. */
  constructor(holder: SnapshotHolder, environment: string | undefined, check: SignatureCheck | undefined) {
    this.#holder = holder;
    this.#environment = environment;
    this.#check = check;
    this.#trail = check === undefined ? undefined : new SignedTrail();
  }

  /** True where a fresh snapshot is wanted, so that the trail stays short. */
  get isTrailLong(): boolean {
    return this.#trail?.isLong === true;
  }

  /** What to keep on disk; undefined where there is nothing, or the trail is longer than is kept. */
  get stored(): StoredState | undefined {
    if (this.#trail !== undefined) return this.#trail.steps && { signed: this.#trail.steps };
    const { compiled, urgent } = this.#holder;
    return compiled && { snapshot: snapshotOf(compiled), urgent };
  }

  /** `steps`: the snapshot's, then that of the urgent kills where there are any. */
  snapshot(snapshot: OpenedSnapshot, urgent: readonly UrgentKill[], [step, ...beside]: readonly SignedStep[]): Offer {
    const offer = this.#holder.offerSnapshot(snapshot, urgent);
    if (step !== undefined && (offer.kind === "swapped" || offer.kind === "same")) {
      const kills = urgent.map((kill) => kill.id);
      this.#trail?.begin(
        { step, kills: Object.keys(snapshot.envelope.kills ?? {}) },
        beside.map((one) => ({ step: one, kills })),
        this.#holder.urgent,
      );
    }
    return offer;
  }

  patch(patch: Patch, step: SignedStep | undefined): Offer {
    const offer = this.#holder.offerPatch(patch);
    const isTaken = offer.kind === "swapped" || (offer.kind === "gap" && offer.change !== undefined);
    if (isTaken && step !== undefined) this.#trail?.add({ step, kills: Object.keys(patch.set?.kills ?? {}) });
    return offer;
  }

  urgent(kill: UrgentKill, step: SignedStep | undefined): Offer {
    return this.#urgent([kill], step === undefined ? undefined : { step, kills: [kill.id] });
  }

  #urgent(kills: readonly UrgentKill[], taken: TakenStep | undefined): Offer {
    const known = new Set(this.#holder.urgent.map((kill) => kill.id));
    const offers = kills.map((kill) => this.#holder.offerUrgent(kill));
    if (taken !== undefined && this.#holder.urgent.some((kill) => !known.has(kill.id))) this.#trail?.add(taken);
    return offers.find((offer) => offer.kind === "swapped") ?? offers[0] ?? { kind: "same" };
  }

  /** Takes what was stored. A problem ends a sentence: "Stored flags are not used: …". */
  restore(stored: StoredState): Result<Offer, string> {
    if (!("signed" in stored)) {
      if (this.#check !== undefined) return refused("they are not signed, and this process takes only what one of its signatureKeys has signed");
      const snapshot = opening(stored.snapshot);
      return this.#foreign(snapshot) ?? { ok: true, value: this.#holder.restore(snapshot, stored.urgent) };
    }
    const read: ReadStep[] = [];
    for (const step of stored.signed) {
      const problem = this.#check?.problemOf(step.kind, step.text, step.signature);
      if (problem !== undefined) return refused(`of a ${step.kind} among them, ${signatureWords(problem)}`);
      const one = readStep(step);
      if (one === undefined) return refused(`a ${step.kind} among them cannot be read`);
      const foreign = one.kind === "snapshot" ? this.#foreign(one.snapshot) : undefined;
      if (foreign !== undefined) return foreign;
      read.push(one);
    }
    return { ok: true, value: this.#replay(read) };
  }

  #foreign({ envelope: { environment } }: OpenedSnapshot): Refused | undefined {
    const isOurs = this.#environment === undefined || this.#environment === environment;
    return isOurs ? undefined : refused(`they are of "${environment}", and this process expects "${this.#environment}"`);
  }

  /** What the server has sent meanwhile is newer than any stored snapshot or patch; kills count in any case. */
  #replay(read: readonly ReadStep[]): Offer {
    const isFirst = this.#holder.version === undefined;
    const offers: Offer[] = [];
    for (const one of read) {
      if (one.kind === "kills") offers.push(this.#urgent(one.kills, { step: one.step, kills: one.kills.map((kill) => kill.id) }));
      else if (isFirst) offers.push(one.kind === "snapshot" ? this.snapshot(one.snapshot, [], [one.step]) : this.patch(one.patch, one.step));
    }
    const changes = offers.flatMap((offer) => (offer.kind === "swapped" ? [offer.change] : []));
    const version = this.#holder.version;
    if (changes.length === 0 || version === undefined) return { kind: "refused", why: "the server's snapshot arrived first" };
    return { kind: "swapped", change: { version, flags: [...new Set(changes.flatMap(({ flags }) => flags))], isKill: changes.some(({ isKill }) => isKill) } };
  }
}

type Refused = { readonly ok: false; readonly problem: string };

const refused = (problem: string): Refused => ({ ok: false, problem });

function readStep(step: SignedStep): ReadStep | undefined {
  switch (step.kind) {
    case "snapshot": {
      const snapshot = openSnapshot(new TextEncoder().encode(step.text));
      return snapshot.ok ? { step, kind: "snapshot", snapshot: snapshot.value } : undefined;
    }
    case "patch": {
      const patch = decodePatch(step.text);
      return patch.ok ? { step, kind: "patch", patch: patch.value } : undefined;
    }
    case "kill": {
      const kill = decodeUrgentKill(step.text);
      return kill.ok ? { step, kind: "kills", kills: [kill.value] } : undefined;
    }
    case "kills": {
      const kills = readUrgentList(step.text);
      return kills === undefined ? undefined : { step, kind: "kills", kills };
    }
  }
}
