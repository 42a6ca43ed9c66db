import { type Route, routes } from "@sluice/contract";
import { type Role, rolesThatMay } from "@sluice/releases";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SDK_KEY } from "../packages/fanout/src/testing/running-fanout.ts";
import { closeOffices } from "../packages/server/src/testing/office.ts";
import { apiDoor, type Credential, CREDENTIALS, type Door, fanoutDoor, type Seen } from "./roles/doors.ts";
import { KILL_KEY_OPENS, lets, REVIEWED, ROLES } from "./roles/reviewed-roles.ts";

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const addressOf = ({ audience, path }: Route): string => path.replace(/:[a-z]+/g, "x") + (audience.who === "browser" ? "?environment=production" : "");
const peoples = routes.filter(({ audience }) => audience.who === "person");

/** What must come back: a refusal by its status and code, or anything that says authorization was passed. */
type Expected = { readonly status: number; readonly code?: string } | "passed";
const REFUSED = { status: 401, code: "notSignedIn" };
const CROSS_SITE = { status: 403, code: "crossSite" };
const isElsewhere = (headers: Readonly<Record<string, string>>): boolean => ["cross-site", "same-site"].includes(headers["sec-fetch-site"] ?? "");
const NO_ROUTE = { status: 404, code: "unknownRoute" };

interface Asking {
  readonly credential: Credential;
  readonly role: Role;
  readonly headers: Readonly<Record<string, string>>;
}

function expectedOf(route: Route, { by }: Door, { credential, role, headers }: Asking): Expected {
  const isHere = by === "fanout" ? route.audience.who !== "internal" : route.by === "api";
  if (!isHere) return NO_ROUTE;
  const { as } = credential;
  switch (route.audience.who) {
    case "public":
      // Where no App of GitHub's is set up, there is no hook of it.
      return by === "api" && route.path === "/hooks/github" ? NO_ROUTE : "passed";
    case "visitor":
      return headers["sluice-request"] === "1" && !isElsewhere(headers) ? "passed" : CROSS_SITE;
    case "internal":
      return as === "internal" ? "passed" : REFUSED;
    case "trigger":
      // No trigger is armed here, and none takes what people, SDKs and the API show.
      return { status: 401, code: "triggerRefused" };
    case "relay":
      return { status: 401, code: "badRelayKey" };
    case "sdkKey":
      return as === "sdk" ? "passed" : { status: 401 };
    case "browser":
      // Cookies are not read there, and what is no context token of this environment is refused.
      if ("authorization" in headers) return { status: 401 };
      // Answers have a part for nobody in particular; early access and reports are somebody's, and no cookie makes them theirs.
      return route.path === "/browser/v1/early-access" || route.path === "/browser/v1/telemetry" ? { status: 401, code: "contextMissing" } : "passed";
    case "person":
      if (as === "killKey") return KILL_KEY_OPENS.includes(nameOf(route)) ? "passed" : { status: 403, code: "notAllowed" };
      if (as !== "person" && as !== "crossSite") return REFUSED;
      if (as === "crossSite" && route.method !== "GET") return CROSS_SITE;
      return lets(REVIEWED[nameOf(route)] ?? "", role) ? "passed" : { status: 403, code: "notAllowed" };
  }
}

const isWrong = (seen: Seen, expected: Expected): boolean =>
  expected === "passed"
    ? [401, 403].includes(seen.status) || seen.code === "unknownRoute"
    : seen.status !== expected.status || (expected.code !== undefined && seen.code !== expected.code);

/** Other ways to write a route's address, none of which may lead to it. */
function spellingsOf(route: Route): readonly string[] {
  const path = addressOf(route);
  const cut = path.lastIndexOf("/");
  const [before, after] = [path.slice(0, cut), path.slice(cut)];
  return [
    `/${path}`,
    `${before}/${after}`,
    `${path}/`,
    `/.${path}`,
    `/x/..${path}`,
    `/%2e%2e${path}`,
    `${before}/%2e${after}`,
    `${before}/y/%2e%2e${after}`,
    `${before}%2f${after.slice(1)}`,
    `${before}\\${after.slice(1)}`,
    path.toUpperCase(),
    path.replace(/^\/(\w+)/, "/$1;a=1"),
    path.replace(/^\/(\w)/, (_, first: string) => `/%${first.charCodeAt(0).toString(16)}`),
    `http://other.example${path}`,
    // A last part that is a value may hold these: it names another thing of the same kind.
    ...(/:[a-z]+$/.test(route.path) ? [] : [`${path};x=1`, `${path}%00`, `${path}%20`, `${path}.json`]),
  ];
}

