import {
  type ApprovalHistory,
  approveBody,
  askChangeBody,
  type CalendarView,
  deploymentBody,
  dryHoldBody,
  dryMoveBody,
  dryRunBody,
  type FoundRoute,
  type HomeView,
  freezeBody,
  holdBody,
  jsonReply,
  moveWaveBody,
  optInBody,
  type Problem,
  problemReply,
  readBody,
  revertPlanBody,
  type ReleaseView,
  saveReleaseBody,
  steerBody,
  queryOf,
  type WaitsFor,
  resultReply,
} from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { HttpReply, HttpRequest, World } from "@sluice/ports";
import {
  type Asking,
  decideApprove,
  decideAskChange,
  decideCancelRelease,
  decideEndFreeze,
  decideFreeze,
  decideHold,
  decideLiftHold,
  decideMoveWave,
  decideOptIn,
  decideOptOut,
  decidePauseRelease,
  decidePlanRelease,
  decideRecordDeployment,
  decideResumeRelease,
  decideRollBack,
  decideTakeOverRelease,
  type Decisions,
  type FlagProblem,
  type Proposal,
  type ReleaseState,
} from "@sluice/releases";
import type { Person, Store } from "@sluice/store";
import { accountNames } from "../account-names.ts";
import { CALENDAR_MS_MAX, calendarOf } from "../releases/calendar.ts";
import { dryHold, dryLift } from "../releases/dry-hold.ts";
import { holdsReply, holdViews } from "../releases/holds.ts";
import { homeOf } from "../releases/home.ts";
import type { PlanReverts } from "../releases/plan-reverts.ts";
import type { Releases, ReleasesParts } from "../releases/releases.ts";

/** What these routes are answered from. */
export interface ReleaseRouteParts extends Pick<ReleasesParts, "decisions" | "decide" | "flagProblem"> {
  readonly world: Pick<World, "clock" | "random">;
  readonly releases: Releases;
  /** Who people are, and why they decided what they did. */
  readonly store: Pick<Store, "accounts" | "readAt">;
  /** What was agreed to and asked for of a release, from the log. */
  readonly approvalHistory: (release: ReleaseState) => Promise<ApprovalHistory>;
  /** Plans as they were saved, and the way back to one. */
  readonly plans: Pick<PlanReverts, "list" | "revert">;
  /** Customers whose owner this person is. */
  readonly ownCustomers: (person: Person) => Promise<ReadonlySet<string>>;
}

interface Asked {
  readonly request: HttpRequest;
  readonly found: FoundRoute;
  readonly person: Person;
}

type Decided = Result<readonly Proposal[], Problem>;

const notFound = (what: string, code: "unknownRelease" | "unknownCustomer"): HttpReply =>
  problemReply({ code, message: `There is no such ${what}.`, fix: `Look at the list of ${what}s.` });

/** Releases, holds, freezes and deployments; `undefined` for a route of somebody else. */
export async function releaseReply(parts: ReleaseRouteParts, asked: Asked): Promise<HttpReply | undefined> {
  const { found } = asked;
  return (await planReply(parts, asked)) ?? (found.route.method === "GET" ? readReply(parts, asked) : writeReply(parts, asked));
}

/** Plans as they were saved, and the way back to one. */
async function planReply({ plans, decisions }: ReleaseRouteParts, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  const id = found.values["id"] ?? "";
  switch (`${found.route.method} ${found.route.path}`) {
    case "GET /api/releases/:id/plans": {
      const release = decisions().releases.get(id);
      return release === undefined ? notFound("release", "unknownRelease") : jsonReply(200, { plans: await plans.list(release, person) });
    }
    case "POST /api/releases/:id/revert": {
      const body = readBody(revertPlanBody, request.body);
      return body.ok ? resultReply(200, await plans.revert(person, id, body.value)) : problemReply(body.problem);
    }
    default:
      return undefined;
  }
}

