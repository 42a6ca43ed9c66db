import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import { granted, refused } from "../result.ts";
import type { Refusal } from "../result.ts";
import { didYouMean } from "./asking.ts";
import { keyNow } from "../rename/aliases.ts";

export type FlagKind = "release" | "experiment" | "ops" | "permission";

/** What is known of a flag that can be killed. */
export interface KillableFlag {
  readonly kind: FlagKind;
  /** The team that answers for it. */
  readonly owner?: string;
  readonly tags?: readonly string[];
  /** Flags that have this one as a prerequisite. */
  readonly dependants?: readonly string[];
}

/** Each flag that can be killed: those of the definitions as adopted and those kept. */
export type KillCatalogue = ReadonlyMap<string, KillableFlag>;

/**
 * What a bulk kill is aimed at, besides flags by name: a release (by its id), everything that a team owns, everything with a tag, or
 * everything that depends on a flag, that flag among it.
 */
export interface KillTarget {
  readonly kind: (typeof KILL_TARGETS)[number];
  readonly name: string;
}

export const KILL_TARGETS = ["release", "team", "tag", "dependants"] as const;

/** The flags of a target at this moment, in code unit order. */
export interface TargetFlags {
  /** Of kind release or experiment. */
  readonly flags: readonly string[];
  /** Ops and permission flags, which an engineer kills one by one. */
  readonly leftOut: readonly string[];
}

/**
 * The flags of a target now; what joins it later is not killed. Refusals: unknownRelease, unknownFlag, noFlags (the target has no release
 * or experiment flag, or there is no such team or tag).
 */
export function flagsOfTarget(
  decisions: Decisions,
  catalogue: KillCatalogue,
  { environment, of }: { readonly environment: string; readonly of: KillTarget },
): Result<TargetFlags, Refusal> {
  const found = findFlags(decisions, catalogue, { environment, of });
  if (!found.ok) return found;
  const known = [...new Set(found.value.filter((flag) => catalogue.has(flag)).map((flag) => keyNow(decisions.aliases, flag)))].sort();
  const isBulk = (flag: string): boolean => ["release", "experiment"].includes(catalogue.get(flag)?.kind ?? "");
  const flags = known.filter(isBulk);
  const leftOut = known.filter((flag) => !isBulk(flag));
  return flags.length > 0 ? granted({ flags, leftOut }) : refused(nothingToKill(catalogue, of, leftOut));
}

function findFlags(
  decisions: Decisions,
  catalogue: KillCatalogue,
  { environment, of }: { readonly environment: string; readonly of: KillTarget },
): Result<readonly string[], Refusal> {
  switch (of.kind) {
    case "release":
      return flagsOfRelease(decisions, of.name, environment);
    case "team":
      return granted([...catalogue].filter(([, { owner }]) => owner === of.name).map(([flag]) => flag));
    case "tag":
      return granted([...catalogue].filter(([, { tags }]) => tags?.includes(of.name) === true).map(([flag]) => flag));
    case "dependants":
      return dependantsOf(catalogue, keyNow(decisions.aliases, of.name));
  }
}

function flagsOfRelease(decisions: Decisions, id: string, environment: string): Result<readonly string[], Refusal> {
  const content = decisions.releases.get(id)?.content;
  const field = "of.name";
  if (content === undefined) {
    const ids = decisions.releases.entriesSorted().map(([known]) => known);
    return refused({ code: "unknownRelease", field, message: `There is no release ${JSON.stringify(id)}.`, fix: didYouMean(id, ids) });
  }
  if (content.environment === environment) return granted(content.flags.map(({ flag }) => flag));
  const message = `The release "${content.title}" is of ${content.environment}, not of ${environment}.`;
  return refused({ code: "unknownRelease", field, message, fix: `Kill it in ${content.environment}.` });
}

/** These flags and all that need one of them, at any depth; a circle ends where it began. */
export function withDependants(catalogue: KillCatalogue, flags: readonly string[]): ReadonlySet<string> {
  const found = new Set(flags);
  // What is added on the way is walked through as well.
  for (const each of found) for (const dependant of catalogue.get(each)?.dependants ?? []) found.add(dependant);
  return found;
}

function dependantsOf(catalogue: KillCatalogue, flag: string): Result<readonly string[], Refusal> {
  if (!catalogue.has(flag))
    return refused({ code: "unknownFlag", field: "of.name", message: `There is no flag ${JSON.stringify(flag)}.`, fix: didYouMean(flag, catalogue.keys()) });
  return granted([...withDependants(catalogue, [flag])]);
}

function nothingToKill(catalogue: KillCatalogue, of: KillTarget, leftOut: readonly string[]): Refusal {
  const noFlags = { code: "noFlags", field: "of.name" } as const;
  if (leftOut.length > 0) {
    const message = `Of ${sayTarget(of)} there are only ops and permission flags, which no bulk kill takes: ${leftOut.slice(0, 5).join(", ")}.`;
    return { ...noFlags, message, fix: "An engineer kills them one by one." };
  }
  const known = [...catalogue.values()].flatMap(({ owner, tags }) => (of.kind === "team" ? [owner ?? ""] : of.kind === "tag" ? (tags ?? []) : []));
  return { ...noFlags, message: `No flag belongs to ${sayTarget(of)}.`, fix: didYouMean(of.name, new Set(known)) };
}

/** A target in words, for sentences. */
export function sayTarget({ kind, name }: KillTarget): string {
  switch (kind) {
    case "release":
      return `the release ${JSON.stringify(name)}`;
    case "team":
      return `the team ${JSON.stringify(name)}`;
    case "tag":
      return `the tag ${JSON.stringify(name)}`;
    case "dependants":
      return `${JSON.stringify(name)} and what depends on it`;
  }
}
