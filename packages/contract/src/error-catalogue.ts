import type { RefusalCode } from "@sluice/releases";

/** Every code that an answer of the server can carry: those of the decisions, and those of the wire itself. */
export type ErrorCode =
  | RefusalCode
  | "badRequest"
  | "notSignedIn"
  | "wrongPassword"
  | "accountLocked"
  | "linkSpent"
  | "crossSite"
  | "unknownRoute"
  | "unknownCommit"
  | "badKey"
  | "badRelayKey"
  | "relayChained"
  | "relayRefused"
  | "onlyServer"
  | "wrongEnvironment"
  | "noSnapshot"
  | "unknownSdkKey"
  | "noticesOff"
  | "noticeFailed"
  | "noDrill"
  | "drillRunning"
  | "drillWouldPause"
  | "bodyTooLarge"
  | "tooManyStreams"
  | "apiUnavailable"
  | "storeUnavailable"
  | "badSignature"
  | "contextMalformed"
  | "contextAlgorithm"
  | "contextForged"
  | "contextExpired"
  | "contextNotYet"
  | "contextTooLong"
  | "contextWrongAudience"
  | "contextTooLarge"
  | "contextsOff"
  | "contextMissing"
  | "contextMayNot"
  | "tooOften"
  | "originNotAllowed"
  | "fileNotRead"
  | "keyTaken"
  | "unknownAccount"
  | "triggerRefused"
  | "signatureExpired"
  | "replayed"
  | "notArmed"
  | "unknownTrigger"
  | "editingOff"
  | "changeRefused"
  | "namesCustomer"
  | "unknownChange"
  | "sourceUnavailable"
  | "internal";

/** The HTTP status of each code. The one place where a code gets its status. */
export const errorStatus: Readonly<Record<ErrorCode, number>> = {
  unknownEnvironment: 404,
  unknownFlag: 404,
  unknownKill: 404,
  unknownRevert: 404,
  unknownVersion: 404,
  noFlags: 400,
  tooManyFlags: 400,
  tooManyKills: 429,
  scopeCoversNobody: 400,
  scopeTooLarge: 400,
  reasonTooLong: 400,
  reviewInPast: 400,
  reviewTooLate: 400,
  bulkNotAllowed: 400,
  notAllowed: 403,
  undoTooLate: 409,
  undoNotYours: 403,
  needsSecondPerson: 409,
  noLiftAsked: 409,
  noDrill: 404,
  drillRunning: 409,
  drillWouldPause: 409,
  alreadyInForce: 409,
  commandReused: 409,
  killLifted: 409,
  unknownSegment: 404,
  badVersions: 400,
  badCustomers: 400,
  commitNotHeld: 409,
  unknownRelease: 404,
  unknownWave: 404,
  unknownCustomer: 404,
  unknownHold: 404,
  unknownFreeze: 404,
  unknownPin: 404,
  unknownVariant: 400,
  badPlan: 400,
  badWindow: 400,
  wrongPhase: 409,
  stillKilled: 409,
  flagTaken: 409,
  staleContent: 409,
  ownEdit: 403,
  hasOwner: 409,
  notAsked: 409,
  notYours: 403,
  notOffered: 409,
  lastAdmin: 409,
  notWaiting: 409,
  unknownList: 404,
  unknownSdkKey: 404,
  noticesOff: 404,
  noticeFailed: 502,
  noMembers: 400,
  customersHeld: 409,
  tooMany: 409,
  badRequest: 400,
  notSignedIn: 401,
  wrongPassword: 401,
  accountLocked: 429,
  linkSpent: 410,
  crossSite: 403,
  unknownRoute: 404,
  unknownCommit: 404,
  badKey: 401,
  badRelayKey: 401,
  relayChained: 409,
  relayRefused: 403,
  onlyServer: 503,
  wrongEnvironment: 403,
  noSnapshot: 503,
  bodyTooLarge: 413,
  tooManyStreams: 503,
  apiUnavailable: 503,
  storeUnavailable: 503,
  badSignature: 401,
  contextMalformed: 401,
  contextAlgorithm: 401,
  contextForged: 401,
  contextExpired: 401,
  contextNotYet: 401,
  contextTooLong: 401,
  contextWrongAudience: 403,
  contextTooLarge: 413,
  contextsOff: 403,
  contextMissing: 401,
  contextMayNot: 403,
  tooOften: 429,
  originNotAllowed: 403,
  fileNotRead: 400,
  keyTaken: 409,
  unknownAccount: 404,
  triggerRefused: 401,
  signatureExpired: 401,
  replayed: 409,
  notArmed: 403,
  unknownTrigger: 404,
  editingOff: 409,
  changeRefused: 422,
  namesCustomer: 422,
  unknownChange: 404,
  sourceUnavailable: 503,
  internal: 500,
};

