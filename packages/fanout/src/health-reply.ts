import { jsonReply, type KillPathView, type SourceHealth } from "@sluice/contract";
import type { HttpReply } from "@sluice/ports";
import type { Hub } from "./hub.ts";

interface HealthParts {
  readonly hubs: readonly Hub[];
  readonly emergencyKillsWaiting: number;
  readonly isApiReachable: boolean;
  readonly isStoreOk: boolean;
  readonly source: SourceHealth | undefined;
  readonly killPath: KillPathView | undefined;
  readonly nowMs: number;
}

/** `GET /health`: 200 as long as answers can be served, with everything that somebody should look at. */
export function healthReply({ hubs, emergencyKillsWaiting, isApiReachable, isStoreOk, source, killPath, nowMs }: HealthParts): HttpReply {
  const environments = Object.fromEntries(hubs.map((hub) => [hub.environment, { ...hub.version, streams: hub.streams, urgent: hub.urgent.length }]));
  const serves = hubs.some((hub) => hub.snapshot !== undefined);
  const isSourceWell = source?.trouble === undefined && source?.github?.trouble === undefined && (source?.problems.length ?? 0) === 0;
  const isWell = serves && isApiReachable && isStoreOk && isSourceWell && killPath?.isLate !== true;
  return jsonReply(serves ? 200 : 503, {
    status: isWell ? "ok" : serves ? "degraded" : "starting",
    fanout: { environments, emergencyKillsWaiting },
    api: { reachable: isApiReachable },
    store: { ok: isStoreOk },
    ...(killPath === undefined ? {} : { killPath }),
    ...(source === undefined ? {} : { source: { ...source, ...(source.reachedAtMs === undefined ? {} : { ageMs: Math.max(0, nowMs - source.reachedAtMs) }) } }),
  });
}
