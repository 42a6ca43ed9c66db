import { count } from "./counting.ts";
import type { KillListing } from "./console-data.ts";
import { flagName } from "./flag-name.ts";
import { holdWords } from "./hold-words.ts";
import type { Cell, CellReason, CellState, HoldView } from "./release-data.ts";
import { listOf } from "./list-words.ts";
import { capital, rolesIn, versionList, whySentence } from "./release-sentences.ts";
import { dayKey, dayOf, whenOf } from "./when.ts";
import type { StateWord } from "../state-words.ts";

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

/** What a cell looks like: nobody is left out of a draft, it only is none yet; what waits because its release is paused is paused, as the release is. */
export function cellLook({ state, reasons }: Cell): StateWord {
  if (reasons.some(({ kind }) => kind === "draft")) return "draft";
  return state.state === "needsDecision" && reasons.some(({ kind }) => kind === "paused") ? "paused" : cellWord[state.state];
}

/** "since Mon 16 Nov", "since today 14:00", "then Fri 4 Dec, 09:00" */
export function cellWhen({ state }: Cell, nowMs: number): string {
  switch (state.state) {
    case "on":
    case "earlyAccess":
    case "offKilled":
      return `since ${dayKey(state.sinceMs) === dayKey(nowMs) ? whenOf(state.sinceMs, nowMs) : dayOf(state.sinceMs, nowMs)}`;
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

export interface ReasonParts {
  readonly waves: readonly { readonly name: string }[];
  /** What is known of a hold: who placed it, and why. */
  readonly holdOf: (id: string) => HoldView | undefined;
  /** What is known of a kill that is in force: who made it, and why. */
  readonly killOf: (id: string) => KillListing | undefined;
  readonly nowMs: number;
}

/** Why a cell is what it is, in one line. */
export function cellWhy(cell: Cell, parts: ReasonParts): string {
  return sentenceOf(cell, parts, () => true);
}

/** The same without what `cellNotes` says once for all who share it. */
export function cellWhyShort(cell: Cell, parts: ReasonParts): string {
  return sentenceOf(cell, parts, (reason) => noteKey(reason) === undefined);
}

function sentenceOf({ state, reasons }: Cell, parts: ReasonParts, isSaid: (reason: CellReason) => boolean): string {
  // Which wave it is comes first; its time only where the state beside it names another one.
  const isWave = ({ kind }: CellReason): boolean => kind === "wave" || kind === "started";
  const ordered = [...reasons.filter(isWave), ...reasons.filter((reason) => !isWave(reason))];
  const saidMs = "atMs" in state ? state.atMs : undefined;
  return capital(
    ordered
      .filter(isSaid)
      .map((reason) => (reason.kind === "wave" && reason.wishedAtMs === saidMs ? `with ${waveNameIn(parts, reason.wave)}` : reasonWords(reason, parts)))
      .join("; "),
  );
}

/** What several customers share, which would fill the page if it stood in every row. */
function noteKey(reason: CellReason): string | undefined {
  switch (reason.kind) {
    case "moved":
      return reason.by.kind === "hold" ? `hold ${reason.by.hold}` : undefined;
    case "killed":
      return `kill ${reason.kill}`;
    case "undecided":
      return `undecided ${JSON.stringify(reason.why)}`;
    case "draft":
    case "ended":
    case "noWave":
    case "wave":
    case "started":
    case "optedIn":
    case "registeredLater":
    case "pinned":
    case "paused":
    case "waitsForApproval":
    case "waitsForVersion":
      return undefined;
  }
}

/** One reason that several customers share, said once, with whom it is about. */
export interface CellNote {
  readonly state: StateWord;
  readonly text: string;
}

/** The reasons that the rows leave out, in the order in which they come: whom they are about, by name where they are few, and the whole sentence. */
export function cellNotes(cells: readonly Cell[], parts: ReasonParts, nameOf: (customer: string) => string): readonly CellNote[] {
  const found = new Map<string, { readonly reason: CellReason; readonly customers: string[] }>();
  for (const { customer, reasons } of cells)
    for (const reason of reasons) {
      const key = noteKey(reason);
      if (key === undefined) continue;
      const note = found.get(key) ?? { reason, customers: [] };
      found.set(key, note);
      note.customers.push(customer);
    }
  return [...found.values()].map(({ reason, customers }) => noteOf(reason, customers.length <= NAMES_SAID ? customers.map(nameOf) : customers.length, parts));
}

/** Customers named in a note; more are counted. */
const NAMES_SAID = 4;

function noteOf(reason: CellReason, whom: readonly string[] | number, parts: ReasonParts): CellNote {
  const n = typeof whom === "number" ? whom : whom.length;
  const who = typeof whom === "number" ? count(whom, "customer") : listOf(whom);
  const words = reasonWords(reason, parts);
  if (reason.kind === "killed") return { state: "killed", text: `${who} ${n === 1 ? "does" : "do"} not have it: ${words}.` };
  if (reason.kind === "undecided") return { state: "asks", text: `${who} ${n === 1 ? "waits" : "wait"} for a decision. ${capital(words)}.` };
  return { state: "held", text: `${who} ${n === 1 ? "is" : "are"} ${words}.` };
}

const waveNameIn = ({ waves }: ReasonParts, wave: number): string => waves[wave]?.name ?? `Wave ${wave + 1}`;

function reasonWords(reason: CellReason, parts: ReasonParts): string {
  const { holdOf, killOf, nowMs } = parts;
  const name = (wave: number): string => waveNameIn(parts, wave);
  switch (reason.kind) {
    case "draft":
      return "the release is a draft";
    case "ended":
      return `the release is ${reason.how === "rolledBack" ? "rolled back" : reason.how === "completed" ? "complete" : "cancelled"}`;
    case "noWave":
      return "no wave of the plan is for this customer";
    case "wave":
      return `with ${name(reason.wave)}, planned for ${whenOf(reason.wishedAtMs, nowMs)}`;
    case "moved":
      return movedWords(reason.by, holdOf, nowMs);
    case "started":
      return `with ${name(reason.wave)}`;
    case "optedIn":
      return "had it switched on early";
    case "registeredLater":
      return `with ${name(reason.wave)}, which takes in new customers`;
    case "pinned":
      return `${flagName(reason.flag)} is fixed at ${reason.serve} until ${whenOf(reason.untilMs, nowMs)}`;
    case "killed":
      return killedWords(killOf(reason.kill), reason.atMs, nowMs);
    case "paused":
      return reason.by === "kill" ? "paused by a kill" : "paused";
    case "waitsForApproval":
      return `starts only if ${rolesIn(reason.roles)} ${reason.roles.length === 1 ? "agrees" : "agree"}`;
    case "waitsForVersion":
      return `starts only if ${versionList(reason.needs)} ${reason.needs.length === 1 ? "runs" : "run"} by then`;
    case "undecided":
      return reason.why.map((why) => whySentence(why, nowMs).replace(/\.$/, "")).join("; ");
  }
}

/** "killed today 11:20 by Inês Moura: notes are cut off" */
function killedWords(kill: KillListing | undefined, atMs: number, nowMs: number): string {
  const by = kill?.by === undefined ? "" : ` by ${kill.by}`;
  const why = kill === undefined ? "" : kill.reason === undefined ? "; no reason was given" : `: ${kill.reason.replace(/[.]$/, "")}`;
  return `killed ${whenOf(atMs, nowMs)}${by}${why}`;
}

function movedWords(by: Extract<CellReason, { readonly kind: "moved" }>["by"], holdOf: ReasonParts["holdOf"], nowMs: number): string {
  switch (by.kind) {
    case "closedHours":
      return "moved into the hours in which it may start";
    case "freeze":
      return `moved by a release freeze until ${whenOf(by.untilMs, nowMs)}`;
    case "hold":
      return `on hold until ${whenOf(by.untilMs, nowMs)}${holdWords(holdOf(by.hold) ?? {})}`;
  }
}
