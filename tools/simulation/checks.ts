import { compileSnapshot, encodeSnapshot, evaluate, type Snapshot } from "@sluice/evaluation";
import { foldEvents, type LoggedEvent } from "@sluice/releases";
import { advance, compileFromLog, emptyState, type EnvironmentState } from "@sluice/snapshot";
import { applyEvent, emptyDecisions } from "@sluice/releases";
import { DefinitionTexts } from "@sluice/server";
import { MemoryStore } from "@sluice/store";
import { FLAGS, type Scenario } from "./scenario.ts";
import { ENVIRONMENT, type Observation } from "./world.ts";

const CONTEXT = { targetingKey: "u1", customer: "acme" };

function answersOf(snapshot: Snapshot): Readonly<Record<string, boolean>> {
  const compiled = compileSnapshot(snapshot, {});
  return Object.fromEntries(FLAGS.map((flag) => [flag, evaluate(compiled, flag, CONTEXT).value === true]));
}

/** Everything that was ever served, by `epoch:seq`, folded from the log alone. */
async function historyOf(
  scenario: Scenario,
): Promise<{ readonly states: ReadonlyMap<string, Snapshot>; readonly last: EnvironmentState; readonly fresh: EnvironmentState }> {
  const { database } = scenario.world;
  const store = new MemoryStore(database, { unit: () => 0, bytes: (count) => new Uint8Array(count) });
  const texts = new DefinitionTexts(store);
  await texts.needAll(database.events, foldEvents(database.events));
  const states = new Map<string, Snapshot>();
  let state = emptyState(ENVIRONMENT);
  let decisions = emptyDecisions;
  for (const event of database.events) {
    decisions = applyEvent(decisions, event);
    state = advance(state, { event, decisions }, texts.read).state;
    if (state.snapshot !== undefined) states.set(`${state.snapshot.epoch}:${state.snapshot.seq}`, state.snapshot);
  }
  return { states, last: state, fresh: compileFromLog(database.events, ENVIRONMENT, texts.read) };
}

const killOf = (event: LoggedEvent): string | undefined => (event.facts.kind === "flagsKilled" ? event.facts.kill : undefined);

/** The invariants of the design (I1–I9), over one finished history. Each violation in one line. */
export async function violations(scenario: Scenario): Promise<readonly string[]> {
  const { world, asks } = scenario;
  const { events } = world.database;
  const found: string[] = [...world.problems];
  const kills = new Map(events.flatMap((event) => (killOf(event) === undefined ? [] : [[killOf(event) ?? "", event] as const])));

  // I1: what was acknowledged is in the log, for ever, at the place that was named.
  for (const ask of asks) {
    if (!ask.acked || ask.kind === "revert") continue;
    const event = ask.kind === "kill" ? kills.get(ask.kill ?? "") : events.find((one) => one.command === ask.command);
    if (event === undefined) found.push(`I1 acknowledged ${ask.kind} ${ask.command} is not in the log`);
    else if (ask.kind === "kill" && event.command !== ask.command)
      found.push(`I1 ${ask.command} was acknowledged as kill ${ask.kill ?? ""}, which another command made`);
    else if (ask.seq !== undefined && event.seq !== ask.seq) found.push(`I1 ${ask.command} was acknowledged at ${ask.seq} and stands at ${event.seq}`);
  }
  // I3: one command, one effect; and the log is gapless.
  const commands = new Set<string>();
  for (const [index, event] of events.entries()) {
    if (event.seq !== index + 1) found.push(`I3 the log has ${event.seq} at place ${index + 1}`);
    if (commands.has(event.command)) found.push(`I3 ${event.command} has two effects`);
    commands.add(event.command);
  }
  const history = await historyOf(scenario).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  if (typeof history === "string") return [...found, `I4 the log cannot be folded: ${history}`];
  const { states, last, fresh } = history;
  const served = world.plane?.state(ENVIRONMENT)?.snapshot;
  // I4: what the server holds is the fold of the log, recomputed in a fresh place, byte for byte.
  if (last.snapshot !== undefined) {
    const bytes = encodeSnapshot(last.snapshot);
    if (fresh.snapshot === undefined || encodeSnapshot(fresh.snapshot) !== bytes) found.push("I4 step by step and from the log alone give different bytes");
    if (served === undefined || encodeSnapshot(served) !== bytes)
      found.push(`I4 the server serves ${served?.seq ?? "nothing"}, the log says ${last.snapshot.seq}`);
  }
  found.push(...faultsTold(scenario), ...checkSdks(scenario, states, kills), ...checkEnd(scenario, last.snapshot));
  return [...new Set(found)];
}

