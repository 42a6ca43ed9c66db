import { createHmac } from "node:crypto";
import type { HttpRequest } from "@sluice/ports";
import type { SampledContext } from "@sluice/evaluation";
import { describe, expect, test } from "vitest";
import { SampleIntake } from "./sample-intake.ts";

const SECRET = "slh_0123456789abcdefghijklmnopqrstuvwxyz";
const DECLARED = { attributes: { plan: "plain", country: "hashed", "account.id": "hashed" }, customer: "account.id" } as const;
const keyOf = (environment: string): string => `ssk_${createHmac("sha256", SECRET).update(`sluice-sampling-1\n${environment}`).digest("base64url")}`;
const hash = (path: string, text: string): string =>
  `s${createHmac("sha256", keyOf("production")).update(`${path}\n"${text}"`).digest("base64url").slice(0, 22)}`;

/** An intake whose clock the test turns. */
class Rig {
  nowMs = 0;
  streams = 0;
  isApiThere = true;
  readonly told: { readonly environment: string; readonly contexts: readonly SampledContext[] }[] = [];
  readonly #timers: (() => void)[] = [];
  readonly intake: SampleIntake;

  /** `isRelay`: the keys are told, not made. */
  constructor({ isRelay = false }: { readonly isRelay?: boolean } = {}) {
    this.intake = new SampleIntake({
      world: {
        clock: { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs },
        timers: { after: (_ms, run) => (this.#timers.push(run), { cancel: () => {} }) },
      },
      ...(isRelay ? {} : { secret: SECRET }),
      streams: () => this.streams,
      to: () => ({
        samples: async (environment, contexts) => {
          if (this.isApiThere) this.told.push({ environment, contexts });
          return this.isApiThere;
        },
      }),
    });
    this.intake.learn(DECLARED);
  }

  post(body: unknown, environment = "production"): number {
    const request: HttpRequest = { method: "POST", url: "/sdk/v1/samples", headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) };
    return this.intake.take(environment, request).status;
  }

  relayed(body: unknown, mayFor = (environment: string): boolean => environment === "production"): number {
    const request: HttpRequest = { method: "POST", url: "/relay/v1/samples", headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) };
    return this.intake.takeOfRelay(mayFor, request).status;
  }

