import { compileSnapshot, encodeSnapshot, evaluate, type Snapshot, type Version } from "@sluice/evaluation";
import { advance, compileFromLog, emptyState, type EnvironmentState } from "@sluice/snapshot";
import { applyEvent, type Decisions, emptyDecisions, type LoggedEvent } from "@sluice/releases";
import { DefinitionTexts } from "@sluice/server";
import { MemoryStore } from "@sluice/store";
import { type Environment, ENVIRONMENTS } from "./environments.ts";
import { FLAGS, markOf } from "./repository.ts";
import type { Scenario } from "./scenario.ts";
import { checkDeeds, checkHarm, GUARDED_FLAG } from "./guarded.ts";
import { checkKept, checkOffered, forgotten, mayOutlast, mustOutlast, type Played } from "./losses.ts";
import type { Observation } from "./world.ts";

/** Everybody hears of a new epoch within this. */
const HEARD_OF_EPOCH_MS = 1_000;
const CONTEXT = { targetingKey: "u1", customer: "acme" };

function answersOf(snapshot: Snapshot): Readonly<Record<string, boolean>> {
  const compiled = compileSnapshot(snapshot, {});
  return Object.fromEntries(FLAGS.map((flag) => [flag, evaluate(compiled, flag, CONTEXT).value === true]));
}

/** Everything that one environment ever served, by `epoch:seq`, folded from the log alone. */
export interface History {
  readonly environment: Environment;
  readonly states: ReadonlyMap<string, Snapshot>;
  /** What it served by decisions that the database has lost since: a version may have been served in two forms. */
  readonly lost: readonly (Played & { readonly states: ReadonlyMap<string, Snapshot> })[];
  readonly last: EnvironmentState;
  readonly fresh: EnvironmentState;
}

/** Histories of one world: what several have in common is read and folded once. An event's hash says all that came before it. */
export class Replay {
  readonly #texts: DefinitionTexts;
  readonly #decisions = new Map<string, Decisions>();
  readonly #states = new Map<string, EnvironmentState>();

  constructor({ world }: Scenario) {
    this.#texts = new DefinitionTexts(new MemoryStore(world.database, { unit: () => 0, bytes: (count) => new Uint8Array(count) }));
  }

