import { canonicalJson, checkOperand, nearestNames } from "@sluice/evaluation";
import type { KillScope, Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Personal, Proposal } from "../event.ts";
import { machineCommand } from "../machine-commands.ts";
import { granted, refused } from "../result.ts";
import type { Refusal } from "../result.ts";
import { type Aliases, keyNow, keysNow } from "../rename/aliases.ts";
import { commandReused, didYouMean, personalOf, refusalOf, unknownEnvironment } from "./asking.ts";
import type { Asking } from "./asking.ts";
import { flagsOfTarget, type KillCatalogue, type KillTarget } from "./kill-target.ts";
import { killInForce } from "./lift.ts";

export interface KillWish extends Asking {
  /** The id that the kill will have; the caller makes it from the command, so that a repetition means the same kill. */
  readonly kill: string;
  readonly environment: string;
  /** Empty with `of`. */
  readonly flags: readonly string[];
  /** Expanded to its flags at this moment: one event, one version. */
  readonly of?: KillTarget;
  readonly scope?: KillScope;
  /** Segments that the environment serves; absent where nobody has told this process. */
  readonly segments?: ReadonlySet<string>;
  /** Emergency kills that are in force and that the log does not have yet; absent where there are none. */
  readonly waiting?: readonly { readonly kill: string; readonly environment: string }[];
  /** Customer keys behind the hashes in `scope`, for people to read. */
  readonly customers?: readonly string[];
  readonly reviewAtMs?: number;
  /** Made on purpose, to see how far a kill comes. */
  readonly drill?: true;
  readonly journal?: string;
  readonly counter?: number;
}

/** Flags of one kill: more than any release of one team, and a body of 64 KiB still holds them. */
export const KILL_FLAGS_MAX = 500;

/** Customers, services of one kill's scope. It travels to every SDK, so a longer list is a segment's business. */
export const SCOPE_VALUES_MAX = 1000;

/** How far ahead a kill's review may lie, in milliseconds: a quarter. Later it would be a decision that nobody looks at again. */
export const REVIEW_WITHIN_MS: number = 92 * 24 * 3_600_000;

/** Kills in force in one environment, in the log or on their way to it: SDKs take as many urgent ones. They refuse a snapshot with more than 20,000, which would be worse than refusing one more here. */
export const KILLS_IN_FORCE_MAX = 10_000;

/**
 * Kill these flags here, now. Needs no approval and is blocked by nothing but the role. One kill may name many release and
 * experiment flags; an ops or permission flag is killed alone. The same command again is no second kill: `[]` while the first is in force.
 * Refusals: notAllowed, unknownEnvironment, unknownFlag, unknownRelease, noFlags, tooManyFlags, bulkNotAllowed, scopeCoversNobody, scopeTooLarge,
 * badCustomers, unknownSegment, badVersions, reviewInPast, reviewTooLate, reasonTooLong, alreadyInForce (the id is another kill's), tooManyKills,
 * commandReused (the command was another decision), killLifted (it was a kill that is in force no more; whether it was this one, the log knows alone).
 */
export function decideKill(decisions: Decisions, catalogue: KillCatalogue, asked: KillWish): Result<readonly Proposal[], Refusal> {
  const before = decisions.commands.get(asked.command);
  if (before !== undefined) return repeatedKill(decisions, asked, before.id);
  const unknown = unknownEnvironment(decisions, asked.environment);
  if (unknown !== undefined) return refused(unknown);
  const { of } = asked;
  const named = keysNow(decisions.aliases, asked.flags);
  const target = of === undefined ? granted({ flags: named }) : flagsOfTarget(decisions, catalogue, { environment: asked.environment, of });
  if (!target.ok) return target;
  const wish = { ...asked, flags: target.value.flags };
  const known = underKeysNow(catalogue, decisions.aliases);
  const refusal =
    refuseFlags(known, wish) ??
    refusalOf(wish, wish.flags.some((flag) => isGuarded(known, flag)) ? "killOpsFlag" : "killReleaseFlag") ??
    refuseScope(wish) ??
    refuseId(decisions, wish) ??
    refuseCount(decisions, wish);
  if (refusal !== undefined) return refused(refusal);
  return granted([proposeKill(wish, personalOf(wish, wish.customers))]);
}

/** The command is known, and made the decision about `id`. What is over must not be answered as if it were in force. */
function repeatedKill(decisions: Decisions, asked: KillWish, id: string | undefined): Result<readonly Proposal[], Refusal> {
  if (id !== asked.kill) return refused(commandReused(asked.command));
  const kill = killInForce(decisions, asked.kill);
  if (kill === undefined) return refused(killLifted(asked.kill));
  return isThatKill(kill, asked, decisions.aliases) ? granted([]) : refused(commandReused(asked.command));
}

/** Of a command whose kill is over: only another command is another kill, because a person has decided in between. */
export function killLifted(kill: string): Refusal {
  return {
    code: "killLifted",
    field: "command",
    message: `This kill (${kill}) was made, and was lifted meanwhile: nothing was killed now.`,
    fix: "To kill again is another kill: press again, or send it with a new command.",
  };
}

