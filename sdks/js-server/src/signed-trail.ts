import type { SignedKind, UrgentKill } from "@sluice/evaluation";

/** Something that was accepted, as it came: what is kept on disk can be checked again only in this form. */
export interface SignedStep {
  readonly kind: SignedKind;
  readonly text: string;
  readonly signature: string;
}

/** What one step brought. */
export interface TakenStep {
  readonly step: SignedStep;
  /** Ids of the kills that it names. */
  readonly kills: readonly string[];
}

/** After so many steps since the last snapshot, or so many characters of theirs, a fresh snapshot is asked for: as many as the server's ring holds. */
const STEPS_MAX = 1_000;
const CHARS_MAX = 4 << 20;
/** Steps are kept until then while no fresh snapshot can be had. */
const OVERRUN = 2;

/**
 * The signed texts from which the state that is served can be built again, in the order in which they were accepted: a snapshot, the patches
 * after it, urgent kills. A patched snapshot has no signature of its own, so the parts are kept.
 */
export class SignedTrail {
  #taken: TakenStep[] = [];
  /** How many of them are the newest snapshot and what was before it. */
  #headCount = 0;
  #chars = 0;

  /** What to keep; undefined where there is nothing, or more than is kept: what is on disk then stays. */
  get steps(): readonly SignedStep[] | undefined {
    return this.#taken.length === 0 || this.#isBeyond(OVERRUN) ? undefined : this.#taken.map(({ step }) => step);
  }

  /** True where a fresh snapshot would make it short again. */
  get isLong(): boolean {
    return this.#isBeyond(1);
  }

  #isBeyond(times: number): boolean {
    return this.#taken.length - this.#headCount > STEPS_MAX * times || this.#chars > CHARS_MAX * times;
  }

  /** A patch or urgent kills were accepted. */
  add(taken: TakenStep): void {
    if (this.#isBeyond(OVERRUN)) return;
    this.#taken.push(taken);
    this.#chars += taken.step.text.length;
  }

  /**
   * A snapshot was accepted, with `beside` that came with it; `urgent` are the kills in force beside it now. Of what was before, only the
   * source of such kills is kept: their own steps, or else the last trail, for a kill that the snapshot of a new epoch does not know.
   */
  begin(snapshot: TakenStep, beside: readonly TakenStep[], urgent: readonly UrgentKill[]): void {
    const inForce = new Set(urgent.map((kill) => kill.id));
    const own = this.#taken.filter(({ step, kills }) => (step.kind === "kill" || step.kind === "kills") && kills.some((id) => inForce.has(id)));
    const explained = new Set([...own, ...beside].flatMap(({ kills }) => kills));
    const isTrailNeeded = [...inForce].some((id) => !explained.has(id)) && !this.#isBeyond(OVERRUN);
    const last = Math.max(0, this.#headCount - 1);
    const before = isTrailNeeded ? this.#taken.filter((taken, at) => at >= last || own.includes(taken)) : own;
    this.#taken = [...before, snapshot, ...beside];
    this.#headCount = before.length + 1;
    this.#chars = 0;
  }
}
