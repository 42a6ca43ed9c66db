import { timingSafeEqual } from "node:crypto";
import {
  admit,
  askedBody,
  askedEarlyAccessBody,
  changePlanBody,
  comesFromElsewhere,
  commandBody,
  enlargementBody,
  findRoute,
  firstSignInBody,
  type FoundRoute,
  jsonReply,
  keptSamplesBody,
  METRICS_TYPE,
  noContent,
  type Problem,
  problemReply,
  problems,
  readBody,
  refuseBody,
  signInBody,
  queryOf,
  resultReply,
} from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { HttpHandler, HttpReply, HttpRequest, HttpStreamReply, World } from "@sluice/ports";
import type { LoggedEvent } from "@sluice/releases";
import { type Person, secretHash, Sessions, type Store, StoreUnavailable } from "@sluice/store";
import { AccountAdministration } from "./account-administration.ts";
import { Accounts, type FreshSession, type Passwords } from "./accounts.ts";
import { endAgreedReverts } from "./agreed-reverts.ts";
import { SdkKeys } from "./sdk-keys.ts";
import { settleExposures, SETTLING } from "./settled-exposures.ts";
import { ChangePlans } from "./change-plans.ts";
import type { ControlPlane } from "./control-plane.ts";
import { Customers } from "./customers/customers.ts";
import { Changes } from "./edits/changes.ts";
import type { EditingBySource } from "./edits/editing.ts";
import { accountReply } from "./routes/account-routes.ts";
import { changeReply } from "./routes/change-routes.ts";
import { customerReply } from "./routes/customer-routes.ts";
import { LogRoutes } from "./routes/log-routes.ts";
import { driftOf } from "./drift.ts";
import { EarlyAccess } from "./early-access.ts";
import { Enlargements } from "./enlargements.ts";
import { eventsReply } from "./routes/event-route.ts";
import type { GitHubApps } from "./github/github-apps.ts";
import { flagReply } from "./routes/flag-route.ts";
import { Pins } from "./releases/pins.ts";
import { metricsOf } from "./metrics.ts";
import type { OwnerNotices } from "./notices/owner-notices.ts";
import { listReply } from "./routes/list-routes.ts";
import { Lists } from "./lists/lists.ts";
import { PastDecisions } from "./releases/past-decisions.ts";
import { approvalHistoryOf } from "./releases/approval-history.ts";
import { PlanReverts } from "./releases/plan-reverts.ts";
import { Releases } from "./releases/releases.ts";
import { isSigned } from "./routes/hook-signature.ts";
import { hookedSources } from "./routes/hooked-sources.ts";
import { pinReply } from "./routes/pin-routes.ts";
import { releaseReply, type ReleaseRouteParts } from "./routes/release-routes.ts";
import { noticeReply } from "./routes/notice-routes.ts";
import { sdkKeyReply } from "./routes/sdk-key-routes.ts";
import { segmentReply } from "./routes/segment-routes.ts";
import { servingReply } from "./routes/serving-routes.ts";
import { Reverts } from "./reverts.ts";
import { SampledContexts, samplingView } from "./samples/sampled-contexts.ts";

export interface ApiOptions {
  readonly world: World;
  readonly store: Store;
  readonly plane: ControlPlane;
  readonly passwords: Passwords;
  readonly internalKey: string;
  /** What keys of sampled contexts are made from; absent: none is kept. */
  readonly samplingSecret?: string;
  /** Absent: hooks are taken without a signature. They only hint at a look, so that is safe on a private network. */
  readonly hookSecret?: string;
  /** Absent or empty where definitions are a folder, which nobody edits from here. */
  readonly editing?: EditingBySource;
  /** Where each source is, by name; the main one's is empty. Absent: whatever a hook says, all are looked at. */
  readonly places?: ReadonlyMap<string, string>;
  /** Absent where the server is no GitHub App: then there is no such hook. */
  readonly github?: Pick<GitHubApps, "reply">;
  /** Absent where nobody outside is told of anything. */
  readonly notices?: Pick<OwnerNotices, "health" | "tryOut">;
  /** True where browsers reach the server by HTTPS: cookies then say so. */
  readonly secureCookies: boolean;
}

