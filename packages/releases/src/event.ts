import type { KillScope } from "@sluice/evaluation";
import type { Customer } from "./customer/customer.ts";
import type { KillTarget } from "./decide/kill-target.ts";
import type { GuardDeed, WhyHeldBack } from "./guard/harm.ts";
import type { ApprovingRole, ReleaseContent, Risk } from "./plan/release-content.ts";
import type { WhyDecide } from "./plan/release-state.ts";
import type { Role } from "./policy.ts";
import type { Aliases, Renamed } from "./rename/aliases.ts";

/** What became of a key of programs. */
export type SdkKeyChange = "made" | "ended";

/** What became of an account. A removed one cannot sign in any more; what it decided stays. */
export type AccountChange = "invited" | "roleChanged" | "removed" | "unlocked" | "signedOut";

/** `[path, git blob id]`, or `[path, ""]` where the file is gone. */
export type FileChange = readonly [path: string, blob: string];

/** What a revert is of. */
export type RevertTarget = { readonly flag: string } | { readonly segment: string };

/** A flag that stays at an earlier form in one environment, with every file that form was made of. */
export interface KeptFlag {
  readonly flag: string;
  readonly environment: string;
  /** The flag's file, the segments it uses and `sluice.yaml`, as they were when the form was adopted. */
  readonly blobs: readonly FileChange[];
  readonly why:
    | "broken"
    | "brokenSegment"
    | "brokenProject"
    | "deletedWhileKilled"
    | "deletedWhileExposed"
    | "deletedWhileAsked"
    | "massRemoval"
    | "enlargement";
  /** Of an enlargement: the files of the form that waits for a person. `blobs` is empty where nothing was served before. */
  readonly waits?: readonly FileChange[];
  /** A person has said no to exactly this form. */
  readonly refused?: true;
  /** Of a former key that Git no longer names: the flag whose answers it goes on giving. `blobs` is empty then. */
  readonly aliasOf?: string;
}

/** What of `sluice.yaml` a commit takes from under decisions. */
export interface Moves {
  /** Environments that would be gone, and with them every flag there. */
  readonly gone?: readonly string[];
  /** Where the customer's key was read from, and where it would be. */
  readonly customer?: { readonly was: string; readonly is: string };
}

/** What one environment served before decisions were lost: by epoch the last place, and by journal the highest adopted counter. */
export interface SeenBefore {
  readonly epochs: Readonly<Record<string, number>>;
  readonly journals?: Readonly<Record<string, number>>;
}

/**
 * What was decided, without anything that a person may ask to have erased. Compile reads these and nothing else.
 * One kind, one meaning; a kind is never reused for another meaning.
 */
