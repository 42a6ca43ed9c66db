import type { HashChange, Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Facts, Proposal } from "../event.ts";
import {
  changedList,
  effectOf,
  LIST_CHANGE_IDS_MAX,
  LIST_CHANGES_WAITING_MAX,
  LIST_MEMBERS_MAX,
  LISTS_MEMBERS_MAX,
  type RuntimeList,
  type WaitingListChange,
} from "../list/runtime-list.ts";
import { may } from "../policy.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { holdsByCustomer } from "../schedule/wave-plan.ts";
import { ENDED } from "../plan/release-state.ts";
import { isInForce } from "./early-access.ts";
import { type Asking, didYouMean, personalOf, refusalOf, repetitionOf, unknownEnvironment } from "./asking.ts";

/** What a change of a list does to flags: `listEnlargements` of the snapshot package makes it. */
export interface ListEffect {
  /** Release flags that more people would get by it, in that environment. */
  readonly enlarges: readonly string[];
  /** True where people decide in that environment who gets a feature. */
  readonly isGuarded: boolean;
  /** True where the list holds keys of customers, so that their holds count. */
  readonly isOfCustomers: boolean;
}

export interface ChangeListWish extends Asking, Required<HashChange> {
  readonly environment: string;
  /** Key of a segment. */
  readonly list: string;
  /** Keys of all runtime lists that there are. */
  readonly lists: ReadonlySet<string>;
  /** The id that the change has while it waits. */
  readonly change: string;
  readonly effect: ListEffect;
  /** True for a token of a machine: it turns nothing on by itself, whatever its role. */
  readonly isMachine: boolean;
}

/**
 * Put people into a runtime list, and take them out of it. What gives a release to more people, where people decide about that, happens at once
 * for a person who may let enlargements through, and waits for one else. Refusals: notAllowed, unknownEnvironment, unknownList, noMembers,
 * tooMany (ids, members, waiting changes), customersHeld, reasonTooLong. Nothing to do where all is so already.
 */
export function decideChangeList(decisions: Decisions, wish: ChangeListWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "listChanged", id: wish.list });
  if (repetition?.ok === true || decisions.commands.get(wish.command)?.kind === "listChangeAsked") return granted([]);
  if (repetition !== undefined) return repetition;
  const refusal =
    refusalOf(wish, "changeLists") ?? unknownEnvironment(decisions, wish.environment) ?? refuseSize(decisions, wish) ?? refuseHeld(decisions, wish);
  if (refusal !== undefined) return refused(refusal);
  const { environment, list, effect, change } = wish;
  const own = decisions.environments[environment];
  const { add, remove } = effectOf(own?.lists.get(list), wish);
  if (add.length === 0 && remove.length === 0) return granted([]);
  if (effect.enlarges.length === 0 || !effect.isGuarded || (!wish.isMachine && may(wish.role, "acceptEnlargement")))
    return granted([proposal(wish, { kind: "listChanged", environment, list, add, remove })]);
  if ((own?.listChanges.size ?? 0) >= LIST_CHANGES_WAITING_MAX)
    return refused({
      code: "tooMany",
      message: `${LIST_CHANGES_WAITING_MAX} changes of lists wait in ${environment} already.`,
      fix: "Ask product or an admin to decide about them on the page Lists.",
    });
  return granted([proposal(wish, { kind: "listChangeAsked", change, environment, list, add, remove })]);
}

export interface DecideListChangeWish extends Asking {
  readonly environment: string;
  readonly change: string;
  readonly isAccepted: boolean;
  readonly isMachine: boolean;
  readonly effect: ListEffect;
}

/**
 * Let a change of a list through that waits, or say no to it. Refusals: notAllowed (a machine's token too), unknownEnvironment, notWaiting,
 * tooMany (the list has grown since), customersHeld (of those who would join), reasonTooLong.
 */
export function decideListChange(decisions: Decisions, wish: DecideListChangeWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "listChangeDecided", id: wish.change });
  if (repetition !== undefined) return repetition;
  const { environment, change, isAccepted } = wish;
  const waiting = decisions.environments[environment]?.listChanges.get(change);
  const refusal =
    refusalOf(wish, "acceptEnlargement") ??
    (wish.isMachine ? MACHINE : undefined) ??
    unknownEnvironment(decisions, environment) ??
    (waiting === undefined ? NOT_WAITING : isAccepted ? refuseAccepting(decisions, wish, waiting) : undefined);
  if (refusal !== undefined || waiting === undefined) return refused(refusal ?? NOT_WAITING);
  return granted([proposal(wish, { kind: "listChangeDecided", change, environment, list: waiting.list, isAccepted })]);
}

