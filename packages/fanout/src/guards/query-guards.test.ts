import { customerHash } from "@sluice/evaluation";
import type { GuardView } from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import { describe, expect, test } from "vitest";
import { FLAGS, RunningFanout } from "../testing/running-fanout.ts";
import { settle, TestWorld } from "../testing/test-world.ts";
import { Prometheus } from "./prometheus.ts";
import type { FlagGuard } from "./guarded-flags.ts";

const MINUTE = 60_000;
const hash = (customer: string): string => customerHash("salt-p", customer);
const guard: FlagGuard = {
  name: "latency",
  environment: "production",
  watches: { kind: "query", query: "latency by tenant", above: 2, customer: "tenant" },
  bad: 2,
  of: 3,
  reaction: "kill",
  perDay: 3,
};
const reply = (status: number, body: unknown): HttpReply => ({ status, headers: {}, body: typeof body === "string" ? body : JSON.stringify(body) });
const vector = (values: Readonly<Record<string, number | string>>): HttpReply =>
  reply(200, {
    status: "success",
    data: { resultType: "vector", result: Object.entries(values).map(([tenant, value]) => ({ metric: { tenant }, value: [0, String(value)] })) },
  });

/** A process that asks a Prometheus, which the test plays; acme and bolt have the feature. */
async function asking(change: Partial<FlagGuard> = {}, exposed: readonly string[] = ["acme", "bolt"]): Promise<Asking> {
  const fanout = await new RunningFanout(undefined, { prometheus: "http://prometheus:9090/" }).prepare();
  const { everything } = fanout.api;
  const flags = FLAGS.map((one) => (one.key === "shop.gift" ? { ...one, guards: [{ ...guard, ...change }] } : one));
  const form = { exposure: { serve: "on", keys: exposed.map(hash).sort() } };
  fanout.api.everything = () =>
    everything().map((message) => {
      if (message.kind === "snapshot") return { ...message, snapshot: { ...message.snapshot, flags: { ...message.snapshot.flags, "shop.gift": form } } };
      return message.kind === "catalogue" ? { ...message, flags } : message;
    });
  await fanout.start();
  return new Asking(fanout);
}

class Asking {
  readonly fanout: RunningFanout;
  constructor(fanout: RunningFanout) {
    this.fanout = fanout;
  }

  async minutes(count: number, answer: (request: HttpRequest) => HttpReply): Promise<void> {
    this.fanout.api.answer = (request) => (request.url.startsWith("http://prometheus") ? answer(request) : { status: 204, headers: {}, body: "" });
    for (let at = 0; at < count; at++) {
      await this.fanout.world.advance(MINUTE);
      await settle();
    }
  }

  get facts(): readonly unknown[] {
    return this.fanout.database.events.slice(1).map(({ facts }) => facts);
  }

  async noData(): Promise<string | undefined> {
    return ((await this.fanout.json("GET", "/api/guards", { as: "aud" })).body["guards"] as readonly GuardView[])[0]?.noData;
  }
}

describe("a guard of a query", () => {
  test("takes a share without any success for the worst there is, and what is no number for nothing", async () => {
    const one = await asking();
    await one.minutes(2, () => vector({ acme: "+Inf", bolt: "NaN", cara: "-Inf" }));
    expect(one.facts).toMatchObject([
      { kind: "flagsKilled", scope: { customers: [hash("acme")] } },
      { kind: "harmFound", words: expect.stringContaining("without any bound") },
    ]);
  });

  test("kills for the customers that it names and that have the feature, when enough minutes were bad", async () => {
    const asking1 = await asking();
    await asking1.minutes(1, () => vector({ acme: 3, bolt: 1, cara: 9 }));
    expect(asking1.facts).toEqual([]);
    await asking1.minutes(1, () => vector({ acme: 5.5, bolt: 1, cara: 9 }));
    expect(asking1.facts).toMatchObject([
      { kind: "flagsKilled", flags: ["shop.gift"], scope: { customers: [hash("acme")] } },
      { kind: "harmFound", guard: "latency", did: "killed", harmed: 1, words: "Its query was above 2 for 1 customer, up to 5.5." },
    ]);
    const [asked] = asking1.fanout.api.requests.filter(({ url }) => url.startsWith("http://prometheus"));
    expect(asked).toMatchObject({ method: "POST", url: "http://prometheus:9090/api/v1/query" });
    expect(new TextDecoder().decode(asked?.body)).toBe("query=latency+by+tenant&timeout=10s");
  });

  test.each([
    [
      "is away",
      (): HttpReply => {
        throw new Error("refused");
      },
      "Prometheus did not answer within 10 s.",
    ],
    ["refuses the query", () => reply(400, { status: "error", errorType: "bad_data", error: "parse error" }), "Prometheus refuses the query: parse error"],
    ["is something else", () => reply(200, "<html>"), "Prometheus answered 200, and not with values."],
    ["has no values", () => vector({}), "The query has no values."],
    ["has values that are none", () => vector({ acme: "NaN" }), "The query has no values."],
    [
      "answers with a matrix",
      () => reply(200, { status: "success", data: { resultType: "matrix", result: [] } }),
      "Prometheus answered 200, and not with values.",
    ],
  ])("does nothing and says why, where Prometheus %s", async (_what, answer, why) => {
    const asking1 = await asking();
    await asking1.minutes(10, answer);
    expect(asking1.facts).toEqual([]);
    expect(await asking1.noData()).toBe(why);
    // What it could not see was neither good nor bad.
    await asking1.minutes(1, () => vector({ acme: 3 }));
    expect(await asking1.noData()).toBeUndefined();
    await asking1.minutes(3, answer);
    await asking1.minutes(1, () => vector({ acme: 3 }));
    expect(asking1.facts).toHaveLength(2);
  });

  test("that names nobody announces or pauses, of everybody", async () => {
    const asking1 = await asking({ reaction: "announce", watches: { kind: "query", query: "up", above: 0 } });
    await asking1.minutes(5, () => reply(200, { status: "success", data: { resultType: "scalar", result: [0, "1"] } }));
    expect(asking1.facts).toEqual([
      { kind: "harmFound", guard: "latency", environment: "production", flag: "shop.gift", did: "announced", words: "Its query was above 0, up to 1." },
    ]);
  });

  test("has no data where nobody said where Prometheus is", async () => {
    const fanout = await new RunningFanout().prepare();
    const { everything } = fanout.api;
    fanout.api.everything = () =>
      everything().map((message) => (message.kind === "catalogue" ? { ...message, flags: FLAGS.map((one) => ({ ...one, guards: [guard] })) } : message));
    await fanout.start();
    const asking1 = new Asking(fanout);
    await asking1.minutes(2, () => vector({ acme: 3 }));
    expect(await asking1.noData()).toBe("This server was not told where Prometheus is (--prometheus).");
    expect(fanout.api.requests.some(({ url }) => url.includes("query"))).toBe(false);
  });
});

test("an answer of Prometheus that is too large is none", async () => {
  const fanout = new RunningFanout();
  fanout.api.answer = () => vector(Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`customer-${at}`, 1])));
  expect(await new Prometheus(new TestWorld({ disk: fanout.disk, api: fanout.api }), "http://p").ask({ query: "q", customer: "tenant" }, "s")).toEqual({
    noData: "Prometheus did not answer within 10 s.",
  });
});
