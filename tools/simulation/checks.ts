import { compileSnapshot, encodeSnapshot, evaluate, type Snapshot, type Version } from "@sluice/evaluation";
import { foldEvents, type LoggedEvent } from "@sluice/releases";
import { advance, compileFromLog, emptyState, type EnvironmentState } from "@sluice/snapshot";
import { applyEvent, emptyDecisions } from "@sluice/releases";
import { DefinitionTexts } from "@sluice/server";
import { MemoryStore } from "@sluice/store";
import { type Environment, ENVIRONMENTS } from "./environments.ts";
import { FLAGS, markOf } from "./repository.ts";
import type { Scenario } from "./scenario.ts";
import type { Observation } from "./world.ts";

const CONTEXT = { targetingKey: "u1", customer: "acme" };

function answersOf(snapshot: Snapshot): Readonly<Record<string, boolean>> {
  const compiled = compileSnapshot(snapshot, {});
  return Object.fromEntries(FLAGS.map((flag) => [flag, evaluate(compiled, flag, CONTEXT).value === true]));
}

/** Everything that one environment ever served, by `epoch:seq`, folded from the log alone. */
export interface History {
  readonly environment: Environment;
  readonly states: ReadonlyMap<string, Snapshot>;
  readonly last: EnvironmentState;
  readonly fresh: EnvironmentState;
}

export async function historyOf(scenario: Scenario, environment: Environment): Promise<History> {
  const { database } = scenario.world;
  const store = new MemoryStore(database, { unit: () => 0, bytes: (count) => new Uint8Array(count) });
  const texts = new DefinitionTexts(store);
  await texts.needAll(database.events, foldEvents(database.events));
  const states = new Map<string, Snapshot>();
  let state = emptyState(environment);
  let decisions = emptyDecisions;
  for (const event of database.events) {
    decisions = applyEvent(decisions, event);
    state = advance(state, { event, decisions }, texts.read).state;
    if (state.snapshot !== undefined) states.set(`${state.snapshot.epoch}:${state.snapshot.seq}`, state.snapshot);
  }
  return { environment, states, last: state, fresh: compileFromLog(database.events, environment, texts.read) };
}

const killOf = (event: LoggedEvent): string | undefined => (event.facts.kind === "flagsKilled" ? event.facts.kill : undefined);

/** The invariants of the design (I1–I9), over one finished history. Each violation in one line. */
export async function violations(scenario: Scenario): Promise<readonly string[]> {
  const { world, asks } = scenario;
  const { events } = world.database;
  const found: string[] = [...world.problems];
  const killEvents = events.filter((event) => killOf(event) !== undefined);
  // One kill may stand in the log twice, where a retry of it became an emergency: the first is what made it.
  const kills = new Map(killEvents.toReversed().map((event) => [killOf(event) ?? "", event]));

  // I1: what was acknowledged is in the log, for ever, at the place that was named.
  for (const ask of asks) {
    if (!ask.acked || ask.kind === "revert") continue;
    const event = ask.kind === "kill" ? kills.get(ask.kill ?? "") : events.find((one) => one.command === ask.command);
    if (event === undefined) found.push(`I1 acknowledged ${ask.kind} ${ask.command} is not in the log`);
    else if (ask.kind === "kill" && event.command !== ask.command)
      found.push(`I1 ${ask.command} was acknowledged as kill ${ask.kill ?? ""}, which another command made`);
    // One that was given to a relay and to the server may stand there for each of their journals: either is its place.
    else if (ask.seq !== undefined && !events.some((one) => one.seq === ask.seq && (ask.kind === "kill" ? killOf(one) === ask.kill : one === event)))
      found.push(`I1 ${ask.command} was acknowledged at ${ask.seq} and stands at ${event.seq}`);
  }
  // I3: one command, one effect; and the log is gapless.
  const commands = new Set<string>();
  for (const [index, event] of events.entries()) {
    if (event.seq !== index + 1) found.push(`I3 the log has ${event.seq} at place ${index + 1}`);
    if (commands.has(event.command)) found.push(`I3 ${event.command} has two effects`);
    commands.add(event.command);
  }
  // Adopted once: what a journal counted stands once in the log, in the journal's order.
  const counted = new Map<string, number>();
  for (const { facts, seq } of killEvents) {
    if (facts.kind !== "flagsKilled" || facts.journal === undefined || facts.counter === undefined) continue;
    const place = `${facts.environment} ${facts.journal}`;
    if ((counted.get(place) ?? -1) >= facts.counter) found.push(`I3 ${seq} adopts ${facts.counter} of ${place} after ${counted.get(place) ?? -1}`);
    counted.set(place, facts.counter);
  }
  found.push(...faultsTold(scenario), ...checkFiltered(scenario, kills));
  for (const environment of ENVIRONMENTS) {
    const history = await historyOf(scenario, environment).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (typeof history === "string") found.push(`I4 the log of ${environment} cannot be folded: ${history}`);
    else found.push(...checkServer(scenario, history), ...checkSdks(scenario, history, killEvents), ...checkEnd(scenario, history));
  }
  return [...new Set(found)];
}

