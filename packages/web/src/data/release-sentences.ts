import { count } from "./counting.ts";
import { flagName } from "./flag-name.ts";
import { holdWords } from "./hold-words.ts";
import { plannedSteps } from "./planned-steps.ts";
import type { Cell, CellReason, CellState, Conflict, HoldView, PinView, ReleasePhase, ReleaseView, ApprovingRole, WhyDecide } from "./release-data.ts";
import { roleNames } from "./role-words.ts";
import { dayOf, whenOf } from "./when.ts";
import type { StateWord } from "../state-words.ts";

export { roleNames };

/** What a phase looks like everywhere. */
export const phaseWord: Readonly<Record<ReleasePhase, StateWord>> = {
  draft: "draft",
  planned: "scheduled",
  inProgress: "rolling",
  paused: "paused",
  needsDecision: "asks",
  completed: "completed",
  cancelled: "cancelled",
  rolledBack: "rolledBack",
};

export const cellWord: Readonly<Record<CellState["state"], StateWord>> = {
  notIncluded: "absent",
  scheduled: "scheduled",
  held: "held",
  earlyAccess: "earlyAccess",
  on: "on",
  offKilled: "killed",
  pinned: "pinned",
  needsDecision: "asks",
};

/** "A, B and C" */
export const listOf = (names: readonly string[]): string =>
  names.length <= 1 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;

const roles = (all: readonly ApprovingRole[]): string => listOf(all.map((role) => roleNames[role]));

/** The whole release in one or two sentences with counts and dates. */
export function releaseSentence(release: ReleaseView, nowMs: number): string {
  const { counts, waves, phase } = release;
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const on = (counts.on ?? 0) + (counts.earlyAccess ?? 0);
  const now = phase === "draft" ? "Nobody has it; this is a draft." : `On for ${on} of ${count(all, "customer")}.`;
  if (phase === "completed") return `${now} The release is complete.`;
  if (phase === "cancelled") return `${now} Nothing more will start.`;
  if (phase === "rolledBack") return "It was taken back from everybody.";
  const steps = plannedSteps(release);
  const told = steps.reduce((sum, { customers, isHeld }) => sum + (isHeld ? customers : 0), 0);
  const words = steps.map((step, index) => {
    const isFirst = index === 0;
    const isRest = waves[step.wave]?.everybody === true && told === 0;
    const who = !isRest ? `${step.customers}${isFirst && on === 0 ? "" : " more"}` : isFirst && on === 0 ? "everybody" : `the other ${step.customers}`;
    const gets = !isFirst ? "" : isRest || step.customers !== 1 ? " get it" : " gets it";
    const after = step.isHeld ? ` after ${step.customers === 1 ? "its" : "their"} hold,` : "";
    return `${who}${gets}${after} ${step.isFirstOf ? "from " : ""}${whenOf(step.atMs, nowMs)}`;
  });
  const plan = words.length === 0 ? "" : ` ${capital(told > 0 ? words.join("; ") : listOf(words))}${waiting(release)}.`;
  const held =
    (counts.held ?? 0) <= told
      ? ""
      : ` ${count((counts.held ?? 0) - told, `${told > 0 ? "more " : ""}customer is`, `${told > 0 ? "more " : ""}customers are`)} on hold.`;
  const pinned = (counts.pinned ?? 0) === 0 ? "" : ` ${count(counts.pinned ?? 0, "customer is", "customers are")} pinned.`;
  return `${now}${phase === "paused" ? " It is paused: nothing new starts." : plan}${held}${pinned}`;
}

