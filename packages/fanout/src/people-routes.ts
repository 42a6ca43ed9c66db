import {
  commandBody,
  type FoundRoute,
  jsonReply,
  killBody,
  liftBody,
  noContent,
  problemReply,
  problems,
  queryOf,
  readBody,
  resultReply,
} from "@sluice/contract";
import type { HttpReply, HttpRequest, Log } from "@sluice/ports";
import { allowedActions, didYouMean, KILL_TARGETS, refuseScopeWords } from "@sluice/releases";
import type { Store } from "@sluice/store";
import type { ConsoleView } from "./console-view.ts";
import { answerDrills } from "./drills/drill-routes.ts";
import type { Guards } from "./guards/guards.ts";
import type { Drills } from "./drills/drills.ts";
import type { KillHistory } from "./kill-history.ts";
import type { KillIntake } from "./kill-intake.ts";
import type { Receipts } from "./receipts.ts";
import type { RelayBook } from "./relay/relay-book.ts";
import type { SigningKey } from "./signing.ts";
import { answerTriggers } from "./triggers/trigger-routes.ts";
import type { TriggerSecrets } from "./triggers/trigger-secrets.ts";
import type { UsageBook } from "./telemetry/usage-book.ts";
import type { UnknownKeys } from "./unknown-keys.ts";
import type { Person, Sessions } from "@sluice/store";

interface PeopleParts {
  readonly view: ConsoleView;
  readonly intake: KillIntake;
  readonly drills: Drills;
  readonly guards: Guards;
  readonly receipts: Receipts;
  readonly history: KillHistory;
  readonly unknown: UnknownKeys;
  readonly usage: UsageBook;
  readonly sessions: Sessions;
  readonly store: Store;
  readonly isDemo: boolean;
  readonly signingKeys: readonly SigningKey[];
  readonly secrets: TriggerSecrets;
  readonly log: Log;
  readonly relays: RelayBook;
  /** Open streams of programs by their key's first digits. */
  readonly connected: () => Readonly<Record<string, number>>;
}

/** A request of somebody who is signed in, and the route it found. */
export interface Asked {
  readonly request: HttpRequest;
  readonly found: FoundRoute;
  readonly person: Person;
}

/** What a kill would take away; of a flag or an environment that nobody knows, nothing is said. */
function blastRadiusReply(view: ConsoleView, query: URLSearchParams): HttpReply {
  const environment = query.get("environment") ?? "production";
  if (!view.knowsFlagsOf(environment)) return problemReply(problems.noSnapshot);
  const kind = KILL_TARGETS.find((one) => one === query.get("of"));
  const flag = query.get("flag") ?? "";
  const catalogue = view.catalogue();
  if (kind === undefined && !catalogue.has(flag))
    return problemReply({ code: "unknownFlag", field: "flag", message: `There is no flag ${JSON.stringify(flag)}.`, fix: didYouMean(flag, catalogue.keys()) });
  const [customers, services] = [query.getAll("customer"), query.getAll("service")];
  const [segment, versions] = [query.get("segment"), query.get("versions")];
  const scope = {
    ...(segment === null ? {} : { segment }),
    ...(versions === null ? {} : { versions }),
    ...(services.length === 0 ? {} : { services }),
  };
  // What the kill refuses, the question before it must not promise.
  const segments = view.servedSegments(environment);
  const refusal = refuseScopeWords({ scope, ...(segments === undefined ? {} : { segments }) });
  if (refusal !== undefined) return problemReply(refusal);
  const radius = view.blastRadius({
    environment,
    ...(kind === undefined ? { flag } : { of: { kind, name: query.get("name") ?? "" } }),
    ...(customers.length === 0 ? {} : { customers }),
    scope,
  });
  return resultReply(200, radius);
}

