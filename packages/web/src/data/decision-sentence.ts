import { harmSentence } from "./guard-words.ts";
import { flagName } from "./flag-name.ts";
import { roleWord } from "./role-words.ts";
import { viewerZone } from "./when.ts";

/** One event of the log as the API gives it. */
export interface LoggedDecision {
  readonly seq: number;
  readonly atMs: number;
  readonly facts: Readonly<Record<string, unknown>> & { readonly kind: string };
  readonly personal?: { readonly by: string; readonly reason?: string };
}

const day = new Intl.DateTimeFormat("en-GB", { timeZone: viewerZone, day: "numeric", month: "short", year: "numeric" });
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const names = (value: unknown): string => (Array.isArray(value) ? value.map((one) => flagName(String(one))).join(", ") : "");
const count = (value: unknown, one: string, many: string): string => {
  const n = Array.isArray(value) ? value.length : 0;
  return `${n} ${n === 1 ? one : many}`;
};

/** Why a commit waits as a whole. */
function heldWords({ removed, of, moves = {} }: LoggedDecision["facts"]): string {
  const { gone, customer } = moves as { readonly gone?: readonly string[]; readonly customer?: { readonly is: string } };
  return [
    ...(removed === 0 ? [] : [`removes ${String(removed)} of ${String(of)} flags`]),
    ...(gone === undefined ? [] : [`takes ${gone.join(", ")} away`]),
    ...(customer === undefined ? [] : [`reads the customer from ${customer.is}`]),
  ].join(", and ");
}

/** What a release is called; its id where nobody knows it any more. */
export type TitleOf = (release: string) => string;
const plainTitle: TitleOf = (release) => release;

/** Who an account is; "somebody" where nobody knows any more. */
export type PersonOf = (account: string) => string;
const unnamed: PersonOf = () => "somebody";

/** A decision in one sentence with names and counts; an unknown kind says its name rather than nothing. */
export function decisionSentence({ facts }: LoggedDecision, titleOf: TitleOf = plainTitle, personOf: PersonOf = unnamed): string {
  switch (facts.kind) {
    case "projectCreated":
      return "The project began";
    case "commitAdopted": {
      const kept = Array.isArray(facts["kept"]) && facts["kept"].length > 0 ? `, ${count(facts["kept"], "flag stays", "flags stay")} at an earlier form` : "";
      return `Commit ${commitName(facts)} is served: ${count(facts["changed"], "file", "files")} changed${kept}`;
    }
    case "commitHeld":
      return `Commit ${commitName(facts)} waits for a person: it ${heldWords(facts)}`;
    case "exposureSettled":
      return `${flagName(text(facts["flag"]))} is ${text(facts["serve"])} for everybody in ${text(facts["environment"])} by Git: what releases gave is dropped`;
    case "epochStarted":
      return "A new epoch began";
    case "enlargementDecided":
      return `${facts["isAccepted"] === true ? "Let through" : "Said no to"} what Git says of ${flagName(text(facts["flag"]))} in ${text(facts["environment"])}`;
    case "accountChanged":
      return accountSentence(facts, personOf(text(facts["account"])));
    case "sdkKeyChanged":
      return `${facts["how"] === "ended" ? "Ended" : "Made"} the key "${text(facts["name"])}" of ${text(facts["environment"])} (${text(facts["key"])})`;
    default:
      return killSentence(facts) ?? revertSentence(facts) ?? listSentence(facts) ?? releaseSentence(facts, titleOf) ?? facts.kind;
  }
}

function revertSentence(facts: LoggedDecision["facts"]): string | undefined {
  const [where, then] = [text(facts["environment"]), `to how it was at ${String(facts["toSeq"])}`];
  switch (facts.kind) {
    case "flagReverted":
      return `Reverted ${flagName(text(facts["flag"]))} in ${where} ${then}`;
    case "segmentReverted":
      return `Reverted the segment ${flagName(text(facts["segment"]))} in ${where} ${then}`;
    case "revertAsked":
      return `Asked to revert ${revertedName(facts)} in ${where} ${then}, once somebody lets it through: it gives a release to more`;
    case "revertDecided":
      return `${facts["isAccepted"] === true ? "Let through" : "Said no to"} a revert in ${where}`;
    case "revertEnded":
      return `Followed Git again in ${where}`;
    default:
      return undefined;
  }
}

/** The flag or the segment of a revert that waits. */
function revertedName({ of }: LoggedDecision["facts"]): string {
  const known = typeof of === "object" && of !== null ? (of as { readonly flag?: unknown; readonly segment?: unknown }) : {};
  return known.segment === undefined ? flagName(text(known.flag)) : `the segment ${flagName(text(known.segment))}`;
}

/** A commit, with the source that it is of where that is not the main one. */
function commitName(facts: LoggedDecision["facts"]): string {
  const source = text(facts["source"]);
  return `${text(facts["commit"]).slice(0, 7)}${source === "" ? "" : ` of ${source}`}`;
}

const cutOffWords = (relays: unknown): string => (typeof relays === "number" ? `, ${relays} ${relays === 1 ? "relay was" : "relays were"} cut off` : "");

