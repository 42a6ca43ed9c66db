import { canonicalJson } from "@sluice/evaluation";
import { applyReleaseFacts, isReleaseFacts, pauseKilled } from "./apply-release.ts";
import { COMMANDS_MAX, ADOPTIONS_MAX, REPLACED_EPOCHS_MAX, emptyDecisions, freshEnvironment } from "./decisions.ts";
import type { Decisions, EnvironmentDecisions, KillInForce, LastDrill } from "./decisions.ts";
import type { Facts, KeptFlag, LoggedEvent, SeenBefore } from "./event.ts";
import { FOUND_HARM_MAX, type FoundHarm, takenBack } from "./guard/harm.ts";
import { changedList, type ListChange, type RuntimeList } from "./list/runtime-list.ts";
import { PersistentMap } from "./persistent-map.ts";
import { applyPin } from "./pin/apply-pin.ts";
import { NO_ALIASES } from "./rename/aliases.ts";
import { factsNow } from "./rename/facts-now.ts";
import { applyRevert, isRevertFacts, stillReverted } from "./revert/apply-revert.ts";
import { renameFlags } from "./rename/rename-flags.ts";

/**
 * The log holds something that this version cannot fold: a kind that a newer version wrote, a gap, an epoch out of place.
 * A newer log must not be half understood, so nothing goes on from here; upgrade this process.
 */
export class LogNotUnderstood extends Error {
  override readonly name = "LogNotUnderstood";
  readonly seq: number;
  constructor(seq: number, why: string) {
    super(`event ${seq}: ${why}`);
    this.seq = seq;
  }
}

/**
 * The decisions after one more event. Pure and total over every event a `decide…` of this version can propose.
 * Lifting a kill or ending a revert that is not in force changes nothing. Throws `LogNotUnderstood`.
 */
export function applyEvent(decisions: Decisions, event: LoggedEvent): Decisions {
  if (event.seq !== decisions.seq + 1) throw new LogNotUnderstood(event.seq, `follows ${decisions.seq}: the log has a gap`);
  const starts = event.facts.kind === "epochStarted" || decisions.seq === 0;
  if (!starts && event.epoch !== decisions.epoch) throw new LogNotUnderstood(event.seq, `is of epoch ${event.epoch}, not ${decisions.epoch}`);
  const placed: Decisions = { ...remember(decisions, event), epoch: event.epoch, seq: event.seq, hash: event.hash };
  return applyFacts(placed, event, factsNow(event.facts, placed.aliases));
}

/** `applyEvent` over many, in order. */
export function foldEvents(events: Iterable<LoggedEvent>, from: Decisions = emptyDecisions): Decisions {
  let decisions = from;
  for (const event of events) decisions = applyEvent(decisions, event);
  return decisions;
}

function applyFacts(decisions: Decisions, event: LoggedEvent, facts: Facts): Decisions {
  if (isReleaseFacts(facts)) return applyReleaseFacts(decisions, event, facts);
  if (isRevertFacts(facts)) return change(decisions, facts.environment, (known) => applyRevert(known, event, facts));
  if (isAfterKill(facts)) return change(decisions, facts.environment, (known) => applyAfterKill(known, event, facts, decisions));
  switch (facts.kind) {
    case "projectCreated":
      return { ...decisions, project: facts.project, environments: withSalts(decisions.environments, facts.salts) };
    case "commitAdopted":
      return adoptCommit(decisions, event, facts);
    case "commitHeld":
      return holdCommit(decisions, event, facts);
    case "flagsKilled":
      return pauseKilled(killFlags(decisions, event, facts), event, facts);
    case "exposureSettled":
      return change(decisions, facts.environment, (known) => ({ ...known, exposures: known.exposures.delete(facts.flag) }));
    case "listChanged":
      return change(decisions, facts.environment, (known) => withListChange(known, event, facts));
    case "listChangeAsked":
      return change(decisions, facts.environment, (known) => askListChange(known, event, facts));
    case "listChangeDecided":
      return change(decisions, facts.environment, (known) => decideListChange(known, event, facts));
    case "epochStarted":
      return startEpoch(decisions, facts);
    case "enlargementDecided":
      return change(decisions, facts.environment, (known) => decideEnlargement(known, facts));
    case "customerPinned":
    case "pinEnded":
      return applyPin(decisions, event, facts);
    // Which keys are good stands with the keys.
    case "sdkKeyChanged":
      return decisions;
    case "accountChanged":
      return { ...decisions, closedAccounts: closedBy(decisions.closedAccounts, event, facts) };
  }
  return notKnown(event.seq, facts);
}