/** The people's routes that this process answers itself, all from memory. Undefined: not one of them. */
export async function answerPerson(parts: PeopleParts, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  const id = found.values["id"] ?? "";
  const query = queryOf(request);
  switch (`${found.route.method} ${found.route.path}`) {
    case "GET /api/me": {
      const actions = allowedActions(person.role);
      const { id: account, name, email, role } = person;
      return jsonReply(200, {
        account: { id: account, name, email, role },
        can: { ...actions, kill: actions.killReleaseFlag, lift: actions.liftKill, revert: actions.revertFlag },
        ...(parts.isDemo ? { isDemo: true } : {}),
      });
    }
    case "POST /api/sign-out":
      return signOut(parts, person, request);
    case "GET /api/environments":
      return jsonReply(200, { environments: parts.view.listEnvironments().map((one) => ({ ...one, relays: parts.relays.list(one.key) })) });
    case "GET /api/flags":
      return jsonReply(200, { flags: parts.view.listFlags() });
    case "GET /api/unknown-keys":
      return jsonReply(200, { keys: parts.unknown.list((environment) => parts.view.servedFlags(environment)) });
    case "GET /api/signing-keys":
      return jsonReply(200, { keys: parts.signingKeys });
    case "GET /api/blast-radius":
      return blastRadiusReply(parts.view, query);
    case "GET /api/kills":
      return jsonReply(200, { kills: await parts.view.listKills(query.get("environment") ?? undefined) });
    case "GET /api/kills/history":
      return resultReply(200, await parts.history.list(query));
    case "GET /api/kills/:id/receipt":
      return receiptReply(parts, id);
    default:
      return (await decideKills(parts, { request, found, person })) ?? answerOthers(parts, { request, found, person });
  }
}

/** Kill, and what ends one. */
async function decideKills({ intake }: PeopleParts, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  const id = found.values["id"] ?? "";
  switch (`${found.route.method} ${found.route.path}`) {
    case "POST /api/kills": {
      const body = readBody(killBody, request.body);
      return body.ok ? resultReply(201, await intake.kill(person, body.value)) : problemReply(body.problem);
    }
    case "POST /api/kills/:id/lift": {
      const body = readBody(liftBody, request.body);
      return body.ok ? resultReply(200, await intake.lift(person, id, body.value)) : problemReply(body.problem);
    }
    case "POST /api/kills/:id/refuse-lift": {
      const body = readBody(liftBody, request.body);
      return body.ok ? resultReply(200, await intake.refuseLift(person, id, body.value)) : problemReply(body.problem);
    }
    case "POST /api/kills/:id/undo": {
      const body = readBody(commandBody, request.body);
      return body.ok ? resultReply(200, await intake.undo(person, id, body.value)) : problemReply(body.problem);
    }
    default:
      return undefined;
  }
}

/** Guards, drills, triggers, and whose keys are in use. */
async function answerOthers(parts: PeopleParts, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  const { view, guards } = parts;
  if (found.route.path === "/api/sdk-keys/connected") return jsonReply(200, { connected: parts.connected() });
  if (found.route.path === "/api/usage") return jsonReply(200, parts.usage.view(queryOf(request).get("environment") ?? undefined));
  if (found.route.path === "/api/guards") return jsonReply(200, { guards: guards.views, dropped: guards.dropped });
  const drilled = await answerDrills(parts.drills, { request, found, person });
  return drilled ?? answerTriggers({ ...parts, triggers: view.triggers, catalogue: () => view.catalogue() }, { request, found, by: person.id });
}

function receiptReply({ receipts }: PeopleParts, kill: string): HttpReply {
  const receipt = receipts.receipt(kill);
  if (receipt !== undefined) return jsonReply(200, receipt);
  return problemReply({
    code: "unknownKill",
    message: `There is no receipt of a kill ${JSON.stringify(kill)} here.`,
    fix: "Receipts are kept by the process that took the kill, for the last 500.",
  });
}

async function signOut(parts: PeopleParts, person: Person, request: HttpRequest): Promise<HttpReply> {
  parts.sessions.end(person.grant);
  try {
    await parts.store.takeGrant(person.grant);
  } catch {
    // Signed out of this process at once; the store forgets when it is back, or the session ends by its time.
    return problemReply(problems.storeUnavailable);
  }
  // A browser forgets a cookie only under the very name, and one with this prefix only when told securely.
  const isSecure = (request.headers["cookie"] ?? "").includes("__Host-sluice_session=");
  const cookie = `${isSecure ? "__Host-" : ""}sluice_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
  return { ...noContent, headers: { ...noContent.headers, "set-cookie": cookie } };
}