async function readReply(parts: ReleaseRouteParts, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  const { releases, world } = parts;
  const decisions = parts.decisions();
  const id = found.values["id"] ?? "";
  const atMs = instantIn(request);
  switch (found.route.path) {
    case "/api/home":
      return jsonReply(200, await withOwners(homeOf(decisions, releases.views(), person, world.clock.nowMs()), parts.store));
    case "/api/calendar":
      return calendarReply(parts, queryOf(request));
    case "/api/releases":
      return jsonReply(200, { releases: releases.list() });
    case "/api/releases/:id": {
      const release = releases.one(id);
      if (release === undefined) return notFound("release", "unknownRelease");
      return jsonReply(200, { ...release, people: peopleIn(release, await accountNames(parts.store)) } satisfies ReleaseView);
    }
    case "/api/releases/:id/approvals": {
      const release = decisions.releases.get(id);
      return release === undefined ? notFound("release", "unknownRelease") : jsonReply(200, await parts.approvalHistory(release));
    }
    case "/api/releases/:id/customers": {
      const cells = releases.cells(id, atMs);
      return cells === undefined ? notFound("release", "unknownRelease") : jsonReply(200, { atMs: atMs ?? world.clock.nowMs(), cells });
    }
    case "/api/customers/:id/releases":
      if (!decisions.customers.has(id)) return notFound("customer", "unknownCustomer");
      return jsonReply(200, { atMs: atMs ?? world.clock.nowMs(), cells: await releases.ofCustomer(id, atMs) });
    case "/api/holds":
      return jsonReply(200, await holdsReply(parts.store, decisions, queryOf(request).get("customer") ?? undefined));
    case "/api/holds/:id/lift/dry-run": {
      const asking = { command: "dry-run", atMs: world.clock.nowMs(), by: person.id, role: person.role };
      return resultReply(200, dryLift(decisions, { ...asking, hold: id, own: await parts.ownCustomers(person) }, parts.flagProblem));
    }
    case "/api/freezes":
      return jsonReply(200, { freezes: decisions.freezes.entriesSorted().map(([, freeze]) => freeze) });
    case "/api/deployments":
      return jsonReply(200, { deployments: decisions.deployments.entriesSorted().map(([, deployed]) => deployed) });
    default:
      return undefined;
  }
}

async function calendarReply({ decisions, store, world, flagProblem }: ReleaseRouteParts, query: URLSearchParams): Promise<HttpReply> {
  const [fromMs, untilMs] = [Number(query.get("fromMs") ?? Number.NaN), Number(query.get("untilMs") ?? Number.NaN)];
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(untilMs) || fromMs < 0 || untilMs <= fromMs || untilMs - fromMs > CALENDAR_MS_MAX)
    return problemReply({
      code: "badRequest",
      message: "`fromMs` and `untilMs` are not two instants in their order, 62 days apart at most.",
      fix: "Give both in milliseconds since 1970, UTC.",
    });
  const known = calendarOf(decisions(), { nowMs: world.clock.nowMs(), fromMs, untilMs }, flagProblem);
  return jsonReply(200, { ...known, holds: await holdViews(store, known.holds) } satisfies CalendarView);
}

/** Names are asked for only where a release has no owner any more: hardly ever. */
async function withOwners(home: HomeView, store: ReleaseRouteParts["store"]): Promise<HomeView> {
  if (!home.waiting.some(({ kind }) => kind === "noOwner")) return home;
  const names = await accountNames(store);
  const waiting = home.waiting.map((one): WaitsFor => {
    const owner = one.kind === "noOwner" ? names.get(one.release.owner) : undefined;
    return owner === undefined ? one : { kind: "noOwner", release: one.release, owner };
  });
  return { ...home, waiting };
}

/** What those are called of whom a release speaks. */
function peopleIn({ owner, editedBy, approvals, changesAsked }: ReleaseView, names: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const ids = [owner, editedBy, ...approvals.map(({ by }) => by), ...changesAsked.map(({ by }) => by)];
  return Object.fromEntries(ids.flatMap((id) => (id !== undefined && names.has(id) ? [[id, names.get(id) ?? id]] : [])));
}

