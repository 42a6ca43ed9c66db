import { decodeSnapshot, type Snapshot, type UrgentKill, type Version } from "@sluice/evaluation";
import type { LoggedEvent } from "@sluice/releases";
import type { MemoryDatabase } from "@sluice/store";
import { type Environment, ENVIRONMENTS } from "./environments.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

/** What the fan-out's disk holds of one environment: what its next life will know. */
export interface Kept {
  /** Where its snapshot stands, and where its list of kills does, which is written more often. */
  readonly versions: readonly Version[];
  /** Kills in force by the newest of the two; those of a journal that wait for the log are in that journal. */
  readonly kills: readonly string[];
  /** How far it had seen the log. */
  readonly log: Version | undefined;
}

/** A database that came back without its newest decisions. */
export interface Loss {
  readonly atMs: number;
  /** The log as it was. */
  readonly events: readonly LoggedEvent[];
  /** The last event that it still has. */
  readonly head: number;
  /** What each server had kept. */
  readonly kept: readonly ReadonlyMap<Environment, Kept>[];
}

/** The project's beginning and its first commit are in every backup. */
const EVENTS_KEPT = 2;

/** The last event that is left where so many are lost, or a few more: no transaction is lost by half. */
export function headOfLoss({ events, appendEnds }: Pick<MemoryDatabase, "events" | "appendEnds">, lost: number): number {
  let head = events.length - Math.min(lost, Math.max(0, events.length - EVENTS_KEPT));
  while (head > EVENTS_KEPT && !appendEnds.has(head)) head--;
  return head;
}

/** The file of kills by itself. */
interface KillsFile {
  readonly at: Version;
  readonly log?: Version;
  readonly kills: Readonly<Record<string, unknown>>;
  readonly urgent: readonly { readonly kill: UrgentKill }[];
}

interface SnapshotFile {
  readonly snapshot: unknown;
  readonly log?: Version;
  readonly urgent?: readonly { readonly kill: UrgentKill }[];
}

/** What a process that has just ended left on its disk. */
export function keptOn(disk: SimulatedDisk): ReadonlyMap<Environment, Kept> {
  const kept = new Map<Environment, Kept>();
  const read = (name: string): unknown => {
    const bytes = disk.contentOf(name);
    return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
  };
  for (const environment of ENVIRONMENTS) {
    const name = Buffer.from(environment).toString("hex");
    const whole = read(`snapshot-${name}.json`) as SnapshotFile | undefined;
    const snapshot = whole === undefined ? undefined : decodeSnapshot(whole.snapshot);
    if (whole === undefined || snapshot?.ok !== true) continue;
    const { epoch, seq, replaces, kills = {} } = snapshot.value;
    const alone = read(`kills-${name}.json`) as KillsFile | undefined;
    const isBehind = alone?.log !== undefined && alone.log.epoch === whole.log?.epoch && alone.log.seq < whole.log.seq;
    const isNewer =
      alone !== undefined &&
      (alone.at.epoch === epoch ? alone.at.seq > seq || (alone.at.seq === seq && !isBehind) : replaces?.includes(alone.at.epoch) !== true);
    const newest = isNewer ? alone : { kills, urgent: whole.urgent ?? [], log: undefined };
    const urgent = newest.urgent.filter(({ kill }) => kill.journal === undefined).map(({ kill }) => kill.id);
    const isLater = newest.log !== undefined && (newest.log.epoch !== whole.log?.epoch || newest.log.seq >= whole.log.seq);
    kept.set(environment, {
      versions: [{ epoch, seq }, ...(isNewer ? [alone.at] : [])],
      kills: [...Object.keys(newest.kills), ...urgent],
      log: isLater ? newest.log : whole.log,
    });
  }
  return kept;
}

/** Whether every server finds out, with these events on record and the log cut behind `head`: its own disk knows of a later one. */
export const isFound = (kept: Loss["kept"], events: readonly LoggedEvent[], head: number): boolean =>
  kept.every((own) => [...own.values()].some(({ log }) => log !== undefined && log.seq > head && events[log.seq - 1]?.epoch === log.epoch));

const killOf = ({ facts }: LoggedEvent): string | undefined => (facts.kind === "flagsKilled" ? facts.kill : undefined);

/**
 * Kills that a loss took from the log and that the server's disk did not know: they hold where they were heard, and are in no log. One that was lifted
 * before may be gone with its lift, although another server's disk did not know of that yet: who begins the epoch may have seen its end.
 */
export function forgotten(losses: readonly Loss[]): ReadonlySet<string> {
  return new Set(
    losses.flatMap(({ events, head, kept }) => {
      const known = new Set(kept.flatMap((own) => [...own.values()]).flatMap(({ kills }) => kills));
      const lifted = new Set(events.flatMap(({ facts }) => (facts.kind === "killLifted" ? [facts.kill] : [])));
      return events
        .slice(head)
        .flatMap((event) => killOf(event) ?? [])
        .filter((kill) => !known.has(kill) || lifted.has(kill));
    }),
  );
}

/** Each loss is told by the epoch that begins, and every kill that the server's disk knew is in the log again, or was lost with it once more. */
export function checkKept(losses: readonly Loss[], events: readonly LoggedEvent[]): readonly string[] {
  const found: string[] = [];
  for (const [at, { kept, atMs, events: before }] of losses.entries()) {
    const later = [events, ...losses.slice(at + 1).map((loss) => loss.events)].flat();
    const earlier = losses.slice(0, at).map((loss) => loss.events);
    if (!later.some(({ facts, hash }) => facts.kind === "epochStarted" && !before.some((event) => event.hash === hash)))
      found.push(`I9 decisions were lost at ${atMs}, and nobody was told`);
    for (const [environment, { kills }] of kept.flatMap((own) => [...own]))
      for (const kill of kills)
        if (!later.some((event) => killOf(event) === kill) && !isLiftedIn(kept.length > 1 ? [...earlier, before].flat() : [], kill))
          found.push(`I9 kill ${kill} of ${environment} was served before the loss at ${atMs}, and no log has it after`);
  }
  return found;
}