/** What makes two kills of one command the same. */
export type ThatKill = Pick<KillWish, "environment" | "flags" | "of" | "scope">;

/**
 * Whether a kill is the one that is wished for; one that is not in force any more cannot be told from here. Of a target, whose flags may be
 * others by now, the target is compared. A flag may have been renamed between the two.
 */
export function isThatKill(kill: ThatKill | undefined, wish: ThatKill, aliases: Aliases): boolean {
  if (kill === undefined) return true;
  return (
    kill.environment === wish.environment &&
    canonicalJson(aimOf(kill, aliases)) === canonicalJson(aimOf(wish, aliases)) &&
    canonicalJson(kill.scope ?? {}) === canonicalJson(wish.scope ?? {})
  );
}

function aimOf({ flags, of }: ThatKill, aliases: Aliases): readonly string[] {
  return of === undefined ? [...new Set(flags.map((flag) => keyNow(aliases, flag)))].sort() : [`of:${of.kind}`, of.name];
}

/** An emergency kill as its journal holds it: in force at SDKs already. */
export interface JournalledKill {
  readonly command: string;
  readonly atMs: number;
  readonly kill: string;
  readonly environment: string;
  readonly flags: readonly string[];
  readonly of?: KillTarget;
  readonly scope?: KillScope;
  readonly reviewAtMs?: number;
  readonly drill?: true;
  readonly journal: string;
  readonly counter: number;
  readonly personal: Personal;
}

/**
 * Take an emergency kill into the log. It is in force already, so nothing refuses it: a flag deleted since, a changed role or a
 * long reason do not switch anything back on. `[]` where its command or its counter is in the log.
 * Counters of one journal must come in their order: a higher one adopted first would end a lower one that is still waiting.
 */
export function adoptEmergencyKill(decisions: Decisions, kill: JournalledKill): readonly Proposal[] {
  const environment = decisions.environments[kill.environment];
  const adopted = environment?.journals[kill.journal] ?? -1;
  if (environment === undefined || decisions.commands.has(kill.command) || kill.counter <= adopted) return [];
  return [proposeKill(kill, kill.personal)];
}

/**
 * Take an emergency kill into the log whose command the log knows already: its answer was lost with its process, and whoever repeated
 * it found no store to ask. SDKs that heard it urgently keep it until the log has its counter, so the counter is logged, under a command
 * of its own; a kill that was lifted meanwhile stays lifted. `[]` where the counter is in the log.
 */
export function adoptRepeatedKill(decisions: Decisions, kill: JournalledKill): readonly Proposal[] {
  const environment = decisions.environments[kill.environment];
  const counted = adoptEmergencyKill(decisions, { ...kill, command: machineCommand.counted(kill.command, kill.counter) });
  if (environment === undefined || counted.length === 0 || environment.kills.has(kill.kill)) return counted;
  const facts = { kind: "killLifted", kill: kill.kill, environment: kill.environment } as const;
  return [...counted, { command: machineCommand.countedLift(kill.command, kill.counter), atMs: kill.atMs, personal: kill.personal, facts }];
}

function proposeKill(kill: Omit<JournalledKill, "personal" | "journal" | "counter"> & Pick<KillWish, "journal" | "counter">, personal: Personal): Proposal {
  return {
    command: kill.command,
    atMs: kill.atMs,
    personal,
    facts: {
      kind: "flagsKilled",
      kill: kill.kill,
      environment: kill.environment,
      flags: [...new Set(kill.flags)].sort(),
      ...(kill.of === undefined ? {} : { of: kill.of }),
      ...(kill.scope === undefined || Object.keys(kill.scope).length === 0 ? {} : { scope: kill.scope }),
      ...(kill.reviewAtMs === undefined ? {} : { reviewAtMs: kill.reviewAtMs }),
      ...(kill.drill === true ? { drill: true } : {}),
      ...(kill.journal === undefined ? {} : { journal: kill.journal }),
      ...(kill.counter === undefined ? {} : { counter: kill.counter }),
    },
  };
}

/** With each flag under its key now: whoever told this process its flags may not have heard of a rename. */
function underKeysNow(catalogue: KillCatalogue, aliases: Aliases): KillCatalogue {
  const renamed = Object.entries(aliases).flatMap(([name, key]) => {
    const known = catalogue.has(key) ? undefined : catalogue.get(name);
    return known === undefined ? [] : [[key, known] as const];
  });
  return renamed.length === 0 ? catalogue : new Map([...catalogue, ...renamed]);
}

function isGuarded(catalogue: KillCatalogue, flag: string): boolean {
  const kind = catalogue.get(flag)?.kind;
  return kind === "ops" || kind === "permission";
}

