import { canonicalJson } from "@sluice/evaluation";
import type { Result } from "@sluice/evaluation";
import { type Decisions, type EnvironmentDecisions, type HeldCommit, killsOf, sourceState } from "../decisions.ts";
import type { FileChange, KeptFlag, Moves, Proposal } from "../event.ts";
import { machineCommand } from "../machine-commands.ts";
import { isBeingReleased } from "../plan/release-state.ts";
import { type Aliases, namesOf, type Renamed } from "../rename/aliases.ts";
import { renameFlags } from "../rename/rename-flags.ts";
import { granted, refused } from "../result.ts";
import type { Refusal } from "../result.ts";
import { personalOf, refusalOf } from "./asking.ts";
import { type OffForAll, permanentKills } from "./permanent-kill.ts";
import type { Asking } from "./asking.ts";

/** A flag of the new commit that has no valid form, and why. */
export interface BrokenFlag {
  readonly flag: string;
  readonly why: "broken" | "brokenSegment" | "brokenProject";
  /** Former keys that its file names; absent where even they cannot be read. */
  readonly aliases?: readonly string[];
}

/** What a commit calls flags that were called otherwise. */
export interface CommitNames {
  /** Former keys that flags of the commit declare and that are answered from here on. */
  readonly aliases: Aliases;
  /** Former keys that were answered until now and that the commit does not declare any more, or whose flag is gone. */
  readonly fading: Aliases;
  /** Flags that go on under another key, from the one that they had. */
  readonly renamed: readonly Renamed[];
}

/** A flag's change that waits for a person: more people would get something (semantics 10). */
export interface Enlarging {
  readonly flag: string;
  readonly environment: string;
  /** The files of the new form. */
  readonly waits: readonly FileChange[];
  /** Why it is not proved harmless, in sentences. */
  readonly why: readonly string[];
}

/** What a commit is, as far as adopting it goes; `summariseCommit` of the snapshot package makes it. */
export interface CommitSummary {
  readonly commit: string;
  /** Name of the further source whose commit it is; absent for the main one. */
  readonly source?: string;
  /** Flags of the tree adopted before that are not of this source: how much a commit removes is counted over its own. */
  readonly flagsElsewhere?: ReadonlySet<string>;
  /** Relative to `decisions.files`, whatever Git calls the parent: a force-push is a change like any other. */
  readonly changed: readonly FileChange[];
  /** Environments that the project names now; those adopted before where the project file is broken. */
  readonly environments: readonly string[];
  readonly names: CommitNames;
  /** Each flag with a valid form in the tree adopted before, by its key now, and the files which that form is made of. */
  readonly formsBefore: ReadonlyMap<string, readonly FileChange[]>;
  /** Every flag in the new tree, valid or not: a file that cannot be read stands for the flag it held before. */
  readonly flagsAfter: ReadonlySet<string>;
  readonly broken: readonly BrokenFlag[];
  readonly enlarging: readonly Enlarging[];
  /** Of flags that are killed for everybody, by environment, those that the new tree gives to nobody. */
  readonly offForAll: readonly OffForAll[];
  /** Environments that flags are served in and that the commit takes away; and where it reads the customer from, if that is another place. */
  readonly moves?: Moves;
}

export interface AdoptWish extends Omit<Asking, "role"> {
  readonly summary: CommitSummary;
  /** By environment: flags that an SDK asked for within `ASKED_WITHIN_MS`. */
  readonly asked: Readonly<Record<string, ReadonlySet<string>>>;
  /** A fresh random salt for each environment of the summary that has none yet. */
  readonly salts: Readonly<Record<string, string>>;
  /** The person who lets a held commit through; absent for the ordinary adoption by `git`. */
  readonly accept?: Pick<Asking, "role">;
}

/** 30 days: how long a deleted flag that is still asked for stays as it was. */
export const ASKED_WITHIN_MS: number = 30 * 24 * 60 * 60 * 1000;

/** A commit that removes a larger part of the flags waits for a person. */
export const REMOVED_SHARE_MAX = 0.2;

/**
 * Adopt a commit of one source, or hold it where it removes more than 20 % of the flags (an emptied branch removes all), takes an environment
 * away, or reads the customer from another place while decisions about single customers are in force: none of it may lift a kill.
 * - A broken flag is kept at the form it is served in now; one that never had a valid form has nothing to keep.
 * - A deleted flag is kept while it is killed there, while a release that is not over gives it to somebody, or was asked for lately: a merge
 *   neither lifts a kill nor takes away what people decided.
 * - A change that enlarges who gets a release is kept at the form that is served, or at none, until a person decides.
 * - A flag that goes on under another key takes along what was decided about it, in this very event: no version is served without.
 * - `kept` is complete: what is not in it is served as the commit says.
 * - A kill for everybody that the commit makes permanent ends, in the same transaction (`permanentKills`).
 * `[]` where nothing would change: the same command, the commit in force with the same list, a commit that waits already, and a commit of a
 * further source that changes none of its definitions, since most of an application's repository is no flag.
 * Refusals, only with `accept`: notAllowed, commitNotHeld, reasonTooLong.
 */
