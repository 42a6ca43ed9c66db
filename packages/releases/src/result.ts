import type { Result } from "@sluice/evaluation";

/** Why a wish was not granted, for people: `message` says what and where, `fix` what to do next. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly fix: string;
  /** The part of the wish that is at fault, as the API names it. */
  readonly field?: string;
}

/** Every reason that this package refuses for; the contract's error catalogue maps each to a status. */
export type RefusalCode =
  | "unknownEnvironment"
  | "unknownFlag"
  | "unknownKill"
  | "unknownRevert"
  | "unknownVersion"
  | "noFlags"
  | "tooManyFlags"
  | "scopeCoversNobody"
  | "scopeTooLarge"
  | "reasonTooLong"
  | "reviewInPast"
  | "reviewTooLate"
  | "tooManyKills"
  | "bulkNotAllowed"
  | "notAllowed"
  | "undoTooLate"
  | "undoNotYours"
  | "needsSecondPerson"
  | "noLiftAsked"
  | "alreadyInForce"
  | "commandReused"
  | "killLifted"
  | "unknownSegment"
  | "badVersions"
  | "badCustomers"
  | "commitNotHeld"
  | "unknownRelease"
  | "unknownWave"
  | "unknownCustomer"
  | "unknownHold"
  | "unknownFreeze"
  | "unknownPin"
  | "unknownVariant"
  | "badPlan"
  | "badWindow"
  | "wrongPhase"
  | "stillKilled"
  | "flagTaken"
  | "staleContent"
  | "ownEdit"
  | "hasOwner"
  | "notAsked"
  | "notYours"
  | "notOffered"
  | "lastAdmin"
  | "notWaiting"
  | "unknownList"
  | "noMembers"
  | "customersHeld"
  | "tooMany";

/** The granted side of a `Result`. */
export function granted<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

/** The refused side of a `Result`. */
export function refused(refusal: Refusal): Result<never, Refusal> {
  return { ok: false, problem: refusal };
}
