import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import { endOf, pinInForce, pinKey, PINS_MAX } from "../pin/pin.ts";
import { ENDED, type ReleaseState } from "../plan/release-state.ts";
import type { Action } from "../policy.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { holdsOn } from "../schedule/wave-plan.ts";
import { type Asking, didYouMean, personalOf, refusalOf, repetitionOf, unknownEnvironment } from "./asking.ts";
import { heldRefusal, isHeldEntirely, isInForce, refuseEarly } from "./early-access.ts";
import type { FlagKind } from "./kill-target.ts";
import { refuseWindow } from "./windows.ts";
import { keyNow } from "../rename/aliases.ts";

/** Flags that an environment serves, as far as a pin goes. */
export type PinnableFlags = ReadonlyMap<string, { readonly kind: FlagKind; readonly variants: readonly string[] }>;

export interface PinWish extends Asking {
  /** The id that the pin will have. */
  readonly pin: string;
  readonly environment: string;
  readonly flag: string;
  readonly customer: string;
  /** A variant of the flag. */
  readonly serve: string;
  readonly untilMs: number;
  /** Required: a pin says why. */
  readonly reason: string;
  /** Customers whose owner asks: customer success pins these and no others. */
  readonly own: ReadonlySet<string>;
}

/**
 * Fix one customer's answer of one flag until a day. Free for customers marked internal or test (of ops and permission flags an engineer's);
 * for others as an opt-in is: a release with open early access serves exactly that variant. A hold gates both; a kill wins over the pin. A newer pin
 * takes the place of the one before.
 * Refusals: notAllowed, notYours, unknownEnvironment, unknownFlag, unknownVariant, unknownCustomer, badWindow (no reason, no later end, over a year),
 * notOffered, wrongPhase, alreadyInForce (the id is another pin's), tooMany, reasonTooLong.
 */
export function decidePin(decisions: Decisions, flags: PinnableFlags, asked: PinWish): Result<readonly Proposal[], Refusal> {
  const wish = { ...asked, flag: keyNow(decisions.aliases, asked.flag) };
  const repetition = repetitionOf(decisions, wish.command, { kind: "customerPinned" });
  if (repetition !== undefined) return repetition;
  const needsOffer = !isFree(decisions, wish.customer);
  const refusal =
    unknownEnvironment(decisions, wish.environment) ??
    refuseFlag(flags, wish) ??
    refuseWhom(decisions, wish) ??
    refusalOf(wish, actionOf(decisions, flags, wish)) ??
    refuseOthers(wish, wish.customer) ??
    refuseWindow({ environment: wish.environment, fromMs: wish.atMs, untilMs: wish.untilMs }, wish) ??
    refuseCount(decisions, wish) ??
    (needsOffer ? refuseOffer(decisions, wish) : undefined) ??
    (isHeld(decisions, wish) ? heldRefusal : undefined);
  if (refusal !== undefined) return refused(refusal);
  const { pin, environment, flag, customer, serve, untilMs } = wish;
  const release = needsOffer ? offering(decisions, wish)?.id : undefined;
  const facts = { kind: "customerPinned", pin, environment, flag, customer, serve, untilMs, ...(release === undefined ? {} : { release }) } as const;
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts }]);
}

/** What this person could pin for this customer at this instant: variants by flag, without the flags that nothing of could be. */
export function pinnable(
  decisions: Decisions,
  flags: PinnableFlags,
  asked: Pick<PinWish, "environment" | "customer" | "role" | "own" | "atMs">,
): ReadonlyMap<string, readonly string[]> {
  // Words and an end are what the person adds; no id and no command of a pin is like this one.
  const wish = { ...asked, command: "", by: "", reason: "-", pin: "", untilMs: asked.atMs + 1 };
  const could = [...flags].map(([flag, { variants }]) => [flag, variants.filter((serve) => decidePin(decisions, flags, { ...wish, flag, serve }).ok)] as const);
  return new Map(could.filter(([, variants]) => variants.length > 0));
}

export interface UnpinWish extends Asking {
  readonly pin: string;
  readonly own: ReadonlySet<string>;
}

/** Take a pin off: the customer gets what everything else says. Refusals: notAllowed, notYours, unknownPin (none, ended or replaced), reasonTooLong. */
export function decideUnpin(decisions: Decisions, flags: PinnableFlags, wish: UnpinWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "pinEnded", id: wish.pin });
  if (repetition !== undefined) return repetition;
  const found = pinInForce(decisions, wish.pin);
  if (found === undefined)
    return refused({ code: "unknownPin", field: "pin", message: "There is no such pin in force.", fix: "It may have ended, or a newer one took its place." });
  const refusal = refusalOf(wish, actionOf(decisions, flags, found)) ?? refuseOthers(wish, found.customer);
  if (refusal !== undefined) return refused(refusal);
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: endOf(found) }]);
}