export function decideAdopt(now: Decisions, wish: AdoptWish): Result<readonly Proposal[], Refusal> {
  const { summary, accept } = wish;
  if (now.commands.has(wish.command)) return granted([]);
  // Decided on what the event will leave: a renamed flag has its kills, its exposure and its kept form under its new key.
  const decisions = renameFlags(now, summary.names.renamed);
  if (accept !== undefined) {
    const refusal = refusalOf({ ...wish, role: accept.role }, "acceptHeldCommit") ?? refuseNotHeld(decisions, summary);
    if (refusal !== undefined) return refused(refusal);
  }
  const placed = { command: wish.command, atMs: wish.atMs, personal: personalOf({ ...wish, role: "admin" }) };
  const own = sourceState(decisions, summary.source);
  const source = summary.source === undefined ? {} : { source: summary.source };
  const held = accept === undefined ? whyHeld(decisions, summary) : undefined;
  if (held !== undefined) {
    if (own.held?.commit === summary.commit) return granted([]);
    return granted([{ ...placed, facts: { kind: "commitHeld", commit: summary.commit, ...source, ...held } }]);
  }
  const salts = saltsNeeded(decisions, wish);
  const formerKeys = keptNames(decisions, wish);
  const forms = keptAfter(decisions, wish, new Set(formerKeys.map(({ flag }) => flag)));
  const kept = [...forms, ...formerKeys];
  const aliases = aliasesAfter(summary, kept);
  const { renamed } = summary.names;
  const isKnown = own.commit === summary.commit || (summary.source !== undefined && own.commit !== undefined);
  const asBefore = isKnown && own.held === undefined && summary.changed.length === 0;
  const isKept = canonicalJson([kept, aliases]) === canonicalJson([keptBefore(decisions), decisions.aliases]);
  if (asBefore && Object.keys(salts).length === 0 && isKept) return granted([]);
  const facts = {
    kind: "commitAdopted",
    commit: summary.commit,
    ...source,
    changed: summary.changed,
    kept,
    ...(Object.keys(salts).length === 0 ? {} : { salts }),
    ...(Object.keys(aliases).length === 0 ? {} : { aliases }),
    ...(renamed.length === 0 ? {} : { renamed }),
  } as const;
  const ended = permanentKills(decisions, summary.offForAll, kept).map(({ id, environment }): Proposal => {
    const end = { kind: "killLifted", kill: id, environment, commit: summary.commit } as const;
    return { ...placed, command: machineCommand.permanent(id, wish.command), facts: end };
  });
  return granted([{ ...placed, facts }, ...ended]);
}

/** Flags of the source in the tree adopted before, those included that were broken there and are kept; flags deleted earlier are not removed again. */
function flagsBefore(decisions: Decisions, summary: CommitSummary): ReadonlySet<string> {
  const broken = keptBefore(decisions).filter(({ why }) => why === "broken" || why === "brokenSegment" || why === "brokenProject");
  const all = [...summary.formsBefore.keys(), ...broken.map(({ flag }) => flag)];
  return new Set(all.filter((flag) => summary.flagsElsewhere?.has(flag) !== true));
}

/** What of a commit lets nothing of it be served before a person has said so. */
function whyHeld(decisions: Decisions, summary: CommitSummary): Pick<HeldCommit, "removed" | "of" | "moves"> | undefined {
  const before = flagsBefore(decisions, summary);
  const removed = [...before].filter((flag) => !summary.flagsAfter.has(flag)).length;
  const moves = movesHeld(decisions, summary);
  if (removed <= before.size * REMOVED_SHARE_MAX && moves === undefined) return undefined;
  return { removed, of: before.size, ...(moves === undefined ? {} : { moves }) };
}

function movesHeld(decisions: Decisions, { moves }: CommitSummary): Moves | undefined {
  const { gone = [], customer } = moves ?? {};
  const isCustomerHeld = customer !== undefined && Object.values(decisions.environments).some(namesCustomers);
  if (gone.length === 0 && !isCustomerHeld) return undefined;
  return { ...(gone.length === 0 ? {} : { gone }), ...(isCustomerHeld ? { customer } : {}) };
}

/** Whether a decision that is in force names customers by their keys. */
const namesCustomers = ({ kills, exposures, pins }: EnvironmentDecisions): boolean =>
  exposures.size > 0 || pins.size > 0 || kills.entriesSorted().some(([, { scope }]) => scope?.customers !== undefined);

function refuseNotHeld(decisions: Decisions, { commit, source }: CommitSummary): Refusal | undefined {
  if (sourceState(decisions, source).held?.commit === commit) return undefined;
  return {
    code: "commitNotHeld",
    message: `The commit ${commit} does not wait for anybody.`,
    fix: "Look at the source page: a newer commit may have taken its place.",
  };
}