function waiting({ phase, missingApprovals }: ReleaseView): string {
  if (phase === "draft") return " once it is planned";
  if (phase === "needsDecision") return ", if you say how to go on";
  return missingApprovals.length === 0 ? "" : `, if ${roles(missingApprovals)} ${missingApprovals.length === 1 ? "agrees" : "agree"}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Why a release waits for a person. */
export function whySentence(why: WhyDecide, nowMs: number): string {
  switch (why.why) {
    case "missed":
      return `The start of ${whenOf(why.dueAtMs, nowMs)} was missed by more than 15 minutes, and nothing starts late by itself.`;
    case "approvalMissing":
      return `${roles(why.roles)} had not agreed when it was time.`;
    case "approvalEnded":
      return `${roleNames[why.role]} had agreed, until ${whenOf(why.endedAtMs, nowMs)}; nobody agreed again before it was time.`;
    case "deploymentMissing":
      return `${why.service} ${why.version} was not deployed when it was time.`;
    case "bakeNotOver":
      return why.overAtMs > 8e15 ? "The wave before has not begun." : `The wave before is watched until ${whenOf(why.overAtMs, nowMs)}.`;
    case "flagInvalid":
      return `The flag ${why.flag} cannot serve what the release asks for.`;
    case "frozen":
      return "Its start lies in a release freeze.";
  }
}

/** "agreed Tue 1 Dec, which ends Thu 31 Dec": what became of one role's word for this plan. */
export function agreedSentence(given: Pick<ReleaseView["approvals"][number], "atMs" | "untilMs">, isAsked: boolean, nowMs: number): string {
  const agreed = `agreed ${dayOf(given.atMs, nowMs)}`;
  if (given.untilMs <= nowMs) return `${agreed}, which ended ${whenOf(given.untilMs, nowMs)}`;
  return `${agreed}, which ends ${whenOf(given.untilMs, nowMs)}${isAsked ? ", before the next start" : ""}`;
}

/** "since 16 Nov", "today 14:00", "until Fri 4 Dec" */
export function cellWhen({ state }: Cell, nowMs: number): string {
  switch (state.state) {
    case "on":
    case "earlyAccess":
    case "offKilled":
      return `since ${dayOf(state.sinceMs, nowMs)}`;
    case "pinned":
      return `until ${whenOf(state.untilMs, nowMs)}`;
    case "scheduled":
      return whenOf(state.atMs, nowMs);
    case "held":
      return `then ${whenOf(state.atMs, nowMs)}`;
    case "notIncluded":
    case "needsDecision":
      return "";
  }
}

interface ReasonParts {
  readonly waves: readonly { readonly name: string }[];
  /** What is known of a hold: who placed it, and why. */
  readonly holdOf: (id: string) => HoldView | undefined;
  readonly nowMs: number;
}

/** Why a cell is what it is, in one line. */
export function cellWhy({ reasons }: Cell, parts: ReasonParts): string {
  return capital(reasons.map((reason) => reasonWords(reason, parts)).join("; "));
}

function reasonWords(reason: CellReason, { waves, holdOf, nowMs }: ReasonParts): string {
  const name = (wave: number): string => waves[wave]?.name ?? `Wave ${wave + 1}`;
  switch (reason.kind) {
    case "draft":
      return "the release is a draft";
    case "ended":
      return `the release is ${reason.how === "rolledBack" ? "rolled back" : reason.how}`;
    case "noWave":
      return "no wave is for this customer";
    case "wave":
      return `${name(reason.wave)}, planned for ${whenOf(reason.wishedAtMs, nowMs)}`;
    case "moved":
      return movedWords(reason.by, holdOf, nowMs);
    case "started":
      return name(reason.wave);
    case "optedIn":
      return "opted in";
    case "registeredLater":
      return `${name(reason.wave)}, which takes in new customers`;
    case "pinned":
      return `${flagName(reason.flag)} is fixed at ${reason.serve} until ${whenOf(reason.untilMs, nowMs)}`;
    case "killed":
      return "killed";
    case "paused":
      return reason.by === "kill" ? "paused by a kill" : "paused";
    case "waitsForApproval":
      return `starts only if ${roles(reason.roles)} ${reason.roles.length === 1 ? "agrees" : "agree"}`;
    case "undecided":
      return reason.why.map((why) => whySentence(why, nowMs).replace(/\.$/, "")).join("; ");
  }
}

function movedWords(by: Extract<CellReason, { readonly kind: "moved" }>["by"], holdOf: ReasonParts["holdOf"], nowMs: number): string {
  switch (by.kind) {
    case "closedHours":
      return "moved into open hours";
    case "freeze":
      return `moved by a release freeze until ${whenOf(by.untilMs, nowMs)}`;
    case "hold":
      return `on hold until ${whenOf(by.untilMs, nowMs)}${holdWords(holdOf(by.hold) ?? {})}`;
  }
}

/** "By Priya, because the demo is on Thursday." */
export function pinWhy({ who, reason }: PinView): string {
  const by = who === undefined ? "" : `By ${who}`;
  const because = reason === undefined ? "" : `because: ${reason.trim().replace(/[.]$/, "")}`;
  const said = [by, because].filter((part) => part !== "").join(", ");
  return said === "" ? "Whoever placed it, and why, has been erased." : `${capital(said)}.`;
}

/** What people should know about a plan before they mean it. */
export function conflictSentence(conflict: Conflict, waveName: (wave: number) => string, nameOf: (customer: string) => string): string {
  switch (conflict.kind) {
    case "held": {
      const { customers } = conflict;
      const names = customers.slice(0, NAMES_SHOWN).map(nameOf);
      const more = customers.length - names.length;
      return `${listOf(more > 0 ? [...names, `${more} more`] : names)} ${customers.length === 1 ? "is on hold and gets" : "are on hold and get"} it later.`;
    }
    case "asks":
      return `${waveName(conflict.wave)} will not start by itself: ${count(conflict.customers, "customer waits", "customers wait")} for a decision.`;
    case "flag":
      return conflict.problem;
    case "twoWorkflowChanges":
      return `${count(conflict.customers, "customer gets", "customers get")} "${conflict.title}" within five days of this one: two changes of how they work.`;
  }
}

/** Names in a sentence; the rest is counted. */
const NAMES_SHOWN = 4;