/** `?atMs=`: the instant a question is about. What is not one is now. */
function instantIn(request: HttpRequest): number | undefined {
  const given = queryOf(request).get("atMs");
  const atMs = given === null ? Number.NaN : Number(given);
  return Number.isSafeInteger(atMs) && atMs >= 0 ? atMs : undefined;
}

async function writeReply(parts: ReleaseRouteParts, asked: Asked): Promise<HttpReply | undefined> {
  const { request, found, person } = asked;
  const id = found.values["id"] ?? "";
  const { releases } = parts;
  switch (found.route.path) {
    case "/api/releases": {
      const body = readBody(saveReleaseBody, request.body);
      return body.ok ? resultReply(201, await releases.save(person, body.value as Parameters<Releases["save"]>[1])) : problemReply(body.problem);
    }
    case "/api/releases/dry-run": {
      const body = readBody(dryRunBody, request.body);
      return body.ok ? resultReply(200, releases.dryRun(person, body.value as Parameters<Releases["dryRun"]>[1])) : problemReply(body.problem);
    }
    case "/api/releases/:id/ask-change": {
      const body = readBody(askChangeBody, request.body);
      if (!body.ok) return problemReply(body.problem);
      return decided(parts, asked, body.value, (now, asking) =>
        decideAskChange(now, { ...asking, release: id, as: body.value.as, contentHash: body.value.contentHash }),
      );
    }
    case "/api/releases/:id/approve": {
      const body = readBody(approveBody, request.body);
      if (!body.ok) return problemReply(body.problem);
      const { as, contentHash, untilMs } = body.value;
      return decided(parts, asked, body.value, (now, asking) =>
        decideApprove(now, { ...asking, release: id, as, contentHash, ...(untilMs === undefined ? {} : { untilMs }) }),
      );
    }
    case "/api/releases/:id/move-wave": {
      const body = readBody(moveWaveBody, request.body);
      if (!body.ok) return problemReply(body.problem);
      const { wave, startAtMs } = body.value;
      return decided(parts, asked, body.value, (now, asking) => decideMoveWave(now, { ...asking, release: id, wave, startAtMs }));
    }
    case "/api/releases/:id/move-wave/dry-run": {
      const body = readBody(dryMoveBody, request.body);
      return body.ok ? resultReply(200, releases.dryMove(person, { release: id, ...body.value })) : problemReply(body.problem);
    }
    case "/api/releases/:id/opt-in":
    case "/api/releases/:id/opt-out": {
      const body = readBody(optInBody, request.body);
      if (!body.ok) return problemReply(body.problem);
      const { customer, untilMs } = body.value;
      const own = await parts.ownCustomers(person);
      const decide = found.route.path.endsWith("in") ? decideOptIn : decideOptOut;
      return decided(parts, asked, body.value, (now, asking) =>
        decide(now, { ...asking, release: id, customer, own, ...(untilMs === undefined ? {} : { untilMs }) }),
      );
    }
    default:
      return (await steerReply(parts, asked)) ?? windowReply(parts, asked);
  }
}

type Steer = (now: Decisions, wish: Asking & { readonly release: string }, flagProblem: FlagProblem) => Decided;

const steers: Readonly<Record<string, Steer>> = {
  "/api/releases/:id/plan": decidePlanRelease,
  "/api/releases/:id/take-over": decideTakeOverRelease,
  "/api/releases/:id/pause": decidePauseRelease,
  "/api/releases/:id/resume": decideResumeRelease,
  "/api/releases/:id/cancel": decideCancelRelease,
  "/api/releases/:id/roll-back": decideRollBack,
};

