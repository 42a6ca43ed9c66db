import { afterEach, expect, test } from "vitest";
import { closeOffices, Office } from "./testing/office.ts";

afterEach(closeOffices);

const HEADERS = { "sluice-request": "1" };
interface Session {
  readonly cookie: string;
}

async function signIn(office: Office, email: string, password: string): Promise<Session | string> {
  const answer = await office.send("POST", "/api/sign-in", HEADERS, { email, password });
  const cookie = answer.headers["set-cookie"]?.split(";")[0];
  return cookie === undefined ? String((answer.body["error"] as { readonly code: string }).code) : { cookie };
}
const isIn = async (office: Office, session: Session | string): Promise<boolean> =>
  typeof session !== "string" && (await office.send("GET", "/api/releases", { cookie: session.cookie })).status === 200;
const roles = (office: Office): readonly unknown[] =>
  office.database.events.flatMap(({ facts }) => (facts.kind === "accountChanged" ? [[facts.account, facts.how, facts.role]] : []));

test("an invitation's link sets one password, for the address that was invited, once", async () => {
  const office = await new Office().start();
  const invited = await office.ask("admin", "POST", "/api/accounts", { email: "Priya@example.com", name: "Priya", role: "product" });
  expect(invited.status).toBe(201);
  const once = String(invited.body["once"]);
  expect(await signIn(office, "priya@example.com", "")).toBe("badRequest");
  expect(await signIn(office, "priya@example.com", "removed")).toBe("wrongPassword");
  const first = (email: string): ReturnType<Office["send"]> =>
    office.send("POST", "/api/first-sign-in", HEADERS, { once, email, name: "Priya R", password: "a long password" });
  expect((await first("somebody@example.com")).body).toMatchObject({ error: { code: "badRequest", field: "email" } });
  expect((await first("priya@example.com")).body).toMatchObject({ account: { name: "Priya R", role: "product", id: invited.body["account"] } });
  expect((await first("priya@example.com")).body).toMatchObject({ error: { code: "linkSpent" } });
  expect(await isIn(office, await signIn(office, "priya@example.com", "a long password"))).toBe(true);
  expect((await office.ask("admin", "POST", "/api/accounts", { email: "priya@example.com", name: "P", role: "product" })).body).toMatchObject({
    error: { field: "email" },
  });
  expect(roles(office)).toEqual([[invited.body["account"], "invited", "product"]]);
  expect(JSON.stringify(office.database.events)).not.toContain("riya");
});

test("the list says invited until the link is used, and again once an admin has made the password void", async () => {
  const office = await new Office().start();
  const stateOf = async (account: unknown): Promise<unknown> => {
    const { accounts } = (await office.ask("admin", "GET", "/api/accounts")).body as {
      readonly accounts: readonly { readonly id: string; readonly state: string }[];
    };
    return accounts.find(({ id }) => id === account)?.state;
  };
  const { account, once } = (await office.ask("admin", "POST", "/api/accounts", { email: "ines@example.com", name: "Inês", role: "marketing" })).body;
  expect(await stateOf(account)).toBe("invited");
  const used = { once, email: "ines@example.com", name: "Inês Moura", password: "a long password" };
  expect((await office.send("POST", "/api/first-sign-in", HEADERS, used)).status).toBe(200);
  expect(await stateOf(account)).toBe("active");
  expect((await office.ask("admin", "POST", `/api/accounts/${String(account)}/invite-again`, {})).status).toBe(201);
  expect(await stateOf(account)).toBe("invited");
});

test("a role holds at once, sessions end at once, and whoever is removed cannot come back", async () => {
  const office = await new Office().start();
  const marketing = await signIn(office, "marketing@example.com", "password of marketing");
  if (typeof marketing === "string") throw new Error(marketing);
  const freeze = {
    command: "freeze-it-now",
    environment: "production",
    fromMs: office.time.nowMs,
    untilMs: office.time.nowMs + 1_000,
    policy: "ask",
    reason: "Year end",
  };
  const declare = (): ReturnType<Office["send"]> => office.send("POST", "/api/freezes", { ...HEADERS, cookie: marketing.cookie }, freeze);
  expect((await declare()).status).toBe(403);
  expect((await office.ask("admin", "POST", "/api/accounts/marketing/role", { role: "admin" })).status).toBe(200);
  expect((await declare()).status).toBe(200);
  expect((await office.ask("admin", "POST", "/api/accounts/marketing/sign-out", {})).status).toBe(200);
  expect(await isIn(office, marketing)).toBe(false);
  expect((await office.ask("admin", "POST", "/api/accounts/marketing/remove", {})).status).toBe(200);
  expect(await signIn(office, "marketing@example.com", "password of marketing")).toBe("wrongPassword");
  expect((await office.ask("marketing", "GET", "/api/releases")).status).toBe(401);
  expect((await office.ask("admin", "GET", "/api/accounts")).body["accounts"]).toContainEqual(
    expect.objectContaining({ id: "marketing", state: "removed", sessions: 0, tokens: 0 }),
  );
});