/** Kills, and what ends them. */
function killSentence(facts: LoggedDecision["facts"]): string | undefined {
  const [kill, environment] = [text(facts["kill"]), text(facts["environment"])];
  switch (facts.kind) {
    case "drillEnded":
      return `Ended the drill in ${environment}: ${String(facts["confirmed"])} of ${String(facts["of"])} processes had confirmed${cutOffWords(facts["cutOff"])}`;
    case "harmFound":
      return harmSentence(facts);
    case "flagsKilled":
      if (facts["drill"] === true) return `Killed ${names(facts["flags"])} in ${environment}, for a drill`;
      return `Killed ${names(facts["flags"])} in ${environment}${facts["scope"] === undefined ? "" : ", for some only"}`;
    case "ownersTold":
      return `Told ${names(facts["teams"])} of kill ${kill} in ${environment}`;
    case "killKept":
      return `Let kill ${kill} stay in ${environment}`;
    case "liftAsked":
      return `Asked for the lift of kill ${kill} in ${environment}, which takes two people`;
    case "liftRefused":
      return `Refused the lift of kill ${kill} in ${environment} that was asked for`;
    case "killLifted":
      if (facts["commit"] !== undefined) return `Kill ${kill} in ${environment} ended: commit ${text(facts["commit"]).slice(0, 7)} made it permanent`;
      return `${facts["undo"] === true ? "Undid" : "Lifted"} kill ${kill} in ${environment}`;
    default:
      return undefined;
  }
}

/** Decisions about who is in a runtime list. */
function listSentence(facts: LoggedDecision["facts"]): string | undefined {
  const where = `the list ${text(facts["list"])} in ${text(facts["environment"])}`;
  const sentences: Readonly<Record<string, () => string>> = {
    listChanged: () => `${listWords(facts)} ${where}`,
    listChangeAsked: () => `${listWords(facts)} ${where}, once somebody lets it through: it gives a release to more`,
    listChangeDecided: () => `${facts["isAccepted"] === true ? "Let through" : "Said no to"} a change of ${where}`,
  };
  return sentences[facts.kind]?.();
}

/** "Put 2 into", "Took 1 out of", or both. */
function listWords(facts: LoggedDecision["facts"]): string {
  const [add, remove] = [facts["add"], facts["remove"]].map((list) => (Array.isArray(list) ? list.length : 0));
  if (remove === 0) return `Put ${add} into`;
  return add === 0 ? `Took ${remove} out of` : `Put ${add} into, and took ${remove} out of,`;
}

function accountSentence(facts: LoggedDecision["facts"], who: string): string {
  const role = facts["role"] === undefined ? "" : ` for ${roleWord(text(facts["role"]))}`;
  const sentences: Readonly<Record<string, string>> = {
    invited: `Invited ${who}${role}`,
    roleChanged: `Gave ${who} the role ${roleWord(text(facts["role"]))}`,
    removed: `Kept ${who} from signing in for good`,
    unlocked: `Let ${who} sign in again after a lock`,
    signedOut: `Signed ${who} out everywhere`,
  };
  return sentences[text(facts["how"])] ?? `Changed the account of ${who}`;
}

/** Decisions about releases, customers, holds and freezes; `undefined` for a kind that a newer server wrote. */
function releaseSentence(facts: LoggedDecision["facts"], titleOf: TitleOf): string | undefined {
  const title = `"${titleOf(text(facts["release"]))}"`;
  const wave = `wave ${Number(facts["wave"] ?? 0) + 1}`;
  const until = typeof facts["untilMs"] === "number" ? ` until ${day.format(facts["untilMs"])}` : "";
  const content = facts["content"] as { readonly title?: string } | undefined;
  const sentences: Readonly<Record<string, () => string>> = {
    customersChanged: () =>
      `Changed ${count(facts["set"], "customer", "customers")}${Array.isArray(facts["removed"]) ? `, removed ${facts["removed"].length}` : ""}`,
    releaseSaved: () =>
      typeof facts["toSeq"] === "number"
        ? `Went back to the plan of "${text(content?.title)}" as it was saved at ${facts["toSeq"]}`
        : `Saved the plan of "${text(content?.title)}"`,
    releasePlanned: () => `Planned ${title}: its waves start when their time comes`,
    releaseApproved: () => `Agreed to ${title} for ${roleWord(text(facts["role"]))}${until}`,
    releaseChangeAsked: () => `Asked for a change of ${title} for ${roleWord(text(facts["role"]))}`,
    releaseTakenOver: () => `Took over ${title}, which had no owner any more`,
    releasePaused: () => `Paused ${title}`,
    releaseResumed: () => `Went on with ${title}`,
    releaseUndecided: () => `${title} did not start ${wave} and waits for a person`,
    waveMoved: () => `Moved ${wave} of ${title}`,
    releaseEnded: () => `${title} is ${facts["how"] === "rolledBack" ? "rolled back" : text(facts["how"])}`,
    waveStarted: () => `Started ${wave} of ${title}: ${count(facts["exposed"], "customer has", "customers have")} it`,
    customersExposed: () => `${count(facts["customers"], "more customer has", "more customers have")} ${title}, ${wave}`,
    holdPlaced: () => `Nothing new for ${count(facts["customers"], "customer", "customers")} in ${text(facts["environment"])}${until}`,
    holdLifted: () => "Lifted a hold",
    freezeDeclared: () => `Release freeze in ${text(facts["environment"])}${until}: deploys go on`,
    freezeEnded: () => "Ended a release freeze",
    optedIn: () => `Opted a customer in to ${title}`,
    optedOut: () => `${facts["expired"] === true ? "Early access ended" : "Opted a customer out"}, ${title}`,
    customerPinned: () => `Pinned ${flagName(text(facts["flag"]))} at ${text(facts["serve"])} for a customer in ${text(facts["environment"])}${until}`,
    pinEnded: () =>
      `${facts["expired"] === true ? "A pin ended" : "Took off a pin"}: ${flagName(text(facts["flag"]))} for a customer in ${text(facts["environment"])}`,
    deploymentRecorded: () => `${text(facts["service"])} ${text(facts["version"])} deployed to ${text(facts["environment"])}: no customer sees a change`,
  };
  return sentences[facts.kind]?.();
}