export type Facts =
  | { readonly kind: "projectCreated"; readonly project: string; readonly salts: Readonly<Record<string, string>> }
  /** A commit is served from here on, but for `kept`. `changed` is relative to the commit adopted before; `environments` are those in force. */
  | {
      readonly kind: "commitAdopted";
      readonly commit: string;
      /** Name of the further source whose commit it is; absent for the main one, whose `sluice.yaml` is the project's. */
      readonly source?: string;
      readonly changed: readonly FileChange[];
      readonly kept: readonly KeptFlag[];
      /** Salt of each environment seen for the first time. */
      readonly salts?: Readonly<Record<string, string>>;
      /** Former key → key, of every former key that is answered from here on; absent where there is none. */
      readonly aliases?: Aliases;
      /** Flags that go on under another key: what was decided about `from` holds for `to`. */
      readonly renamed?: readonly Renamed[];
    }
  /** A commit that removes too much, or moves what decisions stand on, waits for a person; nothing of it is served. */
  | { readonly kind: "commitHeld"; readonly commit: string; readonly source?: string; readonly removed: number; readonly of: number; readonly moves?: Moves }
  /** A person lets the form that Git has through, or says no to it: then it stays drift until the file changes. */
  | {
      readonly kind: "enlargementDecided";
      readonly environment: string;
      readonly flag: string;
      readonly isAccepted: boolean;
      readonly form: readonly FileChange[];
    }
  | {
      readonly kind: "flagsKilled";
      readonly kill: string;
      readonly environment: string;
      readonly flags: readonly string[];
      /** What the flags were expanded from; of those that are killed, `flags` alone speaks. */
      readonly of?: KillTarget;
      readonly scope?: KillScope;
      /** Wall-clock milliseconds after which the kill asks to be looked at; it never lifts by itself. */
      readonly reviewAtMs?: number;
      /** It was made on purpose, to see how far a kill comes: whoever made it lifts it again. */
      readonly drill?: true;
      /** Set when an emergency kill is adopted into the log. */
      readonly journal?: string;
      readonly counter?: number;
    }
  /**
   * A drill is over: of so many connected processes so many had confirmed, the last of them after `allMs` where all had; `cutOff` relays, and
   * whoever is behind them, could not be asked.
   */
  | {
      readonly kind: "drillEnded";
      readonly kill: string;
      readonly environment: string;
      readonly of: number;
      readonly confirmed: number;
      readonly cutOff?: number;
      readonly allMs?: number;
    }
  /** A guard has found harm: what it did about it, and why not more; `kills` are those that it placed before. */
  | {
      readonly kind: "harmFound";
      readonly guard: string;
      readonly environment: string;
      readonly flag: string;
      readonly did: GuardDeed;
      /** What it has seen, in counts and shares. */
      readonly words: string;
      readonly heldBack?: WhyHeldBack;
      readonly harmed?: number;
      readonly of?: number;
      readonly kills?: readonly string[];
    }
  /** Teams that own flags of the kill were told of it. */
  | { readonly kind: "ownersTold"; readonly kill: string; readonly environment: string; readonly teams: readonly string[] }
  /** One person wants the kill lifted, where that takes two: it stays in force until another says so too. */
  | { readonly kind: "liftAsked"; readonly kill: string; readonly environment: string }
  /** Somebody has said no to the lift that was asked for: the kill stays, and whoever wants it lifted asks anew. */
  | { readonly kind: "liftRefused"; readonly kill: string; readonly environment: string }
  | {
      readonly kind: "killLifted";
      readonly kill: string;
      readonly environment: string;
      readonly undo?: boolean;
      /** The commit that made it permanent: by it everybody gets the off variant, so the end of the kill changes nobody's answer. */
      readonly commit?: string;
    }
  /** Somebody has looked at a kill and wants it to stay: it asks again at `untilMs`. */
  | { readonly kind: "killKept"; readonly kill: string; readonly environment: string; readonly untilMs: number }
  /** The flag is served in an earlier adopted form until Git agrees or `revertEnded`. */
  | {
      readonly kind: "flagReverted";
      readonly revert: string;
      readonly environment: string;
      readonly flag: string;
      readonly toSeq: number;
      readonly blobs: readonly FileChange[];
    }
  /** The segment is served in an earlier adopted form, to every flag that asks it, until Git agrees or `revertEnded`. */
  | {
      readonly kind: "segmentReverted";
      readonly revert: string;
      readonly environment: string;
      readonly segment: string;
      readonly toSeq: number;
      readonly blobs: readonly FileChange[];
    }
  /** A revert of the flag or the segment that gives a release to more people: nothing of it is served until somebody decides. */
  | {
      readonly kind: "revertAsked";
      readonly revert: string;
      readonly environment: string;
      readonly of: RevertTarget;
      readonly toSeq: number;
      readonly blobs: readonly FileChange[];
    }
  | { readonly kind: "revertDecided"; readonly revert: string; readonly environment: string; readonly isAccepted: boolean }
  | { readonly kind: "revertEnded"; readonly revert: string; readonly environment: string }
  /** What completed releases gave of the flag is dropped: the adopted definition gives the same to everybody. */
  | { readonly kind: "exposureSettled"; readonly environment: string; readonly flag: string; readonly serve: string }
  /** Members join and leave a runtime list, by their hashes in that environment. */
  | {
      readonly kind: "listChanged";
      readonly environment: string;
      readonly list: string;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    }
  /** A change of a list that gives a release to more people: nothing of it counts until somebody decides. */
  | {
      readonly kind: "listChangeAsked";
      readonly change: string;
      readonly environment: string;
      readonly list: string;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    }
  | { readonly kind: "listChangeDecided"; readonly change: string; readonly environment: string; readonly list: string; readonly isAccepted: boolean }
  /** `seen`: by environment, how far what was served had come before the loss was found, and which counters of journals it listed. */
  | {
      readonly kind: "epochStarted";
      readonly epoch: string;
      readonly replaces: readonly string[];
      readonly seen?: Readonly<Record<string, SeenBefore>>;
    }
  /** Customers as they are from here on; `removed` are erased or merged into another. Names and keys stand in the registry alone. */
  | { readonly kind: "customersChanged"; readonly set: readonly Customer[]; readonly removed?: readonly string[] }
  /**
   * A release as it is from here on: a new one is a draft. `toSeq`: an earlier plan came back, as it was saved there; `agreed`: who had agreed to
   * this very content, which counts again.
   */
  | {
      readonly kind: "releaseSaved";
      readonly release: string;
      readonly content: ReleaseContent;
      readonly contentHash: string;
      readonly toSeq?: number;
      readonly agreed?: readonly { readonly role: ApprovingRole; readonly atMs: number; readonly untilMs: number }[];
    }
  /** The plan is meant: from here on its waves start when their time comes. */
  | { readonly kind: "releasePlanned"; readonly release: string }
  | {
      readonly kind: "releaseApproved";
      readonly release: string;
      readonly role: ApprovingRole;
      readonly contentHash: string;
      /** When it ends; absent: 30 days later. */
      readonly untilMs?: number;
    }
  /** Somebody who was asked to agree wants another plan, and says in words which. It decides nothing: the plan stays as it is. */
  | { readonly kind: "releaseChangeAsked"; readonly release: string; readonly role: ApprovingRole; readonly contentHash: string }
  /** Whoever answered for it has no account any more: this account answers for it from here on. The plan, and who agreed to it, stay as they are. */
  | { readonly kind: "releaseTakenOver"; readonly release: string; readonly owner: string }
  | { readonly kind: "releasePaused"; readonly release: string }
  | { readonly kind: "releaseResumed"; readonly release: string }
  /** A start did not happen: a person says how to go on. */
  | { readonly kind: "releaseUndecided"; readonly release: string; readonly wave: number; readonly why: readonly WhyDecide[] }
  /**
   * A person sets the start of a wave anew; the pending waves behind it move by `shiftMs`. Of a wave that is live, the start of those
   * who do not have it yet. `freezeMs`: by how much a freeze moves the waves before it, and this one with them, which is in `startAtMs`.
   */
  | {
      readonly kind: "waveMoved";
      readonly release: string;
      readonly wave: number;
      readonly startAtMs: number;
      readonly shiftMs: number;
      readonly freezeMs?: number;
    }
  /** Completed: nothing is left to start. Cancelled: whoever has it keeps it. Rolled back: its exposure is dropped. */
  | { readonly kind: "releaseEnded"; readonly release: string; readonly how: "completed" | "cancelled" | "rolledBack" }
  /** The first instant of a wave: who belongs to it, and who of them has it now. */
  | {
      readonly kind: "waveStarted";
      readonly release: string;
      readonly wave: number;
      readonly environment: string;
      readonly members: readonly string[];
      readonly exposed: readonly string[];
      readonly rest?: boolean;
      /** By how much freezes moved it, and every wave behind it: for good, now that it has begun. */
      readonly shiftMs?: number;
    }
  | {
      readonly kind: "customersExposed";
      readonly release: string;
      readonly wave: number;
      readonly environment: string;
      readonly customers: readonly string[];
    }
  | {
      readonly kind: "holdPlaced";
      readonly hold: string;
      readonly environment: string;
      readonly customers: readonly string[];
      readonly fromMs: number;
      readonly untilMs: number;
      readonly releases?: readonly string[];
      readonly risks?: readonly Risk[];
    }
  | { readonly kind: "holdLifted"; readonly hold: string }
  | {
      readonly kind: "freezeDeclared";
      readonly freeze: string;
      readonly environment: string;
      readonly fromMs: number;
      readonly untilMs: number;
      readonly policy: "ask" | "shift";
    }
  | { readonly kind: "freezeEnded"; readonly freeze: string }
  | { readonly kind: "optedIn"; readonly release: string; readonly environment: string; readonly customer: string; readonly untilMs?: number }
  | { readonly kind: "optedOut"; readonly release: string; readonly environment: string; readonly customer: string; readonly expired?: true }
  /**
   * One customer's fixed answer of one flag until `untilMs`; a newer one of the same flag and customer takes its place. `release`: whose early
   * access let it through, where the customer is neither internal nor a test.
   */
  | {
      readonly kind: "customerPinned";
      readonly pin: string;
      readonly environment: string;
      readonly flag: string;
      readonly customer: string;
      readonly serve: string;
      readonly untilMs: number;
      readonly release?: string;
    }
  | {
      readonly kind: "pinEnded";
      readonly pin: string;
      readonly environment: string;
      readonly flag: string;
      readonly customer: string;
      readonly expired?: true;
    }
  /** Who may do what: names and addresses stand with the accounts, not in the log. */
  | { readonly kind: "accountChanged"; readonly account: string; readonly how: AccountChange; readonly role?: Role }
  /** Programs may ask for what an environment serves with a key, or no longer. `key`: first digits of its SHA-256. `name`: what it is for. */
  | { readonly kind: "sdkKeyChanged"; readonly environment: string; readonly key: string; readonly name: string; readonly how: SdkKeyChange }
  /** A service runs in this version; only what succeeded is a fact here. */
  | {
      readonly kind: "deploymentRecorded";
      readonly service: string;
      readonly environment: string;
      readonly version: string;
      readonly commit?: string;
    };

