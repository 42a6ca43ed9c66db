import { type FeedMessage, findRoute, type GuardView, type PassedBatch, readBody, relayTelemetryBody } from "@sluice/contract";
import { customerHash, type Snapshot } from "@sluice/evaluation";
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CONTEXT_SECRET, FLAGS, PAGE_ORIGIN, RunningFanout, SDK_KEY } from "../testing/running-fanout.ts";
import { settle, TestApi, TestDisk, TestWorld } from "../testing/test-world.ts";
import { PageReports } from "./page-reports.ts";

const MINUTE = 60_000;
const PATH = "/browser/v1/telemetry?environment=production";
const hash = (customer: string): string => customerHash("salt-p", customer);
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function tokenOf(context: object, secret = CONTEXT_SECRET): string {
  const exp = Math.floor(TestWorld.WALL_MS / 1_000) + 14 * 60;
  const text = `${part({ alg: "HS256" })}.${part({ aud: "production", exp, sub: `subject-${JSON.stringify(context)}`.replaceAll(/[^\w-]/g, "."), ctx: context })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

const SNAPSHOT: Snapshot = {
  format: 1,
  environment: "production",
  epoch: "e",
  seq: 1,
  salt: "salt-p",
  flags: {
    "shop.gift": { browser: true, rules: [{ serve: "on" }] },
    "shop.text": { browser: true, type: "string", variants: { none: "", long: "Good day" }, default: "long" },
    "shop.limits": { rules: [{ serve: "on" }] },
  },
};

/** Reports of pages alone, with what they hand on. */
function reports(): { readonly pages: PageReports; readonly world: TestWorld; readonly batches: PassedBatch[]; readonly say: typeof say } {
  const world = new TestWorld({ disk: new TestDisk(), api: new TestApi() });
  const batches: PassedBatch[] = [];
  const pages = new PageReports(world, (_, batch) => void batches.push(batch));
  const say = (context: object, body: object, subject = JSON.stringify(context)): number => {
    const bytes = new TextEncoder().encode(JSON.stringify({ instance: "page-0001", batch: 1, ...body }));
    const request = { method: "POST", url: PATH, headers: {}, body: bytes };
    return pages.take(SNAPSHOT, { context: { ...context }, subject }, request).status;
  };
  return { pages, world, batches, say };
}

const GIFT = { flag: "shop.gift", variant: "on", outcome: "redeem", ok: 3, failed: 1 };

describe("what pages report", () => {
  test("counts for the customer of their token, whomever the page names", async () => {
    const { world, batches, say } = reports();
    expect(say({ customer: "acme" }, { outcomes: [{ ...GIFT, customer: hash("bolt") }], customer: "bolt" })).toBe(204);
    expect(say({ customer: "acme", targetingKey: "bea" }, { outcomes: [GIFT] })).toBe(204);
    expect(say({ customer: "bolt" }, { outcomes: [{ ...GIFT, failed: 0 }], droppedOutcomes: 7 })).toBe(204);
    // Nobody's outcomes are nobody's, as in the SDKs for servers.
    expect(say({ targetingKey: "eve" }, { outcomes: [GIFT] })).toBe(204);
    await world.advance(2_000);
    expect(batches).toEqual([
      {
        isOfPages: true,
        instance: expect.stringMatching(/^pages-[0-9a-f]{16}$/),
        batch: 1,
        outcomes: [
          { ...GIFT, customer: hash("acme"), ok: 6, failed: 2 },
          { ...GIFT, customer: hash("bolt"), ok: 3, failed: 0 },
        ],
        droppedOutcomes: 7,
        answers: [],
        droppedAnswers: 0,
      },
    ]);
  });

  test("is of flags and variants that pages can have", async () => {
    const { world, batches, say } = reports();
    const flags = ["shop.limits", "shop.none", "constructor"].map((flag) => ({ ...GIFT, flag }));
    const variants = ["beta", "constructor"].map((variant) => ({ ...GIFT, variant }));
    const text = { ...GIFT, flag: "shop.text" };
    say({ customer: "acme" }, { outcomes: [...flags, ...variants, text, { ...text, variant: "long" }] });
    await world.advance(2_000);
    expect(batches.flatMap(({ outcomes }) => outcomes.map(({ flag, variant }) => `${flag} ${variant}`))).toEqual(["shop.text long"]);
  });

  test("counts once, however often it comes, and nobody uses up the numbers of another's page", async () => {
    const { world, batches, say } = reports();
    for (const subject of ["of-acme", "of-acme", "of-bolt"]) say({ customer: "acme" }, { outcomes: [GIFT] }, subject);
    await world.advance(2_000);
    expect(batches[0]?.outcomes).toMatchObject([{ ok: 6, failed: 2 }]);
  });

  test("is limited: in what one report says, in how often one token and all of them are read, and in what waits", async () => {
    const { world, batches, say } = reports();
    const acme = { customer: "acme" };
    const wrong = [
      { outcomes: [{ ...GIFT, ok: 1_001 }] },
      { outcomes: Array.from({ length: 101 }, () => GIFT) },
      { outcomes: [{ ...GIFT, outcome: "no name" }] },
      { unknown: Array.from({ length: 21 }, (_, at) => `web.k${at}`) },
      { unknown: ["x".repeat(201)] },
      { instance: "short" },
      { batch: 0 },
    ];
    expect(wrong.map((body) => say(acme, body))).toEqual(wrong.map(() => 400));
    let read = 0;
    for (let at = 0; at < 400; at++) if (say(acme, { batch: at + 2 }) === 204) read += 1;
    // Of the 200 at once seven were spent above.
    expect(read).toBe(193);
    expect(say({ customer: "bolt" }, {})).toBe(204);
    let others = 0;
    for (let at = 0; at < 400; at++) if (say({ customer: `c${at}` }, {}) === 204) others += 1;
    expect(others).toBe(500 - wrong.length - 400 - 1);
    await world.advance(2_000);
    batches.length = 0;
    for (let second = 0; second < 12; second++) {
      for (let at = 0; at < 10; at++) {
        const outcomes = Array.from({ length: 100 }, (_, row) => ({ ...GIFT, outcome: `o${row}` }));
        expect(say({ customer: `d${second}-${at}` }, { outcomes }, `s${second}-${at}`)).toBe(204);
      }
    }
    await world.advance(2_000);
    expect(batches.reduce((sum, { outcomes }) => sum + outcomes.length, 0)).toBe(10_000);
    expect(batches.map(({ outcomes }) => outcomes.length)).toEqual(Array.from({ length: 10 }, () => 1_000));
    expect(batches[0]?.droppedOutcomes).toBe(20 * 100 * 4);
  });
});

async function running(flags = FLAGS): Promise<RunningFanout> {
  const fanout = await new RunningFanout().prepare();
  const { everything } = fanout.api;
  fanout.api.everything = () =>
    everything().map((message): FeedMessage => {
      if (message.kind === "snapshot") return { ...message, snapshot: fanout.snapshot(1, { flags: SNAPSHOT.flags }) };
      return message.kind === "catalogue" ? { ...message, flags } : message;
    });
  return fanout.start();
}

describe("a page's report", () => {
  test("needs the signed token of its person, from an origin that may ask", async () => {
    const fanout = await running();
    const body = { instance: "page-0001", batch: 1 };
    const status = async (asked: object): Promise<number> => (await fanout.ask("POST", PATH, { body, ...asked })).status;
    expect(await status({})).toBe(401);
    expect(await status({ bearer: SDK_KEY })).toBe(401);
    expect(await status({ bearer: tokenOf({ customer: "acme" }, "x".repeat(40)) })).toBe(401);
    expect(await status({ bearer: tokenOf({ customer: "acme" }), headers: { origin: "https://evil.example" } })).toBe(403);
    expect(await status({ bearer: tokenOf({ customer: "acme" }), headers: { origin: PAGE_ORIGIN } })).toBe(204);
    const preflight = await fanout.ask("OPTIONS", PATH, { headers: { origin: PAGE_ORIGIN } });
    expect(preflight).toMatchObject({ status: 204, headers: { "access-control-allow-methods": "GET, POST", "access-control-allow-origin": PAGE_ORIGIN } });
    expect(findRoute("POST", "/browser/v1/telemetry")?.route.maxBodyBytes).toBe(65_536);
  });

  test("lists what it asked for and nobody defined, without pushing out what servers ask for", async () => {
    const fanout = await running();
    const keys = async (): Promise<readonly { readonly key: string; readonly service?: string }[]> =>
      (await fanout.json("GET", "/api/unknown-keys", { as: "ada" })).body["keys"] as never;
    const unknown = Array.from({ length: 180 }, (_, at) => `server.k${at}`);
    await fanout.ask("POST", "/sdk/v1/confirm", { bearer: SDK_KEY, body: { epoch: fanout.epoch, instance: "i1", seq: 1, unknown } });
    const report = { instance: "page-0001", batch: 1, unknown: ["shop.gifd", "shop.limits"] };
    await fanout.ask("POST", PATH, { bearer: tokenOf({ customer: "acme" }), body: report });
    await fanout.world.advance(2_000);
    // One that is defined and not for browsers is no slip of a letter.
    expect((await keys())[0]).toMatchObject({ environment: "production", key: "shop.gifd", service: "pages", count: 1, nearest: ["shop.gift"] });
    for (let batch = 2; batch < 8; batch++) {
      const made = Array.from({ length: 20 }, (_, at) => `made.up-${batch}-${at}`);
      await fanout.ask("POST", PATH, { bearer: tokenOf({ customer: "acme" }), body: { ...report, batch, unknown: made } });
    }
    await fanout.world.advance(2_000);
    const listed = await keys();
    expect(listed.filter(({ service }) => service === "pages")).toHaveLength(50);
    expect(listed.filter(({ key }) => key.startsWith("server."))).toHaveLength(150);
  });

  test("lets a guard see whom a feature harms: each customer's pages speak for themselves", async () => {
    const guard = { name: "errors", environment: "production", watches: { kind: "outcome", outcome: "redeem", margin: 1.5, minimum: 20 } } as const;
    const guards = [{ ...guard, bad: 2, of: 5, reaction: "kill", perDay: 3 }] as const;
    const fanout = await running(FLAGS.map((flag) => (flag.key === "shop.gift" ? { ...flag, guards } : flag)));
    let batch = 0;
    const say = async (customers: readonly string[], outcome: object): Promise<void> => {
      batch += 1;
      for (const customer of customers) {
        const body = { instance: "page-0001", batch, outcomes: [{ ...GIFT, ...outcome }] };
        expect((await fanout.ask("POST", PATH, { bearer: tokenOf({ customer }), body })).status).toBe(204);
      }
    };
    const minute = async (harmed: readonly string[] = []): Promise<void> => {
      await say(harmed, { ok: 40, failed: 60 });
      await say(["acme", "bolt", "cara", "dune"], { variant: "off", ok: 396, failed: 4 });
      await fanout.world.advance(MINUTE);
      await settle();
    };
    const killed = (): readonly unknown[] =>
      fanout.database.events.flatMap(({ facts }) => (facts.kind === "flagsKilled" ? [facts.scope?.customers?.length] : []));
    for (let at = 0; at < 5; at++) await minute();
    const many = Array.from({ length: 80 }, (_, at) => `customer-${at}`);
    for (let at = 0; at < 4 && killed().length === 0; at++) await minute(many);
    // A single server that alone complained of so many would be believed of 50.
    expect(killed()).toEqual([80]);
    const views = (await fanout.json("GET", "/api/guards", { as: "aud" })).body["guards"] as readonly GuardView[];
    expect(views[0]?.last).toMatchObject({ did: "killed" });
  });
});

test("no SDK key says of a batch that it is of pages, and relays do", () => {
  const batch = { instance: "i1", batch: 1, isOfPages: true };
  const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const request = findRoute("POST", "/sdk/v1/telemetry")?.route.request;
  expect(request?.parse(batch)).not.toHaveProperty("isOfPages");
  expect(readBody(relayTelemetryBody, bytes({ batches: [{ environment: "production", ...batch }] }))).toMatchObject({
    value: { batches: [{ isOfPages: true }] },
  });
});
