import { describe, expect, test } from "vitest";
import type { BrowserOptions } from "../client.ts";
import { createClient } from "../create-client.ts";
import { withHandover } from "../handover/index.ts";
import { settle, TestPage } from "../testing/test-page.ts";
import { type ReportingClient, withReports } from "./index.ts";

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const tokenOf = (subject: string, turn = 1): string => `${part({ alg: "HS256" })}.${part({ sub: subject, turn })}.c2ln`;
const [ADA, BOB] = [tokenOf("hash-of-ada"), tokenOf("hash-of-bob")];
const answer = (value: unknown, variant = String(value)): object => ({ value, variant, reason: "TARGETING_MATCH" });
const FLAGS = { "web.on": answer(true, "on"), "web.text": answer("Good day", "long") };
const EXPORT = { flag: "web.on", variant: "on", outcome: "export" };

interface Started {
  readonly page: TestPage;
  readonly client: ReportingClient;
  /** How the server answers reports. */
  readonly server: { status: number };
  readonly problems: string[];
}

async function live(options: Partial<BrowserOptions> = {}, page = new TestPage()): Promise<Started> {
  const server = { status: 204 };
  const problems: string[] = [];
  page.server = (asked) => {
    if (asked.path === "answers") asked.reply(200, { environment: "production", epoch: "e1", seq: 3, answers: FLAGS });
    else if (asked.path === "telemetry") server.status === 0 ? asked.fail() : asked.reply(server.status, "");
    else asked.open().send("hello", { environment: "production", epoch: "e1", seq: 3, jitterMs: 0 });
  };
  const given = { url: "https://flags.example/", environment: "production", token: ADA, onProblem: (message: string) => void problems.push(message) };
  const client = withReports({ world: () => page, ...given, ...options }, createClient);
  await settle();
  return { page, client, server, problems };
}

/** What was sent, each with whose token it went. */
const sent = (page: TestPage): readonly (readonly [string | undefined, unknown])[] =>
  page.of("telemetry").map(({ token, body: { outcomes, unknown } = {} }) => [token?.slice("Bearer ".length), [outcomes, unknown]]);