/** What may be erased later: names, words, addresses. Never read by compile. */
export interface Personal {
  /** Account id or machine actor (`git`, `operator`, `trigger:…`). */
  readonly by: string;
  readonly reason?: string;
  readonly incident?: string;
  /**
   * First digits of the SHA-256 of what was asked for, where facts alone do not tell two requests apart: the same command with
   * another request is refused. Short, so that it confirms nobody's guess about a name.
   */
  readonly wish?: string;
  /** Customer keys behind the hashes in `facts`, for people to read. */
  readonly customers?: readonly string[];
}

/** One row of the decision log. `hash` covers everything but `personal` itself, which it covers through `personalHash`. */
export interface LoggedEvent {
  readonly seq: number;
  readonly epoch: string;
  readonly atMs: number;
  /** Idempotency: one command id has one effect, whatever is retried. Unique in the log with `part`. */
  readonly command: string;
  readonly facts: Facts;
  /** Absent once erased. */
  readonly personal?: Personal;
  /** Hex SHA-256 of `salt + canonical JSON of personal`. The salt is erased with it. */
  readonly personalHash: string;
  readonly salt?: string;
  /** Hash of the event before, 64 zeros for the first. */
  readonly prevHash: string;
  readonly hash: string;
}

/** An event before the store has given it a place. */
export interface Proposal {
  readonly command: string;
  readonly atMs: number;
  readonly facts: Facts;
  readonly personal: Personal;
}