/** What goes wrong and what to do about it, for one answer. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix: string;
  readonly field?: string;
}

/** Words of the problems that always say the same. */
export const problems: Readonly<
  Record<
    | "notSignedIn"
    | "crossSite"
    | "unknownRoute"
    | "badKey"
    | "badRelayKey"
    | "relayChained"
    | "onlyServer"
    | "apiUnavailable"
    | "storeUnavailable"
    | "wrongPassword"
    | "accountLocked"
    | "linkSpent"
    | "noSnapshot"
    | "tooManyStreams"
    | "badSignature"
    | "internal",
    Problem
  >
> = {
  notSignedIn: {
    code: "notSignedIn",
    message: "You are not signed in, or no longer.",
    fix: "Sign in again, or send a personal token or the operator key as `Authorization: Bearer …`.",
  },
  crossSite: { code: "crossSite", message: "This request did not come from the console.", fix: "Send the header `Sluice-Request: 1`, or a Bearer token." },
  unknownRoute: {
    code: "unknownRoute",
    message: "There is nothing at this address.",
    fix: "Check the path; SDKs are given the address of the server without a path.",
  },
  badKey: {
    code: "badKey",
    message: "This SDK key is not known.",
    fix: "Copy the key of this environment from the server; a key of another server looks the same.",
  },
  badRelayKey: {
    code: "badRelayKey",
    message: "This relay key is not known.",
    fix: "Copy a line of relay.key from the server's data folder.",
  },
  relayChained: {
    code: "relayChained",
    message: "This relay stands behind another relay already, so no third one can stand behind it.",
    fix: "Give --upstream the address of the server, or of a relay that is connected to the server itself.",
  },
  onlyServer: {
    code: "onlyServer",
    message: "This is a relay: it serves flags and can switch them off, and nothing else.",
    fix: "Ask the server itself. What was killed here is lifted there.",
  },
  apiUnavailable: {
    code: "apiUnavailable",
    message: "The API process does not answer.",
    fix: "It is restarted by itself; kills, the flag list and every SDK go on meanwhile. Try again in a few seconds.",
  },
  storeUnavailable: {
    code: "storeUnavailable",
    message: "The database does not answer.",
    fix: "A kill works all the same. Try this again when the database is back.",
  },
  wrongPassword: { code: "wrongPassword", message: "E-mail and password do not fit.", fix: "Check both; after five failures the account waits 15 minutes." },
  accountLocked: {
    code: "accountLocked",
    message: "Too many failures: this account waits 15 minutes.",
    fix: "Wait, or kill from the server's machine with the operator key: sluice kill.",
  },
  linkSpent: { code: "linkSpent", message: "This link was used, or is not one of this server.", fix: "Sign in, or ask an admin for a new link." },
  noSnapshot: {
    code: "noSnapshot",
    message: "This environment has no snapshot yet.",
    fix: "The server is still starting or has adopted no commit; keep trying.",
  },
  tooManyStreams: {
    code: "tooManyStreams",
    message: "This process serves as many streams as it may.",
    fix: "Keep trying with back-off; raise the limit or add a process.",
  },
  badSignature: {
    code: "badSignature",
    message: "The signature does not fit the body.",
    fix: "Send X-Hub-Signature-256 made with the hook secret of this server.",
  },
  internal: { code: "internal", message: "Something went wrong inside the server.", fix: "Try again; if it stays, look into the server's log." },
};