/** I4: what the server holds is the fold of the log, recomputed in a fresh place, byte for byte. */
function checkServer({ world }: Scenario, { environment, last, fresh }: History): readonly string[] {
  if (last.snapshot === undefined) return [];
  const found: string[] = [];
  const served = world.plane?.state(environment)?.snapshot;
  const bytes = encodeSnapshot(last.snapshot);
  if (fresh.snapshot === undefined || encodeSnapshot(fresh.snapshot) !== bytes)
    found.push(`I4 ${environment}: step by step and from the log alone give different bytes`);
  if (served === undefined || encodeSnapshot(served) !== bytes)
    found.push(`I4 ${environment}: the server serves ${served?.seq ?? "nothing"}, the log says ${last.snapshot.seq}`);
  return found;
}

/** I6, filtered: no byte that an SDK, or a relay of one environment, ever received is of another: not its name, its rules or its kills. */
function checkFiltered({ world }: Scenario, kills: ReadonlyMap<string, LoggedEvent>): readonly string[] {
  const relays = world.relays.flatMap(({ process, environments: [only, ...more] }) =>
    only === undefined || more.length > 0 ? [] : [[process.name, only] as const],
  );
  const environmentOf = new Map([...relays, ...world.sdks.map(({ process, environment }) => [process.name, environment] as const)]);
  const foreign = Object.fromEntries(
    ENVIRONMENTS.map((own) => {
      const others = ENVIRONMENTS.filter((other) => other !== own).flatMap((other) => [markOf(other), `"environment":"${other}"`]);
      const theirKills = [...kills].flatMap(([id, { facts }]) => (facts.kind === "flagsKilled" && facts.environment !== own ? [`"${id}"`] : []));
      return [own, [...others, ...theirKills]];
    }),
  );
  return world.network.heard.flatMap(({ by, text }) => {
    const own = environmentOf.get(by);
    return (own === undefined ? [] : (foreign[own] ?? [])).filter((one) => text.includes(one)).map((one) => `I6 ${by} of ${own ?? ""} received ${one}`);
  });
}

/** What processes say of themselves: a server that diverged, and a fault that an SDK reports instead of throwing it into its host. */
function faultsTold({ world }: Scenario): readonly string[] {
  const said = (one: { readonly name: string; readonly lines: readonly string[] }, what: RegExp): readonly string[] =>
    one.lines.filter((line) => what.test(line)).map((line) => `I4 ${one.name}: ${line}`);
  return [
    ...[world.api, world.fanout, ...world.relays.map((relay) => relay.process)].flatMap((process) => said(process, /^\d+ error (?!kill\.notJournalled)/)),
    ...world.sdks.flatMap(({ process }) => said(process, /^\d+ error sluice\.fault /)),
  ];
}

/**
 * Flags that may stay off behind a relay after their kill was lifted: it was asked for there and at the server, and the relay ended with a disk that
 * had refused it. Nobody else knows its number, which ends with the next kill of that relay's journal.
 */
function outlasting({ asks, world }: Scenario, environment: Environment): ReadonlySet<string> {
  const refused = world.relays.some(({ process }) => process.wasRefused);
  return new Set(refused ? asks.flatMap(({ doors, flag, environment: where }) => (doors.size > 1 && where === environment ? [flag] : [])) : []);
}

