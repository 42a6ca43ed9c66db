import { count } from "./counting.ts";
import { flagName } from "./flag-name.ts";
import { frozenSentence } from "./freeze-words.ts";
import { laterSteps, type LaterSteps, plannedSteps } from "./planned-steps.ts";
import type { Conflict, PinView, ReleasePhase, ReleaseView, ApprovingRole, WhyDecide } from "./release-data.ts";
import { listOf } from "./list-words.ts";
import { roleNames } from "./role-words.ts";
import { dayOf, whenOf, zoneTitle } from "./when.ts";
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

/** What else stands beside that word, wherever a release's state stands. */
export const phaseMore = ({ phase, pausedBy }: Pick<ReleaseView, "phase" | "pausedBy">): string | undefined =>
  phase === "paused" && pausedBy === "kill" ? "by a kill" : undefined;

/** "site-api 4.19.0 and web 2026.47" */
export const versionList = (needed: ReleaseView["missingVersions"]): string => listOf(needed.map(({ service, version }) => `${service} ${version}`));

export const rolesIn = (all: readonly ApprovingRole[]): string => listOf(all.map((role) => roleNames[role]));

/** Waves that one sentence tells. */
const WAVES_TOLD = 2;

/** The whole release in a few sentences with counts and dates. */
export function releaseSentence(release: ReleaseView, nowMs: number): string {
  const now = reachSentence(release);
  switch (release.phase) {
    case "completed":
      return `${now} The release is complete.`;
    case "cancelled":
      return `${now} It is cancelled: nothing more of it starts.`;
    case "rolledBack":
      return "It was taken back from everybody.";
    case "paused":
      return `${now} It is paused: nothing new starts until ${release.killedBy.length > 0 ? "the kill is lifted and " : ""}somebody goes on with it.`;
    case "needsDecision":
      return `${now}${missedSentence(release, nowMs)}`;
    case "draft":
    case "planned":
    case "inProgress":
      return `${now}${aheadSentence(release, nowMs)}${frozenSentence(release, nowMs)}`;
  }
}

/** Who has it now. */
function reachSentence({ counts, phase }: ReleaseView): string {
  if (phase === "draft") return "Nobody has it; this is a draft.";
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const early = counts.earlyAccess ?? 0;
  const on = (counts.on ?? 0) + early;
  const killed = counts.offKilled ?? 0;
  const pinned = (counts.pinned ?? 0) === 0 ? "" : ` ${count(counts.pinned ?? 0, "customer has", "customers have")} a pinned feature.`;
  if (killed > 0) return `Killed for ${killed} of ${count(all, "customer")}${on === 0 ? "" : `, on for ${on}`}.${pinned}`;
  const has = on === 0 ? "Nobody has it yet" : on === all && on > 1 ? `On for all ${on} customers` : `On for ${on} of ${count(all, "customer")}`;
  return `${has}${early === 0 ? "" : `, ${early} of them early`}.${pinned}`;
}

/** Who gets it next, when, and what that waits for. */
function aheadSentence(release: ReleaseView, nowMs: number): string {
  const { waves, phase, missingApprovals, missingVersions } = release;
  const has = (release.counts.on ?? 0) + (release.counts.earlyAccess ?? 0);
  const steps = plannedSteps(release, WAVES_TOLD);
  const told = steps.reduce((sum, { customers, isHeld }) => sum + (isHeld ? customers : 0), 0);
  const words = steps.map((step, index) => {
    const isFirst = index === 0;
    const isRest = waves[step.wave]?.everybody === true && told === 0;
    const isAnybody = isFirst && has === 0;
    const who = !isRest ? `${step.customers}${isAnybody ? "" : " more"}` : isAnybody ? "everybody" : `the other ${step.customers}`;
    const gets = !isFirst ? "" : isRest || step.customers !== 1 ? " get it" : " gets it";
    const after = step.isHeld ? ` after ${step.customers === 1 ? "its" : "their"} hold,` : "";
    return `${who}${isRest && isAnybody ? " gets it" : gets}${after} ${step.isFirstOf ? "from " : ""}${whenOf(step.atMs, nowMs)}`;
  });
  const later = laterSteps(release, WAVES_TOLD);
  if (later !== undefined) words.push(`${later.customers} more ${later.atOnce ? "" : "by "}${whenOf(later.lastAtMs, nowMs)}${heldAmong(later)}`);
  const more = (release.counts.held ?? 0) - told - (later?.held ?? 0);
  const held = more <= 0 ? "" : ` ${count(more, `${told > 0 ? "more " : ""}customer is`, `${told > 0 ? "more " : ""}customers are`)} on hold.`;
  if (words.length === 0) return held;
  const agree = missingApprovals.length === 0 ? [] : [`${rolesIn(missingApprovals)} ${missingApprovals.length === 1 ? "agrees" : "agree"}`];
  const runs = missingVersions.length === 0 ? [] : [`${versionList(missingVersions)} ${missingVersions.length === 1 ? "runs" : "run"} by then`];
  const ifs = listOf([...agree, ...runs]);
  const waits = phase === "draft" ? " once it is planned" : ifs === "" ? "" : `, if ${ifs}`;
  return ` ${capital(told > 0 ? words.join("; ") : listOf(words))}${waits}.${held}`;
}