/** The API process as a function from request to reply: decode, authorize, decide, encode. */
export class Api {
  readonly #options: ApiOptions;
  readonly #sessions: Sessions;
  readonly #accounts: Accounts;
  readonly #releases: ReleaseRouteParts;
  readonly #customers: Customers;
  readonly #administration: AccountAdministration;
  readonly #log: LogRoutes;
  readonly #enlargements: Enlargements;
  readonly #changePlans: ChangePlans;
  readonly #changes: Changes;
  readonly #lists: Lists;
  readonly #reverts: Reverts;
  readonly #earlyAccess: EarlyAccess;
  readonly #pins: Pins;
  readonly #sdkKeys: SdkKeys;
  readonly #samples: SampledContexts | undefined;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#sessions = new Sessions(options.store, options.world);
    this.#accounts = new Accounts(options.store, options.world, options.passwords);
    const { plane, world } = options;
    const parts = {
      world,
      decisions: () => plane.decisions,
      flagProblem: plane.flagProblem,
      past: new PastDecisions(options.store),
      decide: (...given: Parameters<ControlPlane["decide"]>) => plane.decide(...given),
    };
    this.#administration = new AccountAdministration({
      ...parts,
      store: options.store,
      passwords: options.passwords,
      forgetGrants: (hashes) => this.#forget(hashes),
    });
    this.#sdkKeys = new SdkKeys({ ...parts, store: options.store, tell: () => plane.tellSdkKeys() });
    this.#earlyAccess = new EarlyAccess(world, plane);
    this.#enlargements = new Enlargements({ world, plane, store: options.store });
    const { samplingSecret } = options;
    this.#samples =
      samplingSecret === undefined
        ? undefined
        : new SampledContexts({ world, store: options.store, secret: samplingSecret, declared: () => plane.texts.sampling(plane.decisions) });
    this.#changePlans = new ChangePlans({ world, plane, store: options.store, samples: this.#samples });
    const { store, editing = new Map() } = options;
    this.#changes = new Changes({ world, plane, store, plans: this.#changePlans, editing });
    this.#lists = new Lists({ world, plane, store: options.store });
    this.#reverts = new Reverts({ world, plane, store: options.store, samples: this.#samples });
    this.#log = new LogRoutes(options.store, world.timers);
    this.#customers = new Customers({ ...parts, store: options.store });
    const ownCustomers = (person: Person): Promise<ReadonlySet<string>> => this.#customers.own(person);
    this.#pins = new Pins({ ...parts, store: options.store, servedFlags: plane.servedFlags, ownCustomers });
    const releases = new Releases(parts);
    this.#releases = {
      ...parts,
      store: options.store,
      releases,
      plans: new PlanReverts({ ...parts, store: options.store, releases }),
      ownCustomers,
      approvalHistory: (release) => approvalHistoryOf(options.store, release),
    };
  }

  /** What follows from an event besides what is served: customers get their hashes in a new environment, and reverts that Git agrees with end. */
  onEvent(event: LoggedEvent): void {
    const { facts } = event;
    if (facts.kind === "commitAdopted" && facts.salts !== undefined) void this.completeHashes();
    if (facts.kind === "commitAdopted") void this.#atLeisure("reverts.agreed", endAgreedReverts);
    if (facts.kind === "commitAdopted") void this.#atLeisure("samples.settled", ({ decisions }) => this.#settleSamples(Object.keys(decisions.environments)));
    if (SETTLING.has(facts.kind)) void this.#atLeisure("exposures.settled", settleExposures);
  }

  /** Where the store does not take it, the next such event is another occasion: nothing that is served depends on it. */
  async #atLeisure(what: string, work: (plane: ControlPlane, world: Pick<World, "clock">) => Promise<void>): Promise<void> {
    try {
      await work(this.#options.plane, this.#options.world);
    } catch (error) {
      this.#options.world.log.warn(what, { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** What is not declared any more is not kept any more. */
  async #settleSamples(environments: readonly string[]): Promise<void> {
    for (const environment of environments) await this.#samples?.settle(environment);
  }

  /** Writes what waits to be written; at the end of the process. */
  async stop(): Promise<void> {
    await this.#samples?.flush();
  }

  /** Throws nothing: where the store does not take it, it is tried at the next start or new environment. */
  async completeHashes(): Promise<void> {
    try {
      await this.#customers.completeHashes();
    } catch (error) {
      this.#options.world.log.warn("customers.hashes", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  readonly handle: HttpHandler = async (request) => {
    const path = request.url.split("?")[0] ?? "/";
    const found = findRoute(request.method, path);
    if (found === undefined || found.route.by !== "api") return problemReply(problems.unknownRoute);
    const tooLarge = refuseBody(found.route, request.body);
    if (tooLarge !== undefined) return problemReply(tooLarge);
    try {
      return await this.#authorized(request, found);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.#options.world.log.warn("api.store", { why: error.message });
      return problemReply(problems.storeUnavailable);
    }
  };

  async #authorized(request: HttpRequest, found: FoundRoute): Promise<HttpReply | HttpStreamReply> {
    switch (found.route.audience.who) {
      case "sdkKey":
      case "browser":
      case "relay":
      case "trigger":
        return problemReply(problems.unknownRoute);
      case "internal":
        return this.#isInternal(request) ? this.#internal(request, found) : problemReply(problems.notSignedIn);
      case "public":
        return this.#public(request, found);
      case "visitor":
        return comesFromElsewhere(request.headers) ? problemReply(problems.crossSite) : this.#signIn(request, found);
      case "person": {
        const admitted = admit(found.route, request.headers, await this.#sessions.person(request));
        return admitted.ok ? this.#person(request, found, admitted.value) : problemReply(admitted.problem);
      }
    }
  }

  #isInternal(request: HttpRequest): boolean {
    const given = secretHash((request.headers["authorization"] ?? "").replace(/^Bearer /, ""));
    return timingSafeEqual(Buffer.from(given), Buffer.from(secretHash(this.#options.internalKey)));
  }

  async #internal(request: HttpRequest, found: FoundRoute): Promise<HttpReply | HttpStreamReply> {
    const { plane, store, world } = this.#options;
    switch (found.route.path) {
      case "/internal/v1/feed":
        return { status: 200, headers: { "content-type": "application/x-ndjson", "cache-control": "no-store" }, attach: (sink) => plane.attachFeed(sink) };
      case "/internal/v1/appended":
        plane.hint();
        return noContent;
      case "/internal/v1/asked": {
        const body = readBody(askedBody, request.body);
        if (!body.ok) return problemReply(body.problem);
        const atMs = world.clock.nowMs();
        await store.noteAsked(body.value.keys.map((flag) => ({ environment: body.value.environment, flag, atMs })));
        return noContent;
      }
      case "/internal/v1/samples": {
        const body = readBody(keptSamplesBody, request.body);
        if (!body.ok) return problemReply(body.problem);
        await this.#samples?.take(body.value.environment, body.value.contexts);
        return noContent;
      }
      case "/internal/v1/early-access": {
        const body = readBody(askedEarlyAccessBody, request.body);
        return body.ok ? resultReply(200, await this.#earlyAccess.ask(body.value)) : problemReply(body.problem);
      }
      default:
        return problemReply(problems.unknownRoute);
    }
  }

  #public(request: HttpRequest, found: FoundRoute): HttpReply {
    const { github, hookSecret, plane } = this.#options;
    if (found.route.path === "/hooks/github" && github !== undefined) return github.reply(request) ?? problemReply(problems.unknownRoute);
    if (found.route.path !== "/hooks/git") return problemReply(problems.unknownRoute);
    if (hookSecret !== undefined && !isSigned(request, hookSecret)) return problemReply(problems.badSignature);
    plane.adoption.poll(hookedSources(request, this.#options.places ?? new Map()));
    return jsonReply(202, { accepted: true });
  }

  async #signIn(request: HttpRequest, found: FoundRoute): Promise<HttpReply> {
    if (found.route.path === "/api/first-sign-in") {
      const body = readBody(firstSignInBody, request.body);
      return body.ok ? this.#signedIn(await this.#accounts.firstSignIn(body.value)) : problemReply(body.problem);
    }
    const body = readBody(signInBody, request.body);
    return body.ok ? this.#signedIn(await this.#accounts.signIn(body.value.email, body.value.password)) : problemReply(body.problem);
  }

  #signedIn(result: Result<FreshSession, Problem>): HttpReply {
    if (!result.ok) return problemReply(result.problem);
    const { account, secret, maxAgeS } = result.value;
    const { secureCookies } = this.#options;
    const cookie = `${secureCookies ? "__Host-" : ""}sluice_session=${secret}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${secureCookies ? "; Secure" : ""}`;
    return jsonReply(200, { account: { id: account.id, name: account.name, email: account.email, role: account.role } }, { "set-cookie": cookie });
  }

  async #person(request: HttpRequest, found: FoundRoute, person: Person): Promise<HttpReply> {
    const { plane, store } = this.#options;
    const { values } = found;
    const flag = await flagReply({ plane, store }, found);
    const told =
      flag ??
      (await servingReply(plane, { request, found, person })) ??
      (await segmentReply(plane, this.#reverts, { request, found, person })) ??
      (await this.#told(request, found));
    if (told !== undefined) return told;
    switch (`${found.route.method} ${found.route.path}`) {
      case "GET /api/events":
        return eventsReply(store, queryOf(request));
      case "GET /api/sampling":
        await plane.freshen();
        return jsonReply(200, await samplingView(this.#samples, Object.keys(plane.decisions.environments)));
      case "POST /api/commits/:sha/accept": {
        const body = readBody(commandBody, request.body);
        return body.ok ? resultReply(200, await plane.adoption.accept(person, values["sha"] ?? "", body.value.command)) : problemReply(body.problem);
      }
      case "POST /api/plan": {
        const body = readBody(changePlanBody, request.body);
        return body.ok ? resultReply(200, await this.#changePlans.of(body.value.files)) : problemReply(body.problem);
      }
      case "GET /api/enlargements":
        await plane.freshen();
        return jsonReply(200, { enlargements: await this.#enlargements.list() });
      case "POST /api/enlargements": {
        const body = readBody(enlargementBody, request.body);
        return body.ok ? resultReply(200, await this.#enlargements.decide(person, body.value)) : problemReply(body.problem);
      }
      default:
        return this.#decision({ request, found, person });
    }
  }

  /** How what is served stands to the files; `undefined` for a route of something else. */
  async #told(request: HttpRequest, { route }: FoundRoute): Promise<HttpReply | undefined> {
    const { plane, store } = this.#options;
    switch (`${route.method} ${route.path}`) {
      case "GET /api/drift":
        await plane.freshen();
        return jsonReply(200, await driftOf({ plane, store }, queryOf(request).get("environment") ?? undefined));
      case "GET /metrics":
        await plane.freshen();
        return { status: 200, headers: { "content-type": METRICS_TYPE, "cache-control": "no-store" }, body: metricsOf(plane.decisions, plane.adoption.health) };
      case "GET /api/definitions":
        await plane.freshen();
        return jsonReply(200, { files: Object.fromEntries(await plane.adoption.texts()) });
      default:
        return undefined;
    }
  }

  /** Grants that ended or whose account has another role: every process asks the store again. */
  #forget(hashes: readonly string[]): void {
    for (const hash of hashes) this.#sessions.end(hash);
    if (hashes.length > 0) this.#options.plane.endSessions(hashes);
  }

  /** What people decide about accounts, customers and releases, as of everything that any process has appended. */
  async #decision(asked: { readonly request: HttpRequest; readonly found: FoundRoute; readonly person: Person }): Promise<HttpReply> {
    if (asked.found.route.method === "GET") await this.#options.plane.freshen();
    const listed = await listReply(this.#lists, asked);
    if (listed !== undefined) return listed;
    const known =
      (await accountReply(this.#administration, asked)) ??
      (await noticeReply(this.#options.notices, asked)) ??
      (await sdkKeyReply({ keys: this.#sdkKeys, store: this.#options.store }, asked)) ??
      (await this.#log.reply(asked.request, asked.found));
    return (
      known ??
      (await customerReply(this.#customers, asked)) ??
      (await changeReply(this.#changes, asked)) ??
      (await pinReply(this.#pins, asked)) ??
      (await releaseReply(this.#releases, asked)) ??
      problemReply(problems.unknownRoute)
    );
  }
}
