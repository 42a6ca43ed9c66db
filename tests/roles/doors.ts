import type { HttpReply, HttpStreamReply } from "@sluice/ports";
import type { Role } from "@sluice/releases";
import { secretHash, type Store } from "@sluice/store";
import { RunningFanout, SDK_KEY } from "../../packages/fanout/src/testing/running-fanout.ts";
import { Office } from "../../packages/server/src/testing/office.ts";
import { ROLES } from "./reviewed-roles.ts";

type Headers = Readonly<Record<string, string>>;

/** What was answered: the status, and the code of the problem where there is one. */
export interface Seen {
  readonly status: number;
  readonly code?: string;
}

/** One of the two processes that authorize, each by itself: what reaches one has not been looked at by the other. */
export interface Door {
  readonly by: "fanout" | "api";
  readonly store: Store;
  readonly internalKey: string;
  readonly send: (method: string, url: string, headers: Headers, body?: object) => Promise<Seen>;
  /** Requests that this process has handed to the other. */
  readonly handedOn: () => number;
}

const seen = (reply: HttpReply | HttpStreamReply): Seen => {
  if ("attach" in reply) return { status: reply.status };
  const text = typeof reply.body === "string" ? reply.body : new TextDecoder().decode(reply.body);
  const code = /^\{"error":\{"code":"(\w+)"/.exec(text)?.[1];
  return { status: reply.status, ...(code === undefined ? {} : { code }) };
};

const bytes = (body: object | undefined): Uint8Array => (body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body)));

const KILL_KEY = "slk_kill_0123456789abcdef0123456789abcdef";

async function admitRoles(store: Store): Promise<void> {
  await store.saveGrant({ hash: secretHash(KILL_KEY), kind: "kill", expiresAtMs: Number.MAX_SAFE_INTEGER });
  for (const role of ROLES)
    await store.saveAccount({ id: role, email: `${role}@example.com`, name: role, role, passwordHash: "", failures: 0, lockedUntilMs: 0 });
}

/** The real fan-out process over memory; the API behind it answers 204 to whatever is handed on. */
export async function fanoutDoor(): Promise<Door & { readonly running: RunningFanout }> {
  const running = await (await new RunningFanout().prepare()).start();
  await admitRoles(running.store);
  return {
    by: "fanout",
    running,
    store: running.store,
    internalKey: "sli_internal",
    send: async (method, url, headers, body) => seen(await running.fanout.handle({ method, url, headers, body: bytes(body), remote: "127.0.0.1" })),
    handedOn: () => running.api.requests.length,
  };
}

/** The real API process over memory. */
export async function apiDoor(): Promise<Door & { readonly office: Office }> {
  const office = await new Office().start();
  await admitRoles(office.store);
  await office.store.saveSdkKey({ hash: secretHash(SDK_KEY), environment: "production", name: "production" });
  return {
    by: "api",
    office,
    store: office.store,
    internalKey: "internal",
    send: async (method, url, headers, body) => seen(await office.api.handle({ method, url, headers, body: bytes(body), remote: "127.0.0.1" })),
    handedOn: () => 0,
  };
}

let granted = 0;

/** A new secret of this person, good until the time. Each request has its own: signing out ends no other. */
async function grant(
  store: Store,
  kind: "session" | "token" | "once",
  { role, expiresAtMs }: { readonly role: Role; readonly expiresAtMs: number },
): Promise<string> {
  const secret = `secret-of-${role}-${++granted}-0123456789`;
  await store.saveGrant({ hash: secretHash(secret), kind, account: role, expiresAtMs });
  return secret;
}

const FOREVER = Number.MAX_SAFE_INTEGER;
/** Before the clock of either door. */
const LONG_AGO = Date.UTC(2020, 0, 1);
const cookie = (secret: string): string => `sluice_session=${secret}`;
const bearer = (secret: string): Headers => ({ authorization: `Bearer ${secret}` });

/** What somebody shows: `person` is signed in, `killKey` kills and does nothing else, `crossSite` only as far as a page of anybody could send it, `nobody` is not. */
export interface Credential {
  readonly name: string;
  readonly as: "person" | "crossSite" | "nobody" | "sdk" | "internal" | "killKey";
  readonly headers: (door: Door, role: Role) => Promise<Headers>;
}

const session = async (door: Door, role: Role): Promise<string> => cookie(await grant(door.store, "session", { role, expiresAtMs: FOREVER }));

export const CREDENTIALS: readonly Credential[] = [
  { name: "nothing", as: "nobody", headers: async () => ({}) },
  { name: "the header alone", as: "nobody", headers: async () => ({ "sluice-request": "1" }) },
  { name: "a cookie alone", as: "crossSite", headers: async (...by) => ({ cookie: await session(...by) }) },
  { name: "a cookie and a wrong header", as: "crossSite", headers: async (...by) => ({ cookie: await session(...by), "sluice-request": "true" }) },
  {
    name: "a cookie and half a token",
    as: "crossSite",
    headers: async (...by) => ({ cookie: await session(...by), authorization: "Bearer short" }),
  },
  { name: "a cookie and the header", as: "person", headers: async (...by) => ({ cookie: await session(...by), "sluice-request": "1" }) },
  ...["cross-site", "same-site"].map((from): Credential => ({
    name: `a cookie and the header, by a page that is ${from}`,
    as: "crossSite",
    headers: async (...by) => ({ cookie: await session(...by), "sluice-request": "1", "sec-fetch-site": from }),
  })),
  {
    name: "a cookie and the header, by our page",
    as: "person",
    headers: async (...by) => ({ cookie: await session(...by), "sluice-request": "1", "sec-fetch-site": "same-origin" }),
  },
  { name: "a token", as: "person", headers: async ({ store }, role) => bearer(await grant(store, "token", { role, expiresAtMs: FOREVER })) },
  {
    name: "an expired session",
    as: "nobody",
    headers: async ({ store }, role) => ({ cookie: cookie(await grant(store, "session", { role, expiresAtMs: LONG_AGO })), "sluice-request": "1" }),
  },
  { name: "an expired token", as: "nobody", headers: async ({ store }, role) => bearer(await grant(store, "token", { role, expiresAtMs: LONG_AGO })) },
  { name: "an invitation's link", as: "nobody", headers: async ({ store }, role) => bearer(await grant(store, "once", { role, expiresAtMs: FOREVER })) },
  {
    name: "a cookie beside a token of nobody",
    as: "nobody",
    headers: async (...by) => ({ cookie: await session(...by), "sluice-request": "1", ...bearer("no-such-token-0123456789") }),
  },
  { name: "a kill key", as: "killKey", headers: async () => bearer(KILL_KEY) },
  { name: "an SDK key", as: "sdk", headers: async () => bearer(SDK_KEY) },
  { name: "an SDK key as a cookie", as: "nobody", headers: async () => ({ cookie: cookie(SDK_KEY), "sluice-request": "1" }) },
  { name: "the internal key", as: "internal", headers: async ({ internalKey }) => bearer(internalKey) },
];