/** I2, I5, I6, I8: what the SDKs of one environment showed, swap by swap. */
function checkSdks(scenario: Scenario, { environment, states }: History, kills: readonly LoggedEvent[]): readonly string[] {
  const found: string[] = [];
  const answers = new Map([...states].map(([version, snapshot]) => [version, answersOf(snapshot)] as const));
  const outlast = outlasting(scenario, environment);
  const before = new Map<string, Observation>();
  /** Per SDK life and flag: the first place in the log that may end the urgent kill it was seen under. */
  const urgentUntil = new Map<string, number>();
  const own = new Set(scenario.world.sdks.filter((sdk) => sdk.environment === environment).map(({ process }) => process.name));
  for (const now of scenario.world.observations) {
    if (now.version === undefined || !own.has(now.sdk)) continue;
    const version = `${now.version.epoch}:${now.version.seq}`;
    const expected = answers.get(version);
    const who = `${now.sdk} (life ${now.life}) at ${now.atMs}`;
    if (expected === undefined) {
      found.push(`I2 ${who} serves ${version}, which the log never had`);
      continue;
    }
    const last = before.get(`${now.sdk}/${now.life}`);
    if (last?.version !== undefined && last.version.epoch === now.version.epoch && last.version.seq > now.version.seq)
      found.push(`I5 ${who} went back from ${last.version.seq} to ${now.version.seq}`);
    // I6, unique: a version is swapped in once. A kill that overtakes its version is a swap of its own.
    if (now.change?.isKill === false && last?.version !== undefined && sameVersion(last.version, now.version)) found.push(`I6 ${who} applied ${version} again`);
    before.set(`${now.sdk}/${now.life}`, now);
    for (const flag of FLAGS) {
      const place = `${now.sdk}/${now.life}/${flag}`;
      if (now.answers[flag] === true) {
        if (expected[flag] !== true) found.push(`I5 ${who} has ${flag} on, ${version} says off`);
        const until = urgentUntil.get(place);
        if (until !== undefined && now.version.seq < until) found.push(`I8 ${who} has ${flag} on again before the log ended its kill (${version} < ${until})`);
      } else if (expected[flag] === true) {
        const candidates = kills
          .filter(
            ({ facts, seq }) =>
              facts.kind === "flagsKilled" && facts.environment === environment && facts.flags.includes(flag) && seq > (now.version?.seq ?? 0),
          )
          .map((event) => event.seq);
        if (candidates.length === 0 && !outlast.has(flag)) found.push(`I5 ${who} has ${flag} off, ${version} says on, and no kill explains it`);
        else if (candidates.length > 0) urgentUntil.set(place, Math.max(urgentUntil.get(place) ?? 0, Math.min(...candidates)));
      }
    }
  }
  return found;
}

const sameVersion = (one: Version, other: Version): boolean => one.epoch === other.epoch && one.seq === other.seq;

/** Kills that ended with the commit that makes them permanent: by then what is served has each of their flags off without them (semantics 25). */
function endedByCommits(
  events: readonly LoggedEvent[],
  { environment, states }: History,
): { readonly ended: ReadonlySet<string>; readonly found: readonly string[] } {
  const ended = new Set<string>();
  const found: string[] = [];
  for (const { facts, epoch, seq } of events) {
    if (facts.kind !== "killLifted" || facts.commit === undefined || facts.environment !== environment) continue;
    ended.add(facts.kill);
    const flags = events.flatMap((event) => (event.facts.kind === "flagsKilled" && event.facts.kill === facts.kill ? event.facts.flags : []));
    const [after] = [...states.values()].filter((state) => state.epoch === epoch && state.seq <= seq).sort((a, b) => b.seq - a.seq);
    const answers = after === undefined ? {} : answersOf(after);
    for (const flag of flags) if (answers[flag] !== false) found.push(`I9 the commit ${facts.commit} ended ${facts.kill}, and ${flag} is on after it`);
  }
  return { ended, found };
}

/** I7, I9: after calm everybody agrees, and what was killed and never lifted is off. */
function checkEnd(scenario: Scenario, history: History): readonly string[] {
  const { world, asks } = scenario;
  const {
    environment,
    last: { snapshot: last },
  } = history;
  if (last === undefined) return ["I7 nothing was ever served"];
  const byCommit = endedByCommits(world.database.events, history);
  const found: string[] = [...byCommit.found];
  const expected = answersOf(last);
  const lifted = new Set(asks.filter((ask) => ask.kind === "lift").map((ask) => ask.kill));
  for (const sdk of world.sdks.filter((one) => one.environment === environment)) {
    const end = world.observations.findLast((one) => one.sdk === sdk.process.name);
    const version = end?.version === undefined ? "nothing" : `${end.version.epoch}:${end.version.seq}`;
    if (version !== `${last.epoch}:${last.seq}`) found.push(`I7 ${sdk.process.name} ends at ${version}, the log at ${last.epoch}:${last.seq}`);
    for (const flag of FLAGS)
      if (end !== undefined && end.answers[flag] !== expected[flag] && (end.answers[flag] === true || !outlasting(scenario, environment).has(flag)))
        found.push(`I7 ${sdk.process.name} ends with ${flag} ${end.answers[flag] === true ? "on" : "off"}, the log says otherwise`);
    for (const ask of asks) {
      if (
        ask.kind === "kill" &&
        ask.environment === environment &&
        ask.acked &&
        !lifted.has(ask.kill) &&
        !byCommit.ended.has(ask.kill ?? "") &&
        end?.answers[ask.flag] === true
      )
        found.push(`I9 ${sdk.process.name} ends with ${ask.flag} on; it was killed (${ask.command}) and never lifted`);
    }
  }
  return found;
}
