import { customerHash } from "@sluice/evaluation";
import type { GuardView } from "@sluice/contract";
import type { HttpReply } from "@sluice/ports";
import type { LoggedEvent } from "@sluice/releases";
import type { SluiceClient } from "@sluice/node";

/** The flag that has a guard, in guarded worlds. */
export const GUARDED_FLAG = "site.weather";
const PER_DAY = 6;
/** A window of the guard, so that some pass before a world is over. */
export const GUARD_WINDOW_MS = 2_000;
/** How often code says how something went that the flag is about, for each customer; counts travel every 5 to 10 s. */
export const OUTCOME_EVERY_MS = 500;

/** What a guard of a world watches: a query of a Prometheus, or what SDKs report. */
export type Watched = "query" | "outcome";

/** What the flag's file says beside the rest. */
export const GUARDS: Readonly<Record<Watched, string>> = {
  query: `guards:
  latency: { query: export_seconds, customer: tenant, above: 2, windows: 2 of 3, reaction: kill, perDay: ${PER_DAY} }
`,
  outcome: `guards:
  errors: { outcome: forecast, abovePercent: 20, minimum: 5, windows: 2 of 3, reaction: kill, perDay: ${PER_DAY} }
`,
};

/** Who is harmed while there is harm, the customer whom SDKs ask about, and who never is. */
const HARMED = "acme";
const UNHARMED = "bolt";

/** What code reports about the flag: whoever is harmed fails where the flag is on, and nobody else ever does. */
export function reportOutcomes(client: SluiceClient, isHarm: boolean): void {
  for (const customer of [HARMED, UNHARMED]) {
    const context = { targetingKey: "u1", customer };
    const failed = isHarm && customer === HARMED && client.getBoolean(GUARDED_FLAG, false, context);
    client.track("forecast", context, { flag: GUARDED_FLAG, failed });
  }
}

/** What Prometheus says now. */
export function prometheusReply(isHarm: boolean): HttpReply {
  const series = ([tenant, value]: readonly [string, number]): object => ({ metric: { tenant }, value: [0, String(value)] });
  const result = (
    [
      [HARMED, isHarm ? 5 : 1],
      [UNHARMED, 1],
    ] as const
  ).map(series);
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ status: "success", data: { resultType: "vector", result } }) };
}

const isGuards = ({ command, facts }: LoggedEvent): boolean => facts.kind === "flagsKilled" && command.startsWith("guard-");

/** A guard kills for those alone whom its numbers name, and not before they do. */
export function checkDeeds(events: readonly LoggedEvent[], { salt, harmBegan }: { readonly salt: string; readonly harmBegan: boolean }): readonly string[] {
  return events.filter(isGuards).flatMap(({ facts, seq }) => {
    const { customers = [], ...others } = facts.kind === "flagsKilled" ? (facts.scope ?? {}) : {};
    const isForHarmed = customers.join() === customerHash(salt, HARMED) && Object.keys(others).length === 0;
    return [
      ...(isForHarmed ? [] : [`I10 the guard's kill at ${seq} is for others than the harmed`]),
      ...(harmBegan ? [] : [`I10 the guard killed at ${seq}, and nobody was harmed`]),
    ];
  });
}

/** While harm lasts, and its guard sees it and may act, nobody who is harmed has the flag on. */
export function checkHarm(
  events: readonly LoggedEvent[],
  { guards, isHarm, isOn }: { readonly guards: readonly GuardView[]; readonly isHarm: boolean; readonly isOn: boolean },
): readonly string[] {
  const deeds = events.filter(isGuards).flatMap(({ facts }) => (facts.kind === "flagsKilled" ? [facts.kill] : []));
  // Somebody who has lifted one is not undone within the quiet time.
  const isQuiet = events.some(({ facts }) => facts.kind === "killLifted" && deeds.includes(facts.kill));
  // What is reported is held against a bound of its own, so that a past is not missed.
  const sees = guards.some(({ flag, noData, watches }) => flag === GUARDED_FLAG && (noData === undefined || watches.kind === "outcome"));
  return isHarm && isOn && sees && !isQuiet && deeds.length < PER_DAY
    ? [`I10 ${HARMED} is harmed by ${GUARDED_FLAG} and has it on, and its guard sees it`]
    : [];
}