const MACHINE: Refusal = { code: "notAllowed", message: "A machine's token does not decide who gets a release.", fix: "Sign in as a person." };
const NOT_WAITING: Refusal = {
  code: "notWaiting",
  field: "change",
  message: "No such change of a list waits there.",
  fix: "Somebody else may have decided; look at the list as it is now.",
};

const proposal = (wish: Asking, facts: Facts): Proposal => ({ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts });

function refuseAccepting(decisions: Decisions, wish: DecideListChangeWish, { list, add, remove }: WaitingListChange): Refusal | undefined {
  return refuseGrowth(decisions, { ...wish, list, add, remove }) ?? refuseHeld(decisions, { ...wish, add });
}

function refuseSize(decisions: Decisions, wish: ChangeListWish): Refusal | undefined {
  const { list, lists, add, remove } = wish;
  if (!lists.has(list)) {
    const near = didYouMean(list, lists);
    const fix = near.startsWith("Did") ? near : `Write "list: runtime" in segments/${list}.yaml.`;
    return { code: "unknownList", field: "list", message: `There is no runtime list ${JSON.stringify(list)}.`, fix };
  }
  if (add.length + remove.length === 0)
    return { code: "noMembers", field: "add", message: "Nobody is named to join or leave.", fix: "Name the ids to add or to remove." };
  if (add.length + remove.length > LIST_CHANGE_IDS_MAX)
    return { code: "tooMany", field: "add", message: `A change names at most ${LIST_CHANGE_IDS_MAX} ids.`, fix: "Send several changes, one after the other." };
  return refuseGrowth(decisions, wish);
}

interface Growth extends Required<HashChange> {
  readonly environment: string;
  readonly list: string;
}

function refuseGrowth(decisions: Decisions, { environment, list, add, remove }: Growth): Refusal | undefined {
  const lists = decisions.environments[environment]?.lists;
  const before = lists?.get(list);
  const members = changedList(before, { add, remove }, { seq: 0, atMs: 0 }).hashes.length;
  if (members > LIST_MEMBERS_MAX)
    return {
      code: "tooMany",
      field: "add",
      message: `${list} would have ${members} members; ${LIST_MEMBERS_MAX} are allowed.`,
      fix: "Use a condition on an attribute, or several lists.",
    };
  const others = (lists?.entriesSorted() ?? []).reduce(
    (sum, [key, each]: readonly [string, RuntimeList]) => (key === list ? sum : sum + each.hashes.length),
    0,
  );
  if (others + members <= LISTS_MEMBERS_MAX || members <= (before?.hashes.length ?? 0)) return undefined;
  return {
    code: "tooMany",
    field: "add",
    message: `The lists of ${environment} would have more than ${LISTS_MEMBERS_MAX} members together.`,
    fix: "Remove members of lists that nothing uses, or use a condition.",
  };
}

/** Nothing new for customers on hold: semantics 10 and 17. Of a list of users it is not known whose they are. */
function refuseHeld(
  decisions: Decisions,
  { environment, add, atMs, effect }: Pick<ChangeListWish, "environment" | "add" | "atMs" | "effect">,
): Refusal | undefined {
  if (effect.enlarges.length === 0 || !effect.isOfCustomers || decisions.holds.size === 0) return undefined;
  const joining = new Set(add);
  const held = [...holdsByCustomer(decisions.holds)].flatMap(([customer, holds]) => {
    const hash = decisions.customers.get(customer)?.hashes[environment];
    if (hash === undefined || !joining.has(hash)) return [];
    return holds.some((hold) => hold.environment === environment && isInForce(hold, atMs) && reaches(decisions, hold, effect.enlarges)) ? [customer] : [];
  });
  if (held.length === 0) return undefined;
  return {
    code: "customersHeld",
    field: "add",
    message: `${held.length === 1 ? "One of these customers is" : `${held.length} of these customers are`} on hold: nothing new for them (${held.slice(0, NAMED_MAX).join(", ")}).`,
    fix: "Leave them out, lift their hold, or wait for its end.",
  };
}

/** Customers that a refusal names. */
const NAMED_MAX = 5;

/** A hold of listed releases or risks counts where one of these flags belongs to such a release. */
function reaches(decisions: Decisions, hold: { readonly releases?: readonly string[]; readonly risks?: readonly string[] }, flags: readonly string[]): boolean {
  if (hold.releases === undefined && hold.risks === undefined) return true;
  return decisions.releases
    .entriesSorted()
    .some(
      ([id, { content, phase }]) =>
        !ENDED.includes(phase) &&
        content.flags.some(({ flag }) => flags.includes(flag)) &&
        (hold.releases?.includes(id) === true || hold.risks?.includes(content.risk) === true),
    );
}