async function steerReply(parts: ReleaseRouteParts, asked: Asked): Promise<HttpReply | undefined> {
  const steer = steers[asked.found.route.path];
  if (steer === undefined) return undefined;
  const body = readBody(steerBody, asked.request.body);
  if (!body.ok) return problemReply(body.problem);
  const release = asked.found.values["id"] ?? "";
  return decided(parts, asked, body.value, (now, asking) => steer(now, { ...asking, release }, parts.flagProblem));
}

async function windowReply(parts: ReleaseRouteParts, asked: Asked): Promise<HttpReply | undefined> {
  const { request, found, person } = asked;
  const fresh = (prefix: string): string => prefix + Buffer.from(parts.world.random.bytes(5)).toString("hex");
  const id = found.values["id"] ?? "";
  switch (found.route.path) {
    case "/api/holds": {
      const body = readBody(holdBody, request.body);
      if (!body.ok) return problemReply(body.problem);
      const { releases, risks, ...wish } = body.value;
      const own = await parts.ownCustomers(person);
      const more = { ...(releases === undefined ? {} : { releases }), ...(risks === undefined ? {} : { risks }) };
      const hold = fresh("h");
      return decided(parts, asked, body.value, (now, asking) => decideHold(now, { ...wish, ...more, ...asking, reason: wish.reason, hold, own }));
    }
    case "/api/holds/dry-run": {
      const body = readBody(dryHoldBody, request.body);
      if (!body.ok) return problemReply(body.problem);
      const { releases, risks, ...wish } = body.value;
      const more = { ...(releases === undefined ? {} : { releases }), ...(risks === undefined ? {} : { risks }) };
      const asking = { command: "dry-run", atMs: parts.world.clock.nowMs(), by: person.id, role: person.role, reason: "dry run", hold: "dry-run" };
      return resultReply(200, dryHold(parts.decisions(), { ...wish, ...more, ...asking, own: await parts.ownCustomers(person) }, parts.flagProblem));
    }
    case "/api/holds/:id/lift": {
      const body = readBody(steerBody, request.body);
      if (!body.ok) return problemReply(body.problem);
      const own = await parts.ownCustomers(person);
      return decided(parts, asked, body.value, (now, asking) => decideLiftHold(now, { ...asking, hold: id, own }));
    }
    case "/api/freezes": {
      const body = readBody(freezeBody, request.body);
      if (!body.ok) return problemReply(body.problem);
      const freeze = fresh("f");
      return decided(parts, asked, body.value, (now, asking) => decideFreeze(now, { ...body.value, ...asking, freeze }));
    }
    case "/api/freezes/:id/end": {
      const body = readBody(steerBody, request.body);
      return body.ok ? decided(parts, asked, body.value, (now, asking) => decideEndFreeze(now, { ...asking, freeze: id })) : problemReply(body.problem);
    }
    case "/api/deployments": {
      const body = readBody(deploymentBody, request.body);
      if (!body.ok) return problemReply(body.problem);
      const { commit, ...wish } = body.value;
      return decided(parts, asked, body.value, (now, asking) =>
        decideRecordDeployment(now, { ...wish, ...asking, ...(commit === undefined ? {} : { commit }) }),
      );
    }
    default:
      return undefined;
  }
}

/** Decides, appends, and answers with the id of what was decided on. */
async function decided(
  parts: ReleaseRouteParts,
  { person }: Asked,
  body: { readonly command: string; readonly reason?: string | undefined },
  decide: (decisions: Decisions, asking: Asking) => Decided,
): Promise<HttpReply> {
  const asking: Asking = {
    command: body.command,
    atMs: parts.world.clock.nowMs(),
    by: person.id,
    role: person.role,
    ...(body.reason === undefined ? {} : { reason: body.reason }),
  };
  const done = await parts.decide(body.command, async (decisions) => decide(decisions, asking));
  if (!done.ok) return problemReply(done.problem);
  const id = parts.decisions().commands.get(body.command)?.id;
  return jsonReply(200, { ...done.value, ...(id === undefined ? {} : { id }) });
}