test("the last admin stays one", async () => {
  const office = await new Office().start();
  expect((await office.ask("admin", "POST", "/api/accounts/admin/role", { role: "auditor" })).body).toMatchObject({ error: { code: "lastAdmin" } });
  expect((await office.ask("admin", "POST", "/api/accounts/admin/remove", {})).body).toMatchObject({ error: { code: "lastAdmin" } });
  await office.ask("admin", "POST", "/api/accounts/product/role", { role: "admin" });
  expect((await office.ask("admin", "POST", "/api/accounts/admin/role", { role: "auditor" })).status).toBe(200);
});

test("an admin sees and ends a lock; others see names and roles only", async () => {
  const office = await new Office().start();
  for (let tries = 0; tries < 5; tries += 1) await signIn(office, "engineer@example.com", "wrong");
  expect(await signIn(office, "engineer@example.com", "password of engineer")).toBe("accountLocked");
  const seen = (await office.ask("product", "GET", "/api/accounts")).body["accounts"] as readonly Record<string, unknown>[];
  expect(seen.find(({ id }) => id === "engineer")).toEqual({ id: "engineer", name: "engineer", role: "engineer", state: "locked" });
  expect((await office.ask("admin", "POST", "/api/accounts/engineer/unlock", {})).status).toBe(200);
  expect(await isIn(office, await signIn(office, "engineer@example.com", "password of engineer"))).toBe(true);
});

test("a forgotten password: a new link voids the old password and every session", async () => {
  const office = await new Office().start();
  const before = await signIn(office, "engineer@example.com", "password of engineer");
  const again = await office.ask("admin", "POST", "/api/accounts/engineer/invite-again", {});
  expect(await isIn(office, before)).toBe(false);
  expect(await signIn(office, "engineer@example.com", "password of engineer")).toBe("wrongPassword");
  const set = { once: again.body["once"], email: "engineer@example.com", name: "E", password: "another password" };
  expect((await office.send("POST", "/api/first-sign-in", HEADERS, set)).status).toBe(200);
});

test("one's own password needs the one before, and ends one's other sessions", async () => {
  const office = await new Office().start();
  const [here, there] = [
    await signIn(office, "product@example.com", "password of product"),
    await signIn(office, "product@example.com", "password of product"),
  ];
  if (typeof here === "string") throw new Error(here);
  const change = (current: string): ReturnType<Office["send"]> =>
    office.send("POST", "/api/me/password", { ...HEADERS, cookie: here.cookie }, { current, password: "a new long one" });
  expect((await change("wrong")).status).toBe(401);
  expect((await change("password of product")).status).toBe(200);
  expect([await isIn(office, here), await isIn(office, there)]).toEqual([true, false]);
  expect(await isIn(office, await signIn(office, "product@example.com", "a new long one"))).toBe(true);
});

test("a personal token may what its person may, until it is ended or over", async () => {
  const office = await new Office().start();
  const auditor = { authorization: "Bearer token-of-auditor-0123456789" };
  const made = await office.send("POST", "/api/me/tokens", auditor, { days: 2 });
  const headers = { authorization: `Bearer ${String(made.body["secret"])}` };
  expect((await office.send("GET", "/api/log/verify", headers)).status).toBe(200);
  expect((await office.send("POST", "/api/freezes", headers, {})).status).toBe(403);
  const second = await office.send("POST", "/api/me/tokens", auditor, { days: 2 });
  expect((await office.send("POST", "/api/me/tokens/end", auditor, { token: second.body["token"] })).status).toBe(200);
  expect((await office.send("GET", "/api/releases", { authorization: `Bearer ${String(second.body["secret"])}` })).status).toBe(401);
  office.time.nowMs += 2 * 24 * 3_600_000;
  expect((await office.send("GET", "/api/log/verify", headers)).status).toBe(401);
});
