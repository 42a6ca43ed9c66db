import { jsonReply, type KillPathView, type OneSourceHealth, type SourceHealth } from "@sluice/contract";
import type { HttpReply } from "@sluice/ports";
import type { Hub } from "./hub.ts";
import type { OwnKillView } from "./relay/own-kill-trial.ts";

interface HealthParts {
  readonly hubs: readonly Hub[];
  /** Emergency kills that the log does not have. */
  readonly emergencyKillsWaiting: number;
  /** The feed, of the API or of the server above a relay. */
  readonly isReachable: boolean;
  readonly isStoreOk: boolean;
  readonly source: SourceHealth | undefined;
  readonly killPath: KillPathView | undefined;
  readonly nowMs: number;
  /** Connected relays. */
  readonly relays: number;
  /** Of a relay: how its own kills were tried. */
  readonly ownKills: OwnKillView | undefined;
  /** Of a relay: what it is called, and where its server is. */
  readonly above: { readonly name: string; readonly upstream: string } | undefined;
}

/** `GET /health`: 200 as long as answers can be served, with everything that somebody should look at. */
export function healthReply({ hubs, emergencyKillsWaiting, isReachable, isStoreOk, source, killPath, ownKills, nowMs, relays, above }: HealthParts): HttpReply {
  const environments = Object.fromEntries(hubs.map((hub) => [hub.environment, { ...hub.version, streams: hub.streams, urgent: hub.urgent.length }]));
  const serves = hubs.some((hub) => hub.snapshot !== undefined);
  const { further = [], ...main } = source ?? { problems: [] };
  const isPathWell = isEveryPathWell({ killPath, ownKills });
  const isWell = serves && isReachable && isPathWell && (above !== undefined || (isStoreOk && [main, ...further].every(isSourceWell)));
  const status = isWell ? "ok" : serves ? "degraded" : "starting";
  const fanout = { environments, emergencyKillsWaiting, relays };
  const path = killPath === undefined ? {} : { killPath };
  if (above !== undefined)
    return jsonReply(serves ? 200 : 503, {
      status,
      fanout,
      relay: { ...above, reachable: isReachable },
      ...path,
      ...(ownKills === undefined ? {} : { ownKills }),
    });
  const aged = <T extends OneSourceHealth>(one: T): T & { readonly ageMs?: number } => ({
    ...one,
    ...(one.reachedAtMs === undefined ? {} : { ageMs: Math.max(0, nowMs - one.reachedAtMs) }),
  });
  return jsonReply(serves ? 200 : 503, {
    status,
    fanout,
    api: { reachable: isReachable },
    store: { ok: isStoreOk },
    ...path,
    ...(source === undefined ? {} : { source: { ...aged(main), ...(further.length === 0 ? {} : { further: further.map(aged) }) } }),
  });
}

/** Trial kills come through, those of relays and at relays too. */
function isEveryPathWell({ killPath, ownKills }: Pick<HealthParts, "killPath" | "ownKills">): boolean {
  const late = [...(killPath?.lateRelays ?? []), ...(killPath?.relaysWithoutOwnKills ?? [])];
  return killPath?.isLate !== true && ownKills?.isLate !== true && late.length === 0;
}

const isSourceWell = ({ trouble, github, problems }: OneSourceHealth): boolean =>
  trouble === undefined && github?.trouble === undefined && problems.length === 0;