/** What processes say of themselves: a server that diverged, and a fault that an SDK reports instead of throwing it into its host. */
function faultsTold({ world }: Scenario): readonly string[] {
  const said = (one: { readonly name: string; readonly lines: readonly string[] }, what: RegExp): readonly string[] =>
    one.lines.filter((line) => what.test(line)).map((line) => `I4 ${one.name}: ${line}`);
  return [
    ...[world.api, world.fanout].flatMap((process) => said(process, /^\d+ error (?!kill\.notJournalled)/)),
    ...world.sdks.flatMap(({ process }) => said(process, /^\d+ error sluice\.fault /)),
  ];
}

/** I2, I5, I6, I8: what SDKs showed, swap by swap. */
function checkSdks(scenario: Scenario, states: ReadonlyMap<string, Snapshot>, kills: ReadonlyMap<string, LoggedEvent>): readonly string[] {
  const found: string[] = [];
  const answers = new Map([...states].map(([version, snapshot]) => [version, answersOf(snapshot)] as const));
  const before = new Map<string, Observation>();
  /** Per SDK life and flag: the first place in the log that may end the urgent kill it was seen under. */
  const urgentUntil = new Map<string, number>();
  for (const now of scenario.world.observations) {
    if (now.version === undefined) continue;
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
    before.set(`${now.sdk}/${now.life}`, now);
    for (const flag of FLAGS) {
      const place = `${now.sdk}/${now.life}/${flag}`;
      if (now.answers[flag] === true) {
        if (expected[flag] !== true) found.push(`I5 ${who} has ${flag} on, ${version} says off`);
        const until = urgentUntil.get(place);
        if (until !== undefined && now.version.seq < until) found.push(`I8 ${who} has ${flag} on again before the log ended its kill (${version} < ${until})`);
      } else if (expected[flag] === true) {
        const candidates = [...kills.values()]
          .filter(({ facts, seq }) => facts.kind === "flagsKilled" && facts.flags.includes(flag) && seq > (now.version?.seq ?? 0))
          .map((event) => event.seq);
        if (candidates.length === 0) found.push(`I5 ${who} has ${flag} off, ${version} says on, and no kill explains it`);
        else urgentUntil.set(place, Math.max(urgentUntil.get(place) ?? 0, Math.min(...candidates)));
      }
    }
  }
  return found;
}

/** I7, I9: after calm everybody agrees, and what was killed and never lifted is off. */
function checkEnd(scenario: Scenario, last: Snapshot | undefined): readonly string[] {
  const { world, asks } = scenario;
  const found: string[] = [];
  if (last === undefined) return ["I7 nothing was ever served"];
  const expected = answersOf(last);
  const lifted = new Set(asks.filter((ask) => ask.kind === "lift").map((ask) => ask.kill));
  for (const sdk of world.sdks) {
    const end = world.observations.findLast((one) => one.sdk === sdk.process.name);
    const version = end?.version === undefined ? "nothing" : `${end.version.epoch}:${end.version.seq}`;
    if (version !== `${last.epoch}:${last.seq}`) found.push(`I7 ${sdk.process.name} ends at ${version}, the log at ${last.epoch}:${last.seq}`);
    for (const flag of FLAGS)
      if (end !== undefined && end.answers[flag] !== expected[flag])
        found.push(`I7 ${sdk.process.name} ends with ${flag} ${end.answers[flag] === true ? "on" : "off"}, the log says otherwise`);
    for (const ask of asks) {
      if (ask.kind === "kill" && ask.acked && !lifted.has(ask.kill) && end?.answers[ask.flag] === true)
        found.push(`I9 ${sdk.process.name} ends with ${ask.flag} on; it was killed (${ask.command}) and never lifted`);
    }
  }
  return found;
}