/** A pin is free for the company's own customers and for test tenants. */
const isFree = (decisions: Decisions, customer: string): boolean => decisions.customers.get(customer)?.internal === true;

function actionOf(decisions: Decisions, flags: PinnableFlags, { flag, customer }: Pick<PinWish, "flag" | "customer">): Action {
  const kind = flags.get(flag)?.kind;
  if (kind === "ops" || kind === "permission") return "pinOpsFlag";
  return isFree(decisions, customer) ? "pinInternalCustomer" : "pinOtherCustomer";
}

function refuseFlag(flags: PinnableFlags, { flag, serve, environment }: PinWish): Refusal | undefined {
  const known = flags.get(flag);
  if (known === undefined) {
    const message = `No flag ${JSON.stringify(flag)} is served in ${environment}.`;
    return { code: "unknownFlag", field: "flag", message, fix: didYouMean(flag, flags.keys()) };
  }
  if (known.variants.includes(serve)) return undefined;
  const message = `${flag} has no variant ${JSON.stringify(serve)}.`;
  return { code: "unknownVariant", field: "serve", message, fix: `It has ${known.variants.join(", ")}.` };
}

function refuseWhom(decisions: Decisions, { customer, environment }: PinWish): Refusal | undefined {
  const known = decisions.customers.get(customer);
  if (known === undefined)
    return { code: "unknownCustomer", field: "customer", message: `There is no customer ${customer}.`, fix: "Look at the list of customers." };
  if (known.hashes[environment] !== undefined) return undefined;
  const message = `${environment} is new and does not know this customer yet.`;
  return { code: "unknownCustomer", field: "customer", message, fix: "Try again in a minute." };
}

function refuseOthers({ role, own }: Pick<PinWish, "role" | "own">, customer: string): Refusal | undefined {
  if (role !== "customerSuccess" || own.has(customer)) return undefined;
  return { code: "notYours", field: "customer", message: "This customer has another owner.", fix: "Ask the owner, or an admin." };
}

function refuseCount(decisions: Decisions, { environment, flag, customer, pin }: PinWish): Refusal | undefined {
  if (pinInForce(decisions, pin) !== undefined) return { code: "alreadyInForce", message: `The id ${pin} is taken.`, fix: "Try again with a new id." };
  const pins = decisions.environments[environment]?.pins;
  if (pins === undefined || pins.size < PINS_MAX || pins.has(pinKey(flag, customer))) return undefined;
  return { code: "tooMany", message: `${PINS_MAX} pins are in force in ${environment}.`, fix: "Take off those that are not needed." };
}

/** The one active release that serves exactly this. */
function offering(decisions: Decisions, { environment, flag, serve }: PinWish): ReleaseState | undefined {
  return releasesOf(decisions, environment, flag).find(
    ({ phase, content }) => phase !== "draft" && content.flags.some((each) => each.flag === flag && each.serve === serve),
  );
}

/** Releases with this flag that have not ended; of those that are no drafts there is at most one. */
function releasesOf({ releases }: Decisions, environment: string, flag: string): readonly ReleaseState[] {
  return unended(releases).filter(({ content }) => content.environment === environment && content.flags.some((each) => each.flag === flag));
}

/** Made once for each state: whoever asks what could be pinned asks for each flag. */
function unended(releases: Decisions["releases"]): readonly ReleaseState[] {
  const known = notEnded.get(releases);
  if (known !== undefined) return known;
  const made = releases.entriesSorted().flatMap(([, release]) => (ENDED.includes(release.phase) ? [] : [release]));
  notEnded.set(releases, made);
  return made;
}
const notEnded = new WeakMap<Decisions["releases"], readonly ReleaseState[]>();

function refuseOffer(decisions: Decisions, wish: PinWish): Refusal | undefined {
  const release = offering(decisions, wish);
  if (release !== undefined) return refuseEarly(decisions, release, wish);
  const message = `No release offers ${JSON.stringify(wish.serve)} of ${wish.flag}, and only internal and test customers are pinned without one.`;
  return { code: "notOffered", field: "customer", message, fix: "Plan a release with early access, or mark the customer as internal or test." };
}

/** Invariant 2: what a customer has does not change inside its hold, whoever the customer is. */
function isHeld(decisions: Decisions, wish: PinWish): boolean {
  const { environment, flag, customer, atMs } = wish;
  const ofReleases = releasesOf(decisions, environment, flag).flatMap((release) => holdsOn(decisions, release, customer));
  return ofReleases.some((hold) => isInForce(hold, atMs)) || isHeldEntirely(decisions, environment, wish);
}
