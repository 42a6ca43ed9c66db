import { compareSemVer, parseSemVer } from "@sluice/evaluation";
import type { Decisions, LastDrill } from "../decisions.ts";
import type { PersistentMap } from "../persistent-map.ts";
import type { ApprovingRole, NeededVersion } from "../plan/release-content.ts";
import { APPROVAL_MS, type Deployed, type ReleaseState, type WhyDecide } from "../plan/release-state.ts";
import { type Calendar, freezesAsking, reachesRest } from "./wave-plan.ts";

/** What the definitions say of a flag that a release serves: `undefined` where the variant exists and the flag can be released. */
export interface FlagProblem {
  (environment: string, flag: string, serve: string): string | undefined;
  /** What they say of an environment: what must be tried there before a wave reaches everybody. Absent, or `undefined`: nothing. */
  readonly drillPolicy?: (environment: string) => DrillPolicy | undefined;
}

/** No wave that reaches everybody begins where no drill has gone well lately. */
export interface DrillPolicy {
  /** Days, 1 to 90. */
  readonly withinDays: number;
  /** The flag that is drilled with; absent where `sluice.yaml` names none. */
  readonly flag?: string;
}

export interface GateParts {
  readonly calendar: Calendar;
  readonly deployments: PersistentMap<Deployed>;
  readonly environments: Decisions["environments"];
  readonly flagProblem: FlagProblem;
}

/** The key under which the fold keeps a service's deployment. */
export const deploymentKey = (service: string, environment: string): string => `${environment}/${service}`;

/**
 * What keeps this wave from beginning at `atMs`, empty where every gate is true: approvals of exactly this content, versions, the bake of
 * the wave before, the flags, a freeze that asks. A predicate at one instant: who calls it decides about grace.
 */
export function closedGates(parts: GateParts, release: ReleaseState, index: number, atMs: number): readonly WhyDecide[] {
  return [
    ...standingGates(parts, release, atMs),
    ...drillGate(parts, release, index, atMs),
    ...bakeGate(release, index, atMs),
    ...freezeGate(parts, release, index),
  ];
}

/** The gates that no clock opens: the end of an approval closes one, and all else stays as it is until somebody decides something. */
export function standingGates(parts: GateParts, release: ReleaseState, atMs: number): readonly WhyDecide[] {
  return [...approvalGate(release, atMs), ...versionGate(parts, release), ...flagGate(parts, release)];
}

/** Roles whose agreement to exactly this content is missing at `atMs`: never given, or over by then. */
export function missingApprovals(release: ReleaseState, atMs: number): readonly ApprovingRole[] {
  return (release.content.approvals ?? []).filter((role) => !(endOf(release, role) > atMs));
}

/**
 * Roles to ask at `nowMs`: those whose agreement is missing, and those whose agreement ends before the next start, as soon as a new one
 * would last until then.
 */
export function approvalsToAsk(release: ReleaseState, nowMs: number, nextStartMs: number = nowMs): readonly ApprovingRole[] {
  return missingApprovals(release, nextStartMs - nowMs < APPROVAL_MS ? Math.max(nowMs, nextStartMs) : nowMs);
}

/** The first end of an approval that this release asks for and has; later than everything where it has none. */
export function firstApprovalEndMs(release: ReleaseState): number {
  const ends = (release.content.approvals ?? []).map((role) => endOf(release, role)).filter((endMs) => endMs > 0);
  return Math.min(Number.MAX_SAFE_INTEGER, ...ends);
}

/** When this role's agreement to exactly this content ends, 0 where there is none. */
function endOf({ approvals, contentHash }: ReleaseState, role: ApprovingRole): number {
  return approvals.find((given) => given.role === role && given.contentHash === contentHash)?.untilMs ?? 0;
}

function approvalGate(release: ReleaseState, atMs: number): readonly WhyDecide[] {
  const missing = missingApprovals(release, atMs);
  const never = missing.filter((role) => endOf(release, role) === 0);
  return [
    ...(never.length === 0 ? [] : [{ why: "approvalMissing" as const, roles: never }]),
    ...missing.flatMap((role): readonly WhyDecide[] => (never.includes(role) ? [] : [{ why: "approvalEnded", role, endedAtMs: endOf(release, role) }])),
  ];
}

