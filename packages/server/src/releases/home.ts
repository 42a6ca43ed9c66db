import type { HomeView, ReleaseView, WaitsFor } from "@sluice/contract";
import { allowedActions, type ApprovingRole, type Decisions, ENDED } from "@sluice/releases";
import type { Person } from "@sluice/store";

/** What is shown of the days ahead. */
const AHEAD_MS = 2 * 24 * 3_600_000;

/** Services that are named; the others are counted. */
const DEPLOYED_SHOWN = 5;

const APPROVES = {
  engineer: "approveAsEngineer",
  product: "approveAsProduct",
  marketing: "approveAsMarketing",
  customerSuccess: "approveAsCustomerSuccess",
} as const;

/** Home of one person: what waits for them, what begins soon, what rolls out now. */
export function homeOf(decisions: Decisions, views: readonly ReleaseView[], person: Person, nowMs: number): HomeView {
  const active = views.filter(({ phase }) => !ENDED.includes(phase));
  const day = nowMs - 24 * 3_600_000;
  const deployed = decisions.deployments
    .entriesSorted()
    .map(([, one]) => one)
    .filter(({ atMs }) => atMs >= day)
    .toSorted((a, b) => b.atMs - a.atMs);
  return {
    waiting: active.flatMap((release) => waitsIn(release, person)),
    asked: active.flatMap((release) => approvalsIn(release, person).flatMap((as) => (hasAsked(release, as, person) ? [{ as, release }] : []))),
    ahead: active
      .filter(({ phase }) => phase === "planned" || phase === "inProgress")
      .flatMap(({ release, content, waves, starts }) =>
        starts
          .filter(({ atMs }) => atMs >= nowMs && atMs < nowMs + AHEAD_MS)
          .map(({ atMs, wave, customers }) => ({ atMs, release, title: content.title, wave: waves[wave]?.name ?? `Wave ${wave + 1}`, customers })),
      )
      .sort((a, b) => a.atMs - b.atMs),
    rolling: active.filter(({ phase }) => phase === "inProgress"),
    drafts: active.filter(({ phase }) => phase === "draft"),
    customers: decisions.customers.size,
    deploys: deployed.reduce((sum, { lastDayMs }) => sum + lastDayMs.filter((atMs) => atMs >= day).length, 0),
    deployed: deployed.slice(0, DEPLOYED_SHOWN).map(({ service, environment, version, atMs }) => ({ service, environment, version, atMs })),
    releases: views.filter(({ waves }) => waves.some(({ phase, startsAtMs }) => phase !== "pending" && startsAtMs >= day)).length,
  };
}

function waitsIn(release: ReleaseView, person: Person): readonly WaitsFor[] {
  const can = allowedActions(person.role);
  const waits: WaitsFor[] = [];
  for (const as of approvalsIn(release, person)) if (!hasAsked(release, as, person)) waits.push({ kind: "approval", as, release });
  const isTheirs = release.owner === person.id || release.editedBy === person.id;
  if (release.changesAsked.length > 0 && isTheirs && can.draftRelease) waits.push({ kind: "change", release });
  if (release.phase === "needsDecision" && can.moveWave) waits.push({ kind: "decision", release });
  if (release.phase === "paused" && can.resumeRelease) waits.push({ kind: "paused", release });
  if (release.ownerGoneAtMs !== undefined && can.takeOverRelease) waits.push({ kind: "noOwner", release });
  return waits;
}

/** Roles for which this person may agree to the plan and has not. */
function approvalsIn(release: ReleaseView, person: Person): readonly ApprovingRole[] {
  if (release.phase === "draft" || release.editedBy === person.id) return [];
  const can = allowedActions(person.role);
  return (["engineer", "product", "marketing", "customerSuccess"] as const).filter((as) => release.missingApprovals.includes(as) && can[APPROVES[as]]);
}

/** Whether the last word for this role is this person's own, and asks for a change. */
const hasAsked = ({ changesAsked }: ReleaseView, as: ApprovingRole, { id }: Person): boolean => changesAsked.some(({ role, by }) => role === as && by === id);