function saltsNeeded(decisions: Decisions, wish: AdoptWish): Readonly<Record<string, string>> {
  const salts: Record<string, string> = {};
  for (const environment of wish.summary.environments) {
    if (decisions.environments[environment] !== undefined) continue;
    const salt = wish.salts[environment];
    if (salt === undefined) throw new TypeError(`the caller gave no salt for the new environment ${environment}`);
    salts[environment] = salt;
  }
  return salts;
}

/**
 * Former keys that Git does not name any more and that stay answered as their flag is: while it is killed, since the code's default may be
 * on, and while they are asked for. Also where a new flag has taken the name: its file waits that long.
 */
function keptNames(decisions: Decisions, { summary, asked }: AdoptWish): readonly KeptFlag[] {
  const fading = Object.entries(summary.names.fading).filter(([, key]) => summary.flagsAfter.has(key));
  return fading.flatMap(([name, aliasOf]): readonly KeptFlag[] => {
    const whys = inOrder(decisions.environments).map(([environment]) =>
      isKilled(decisions, environment, aliasOf) ? "deletedWhileKilled" : asked[environment]?.has(name) === true ? "deletedWhileAsked" : undefined,
    );
    const why = whys.find((each) => each !== undefined);
    // What is answered is one list for all environments, so that a kill of one covers the same names everywhere.
    return why === undefined ? [] : inOrder(decisions.environments).map(([environment]) => ({ flag: name, environment, blobs: [], why, aliasOf }));
  });
}

/** Former keys that are answered from here on: of flags that are there, and of flags that are kept. */
function aliasesAfter({ names, flagsAfter }: CommitSummary, kept: readonly KeptFlag[]): Aliases {
  const held = new Set(kept.filter(({ aliasOf, why }) => aliasOf !== undefined || why.startsWith("deletedWhile")).map(({ flag }) => flag));
  const stay = Object.entries(names.fading).filter(([name, key]) => held.has(flagsAfter.has(key) ? name : key));
  return { ...Object.fromEntries(stay), ...names.aliases };
}

function keptAfter(decisions: Decisions, wish: AdoptWish, formerKeys: ReadonlySet<string>): readonly KeptFlag[] {
  const kept: KeptFlag[] = [];
  for (const [environment, known] of inOrder(decisions.environments)) {
    const broken = new Map(wish.summary.broken.map(({ flag, why }) => [flag, why]));
    const enlarging = new Map(wish.summary.enlarging.filter((each) => each.environment === environment).map(({ flag, waits }) => [flag, waits]));
    const candidates = new Set([...enlarging.keys(), ...known.kept.entriesSorted().map(([flag]) => flag), ...wish.summary.formsBefore.keys()]);
    for (const flag of [...candidates].sort()) {
      if (formerKeys.has(flag) || known.kept.get(flag)?.aliasOf !== undefined) continue;
      const waits = enlarging.get(flag);
      const before = known.kept.get(flag)?.blobs ?? wish.summary.formsBefore.get(flag);
      const blobs = before ?? (waits === undefined ? undefined : []);
      const why =
        broken.get(flag) ?? (wish.summary.flagsAfter.has(flag) ? undefined : whyKeptDeleted(decisions, { environment, flag }, wish.asked[environment]));
      if (blobs === undefined) continue;
      if (why !== undefined) kept.push({ flag, environment, blobs, why });
      else if (waits !== undefined) kept.push(waiting(known, { flag, environment, blobs, waits }));
    }
  }
  return kept;
}

/** What a person has said no to stays refused until the file changes. */
function waiting(known: EnvironmentDecisions, kept: Omit<KeptFlag, "why" | "refused"> & { readonly waits: readonly FileChange[] }): KeptFlag {
  const before = known.kept.get(kept.flag);
  const isRefused = before?.refused === true && canonicalJson(before.waits) === canonicalJson(kept.waits);
  return { ...kept, why: "enlargement", ...(isRefused ? { refused: true as const } : {}) };
}

function whyKeptDeleted(
  decisions: Decisions,
  { environment, flag }: Pick<KeptFlag, "environment" | "flag">,
  asked: ReadonlySet<string> | undefined,
): KeptFlag["why"] | undefined {
  if (isKilled(decisions, environment, flag)) return "deletedWhileKilled";
  if (decisions.environments[environment]?.exposures.has(flag) === true && isBeingReleased(decisions, environment, flag)) return "deletedWhileExposed";
  return namesOf(decisions.aliases, flag).some((name) => asked?.has(name) === true) ? "deletedWhileAsked" : undefined;
}

const isKilled = (decisions: Decisions, environment: string, flag: string): boolean => killsOf(decisions, environment, flag).length > 0;

function keptBefore(decisions: Decisions): readonly KeptFlag[] {
  return inOrder(decisions.environments).flatMap(([, known]) => known.kept.entriesSorted().map(([, kept]) => kept));
}

function inOrder(environments: Decisions["environments"]): readonly (readonly [string, EnvironmentDecisions])[] {
  return Object.entries(environments).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