describe("outcomes of a page", () => {
  test("go within ten seconds, counted, with the variant that it has and the token of its person", async () => {
    const { page, client } = await live();
    client.track("export", { flag: "web.on" });
    client.track("export", { flag: "web.on", failed: true });
    client.track("export", { flag: "web.on" });
    client.track("read", { flag: "web.text" });
    await page.pass(5_000);
    expect(sent(page)).toEqual([]);
    await page.pass(5_000);
    const [asked] = page.of("telemetry");
    expect(asked).toMatchObject({ url: "https://flags.example/browser/v1/telemetry?environment=production", token: `Bearer ${ADA}` });
    expect(asked?.body).toEqual({
      instance: "8888888888888888",
      batch: 1,
      outcomes: [
        { ...EXPORT, ok: 2, failed: 1 },
        { flag: "web.text", variant: "long", outcome: "read", ok: 1, failed: 0 },
      ],
      droppedOutcomes: 0,
      unknown: [],
    });
    await page.pass(600_000);
    expect(page.of("telemetry")).toHaveLength(1);
    client.close();
  });

  test("count for nobody without a token or an answer, and under no name that a guard cannot have", async () => {
    const { page, client, problems } = await live();
    client.track("export", { flag: "web.none" });
    client.track("no name", { flag: "web.on" });
    await page.pass(60_000);
    expect([sent(page), problems.slice(0, 1)]).toEqual([[], ['An outcome\'s name is of letters, digits, ".", "_" and "-", at most 100: "no name" is none.']]);
    client.close();
    const nobody = await live({ token: undefined });
    nobody.client.track("export", { flag: "web.on" });
    await nobody.page.pass(60_000);
    expect(sent(nobody.page)).toEqual([]);
    nobody.client.close();
  });

  test("that do not come through are sent again as the same report, ever more slowly, and not where they are refused for good", async () => {
    const { page, client, server } = await live();
    server.status = 0;
    client.track("export", { flag: "web.on" });
    await page.pass(3_600_000);
    const tries = page.of("telemetry");
    // At most every 300 s, of which a quarter to all are waited for.
    expect(tries.length).toBeLessThan(30);
    expect(new Set(tries.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    client.track("export", { flag: "web.on" });
    server.status = 204;
    await page.pass(600_000);
    expect(page.last("telemetry").body).toMatchObject({ batch: 2, outcomes: [{ ok: 1 }] });
    server.status = 404;
    client.track("export", { flag: "web.on" });
    await page.pass(600_000);
    // Refused for good: it is dropped, and the next report says so.
    client.track("export", { flag: "web.on" });
    server.status = 204;
    await page.pass(600_000);
    expect(page.last("telemetry").body).toMatchObject({ droppedOutcomes: 1, outcomes: [{ ok: 1 }] });
    client.close();
  });

  test("go with the token of whoever was there, never with the next one's", async () => {
    const { page, client } = await live();
    client.track("export", { flag: "web.on", failed: true });
    void client.identify(BOB);
    await settle();
    expect(sent(page)).toEqual([[ADA, [[{ ...EXPORT, ok: 0, failed: 1 }], []]]]);
    client.track("export", { flag: "web.on" });
    await page.pass(10_000);
    expect(sent(page)[1]).toEqual([BOB, [[{ ...EXPORT, ok: 1, failed: 0 }], []]]);
    client.close();
  });

  test("that were under way for somebody who left are dropped, and told as such", async () => {
    const { page, client, server } = await live();
    server.status = 0;
    client.track("export", { flag: "web.on" });
    await page.pass(10_000);
    client.track("export", { flag: "web.on" });
    client.track("export", { flag: "web.on" });
    void client.identify(BOB);
    await settle();
    server.status = 204;
    client.track("export", { flag: "web.on" });
    await page.pass(600_000);
    expect(page.last("telemetry")).toMatchObject({ token: `Bearer ${BOB}`, body: { droppedOutcomes: 3, outcomes: [{ ok: 1 }] } });
    client.close();
  });

  test("go with a newer token of the same person, and when the page is hidden or closed", async () => {
    const newer = tokenOf("hash-of-ada", 2);
    const { page, client } = await live({ refreshToken: async () => newer });
    client.track("export", { flag: "web.on" });
    const before = page.server;
    page.server = (asked) => (asked.token === `Bearer ${newer}` ? before(asked) : asked.reply(401, "expired"));
    page.last("stream").end();
    await page.pass(4_000);
    expect(sent(page)).toEqual([]);
    page.hide(true);
    await settle();
    expect(sent(page)).toEqual([[newer, [[{ ...EXPORT, ok: 1, failed: 0 }], []]]]);
    client.track("export", { flag: "web.on" });
    client.close();
    await settle();
    expect(sent(page)).toHaveLength(2);
    expect([page.timers, page.listeners]).toEqual([0, 0]);
  });

  test("are counted in bounds: what has no room is told as dropped", async () => {
    const { page, client } = await live();
    for (let at = 0; at < 60; at++) client.track(`made-up-${at}`, { flag: "web.on" });
    for (let at = 0; at < 1_005; at++) client.track("made-up-0", { flag: "web.on" });
    await page.pass(10_000);
    const body = page.last("telemetry").body as { readonly outcomes: readonly { readonly ok: number }[]; readonly droppedOutcomes: number };
    expect([body.outcomes.length, body.outcomes[0]?.ok, body.droppedOutcomes]).toEqual([50, 1_000, 16]);
    client.close();
  });
});

describe("keys that a page has no answer for", () => {
  test("are told once, however they are asked for, and not those that come with the answers", async () => {
    const page = new TestPage();
    const client = withReports({ world: () => page, url: "https://flags.example", environment: "production", token: ADA }, createClient);
    expect([client.getBoolean("web.on", false), client.getString("web.txt", "?")]).toEqual([false, "?"]);
    await settle();
    page.last("answers").reply(200, { environment: "production", epoch: "e1", seq: 3, answers: FLAGS });
    await settle();
    page.last("stream").open();
    expect([client.getBoolean("web.on", false), client.getDetails("web.pinz"), client.getNumber("web.txt", 1), client.getObject("", {})]).toEqual([
      true,
      undefined,
      1,
      {},
    ]);
    await page.pass(10_000);
    expect(sent(page)).toEqual([[ADA, [[], ["web.txt", "web.pinz"]]]]);
    page.last("telemetry").reply(204, "");
    client.getString("web.txt", "?");
    await page.pass(60_000);
    expect(sent(page)).toHaveLength(1);
    client.close();
  });

  test("wait for the answers, and made-up ones fill no memory", async () => {
    const { page, client } = await live();
    for (let at = 0; at < 3_000; at++) client.getBoolean(`made.up-${at}`, false);
    client.getBoolean("x".repeat(201), false);
    await page.pass(3_600_000);
    const told = page.of("telemetry").map(({ body }) => (body as { readonly unknown: readonly string[] }).unknown);
    expect([told.flat().length, new Set(told.flat()).size, Math.max(...told.map(({ length }) => length))]).toEqual([1_000, 1_000, 20]);
    client.close();
    const silent = new TestPage();
    const offline = withReports({ world: () => silent, url: "https://flags.example", environment: "production", token: ADA }, createClient);
    offline.getBoolean("web.on", false);
    await silent.pass(60_000);
    expect(sent(silent)).toEqual([]);
    offline.close();
  });

  test("of a page that a server rendered go with its own token, once it has one", async () => {
    const page = new TestPage();
    const handover = { environment: "production", epoch: "e1", seq: 3, subject: "hash-of-ada", answers: FLAGS } as never;
    const options = withHandover({ url: "https://flags.example", environment: "production", refreshToken: async () => ADA, world: () => page }, handover);
    const { client } = await live(options, page);
    client.getBoolean("web.pinz", false);
    client.track("export", { flag: "web.on" });
    await page.pass(10_000);
    expect(sent(page)).toEqual([[ADA, [[{ ...EXPORT, ok: 1, failed: 0 }], ["web.pinz"]]]]);
    client.close();
  });
});