  /** Everything that an environment served by these events, by `epoch:seq`, and what it serves in the end. */
  async play(
    events: readonly LoggedEvent[],
    environment: Environment,
  ): Promise<{ readonly states: ReadonlyMap<string, Snapshot>; readonly last: EnvironmentState }> {
    const folded: Decisions[] = [];
    for (const event of events) folded.push(known(this.#decisions, event.hash, () => applyEvent(folded.at(-1) ?? emptyDecisions, event)));
    await this.#texts.needAll(events, folded.at(-1) ?? emptyDecisions);
    const states = new Map<string, Snapshot>();
    let state = emptyState(environment);
    for (const [at, event] of events.entries()) {
      const [before, decisions = emptyDecisions] = [state, folded[at]];
      state = known(this.#states, `${environment} ${event.hash}`, () => advance(before, { event, decisions }, this.#texts.read).state);
      if (state.snapshot !== undefined) states.set(`${state.snapshot.epoch}:${state.snapshot.seq}`, state.snapshot);
    }
    return { states, last: state };
  }

  /** The same end, by no shortcut. */
  fresh(events: readonly LoggedEvent[], environment: Environment): EnvironmentState {
    return compileFromLog(events, environment, this.#texts.read);
  }
}

function known<T>(memory: Map<string, T>, name: string, make: () => T): T {
  const found = memory.get(name) ?? make();
  memory.set(name, found);
  return found;
}

export async function historyOf({ world }: Scenario, environment: Environment, replay: Replay): Promise<History> {
  const { events } = world.database;
  const lost: History["lost"][number][] = [];
  for (const { events: before, head, kept } of world.losses) {
    const { states, last } = await replay.play(before, environment);
    lost.push({ events: before, head, states, last: last.snapshot, kept: kept.map((own) => own.get(environment)) });
  }
  return { environment, ...(await replay.play(events, environment)), lost, fresh: replay.fresh(events, environment) };
}

const covers = ({ facts }: LoggedEvent, { environment, flag }: { readonly environment: Environment; readonly flag: string }): boolean =>
  facts.kind === "flagsKilled" && facts.environment === environment && facts.flags.includes(flag);

const killOf = (event: LoggedEvent): string | undefined => (event.facts.kind === "flagsKilled" ? event.facts.kill : undefined);

/** The invariants of the design (I1–I9), over one finished history. Each violation in one line. */
export async function violations(scenario: Scenario): Promise<readonly string[]> {
  const { world, asks } = scenario;
  const { events } = world.database;
  const found: string[] = [...world.problems];
  const killEvents = events.filter((event) => killOf(event) !== undefined);
  // One kill may stand in the log twice, where a retry of it became an emergency: the first is what made it.
  const kills = new Map(killEvents.toReversed().map((event) => [killOf(event) ?? "", event]));

  const gone = forgotten(world.losses);
  // I1: what was acknowledged is in the log, for ever, at the place that was named; of what a database lost, the kills that the server had kept.
  for (const ask of asks) {
    const { sentAtMs, seq = Number.MAX_SAFE_INTEGER } = ask;
    // Its answer may have been under way when the database ended.
    const lost = world.losses.filter(({ atMs }) => atMs > sentAtMs);
    // A revert that waits for somebody, or that changes nothing, has no place.
    if (!ask.acked || (ask.kind === "revert" && ask.seq === undefined) || (ask.kind !== "kill" && lost.some(({ head }) => seq > head))) continue;
    const event = ask.kind === "kill" ? kills.get(ask.kill ?? "") : events.find((one) => one.command === ask.command);
    if (event === undefined) {
      if (ask.kind !== "kill" || !gone.has(ask.kill ?? "")) found.push(`I1 acknowledged ${ask.kind} ${ask.command} is not in the log`);
    } else if (lost.length > 0 || event.command.startsWith("kept-")) continue;
    else if (ask.kind === "kill" && event.command !== ask.command)
      found.push(`I1 ${ask.command} was acknowledged as kill ${ask.kill ?? ""}, which another command made`);
    // One that was given to a relay and to the server may stand there for each of their journals: either is its place.
    else if (ask.seq !== undefined && !events.some((one) => one.seq === ask.seq && (ask.kind === "kill" ? killOf(one) === ask.kill : one === event)))
      found.push(`I1 ${ask.command} was acknowledged at ${ask.seq} and stands at ${event.seq}`);
  }
  found.push(
    ...checkLog(events, killEvents),
    ...checkKept(world.losses, events),
    ...checkOffered(world.heldByRelays, events),
    ...faultsTold(scenario),
    ...checkFiltered(scenario, kills),
  );
  const replay = new Replay(scenario);
  for (const environment of ENVIRONMENTS) {
    const history = await historyOf(scenario, environment, replay).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (typeof history === "string") found.push(`I4 the log of ${environment} cannot be folded: ${history}`);
    else found.push(...checkServer(scenario, history), ...checkSdks(scenario, history, killEvents), ...checkEnd(scenario, history));
  }
  return [...new Set(found)];
}

function checkLog(events: readonly LoggedEvent[], killEvents: readonly LoggedEvent[]): readonly string[] {
  const found: string[] = [];
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
  return found;
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

/** In simulated milliseconds, from each loss until a server has found it and the others could hear of its new epoch. */
function lossWindows({ losses, fanouts }: Scenario["world"]): readonly (readonly [fromMs: number, untilMs: number])[] {
  const found = fanouts.flatMap(({ lines }) => lines.filter((line) => line.includes(" error store.lostDecisions ")).map((line) => Number.parseInt(line, 10)));
  return losses.map(({ atMs }) => [atMs, Math.min(...found.filter((foundMs) => foundMs >= atMs)) + HEARD_OF_EPOCH_MS]);
}

/** What processes say of themselves: a server that diverged, and a fault that an SDK reports instead of throwing it into its host. */
function faultsTold({ world }: Scenario): readonly string[] {
  // A full disk and a database that is gone keep a kill from being written down, a person's or a guard's: then that is what is to be said.
  const allowed = ["kill.notJournalled", "guard.refused", ...(world.losses.length > 0 ? ["store.lostDecisions"] : [])];
  const others = new RegExp(String.raw`^\d+ error (?!${allowed.join("|").replaceAll(".", String.raw`\.`)})`);
  const windows = lossWindows(world);
  // A log that was restored goes on with other decisions in the places of the lost ones: until that is found, whoever tells of them tells otherwise.
  const isOfLoss = (line: string): boolean =>
    / error publish\.diverged /.test(line) && windows.some(([fromMs, untilMs]) => Number.parseInt(line, 10) >= fromMs && Number.parseInt(line, 10) <= untilMs);
  const said = (one: { readonly name: string; readonly lines: readonly string[] }, what: RegExp): readonly string[] =>
    one.lines.filter((line) => what.test(line) && !isOfLoss(line)).map((line) => `I4 ${one.name}: ${line}`);
  return [
    ...[world.api, ...world.fanouts, ...world.relays.map((relay) => relay.process)].flatMap((process) => said(process, others)),
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

/** A version in one of the forms that it was served in. */
interface Form {
  readonly answers: Readonly<Record<string, boolean>>;
  readonly state: Snapshot;
}

/** What the SDKs of one environment may show. */
interface Expected {
  readonly environment: Environment;
  readonly lost: History["lost"];
  /** By `epoch:seq`. */
  readonly forms: ReadonlyMap<string, readonly Form[]>;
  /** Of the log, and of what was lost of it. */
  readonly kills: readonly LoggedEvent[];
  /** Of the log, and of what was lost of it. */
  readonly lifts: readonly LoggedEvent[];
  readonly outlast: ReadonlySet<string>;
  /** Per SDK life and flag: the first place in the log that may end the urgent kill it was seen under. */
  readonly urgentUntil: Map<string, Version>;
}

interface Shown {
  readonly who: string;
  readonly place: string;
  readonly flag: string;
  readonly version: Version;
  readonly before: Version | undefined;
  readonly forms: readonly Form[];
}

const nameOf = ({ epoch, seq }: Version): string => `${epoch}:${seq}`;

/** I2, I5, I6, I8: what the SDKs of one environment showed, swap by swap. */
function checkSdks(scenario: Scenario, { environment, states, lost }: History, kept: readonly LoggedEvent[]): readonly string[] {
  const found: string[] = [];
  const forms = new Map<string, readonly Form[]>();
  for (const [version, state] of [states, ...lost.map((one) => one.states)].flatMap((one) => [...one]))
    forms.set(version, [...(forms.get(version) ?? []), { answers: answersOf(state), state }]);
  const kills = [...kept, ...scenario.world.losses.flatMap(({ events, head }) => events.slice(head).filter((event) => killOf(event) !== undefined))];
  const logs = [scenario.world.database.events, ...lost.map(({ events }) => events)].flat();
  const lifts = logs.filter(({ facts }) => facts.kind === "killLifted");
  const expected: Expected = { environment, lost, forms, kills, lifts, outlast: outlasting(scenario, environment), urgentUntil: new Map() };
  const before = new Map<string, Observation>();
  const own = new Set(scenario.world.sdks.filter((sdk) => sdk.environment === environment).map(({ process }) => process.name));
  for (const now of scenario.world.observations) {
    if (now.version === undefined || !own.has(now.sdk)) continue;
    const version = nameOf(now.version);
    const here = forms.get(version);
    const who = `${now.sdk} (life ${now.life}) at ${now.atMs}`;
    if (here === undefined) {
      found.push(`I2 ${who} serves ${version}, which the log never had`);
      continue;
    }
    const last = before.get(`${now.sdk}/${now.life}`)?.version;
    if (last !== undefined && last.epoch === now.version.epoch && last.seq > now.version.seq)
      found.push(`I5 ${who} went back from ${last.seq} to ${now.version.seq}`);
    // I6, unique: a version is swapped in once. A kill that overtakes its version is a swap of its own.
    if (now.change?.isKill === false && last !== undefined && sameVersion(last, now.version)) found.push(`I6 ${who} applied ${version} again`);
    before.set(`${now.sdk}/${now.life}`, now);
    for (const flag of FLAGS) {
      const shown: Shown = { who, place: `${now.sdk}/${now.life}/${flag}`, flag, version: now.version, before: last, forms: here };
      if (now.answers[flag] === true) found.push(...checkOn(expected, shown));
      else if (here.every(({ answers }) => answers[flag] === true)) found.push(...checkOff(expected, shown));
    }
  }
  return found;
}

/** A flag is on: its version says so, and nothing is known that would keep it off. */
function checkOn(
  { environment, lost, forms, kills, lifts, urgentUntil }: Expected,
  { who, place, flag, version, before, forms: here }: Shown,
): readonly string[] {
  const found: string[] = [];
  if (here.every(({ answers }) => answers[flag] !== true)) found.push(`I5 ${who} has ${flag} on, ${nameOf(version)} says off`);
  const until = urgentUntil.get(place);
  if (until?.epoch === version.epoch && version.seq < until.seq)
    found.push(`I8 ${who} has ${flag} on again before the log ended its kill (${nameOf(version)} < ${until.seq})`);
  if (before === undefined || before.epoch === version.epoch) return found;
  const listed = (kill: LoggedEvent): boolean =>
    kill.epoch === before.epoch && (forms.get(nameOf(before)) ?? []).every(({ state }) => Object.hasOwn(state.kills ?? {}, killOf(kill) ?? ""));
  for (const kill of kills)
    if (covers(kill, { environment, flag }) && listed(kill) && here.every(({ state }) => mustOutlast(kill, state, { lost, kills, lifts })))
      found.push(`I8 ${who} has ${flag} on: ${nameOf(version)} has forgotten the kill ${killOf(kill) ?? ""}`);
  return found;
}

/** A flag is off though its version says on: a kill that was heard beside it must explain that. */
function checkOff({ environment, lost, kills, outlast, urgentUntil }: Expected, { who, place, flag, version, forms: here }: Shown): readonly string[] {
  const explaining = kills.filter((event) => covers(event, { environment, flag }) && here.some(({ state }) => mayOutlast(event, state, lost)));
  if (explaining.length === 0) return outlast.has(flag) ? [] : [`I5 ${who} has ${flag} off, ${nameOf(version)} says on, and no kill explains it`];
  // A kill of an epoch that is over stays in force until the log of this one has it.
  if (explaining.some(({ epoch }) => epoch !== version.epoch)) return [];
  const before = urgentUntil.get(place);
  const first = Math.min(...explaining.map(({ seq }) => seq));
  urgentUntil.set(place, { epoch: version.epoch, seq: Math.max(before?.epoch === version.epoch ? before.seq : 0, first) });
  return [];
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
  if (environment === "production" && world.watched !== undefined) {
    const { isNow, hasBegun } = world.harm;
    found.push(...checkDeeds(world.database.events, { salt: last.salt, harmBegan: hasBegun }));
    found.push(...checkHarm(world.database.events, { guards: world.guards, isHarm: isNow, isOn: expected[GUARDED_FLAG] === true }));
  }
  const outlast = outlasting(scenario, environment);
  const allKills = [world.database.events, ...world.losses.map(({ events }) => events)].flat().filter((event) => killOf(event) !== undefined);
  const mayStayOff = (flag: string): boolean =>
    outlast.has(flag) || allKills.some((event) => covers(event, { environment, flag }) && mayOutlast(event, last, history.lost));
  const gone = forgotten(world.losses);
  const lifted = new Set(asks.filter((ask) => ask.kind === "lift").map((ask) => ask.kill));
  for (const sdk of world.sdks.filter((one) => one.environment === environment && !world.network.thinksStreamsHeldBack(one.process.name))) {
    const end = world.observations.findLast((one) => one.sdk === sdk.process.name);
    const version = end?.version === undefined ? "nothing" : `${end.version.epoch}:${end.version.seq}`;
    if (version !== `${last.epoch}:${last.seq}`) found.push(`I7 ${sdk.process.name} ends at ${version}, the log at ${last.epoch}:${last.seq}`);
    for (const flag of FLAGS)
      if (end !== undefined && end.answers[flag] !== expected[flag] && (end.answers[flag] === true || !mayStayOff(flag)))
        found.push(`I7 ${sdk.process.name} ends with ${flag} ${end.answers[flag] === true ? "on" : "off"}, the log says otherwise`);
    for (const ask of asks) {
      if (
        ask.kind === "kill" &&
        ask.environment === environment &&
        ask.acked &&
        !lifted.has(ask.kill) &&
        !byCommit.ended.has(ask.kill ?? "") &&
        !gone.has(ask.kill ?? "") &&
        end?.answers[ask.flag] === true
      )
        found.push(`I9 ${sdk.process.name} ends with ${ask.flag} on; it was killed (${ask.command}) and never lifted`);
    }
  }
  return found;
}
