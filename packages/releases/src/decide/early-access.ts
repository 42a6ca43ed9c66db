import type { Decisions } from "../decisions.ts";
import { ENDED, type Hold, type ReleaseState } from "../plan/release-state.ts";
import type { Refusal } from "../result.ts";
import { missingVersions } from "../schedule/gates.ts";
import { holdsByCustomer, holdsOn } from "../schedule/wave-plan.ts";

interface Whom {
  readonly customer: string;
  readonly atMs: number;
}

/**
 * The gates of early access, for whoever is given a release or a part of it before its wave: it takes people in, early access is open, the versions
 * that it needs run, no hold of the customer concerns it. Refusals: wrongPhase, notOffered.
 */
export function refuseEarly(decisions: Decisions, release: ReleaseState | undefined, { customer, atMs }: Whom): Refusal | undefined {
  if (release === undefined || release.phase === "draft" || release.phase === "paused" || ENDED.includes(release.phase))
    return { code: "wrongPhase", message: "This release takes nobody in just now.", fix: "Wait until it is planned or goes on." };
  const { earlyAccessFromMs, environment } = release.content;
  if (earlyAccessFromMs === undefined || earlyAccessFromMs > atMs)
    return { code: "notOffered", message: "Early access to this release is not open.", fix: "Set its beginning in the release." };
  const [missing] = missingVersions(decisions.deployments, release);
  if (missing !== undefined)
    return {
      code: "notOffered",
      message: `This release needs ${missing.service} ${missing.version}, which does not run in ${environment} yet.`,
      fix: "Deploy it first, then try again.",
    };
  return holdsOn(decisions, release, customer).some((hold) => isInForce(hold, atMs)) ? heldRefusal : undefined;
}

/** Whether a hold of the customer is in force now that says "nothing new" without naming releases. */
export function isHeldEntirely({ holds }: Decisions, environment: string, { customer, atMs }: Whom): boolean {
  const own = holdsByCustomer(holds).get(customer) ?? [];
  return own.some((hold) => hold.environment === environment && hold.releases === undefined && hold.risks === undefined && isInForce(hold, atMs));
}

/** Whether a hold is in force at an instant. */
export const isInForce = ({ fromMs, untilMs }: Hold, atMs: number): boolean => fromMs <= atMs && atMs < untilMs;

/** What whoever is on hold is not given. */
export const heldRefusal: Refusal = {
  code: "notOffered",
  message: "A hold says: nothing new for this customer.",
  fix: "Lift the hold first, or wait for its end.",
};