type AfterKill = FactsOf<"liftAsked" | "liftRefused" | "killKept" | "killLifted" | "drillEnded" | "ownersTold" | "harmFound">;

const AFTER_KILL: Readonly<Record<AfterKill["kind"], true>> = {
  liftAsked: true,
  liftRefused: true,
  killKept: true,
  killLifted: true,
  drillEnded: true,
  ownersTold: true,
  harmFound: true,
};
const isAfterKill = (facts: Facts): facts is AfterKill => Object.hasOwn(AFTER_KILL, facts.kind);

function applyAfterKill(known: EnvironmentDecisions, event: LoggedEvent, facts: AfterKill, decisions: Decisions): EnvironmentDecisions {
  switch (facts.kind) {
    case "liftAsked":
      return askLift(known, event, facts.kill);
    case "liftRefused":
      return refuseLift(known, event, facts.kill);
    case "killKept":
      return keepKill(known, facts);
    case "killLifted":
      return liftKill(known, event, facts.kill);
    case "drillEnded":
      return { ...known, drill: drillOf(event, facts) };
    case "harmFound":
      return { ...known, harm: newestHarm([...(known.harm ?? []), harmOf(event, facts, decisions)]) };
    case "ownersTold":
      return toldOwners(known, event, facts);
  }
}

/** Reached only by a kind that a newer version wrote: the compiler sees every kind of this one handled. */
function notKnown(seq: number, facts: never): never {
  throw new LogNotUnderstood(seq, `this version does not know ${JSON.stringify(facts)}`);
}

type FactsOf<K extends Facts["kind"]> = Extract<Facts, { readonly kind: K }>;

function change(decisions: Decisions, environment: string, by: (known: EnvironmentDecisions) => EnvironmentDecisions): Decisions {
  const known = decisions.environments[environment];
  if (known === undefined) throw new LogNotUnderstood(decisions.seq, `the environment ${JSON.stringify(environment)} has no salt`);
  return { ...decisions, environments: { ...decisions.environments, [environment]: by(known) } };
}

function withSalts(environments: Decisions["environments"], salts: Readonly<Record<string, string>>): Decisions["environments"] {
  const next: Record<string, EnvironmentDecisions> = { ...environments };
  for (const [environment, salt] of Object.entries(salts)) {
    next[environment] ??= freshEnvironment(salt);
  }
  return next;
}

function adoptCommit(before: Decisions, event: LoggedEvent, facts: FactsOf<"commitAdopted">): Decisions {
  const decisions = renameFlags(before, facts.renamed ?? []);
  let files = decisions.files;
  for (const [path, blob] of facts.changed) files = blob === "" ? files.delete(path) : files.set(path, blob);
  const environments: Record<string, EnvironmentDecisions> = {};
  for (const [environment, known] of Object.entries(withSalts(decisions.environments, facts.salts ?? {}))) {
    environments[environment] = { ...known, kept: keptIn(environment, facts.kept, known.kept), ...stillReverted(known, files) };
  }
  const unknown = facts.kept.find((kept) => environments[kept.environment] === undefined);
  if (unknown !== undefined) throw new LogNotUnderstood(event.seq, `keeps a flag in ${unknown.environment}, which has no salt`);
  const { commit, source, changed, kept } = facts;
  const adoption = { seq: event.seq, atMs: event.atMs, commit, ...(source === undefined ? {} : { source }), changed, kept, files };
  const { held, ...rest } = decisions;
  const state = source === undefined ? { commit } : { ...(held === undefined ? {} : { held }), sources: { ...decisions.sources, [source]: { commit } } };
  const adoptions = [...decisions.adoptions, adoption].slice(-ADOPTIONS_MAX);
  return { ...rest, ...state, environments, aliases: facts.aliases ?? NO_ALIASES, files, adoptions };
}

function holdCommit(decisions: Decisions, { seq }: LoggedEvent, { commit, source, removed, of, moves }: FactsOf<"commitHeld">): Decisions {
  const held = { seq, commit, removed, of, ...(moves === undefined ? {} : { moves }) };
  if (source === undefined) return { ...decisions, held };
  return { ...decisions, sources: { ...decisions.sources, [source]: { ...decisions.sources[source], held } } };
}

/** The same reference where both are empty, which is nearly always. */
function keptIn(environment: string, kept: readonly KeptFlag[], before: PersistentMap<KeptFlag>): PersistentMap<KeptFlag> {
  const own = kept.filter((each) => each.environment === environment);
  return own.length === 0 && before.size === 0 ? before : PersistentMap.from(own.map((each) => [each.flag, each] as const));
}

