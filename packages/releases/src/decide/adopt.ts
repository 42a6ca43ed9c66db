import { canonicalJson } from "@sluice/evaluation";
import type { Result } from "@sluice/evaluation";
import { type Decisions, type EnvironmentDecisions, sourceState } from "../decisions.ts";
import type { FileChange, KeptFlag, Proposal } from "../event.ts";
import { isBeingReleased } from "../plan/release-state.ts";
import { granted, refused } from "../result.ts";
import type { Refusal } from "../result.ts";
import { personalOf, refusalOf } from "./asking.ts";
import { type OffForAll, permanentKills } from "./permanent-kill.ts";
import type { Asking } from "./asking.ts";

/** A flag of the new commit that has no valid form, and why. */
export interface BrokenFlag {
  readonly flag: string;
  readonly why: "broken" | "brokenSegment" | "brokenProject";
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
  /** Each flag with a valid form in the tree adopted before, and the files which that form is made of. */
  readonly formsBefore: ReadonlyMap<string, readonly FileChange[]>;
  /** Every flag in the new tree, valid or not: a file that cannot be read stands for the flag it held before. */
  readonly flagsAfter: ReadonlySet<string>;
  readonly broken: readonly BrokenFlag[];
  readonly enlarging: readonly Enlarging[];
  /** Of flags that are killed for everybody, by environment, those that the new tree gives to nobody. */
  readonly offForAll: readonly OffForAll[];
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
 * Adopt a commit of one source, or hold it where it removes more than 20 % of the flags (an emptied branch removes all).
 * - A broken flag is kept at the form it is served in now; one that never had a valid form has nothing to keep.
 * - A deleted flag is kept while it is killed there, while a release that is not over gives it to somebody, or was asked for lately: a merge
 *   neither lifts a kill nor takes away what people decided.
 * - A change that enlarges who gets a release is kept at the form that is served, or at none, until a person decides.
 * - `kept` is complete: what is not in it is served as the commit says.
 * - A kill for everybody that the commit makes permanent ends, in the same transaction (`permanentKills`).
 * `[]` where nothing would change: the same command, the commit in force with the same list, a commit that waits already, and a commit of a
 * further source that changes none of its definitions, since most of an application's repository is no flag.
 * Refusals, only with `accept`: notAllowed, commitNotHeld, reasonTooLong.
 */
export function decideAdopt(decisions: Decisions, wish: AdoptWish): Result<readonly Proposal[], Refusal> {
  const { summary, accept } = wish;
  if (decisions.commands.has(wish.command)) return granted([]);
  if (accept !== undefined) {
    const refusal = refusalOf({ ...wish, role: accept.role }, "acceptHeldCommit") ?? refuseNotHeld(decisions, summary);
    if (refusal !== undefined) return refused(refusal);
  }
  const placed = { command: wish.command, atMs: wish.atMs, personal: personalOf({ ...wish, role: "admin" }) };
  const own = sourceState(decisions, summary.source);
  const source = summary.source === undefined ? {} : { source: summary.source };
  const before = flagsBefore(decisions, summary);
  const removed = [...before].filter((flag) => !summary.flagsAfter.has(flag)).length;
  if (accept === undefined && removed > before.size * REMOVED_SHARE_MAX) {
    if (own.held?.commit === summary.commit) return granted([]);
    return granted([{ ...placed, facts: { kind: "commitHeld", commit: summary.commit, ...source, removed, of: before.size } }]);
  }
  const salts = saltsNeeded(decisions, wish);
  const kept = keptAfter(decisions, wish);
  const isKnown = own.commit === summary.commit || (summary.source !== undefined && own.commit !== undefined);
  const asBefore = isKnown && own.held === undefined && summary.changed.length === 0;
  if (asBefore && Object.keys(salts).length === 0 && canonicalJson(kept) === canonicalJson(keptBefore(decisions))) return granted([]);
  const facts = {
    kind: "commitAdopted",
    commit: summary.commit,
    ...source,
    changed: summary.changed,
    kept,
    ...(Object.keys(salts).length === 0 ? {} : { salts }),
  } as const;
  const ended = permanentKills(decisions, summary.offForAll, kept).map(({ id, environment }): Proposal => {
    const end = { kind: "killLifted", kill: id, environment, commit: summary.commit } as const;
    return { ...placed, command: `permanent-${id}-${wish.command}`, facts: end };
  });
  return granted([{ ...placed, facts }, ...ended]);
}

/** Flags of the source in the tree adopted before, those included that were broken there and are kept; flags deleted earlier are not removed again. */
function flagsBefore(decisions: Decisions, summary: CommitSummary): ReadonlySet<string> {
  const broken = keptBefore(decisions).filter(({ why }) => why === "broken" || why === "brokenSegment" || why === "brokenProject");
  const all = [...summary.formsBefore.keys(), ...broken.map(({ flag }) => flag)];
  return new Set(all.filter((flag) => summary.flagsElsewhere?.has(flag) !== true));
}

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

function keptAfter(decisions: Decisions, wish: AdoptWish): readonly KeptFlag[] {
  const kept: KeptFlag[] = [];
  for (const [environment, known] of inOrder(decisions.environments)) {
    const broken = new Map(wish.summary.broken.map(({ flag, why }) => [flag, why]));
    const enlarging = new Map(wish.summary.enlarging.filter((each) => each.environment === environment).map(({ flag, waits }) => [flag, waits]));
    const candidates = new Set([...enlarging.keys(), ...known.kept.entriesSorted().map(([flag]) => flag), ...wish.summary.formsBefore.keys()]);
    for (const flag of [...candidates].sort()) {
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
  const known = decisions.environments[environment];
  if (known?.kills.entriesSorted().some(([, kill]) => kill.flags.includes(flag)) === true) return "deletedWhileKilled";
  if (known?.exposures.has(flag) === true && isBeingReleased(decisions, environment, flag)) return "deletedWhileExposed";
  return asked?.has(flag) === true ? "deletedWhileAsked" : undefined;
}

function keptBefore(decisions: Decisions): readonly KeptFlag[] {
  return inOrder(decisions.environments).flatMap(([, known]) => known.kept.entriesSorted().map(([, kept]) => kept));
}

function inOrder(environments: Decisions["environments"]): readonly (readonly [string, EnvironmentDecisions])[] {
  return Object.entries(environments).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