function named(name: string): Credential {
  const found = CREDENTIALS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no credential is called ${name}`);
  return found;
}

let doors: { readonly fanout: Awaited<ReturnType<typeof fanoutDoor>>; readonly api: Awaited<ReturnType<typeof apiDoor>> };
beforeAll(async () => {
  doors = { fanout: await fanoutDoor(), api: await apiDoor() };
});
afterAll(closeOffices);

describe("the reviewed table", () => {
  test("has exactly the routes of people, and the policy says the same of each that needs an action", () => {
    expect(Object.keys(REVIEWED).sort()).toEqual(peoples.map(nameOf).sort());
    for (const route of peoples) {
      const may = route.audience.who === "person" ? route.audience.may : undefined;
      const row = ROLES.map((role) => (may === undefined || rolesThatMay(may).includes(role) ? "x" : "-")).join(" ");
      expect(row, nameOf(route)).toBe(REVIEWED[nameOf(route)]);
    }
  });

  test("gives a kill key exactly what was reviewed", () => {
    const opened = peoples.filter(({ audience }) => audience.who === "person" && audience.killKey === true);
    expect(opened.map(nameOf).sort()).toEqual([...KILL_KEY_OPENS].sort());
  });
});

describe.each(["fanout", "api"] as const)("every route of the table, asked of the %s process", (by) => {
  test.each(ROLES)("by the role %s with every credential, is answered as reviewed", async (role) => {
    const door = doors[by];
    const faults: string[] = [];
    let asked = 0;
    for (const route of routes)
      for (const credential of CREDENTIALS) {
        const headers = await credential.headers(door, role);
        const expected = expectedOf(route, door, { credential, role, headers });
        const before = door.handedOn();
        const seen = await door.send(route.method, addressOf(route), headers);
        asked += 1;
        const isHandedOn = door.handedOn() > before;
        if (isWrong(seen, expected) || (isHandedOn && expected !== "passed"))
          faults.push(`${nameOf(route)} with ${credential.name}: ${seen.status} ${seen.code ?? ""}, expected ${JSON.stringify(expected)}`);
      }
    expect(faults).toEqual([]);
    expect(asked).toBe(routes.length * CREDENTIALS.length);
  });

  test("changes nothing by another method or spelling, whoever asks", async () => {
    const door = doors[by];
    const headers = await named("a token").headers(door, "admin");
    const before = door.handedOn();
    const faults: string[] = [];
    for (const route of routes.filter(({ audience }) => !["public", "browser", "visitor"].includes(audience.who))) {
      const path = addressOf(route);
      for (const spelling of spellingsOf(route)) {
        const [known, unknown] = [await door.send(route.method, spelling, headers), await door.send(route.method, spelling, {})];
        if (known.status !== 404 || ![401, 404].includes(unknown.status)) faults.push(`${route.method} ${spelling}: ${known.status}, ${unknown.status}`);
      }
      for (const method of ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "post", "get"]) {
        const { status } = await door.send(method, path, headers);
        if (status !== 404) faults.push(`${method} ${path}: ${status}`);
      }
    }
    expect(faults).toEqual([]);
    expect(door.handedOn()).toBe(before);
  });

  test("answers 404 where no audience is declared, to an admin too", async () => {
    const door = doors[by];
    const headers = await named("a token").headers(door, "admin");
    for (const path of [
      "/api",
      "/api/",
      "/api/nothing",
      "/api/me/nothing",
      "/api/releases/x/nothing",
      "/internal",
      "/internal/v1/nothing",
      "/sdk/v1/nothing",
      "/hooks",
    ])
      for (const method of ["GET", "POST", "DELETE"]) expect(await door.send(method, path, headers), `${method} ${path}`).toEqual(NO_ROUTE);
  });
});

describe("what a decision looks at itself", () => {
  /** A kill of these flags, by the session of this role or by what else is shown. */
  async function kill(flag: string, headers: Readonly<Record<string, string>>): Promise<Seen> {
    const command = `kill-${crypto.randomUUID()}`;
    const seen = doors.fanout.send("POST", "/api/kills", headers, { command, environment: "production", flags: [flag] });
    await doors.fanout.running.world.advance(400);
    return seen;
  }
  test.each([
    ["shop.checkout", "x x x x x -"],
    ["shop.limits", "x - - - x -"],
  ])("killing %s is for the roles of its kind", async (flag, row) => {
    for (const role of ROLES) {
      const { status } = await kill(flag, await named("a cookie and the header").headers(doors.fanout, role));
      expect(status, role).toBe(lets(row, role) ? 201 : 403);
    }
  });

  test("a kill key kills flags of every kind, and the log says that it was one", async () => {
    const headers = await named("a kill key").headers(doors.fanout, "auditor");
    expect((await kill("shop.limits", headers)).status).toBe(201);
    expect(doors.fanout.running.database.events.at(-1)).toMatchObject({ facts: { kind: "flagsKilled", flags: ["shop.limits"] }, personal: { by: "killKey" } });
  });

  test("an SDK key and a cookie alone kill nothing, whatever the body says", async () => {
    const before = doors.fanout.running.database.events.length;
    expect(await kill("shop.gift", { authorization: `Bearer ${SDK_KEY}` })).toEqual(REFUSED);
    expect(await kill("shop.gift", { cookie: `sluice_session=${SDK_KEY}`, "sluice-request": "1" })).toEqual(REFUSED);
    for (const credential of CREDENTIALS.filter(({ as }) => as !== "person" && as !== "killKey")) {
      const { status } = await kill("shop.gift", await credential.headers(doors.fanout, "admin"));
      expect(status, credential.name).toBe(credential.as === "crossSite" ? 403 : 401);
    }
    expect(doors.fanout.running.database.events).toHaveLength(before);
  });
});