const heldAmong = ({ customers, held }: LaterSteps): string => (held === 0 ? "" : held === customers ? " after a hold" : ` (${held} of them after a hold)`);

function missedSentence(release: ReleaseView, nowMs: number): string {
  const steps = plannedSteps(release, WAVES_TOLD);
  const [first] = steps;
  if (first === undefined) return " It waits for a decision.";
  const who = first.customers === 1 ? "1 customer was" : `${first.customers} customers were`;
  const held = first.isHeld ? undefined : steps.find(({ wave, isHeld }) => isHeld && wave === first.wave);
  const later =
    held === undefined
      ? ""
      : `, and ${held.customers} more after ${held.customers === 1 ? "its" : "their"} hold, ${held.isFirstOf ? "from " : ""}${whenOf(held.atMs, nowMs)}`;
  const behind = release.starts.reduce((sum, { customers }) => sum + customers, 0) - first.customers - (held?.customers ?? 0);
  const others = behind === 0 ? "" : ` ${count(behind, "more customer comes", "more customers come")} after ${first.customers === 1 ? "it" : "them"}.`;
  return ` It waits for a decision: ${who} to get it ${whenOf(first.atMs, nowMs)}${later}.${others}`;
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Why a release waits for a person. */
export function whySentence(why: WhyDecide, nowMs: number): string {
  switch (why.why) {
    case "missed":
      return `The start of ${whenOf(why.dueAtMs, nowMs)} was missed by more than 15 minutes, and nothing starts late by itself.`;
    case "approvalMissing":
      return `${rolesIn(why.roles)} had not agreed when it was time.`;
    case "approvalEnded":
      return `${roleNames[why.role]} had agreed, until ${whenOf(why.endedAtMs, nowMs)}; nobody agreed again before it was time.`;
    case "deploymentMissing":
      return `${why.service} ${why.version} was not deployed when it was time.`;
    case "bakeNotOver":
      return why.overAtMs > 8e15 ? "The wave before has not begun." : `The wave before is watched until ${whenOf(why.overAtMs, nowMs)}.`;
    case "flagInvalid":
      return `The flag ${why.flag} cannot serve what the release asks for.`;
    case "drillMissing":
      return `${drillWords(why, nowMs)} ${howToDrill(why)}`;
    case "frozen":
      return "Its start lies in a release freeze.";
  }
}

type DrillMissing = Extract<WhyDecide, { readonly why: "drillMissing" }>;

/** What the environment asks for, and what came of the last drill. */
function drillWords({ environment, withinDays, last }: DrillMissing, nowMs: number): string {
  const asked = `Nothing reaches everybody in ${environment} unless a kill was tried there within ${count(withinDays, "day")}`;
  if (last === undefined) return `${asked}, and none ever was.`;
  if (last.of === 0) return `${asked}: at the last drill, ${whenOf(last.atMs, nowMs)}, no process was connected.`;
  if (last.confirmed < last.of)
    return `${asked}: at the last drill, ${whenOf(last.atMs, nowMs)}, ${last.confirmed} of ${count(last.of, "process", "processes")} confirmed.`;
  if (last.cutOff !== undefined) return `${asked}: at the last drill, ${whenOf(last.atMs, nowMs)}, ${count(last.cutOff, "relay was", "relays were")} cut off.`;
  return `${asked}: the last drill was ${whenOf(last.atMs, nowMs)}.`;
}

const howToDrill = ({ environment, flag }: DrillMissing): string =>
  flag === undefined
    ? `sluice.yaml names no flag to drill with there: an engineer adds one under drills.`
    : `Drill with ${flagName(flag)} on the page Kill, or by sluice drill --environment ${environment}.`;

const small = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** "agreed on Tue 1 Dec, counts until Thu 31 Dec, 09:00": what became of one role's word for this plan. */
export function agreedSentence(given: Pick<ReleaseView["approvals"][number], "atMs" | "untilMs">, isAsked: boolean, nowMs: number): string {
  const agreed = `agreed on ${dayOf(given.atMs, nowMs)}`;
  if (given.untilMs <= nowMs) return `${agreed}, which counted until ${whenOf(given.untilMs, nowMs)}`;
  return `${agreed}, counts until ${whenOf(given.untilMs, nowMs)}${isAsked ? ", not until the next start" : ""}`;
}

/** "By Priya, because the demo is on Thursday." */
export function pinWhy({ who, reason }: PinView): string {
  const by = who === undefined ? "" : `By ${who}`;
  const because = reason === undefined ? "" : `because: ${reason.trim().replace(/[.]$/, "")}`;
  const said = [by, because].filter((part) => part !== "").join(", ");
  return said === "" ? "Whoever placed it, and why, has been erased." : `${capital(said)}.`;
}

/** What people should know about a plan before they mean it. */
export function conflictSentence(conflict: Conflict, waveName: (wave: number) => string, nameOf: (customer: string) => string, nowMs: number): string {
  switch (conflict.kind) {
    case "held": {
      return `${namesIn(conflict, nameOf)} ${conflict.of === 1 ? "is on hold and gets" : "are on hold and get"} it later.`;
    }
    case "asks": {
      const because = listOf(conflict.why.map((why) => becauseWords(why, nowMs)));
      return `${waveName(conflict.wave)} will not start by itself${because === "" ? "" : `, because ${because}`}: ${count(conflict.customers, "customer waits", "customers wait")} for a decision${conflict.held === 0 ? "" : `, ${conflict.held} of them on hold`}.`;
    }
    case "flag":
      return conflict.problem;
    case "killed":
      return `${listOf(conflict.flags.map(flagName))} ${conflict.flags.length === 1 ? "is" : "are"} killed for everybody now: it can be planned once the kill is lifted.`;
    case "noZone": {
      const own = conflict.of === 1;
      return `${namesIn(conflict, nameOf)} ${own ? "has" : "have"} no time zone: ${own ? "its" : "their"} start goes by the plan's own clock, ${zoneTitle(conflict.zone)}. A list with ${own ? "its" : "their"} zone, imported before, changes that.`;
    }
    case "nobody":
      return `${waveName(conflict.wave)} reaches nobody: 0 customers belong to it.`;
    case "twoWorkflowChanges":
      return `${count(conflict.customers, "customer gets", "customers get")} "${conflict.title}" within five days of this one: two changes of how they work.`;
  }
}

/** The first names, and how many more. */
function namesIn({ customers, of }: { readonly customers: readonly string[]; readonly of: number }, nameOf: (customer: string) => string): string {
  const names = customers.slice(0, NAMES_SHOWN).map(nameOf);
  return listOf(of > names.length ? [...names, `${of - names.length} more`] : names);
}

/** Why it would wait for a person, before it does. */
function becauseWords(why: WhyDecide, nowMs: number): string {
  switch (why.why) {
    case "missed":
      return "its time is over";
    case "approvalMissing":
      return `${rolesIn(why.roles)} ${why.roles.length === 1 ? "has" : "have"} not agreed`;
    case "approvalEnded":
      return `by then the agreement of ${roleNames[why.role]} is over`;
    case "deploymentMissing":
      return `${why.service} ${why.version} does not run yet`;
    case "bakeNotOver":
      return "the wave before is still watched then";
    case "flagInvalid":
      return `the flag ${why.flag} cannot serve it`;
    case "drillMissing":
      return `${small(drillWords(why, nowMs))} ${howToDrill(why)}`.replace(/[.]$/, "");
    case "frozen":
      return "its start lies in a release freeze";
  }
}

/** Names in a sentence; the rest is counted. */
const NAMES_SHOWN = 4;