function versionGate({ deployments }: GateParts, release: ReleaseState): readonly WhyDecide[] {
  return missingVersions(deployments, release).map(({ service, version }) => ({ why: "deploymentMissing", service, version }));
}

/** Versions that the release needs and that do not run. */
export function missingVersions(deployments: PersistentMap<Deployed>, { content }: ReleaseState): readonly NeededVersion[] {
  return (content.needs ?? []).filter(({ service, version }) => {
    const running = deployments.get(deploymentKey(service, content.environment));
    return running === undefined || !isAtLeast(running.version, version);
  });
}

/** Versions that are no SemVer 2.0.0 count only when they are the very same text: nothing else can be said of them. */
function isAtLeast(running: string, needed: string): boolean {
  const [a, b] = [parseSemVer(running), parseSemVer(needed)];
  return a === undefined || b === undefined ? running === needed : compareSemVer(a, b) >= 0;
}

const DAY_MS = 24 * 3_600_000;

/**
 * Of a wave that reaches everybody: the drill that is missing at `atMs`, where the environment asks for one. The last drill counts alone, for what
 * went wrong since is how it is now, and it counts where there was a connected process, each confirmed, and no relay was cut off. A wave that is live goes on.
 */
export function drillGate(
  { environments, flagProblem }: Pick<GateParts, "environments" | "flagProblem">,
  release: ReleaseState,
  index: number,
  atMs: number,
): readonly WhyDecide[] {
  const { environment } = release.content;
  const policy = reachesRest(release, index) ? flagProblem.drillPolicy?.(environment) : undefined;
  const last = environments[environment]?.drill;
  if (policy === undefined || (last !== undefined && isGood(last) && atMs - last.atMs < policy.withinDays * DAY_MS)) return [];
  const cutOff = last?.cutOff === undefined ? {} : { cutOff: last.cutOff };
  const seen = last === undefined ? {} : { last: { atMs: last.atMs, of: last.of, confirmed: last.confirmed, ...cutOff } };
  return [{ why: "drillMissing", environment, withinDays: policy.withinDays, ...(policy.flag === undefined ? {} : { flag: policy.flag }), ...seen }];
}

const isGood = ({ of, confirmed, cutOff = 0 }: LastDrill): boolean => cutOff === 0 && of > 0 && confirmed === of;

/**
 * When the last drill of the environment may stop counting next, for whichever policy; later than everything where there was none.
 */
export function nextDrillEndMs({ environments }: Pick<Decisions, "environments">, environment: string, nowMs: number): number {
  const last = environments[environment]?.drill;
  return last === undefined ? Number.MAX_SAFE_INTEGER : last.atMs + Math.max(1, Math.floor((nowMs - last.atMs) / DAY_MS) + 1) * DAY_MS;
}

function bakeGate(release: ReleaseState, index: number, atMs: number): readonly WhyDecide[] {
  if (index === 0) return [];
  const [before, content] = [release.waves[index - 1], release.content.waves[index - 1]];
  const overAtMs = before?.liveAtMs === undefined || content === undefined ? Number.MAX_SAFE_INTEGER : before.liveAtMs + content.bakeMs;
  return overAtMs <= atMs ? [] : [{ why: "bakeNotOver", overAtMs }];
}

function flagGate({ flagProblem }: GateParts, { content }: ReleaseState): readonly WhyDecide[] {
  return content.flags
    .filter(({ flag, serve }) => flagProblem(content.environment, flag, serve) !== undefined)
    .map(({ flag }) => ({ why: "flagInvalid", flag }));
}

/** Freezes that make the beginning of this wave a question. */
export function freezeGate({ calendar }: Pick<GateParts, "calendar">, release: ReleaseState, index: number): readonly WhyDecide[] {
  return freezesAsking(calendar, release, index).map(({ id }) => ({ why: "frozen", freeze: id }));
}