function killFlags(decisions: Decisions, event: LoggedEvent, facts: FactsOf<"flagsKilled">): Decisions {
  const { kind: _kind, kill: id, ...rest } = facts;
  const kill: KillInForce = { id, ...rest, seq: event.seq, atMs: event.atMs, ...(event.personal === undefined ? {} : { by: event.personal.by }) };
  return change(decisions, facts.environment, (known) => ({
    ...known,
    kills: known.kills.set(id, kill),
    journals: withCounter(known.journals, facts.journal, facts.counter),
  }));
}

/** A kill of a guard that somebody lifts is one that the guard does not place again soon. */
function liftKill(known: EnvironmentDecisions, { atMs }: LoggedEvent, kill: string): EnvironmentDecisions {
  const harm = known.harm && takenBack(known.harm, atMs, ({ kills }) => kills?.includes(kill) === true);
  return { ...known, kills: known.kills.delete(kill), ...(harm === undefined ? {} : { harm }) };
}

/** What was only said is forgotten before what was done: that still counts for what may be done. */
function newestHarm(all: readonly FoundHarm[]): readonly FoundHarm[] {
  if (all.length <= FOUND_HARM_MAX) return all;
  const said = all.findIndex(({ did }) => did === "announced");
  return all.filter((_, at) => at !== Math.max(0, said));
}

/** A guard's kill is in force before what it found is written down, so somebody may have lifted it by then. */
function harmOf({ atMs }: LoggedEvent, { kind: _kind, environment: _environment, ...found }: FactsOf<"harmFound">, { commands }: Decisions): FoundHarm {
  const lifts =
    found.kills === undefined
      ? []
      : commands
          .entriesSorted()
          .map(([, known]) => known)
          .filter(({ kind, id }) => kind === "killLifted" && found.kills?.includes(id ?? "") === true);
  const takenBackAtMs = Math.max(...lifts.map((lift) => lift.atMs));
  return { ...found, atMs, ...(lifts.length === 0 ? {} : { takenBackAtMs }) };
}

function drillOf({ atMs }: LoggedEvent, { kill, of, confirmed, cutOff, allMs }: FactsOf<"drillEnded">): LastDrill {
  return { kill, atMs, of, confirmed, ...(cutOff === undefined ? {} : { cutOff }), ...(allMs === undefined ? {} : { allMs }) };
}

function askLift(known: EnvironmentDecisions, { seq, atMs, personal }: LoggedEvent, id: string): EnvironmentDecisions {
  const kill = known.kills.get(id);
  if (kill === undefined) return known;
  const liftAsked = { seq, atMs, ...(personal === undefined ? {} : { by: personal.by }) };
  const { liftRefused: _before, ...asked } = kill;
  return { ...known, kills: known.kills.set(id, { ...asked, liftAsked }) };
}

/** Of a kill that is over nothing changes. */
function refuseLift(known: EnvironmentDecisions, { seq, atMs }: LoggedEvent, id: string): EnvironmentDecisions {
  const kill = known.kills.get(id);
  if (kill === undefined) return known;
  const { liftAsked: _no, ...refused } = kill;
  return { ...known, kills: known.kills.set(id, { ...refused, liftRefused: { seq, atMs } }) };
}

/** Of a kill that is over nothing changes. */
function toldOwners(known: EnvironmentDecisions, { atMs }: LoggedEvent, { kill: id, teams }: FactsOf<"ownersTold">): EnvironmentDecisions {
  const kill = known.kills.get(id);
  return kill === undefined ? known : { ...known, kills: known.kills.set(id, { ...kill, told: { teams, atMs } }) };
}

/** Of a kill that is over nothing changes. */
function keepKill(known: EnvironmentDecisions, { kill: id, untilMs }: FactsOf<"killKept">): EnvironmentDecisions {
  const kill = known.kills.get(id);
  return kill === undefined ? known : { ...known, kills: known.kills.set(id, { ...kill, reviewAtMs: untilMs }) };
}

function withCounter(journals: Readonly<Record<string, number>>, journal: string | undefined, counter: number | undefined): Readonly<Record<string, number>> {
  if (journal === undefined || counter === undefined || counter <= (journals[journal] ?? -1)) return journals;
  return { ...journals, [journal]: counter };
}

/** Of a form that waits no longer, since the file has changed again, nothing changes. */
function decideEnlargement(known: EnvironmentDecisions, { flag, form, isAccepted }: FactsOf<"enlargementDecided">): EnvironmentDecisions {
  const kept = known.kept.get(flag);
  if (kept?.why !== "enlargement" || canonicalJson(kept.waits) !== canonicalJson(form)) return known;
  return { ...known, kept: isAccepted ? known.kept.delete(flag) : known.kept.set(flag, { ...kept, refused: true }) };
}