/** Another server may have seen the end of it, and have begun the epoch, after this loss or one before. */
const isLiftedIn = (events: readonly LoggedEvent[], kill: string): boolean => events.some(({ facts }) => facts.kind === "killLifted" && facts.kill === kill);

const isLiftOf = (facts: LoggedEvent["facts"], kill: LoggedEvent): boolean => facts.kind === "killLifted" && facts.kill === killOf(kill);

/** What a relay knows of an epoch that is over is offered to the server, so that it stands in the log and can be lifted. */
export function checkOffered(held: readonly { readonly relay: string; readonly kill: UrgentKill }[], events: readonly LoggedEvent[]): readonly string[] {
  const [last] = events.slice(-1);
  return held.flatMap(({ relay, kill: { id, epoch, counter } }) =>
    epoch === last?.epoch || counter !== undefined || events.some((event) => killOf(event) === id)
      ? []
      : [`I9 ${relay} holds the kill ${id} of the lost epoch ${epoch}, and no log has it`],
  );
}

/** What one environment served, by `epoch:seq`; the last version of all. */
export interface Played {
  readonly events: readonly LoggedEvent[];
  readonly head: number;
  readonly last: Version | undefined;
  /** What each server's disk had of it. */
  readonly kept: readonly (Kept | undefined)[];
}

/** How far a server had seen an epoch, served or read; 0 where it had not. */
const seenBy = (kept: Kept | undefined, epoch: string): number =>
  Math.max(0, ...[...(kept?.versions ?? []), kept?.log].flatMap((one) => (one?.epoch === epoch ? [one.seq] : [])));

/** How far the servers had seen an epoch before it was over: any of them may have been the one that says it. Undefined where one had not seen it. */
function seenOf(epoch: string, lost: readonly Played[], which: "least" | "most"): number | undefined {
  const each = lost.map(({ kept }) => kept.map((one) => seenBy(one, epoch)));
  const seen = Math.max(0, ...each.map((all) => (which === "least" ? Math.min(...all) : Math.max(...all))));
  return seen === 0 ? undefined : seen;
}

/**
 * Whether a kill that was in force in a version must be in force in one of the epoch that replaces it, which does not list it: it will, because it
 * was known; or nobody can know that it ended, because it began behind what was seen.
 */
export function mustOutlast(
  kill: LoggedEvent,
  state: Snapshot,
  { lost, kills, lifts }: { readonly lost: readonly Played[]; readonly kills: readonly LoggedEvent[]; readonly lifts: readonly LoggedEvent[] },
): boolean {
  if (state.replaces?.includes(kill.epoch) !== true) return false;
  const isKept = kills.some(
    (event) => killOf(event) === killOf(kill) && event.epoch === state.epoch && event.seq > state.seq && event.command.startsWith("kept-"),
  );
  // Whoever was known to have it may have seen its end here; a relay that had not offers it back afterwards, so that it can be lifted there too.
  const isLiftedHere = lifts.some(({ facts, epoch, seq }) => isLiftOf(facts, kill) && epoch === state.epoch && seq <= state.seq);
  return !isLiftedHere && (isKept || kill.seq > (seenOf(kill.epoch, lost, "most") ?? 0));
}

/**
 * Whether a kill may be in force at somebody who serves this state, which does not list it. One of the same epoch has to come; one of an epoch
 * that the state does not replace was heard ahead; one of a replaced epoch stays where it was heard, unless the state has seen that epoch up to
 * where the kill had begun and, in force or lifted, everybody knew it.
 */
export function mayOutlast(kill: LoggedEvent, state: Snapshot, lost: readonly Played[]): boolean {
  // Lifted in what was lost: it is in force again, and sent ahead of the new epoch to whoever serves the old one.
  const isBack = lost.some(
    ({ events, head }) => events.some(({ epoch }) => epoch === state.epoch) && events.slice(head).some(({ facts }) => isLiftOf(facts, kill)),
  );
  if (isBack) return true;
  if (kill.epoch === state.epoch) return kill.seq > state.seq;
  if (state.replaces?.includes(kill.epoch) !== true) return true;
  // In force in an epoch that was lost before anybody but listeners knew of it.
  const isUnknown = lost.some(({ events }) => {
    const last = events.at(-1)?.epoch ?? state.epoch;
    const isOver = last === state.epoch || state.replaces?.includes(last) === true;
    return !isOver && events.some(({ hash }) => hash === kill.hash) && !events.some(({ facts }) => isLiftOf(facts, kill));
  });
  if (isUnknown) return true;
  const seen = seenOf(kill.epoch, lost, "least");
  if (seen === undefined || kill.seq > seen) return true;
  // Who came to know it behind what was seen, of its epoch or of a later one that is over too, cannot tell since when it was in force.
  return lost.some(({ events, last }) => {
    const known = last !== undefined && state.replaces?.includes(last.epoch) === true ? (seenOf(last.epoch, lost, "least") ?? 0) : Number.MAX_SAFE_INTEGER;
    return (last?.seq ?? 0) > known && events.some(({ hash }) => hash === kill.hash) && !events.some(({ facts, seq }) => isLiftOf(facts, kill) && seq <= known);
  });
}