  async pass(): Promise<void> {
    this.nowMs += 2_000;
    for (const run of this.#timers.splice(0)) run();
    await Promise.resolve();
  }

  get contexts(): readonly SampledContext[] {
    return this.told.flatMap(({ contexts }) => contexts);
  }
}

describe("samples that come in", () => {
  test("lose what is not declared, what is declared otherwise, and the customer's key as it is", async () => {
    const rig = new Rig();
    const plain = { plan: "pro", country: "DE", email: "canary@example.com", "account.id": "acme", constructor: "x" };
    const hashed = { country: hash("country", "DE"), plan: hash("plan", "pro"), "account.id": "acme", email: hash("email", "x") };
    expect(rig.post({ contexts: [{ plain, hashed }], more: 1 })).toBe(204);
    await rig.pass();
    expect(rig.told).toEqual([{ environment: "production", contexts: [{ plain: { plan: "pro" }, hashed: { country: hash("country", "DE") } }] }]);
  });

  test("never hold the customer's key or the user's as it is, whatever is declared", async () => {
    const rig = new Rig();
    rig.intake.learn({ attributes: { "account.id": "plain", targetingKey: "plain", plan: "plain" }, customer: "account.id" });
    rig.post({ contexts: [{ plain: { "account.id": "canary", targetingKey: "canary", plan: "pro" } }] });
    await rig.pass();
    expect(rig.contexts).toEqual([{ plain: { plan: "pro" }, hashed: {} }]);
  });

  test("are nothing where nothing is declared, and so are the terms", async () => {
    const rig = new Rig();
    rig.intake.learn(undefined);
    expect(rig.intake.id("production")).toBeUndefined();
    expect(rig.intake.termsReply("production").status).toBe(204);
    expect(rig.post({ contexts: [{ plain: { plan: "pro" } }] })).toBe(204);
    rig.intake.page("production", { plan: "pro" });
    await rig.pass();
    expect(rig.told).toEqual([]);
  });

  test("are told the terms: a key for each environment, another id for other terms, more time where many are connected", () => {
    const rig = new Rig();
    const terms = (environment: string): Record<string, unknown> => JSON.parse(String(rig.intake.termsReply(environment).body));
    expect(terms("production")).toEqual({ ...DECLARED, id: rig.intake.id("production"), key: keyOf("production"), everyMs: 60_000 });
    expect(terms("staging")["key"]).toBe(keyOf("staging"));
    const before = rig.intake.id("production");
    rig.intake.learn({ ...DECLARED, attributes: { plan: "hashed" } });
    expect(rig.intake.id("production")).not.toBe(before);
    rig.streams = 20_000;
    expect(terms("production")["everyMs"]).toBe(2_000_000);
  });

  test("of signed pages are taken by the same rules", async () => {
    const rig = new Rig();
    rig.intake.page("production", { plan: "pro", country: "DE", email: "canary@example.com", account: { id: "acme" } });
    rig.intake.page("production", { email: "canary@example.com" });
    await rig.pass();
    expect(rig.contexts).toEqual([{ plain: { plan: "pro" }, hashed: { "account.id": hash("account.id", "acme"), country: hash("country", "DE") } }]);
  });

  test("that are alike go on once; a flood of 100,000 leaves at most 1,000 waiting, and the rest is counted", async () => {
    const rig = new Rig();
    let statuses = 0;
    for (let at = 0; at < 1_000; at++) {
      rig.nowMs += 50;
      const contexts = Array.from({ length: 100 }, (_, index) => ({ plain: { plan: `p${at * 100 + index}` } }));
      statuses += rig.post({ contexts }) === 204 ? 1 : 0;
    }
    expect(statuses).toBe(1_000);
    await rig.pass();
    expect([rig.contexts.length, rig.intake.dropped]).toEqual([1_000, 99_000]);
    expect(Math.max(...rig.told.map(({ contexts }) => contexts.length))).toBe(100);
    for (const again of [1, 2, 3]) rig.post({ contexts: [{ plain: { plan: "pro" }, hashed: {}, again }] });
    await rig.pass();
    expect(rig.contexts.slice(1_000)).toEqual([{ plain: { plan: "pro" }, hashed: {} }]);
  });

  test("behind a relay go by the terms of the server, which tells it the keys of its own environments", async () => {
    const [server, relay] = [new Rig(), new Rig({ isRelay: true })];
    expect([relay.intake.id("production"), relay.intake.termsReply("production").status]).toEqual([undefined, 204]);
    const { sampling, samplingKeys = {} } = server.intake.forRelay(["production"]);
    expect([sampling, samplingKeys]).toEqual([DECLARED, { production: keyOf("production") }]);
    relay.intake.learn(sampling);
    relay.intake.learnKeys(samplingKeys);
    expect(relay.intake.termsReply("production").body).toBe(server.intake.termsReply("production").body);
    expect(relay.intake.id("staging")).toBeUndefined();
    relay.intake.page("staging", { plan: "pro" });
    relay.intake.page("production", { plan: "pro", country: "DE", "account.id": "acme" });
    await relay.pass();
    expect(relay.told).toEqual([
      {
        environment: "production",
        contexts: [{ plain: { plan: "pro" }, hashed: { "account.id": hash("account.id", "acme"), country: hash("country", "DE") } }],
      },
    ]);
    // A relay that is told of no terms any more tells of none.
    relay.intake.learn(undefined);
    expect(relay.intake.forRelay(["production"])).toEqual({});
  });

  test("of a relay are checked again, and taken for its own environments alone", async () => {
    const rig = new Rig();
    const contexts = [{ plain: { plan: "pro", email: "canary@example.com", "account.id": "acme" }, hashed: {} }];
    expect([rig.relayed({ environment: "production", contexts }), rig.relayed({ environment: "staging", contexts })]).toEqual([204, 204]);
    expect(rig.relayed({ contexts })).toBe(400);
    await rig.pass();
    expect(rig.told).toEqual([{ environment: "production", contexts: [{ plain: { plan: "pro" }, hashed: {} }] }]);
    const statuses = Array.from({ length: 25 }, () => rig.relayed({ environment: "production", contexts: [] }));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(5);
  });

  test("come too often: twenty reports a second are read, and no more", () => {
    const rig = new Rig();
    const statuses = Array.from({ length: 25 }, () => rig.post({ contexts: [] }));
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 204), ...Array.from({ length: 5 }, () => 429)]);
    rig.nowMs += 1_000;
    expect(rig.post({ contexts: [] })).toBe(204);
  });

  test.each([
    ["no JSON at all", "nonsense"],
    ["no contexts", {}],
    ["101 contexts", { contexts: Array.from({ length: 101 }, () => ({})) }],
    ["a value that is an object", { contexts: [{ plain: { plan: { name: "pro" } } }] }],
    ["a text of 201 characters", { contexts: [{ plain: { plan: "x".repeat(201) } }] }],
    ["a list of 21 items", { contexts: [{ plain: { plan: Array.from({ length: 21 }, () => 1) } }] }],
  ])("are refused where they are %s", (_what, body) => {
    expect(new Rig().post(body)).toBe(400);
  });

  test("that are too large as a whole are left out, and those beside them stay", async () => {
    const rig = new Rig();
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`a${at}`, "x".repeat(190)]));
    rig.intake.learn({ attributes: Object.fromEntries(Object.keys(many).map((path) => [path, "plain" as const])), customer: "customer" });
    rig.post({ contexts: [{ plain: many }, { plain: { a1: "small" } }] });
    await rig.pass();
    expect(rig.contexts).toEqual([{ plain: { a1: "small" }, hashed: {} }]);
  });

  test("are lost and counted where the API does not take them", async () => {
    const rig = new Rig();
    rig.isApiThere = false;
    rig.post({ contexts: [{ plain: { plan: "pro" } }] });
    await rig.pass();
    await Promise.resolve();
    expect([rig.told, rig.intake.dropped]).toEqual([[], 1]);
  });
});