type At = Pick<LoggedEvent, "seq" | "atMs" | "personal">;
const placeOf = ({ seq, atMs, personal }: At): Omit<RuntimeList, "hashes"> => ({ seq, atMs, ...(personal === undefined ? {} : { by: personal.by }) });

/** The lists of an environment after a change of one; for saying beforehand what it would do, too. */
export function withListChange(known: EnvironmentDecisions, at: At, { list, add, remove }: ListChange): EnvironmentDecisions {
  return { ...known, lists: known.lists.set(list, changedList(known.lists.get(list), { add, remove }, placeOf(at))) };
}

function askListChange(known: EnvironmentDecisions, event: At, { change: id, list, add, remove }: FactsOf<"listChangeAsked">): EnvironmentDecisions {
  return { ...known, listChanges: known.listChanges.set(id, { id, list, add, remove, ...placeOf(event) }) };
}

/** Of a change that waits no longer nothing changes. */
function decideListChange(known: EnvironmentDecisions, event: At, { change: id, isAccepted }: FactsOf<"listChangeDecided">): EnvironmentDecisions {
  const waiting = known.listChanges.get(id);
  if (waiting === undefined) return known;
  const left = { ...known, listChanges: known.listChanges.delete(id) };
  return isAccepted ? withListChange(left, event, waiting) : left;
}

/** Who is invited again comes back to what is theirs. */
function closedBy(closed: PersistentMap<number>, { atMs }: LoggedEvent, { account, how }: FactsOf<"accountChanged">): PersistentMap<number> {
  if (how === "removed") return closed.set(account, atMs);
  return how === "invited" && closed.has(account) ? closed.delete(account) : closed;
}

function startEpoch(decisions: Decisions, facts: FactsOf<"epochStarted">): Decisions {
  const all = new Set([...facts.replaces, ...decisions.replaces]);
  all.delete(facts.epoch);
  const replaces = [...all].slice(0, REPLACED_EPOCHS_MAX);
  const environments = Object.entries(decisions.environments).map(([key, known]) => [key, withSeen(known, facts.seen?.[key], replaces)] as const);
  return { ...decisions, epoch: facts.epoch, replaces, environments: Object.fromEntries(environments) };
}

/** The log may have forgotten counters that were served; whatever they ended stays ended, because every kill before them is in the log again or lifted. */
function withSeen(known: EnvironmentDecisions, seen: SeenBefore | undefined, replaces: readonly string[]): EnvironmentDecisions {
  const furthest = (epoch: string): number => Math.max(known.seen?.[epoch] ?? 0, seen?.epochs[epoch] ?? 0);
  const all = Object.keys({ ...known.seen, ...seen?.epochs }).flatMap((epoch) => (replaces.includes(epoch) ? [[epoch, furthest(epoch)] as const] : []));
  let { journals } = known;
  for (const [journal, counter] of Object.entries(seen?.journals ?? {})) journals = withCounter(journals, journal, counter);
  if (all.length === 0 && journals === known.journals) return known;
  return { ...known, journals, ...(all.length === 0 ? {} : { seen: Object.fromEntries(all) }) };
}

function remember(decisions: Decisions, event: LoggedEvent): Decisions {
  const id = idOf(event.facts);
  let commands = decisions.commands.set(event.command, { seq: event.seq, atMs: event.atMs, kind: event.facts.kind, ...(id === undefined ? {} : { id }) });
  let commandBySeq = decisions.commandBySeq.set(String(event.seq), event.command);
  const oldest = event.seq - COMMANDS_MAX;
  const forgotten = commandBySeq.get(String(oldest));
  if (forgotten !== undefined) {
    commandBySeq = commandBySeq.delete(String(oldest));
    if (commands.get(forgotten)?.seq === oldest) commands = commands.delete(forgotten);
  }
  return { ...decisions, commands, commandBySeq };
}

/** The id of what the command made or changed, to answer a repetition with. */
function idOf(facts: Facts): string | undefined {
  if (facts.kind === "sdkKeyChanged") return `${facts.how} ${facts.key}`;
  if ("kill" in facts) return facts.kill;
  if ("revert" in facts) return facts.revert;
  if ("hold" in facts) return facts.hold;
  if ("freeze" in facts) return facts.freeze;
  if ("account" in facts) return facts.account;
  if ("change" in facts) return facts.change;
  if ("list" in facts) return facts.list;
  if ("pin" in facts) return facts.pin;
  return "release" in facts ? facts.release : undefined;
}