function refuseFlags(catalogue: KillCatalogue, wish: KillWish): Refusal | undefined {
  const flags = new Set(wish.flags);
  if (flags.size === 0) return { code: "noFlags", field: "flags", message: "The kill names no flag.", fix: "Name at least one flag." };
  if (flags.size > KILL_FLAGS_MAX) {
    return {
      code: "tooManyFlags",
      field: "flags",
      message: `The kill names ${flags.size} flags; at most ${KILL_FLAGS_MAX} go into one.`,
      fix: "Kill them in several commands.",
    };
  }
  for (const flag of flags) {
    if (catalogue.has(flag)) continue;
    return { code: "unknownFlag", field: "flags", message: `There is no flag ${JSON.stringify(flag)}.`, fix: didYouMean(flag, catalogue.keys()) };
  }
  const guarded = [...flags].find((flag) => isGuarded(catalogue, flag));
  if (flags.size === 1 || guarded === undefined) return undefined;
  const kind = catalogue.get(guarded)?.kind ?? "";
  return {
    code: "bulkNotAllowed",
    field: "flags",
    message: `${guarded} is of kind ${kind} and cannot be part of a bulk kill.`,
    fix: `Kill ${guarded} by itself, and the others without it.`,
  };
}

function refuseScope(wish: KillWish): Refusal | undefined {
  if (wish.reviewAtMs !== undefined && wish.reviewAtMs <= wish.atMs) {
    return { code: "reviewInPast", field: "reviewAtMs", message: "The review time is not in the future.", fix: "Leave it out, or give a later one." };
  }
  if (wish.reviewAtMs !== undefined && wish.reviewAtMs - wish.atMs > REVIEW_WITHIN_MS) {
    const days = REVIEW_WITHIN_MS / (24 * 3_600_000);
    const message = `The review time is more than ${days} days ahead.`;
    return { code: "reviewTooLate", field: "reviewAtMs", message, fix: "Give an earlier one, in milliseconds since 1970; a kill is kept on then." };
  }
  for (const part of ["customers", "services"] as const) {
    const values = wish.scope?.[part];
    if (values === undefined) continue;
    const field = `scope.${part}`;
    if (values.length === 0)
      return {
        code: "scopeCoversNobody",
        field,
        message: `The scope lists no ${part}, so the kill would cover nobody.`,
        fix: `Leave ${part} out to cover all.`,
      };
    if (values.length > SCOPE_VALUES_MAX) {
      return {
        code: "scopeTooLarge",
        field,
        message: `The scope lists ${values.length} ${part}; at most ${SCOPE_VALUES_MAX} travel in a kill.`,
        fix: "Kill for all, or for a segment.",
      };
    }
  }
  return refuseScopeWords(wish);
}

/**
 * Why a scope covers other people than meant, in a kill or in the question what one would take away: an SDK could not read it, or would not find
 * what it names. `undefined` for a scope that nobody would misread. Refusals: badCustomers, unknownSegment, badVersions.
 */
export function refuseScopeWords({ scope, segments }: Pick<KillWish, "scope" | "segments">): Refusal | undefined {
  const { customers, segment, versions } = scope ?? {};
  const customer = customers?.find((one) => !/^[0-9a-f]{16}$/.test(one));
  if (customer !== undefined) {
    const message = `${JSON.stringify(customer)} is not a customer's hash: the kill would not cover that customer.`;
    return { code: "badCustomers", field: "scope.customers", message, fix: "Send customerHash(salt, key): 16 hexadecimal digits, or kill for all." };
  }
  if (segment !== undefined && segments !== undefined && !segments.has(segment)) {
    const near = nearestNames(segment, segments, 3);
    const fix = near.length === 0 ? "Name a segment that the environment serves, or leave it out to kill for all." : `Did you mean ${near.join(" or ")}?`;
    return { code: "unknownSegment", field: "scope.segment", message: `There is no segment ${JSON.stringify(segment)}.`, fix };
  }
  if (versions === undefined || checkOperand("semver", versions) === undefined) return undefined;
  const message = `${JSON.stringify(versions)} is not a range of versions.`;
  return { code: "badVersions", field: "scope.versions", message, fix: 'Write one like ">=1.4.0 <2.0.0" or "^1.4.0 || =2.0.0-rc.1".' };
}

function refuseId(decisions: Decisions, wish: KillWish): Refusal | undefined {
  const taken = Object.values(decisions.environments).some(({ kills }) => kills.has(wish.kill));
  return taken ? { code: "alreadyInForce", field: "kill", message: `The id ${wish.kill} is another kill's.`, fix: "Try again with a new id." } : undefined;
}

function refuseCount(decisions: Decisions, { environment, waiting = [] }: KillWish): Refusal | undefined {
  const logged = decisions.environments[environment]?.kills;
  const urgent = waiting.filter((one) => one.environment === environment && logged?.has(one.kill) !== true);
  if ((logged?.size ?? 0) + urgent.length < KILLS_IN_FORCE_MAX) return undefined;
  return {
    code: "tooManyKills",
    message: `${KILLS_IN_FORCE_MAX} kills are in force in ${environment}.`,
    fix: "Lift kills that no longer matter; one kill may name many flags.",
  };
}
