import { describe, expect, test } from "vitest";
import { SluiceClient } from "./client.ts";
import { makeContextToken } from "./context-token.ts";
import type { SluiceOptions } from "./options.ts";
import { VirtualWorld } from "./testing/virtual-world.ts";

const SECRET = "slc_golden_0123456789abcdef0123456789abcdef";
const NOW_MS = 1_795_424_400_000;
const CONTEXT = { targetingKey: "Zoë", plan: { seats: 12 }, customer: "acme-build" };
/** Made by Python's hmac and json modules. */
const GOLDEN =
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJwcm9kdWN0aW9uIiwiZXhwIjoxNzk1NDI1MzAwLCJpYXQiOjE3OTU0MjQ0MDAsInN1YiI6IjRxeXdOanFxaVFMV2FnUTVoTk5UWDgiLCJjdHgiOnsiY3VzdG9tZXIiOiJhY21lLWJ1aWxkIiwicGxhbiI6eyJzZWF0cyI6MTJ9LCJ0YXJnZXRpbmdLZXkiOiJab8OrIn19.G6EaXgbhp1lRWTxJyWbCSculIazYZcGNtp63oocoNks";

const making = (context: object, more: object = {}) =>
  makeContextToken({ context: { ...context }, environment: "production", secret: SECRET, nowMs: NOW_MS, ...more });
function claimsOf(made: ReturnType<typeof makeContextToken>): Record<string, unknown> {
  if (!made.ok) throw new Error(made.problem);
  return JSON.parse(Buffer.from(made.value.split(".")[1] ?? "", "base64url").toString("utf8"));
}
const problemOf = (made: ReturnType<typeof makeContextToken>): string => (made.ok ? "made" : made.problem);

describe("a context token", () => {
  test("is byte for byte what another implementation makes of the same claims", () => {
    expect(making(CONTEXT)).toEqual({ ok: true, value: GOLDEN });
  });

  test("has the same subject for the same context in any order, and another for another", () => {
    const subject = (context: object): unknown => claimsOf(making(context))["sub"];
    expect(subject({ customer: "a", targetingKey: "u" })).toBe(subject({ targetingKey: "u", customer: "a" }));
    expect(new Set([subject({}), subject({ customer: "a" }), subject({ customer: "b" }), subject({ targetingKey: "a" })]).size).toBe(4);
  });

  test("lives for 15 minutes at most and a second at least", () => {
    const life = (ttlMs: number | undefined): number => {
      const { exp, iat } = claimsOf(making({}, { ttlMs }));
      return Number(exp) - Number(iat);
    };
    expect([life(undefined), life(60_000), life(3_600_000), life(0), life(-5), life(Number.NaN)]).toEqual([900, 60, 900, 1, 1, 900]);
  });

  test("holds only what can be an attribute", () => {
    const context = { a: 1, b: Number.NaN, c: () => 1, d: undefined, e: [1, [2, null]], f: null, g: 10n, h: { i: Symbol("x"), j: true } };
    expect(claimsOf(making(context))["ctx"]).toEqual({ a: 1, e: [1, [2]], h: { j: true } });
  });

  test("is not made without a secret that is long enough, an environment, or an object", () => {
    expect(problemOf(making({}, { secret: undefined }))).toContain("`contextSecret`");
    expect(problemOf(making({}, { secret: "short" }))).toContain("32 characters");
    expect(problemOf(making({}, { environment: undefined }))).toContain("environment");
    expect(problemOf(makeContextToken({ context: ["a"] as never, environment: "e", secret: SECRET, nowMs: 0 }))).toContain("not an object");
  });

  test("is not made of a context that is too large, is in a circle, or explodes", () => {
    const circle: Record<string, unknown> = {};
    for (const name of "abcdefghij") circle[name] = circle;
    expect(problemOf(making({ a: "x".repeat(4_088) }))).toBe("made");
    for (const context of [{ a: "x".repeat(4_089) }, { a: "é".repeat(2_045) }, circle, { list: Array.from({ length: 100_000 }, () => 1) }])
      expect(problemOf(making(context))).toContain("larger than 4096 bytes");
  });
});

describe("a client", () => {
  const client = (options: Partial<SluiceOptions>): { readonly client: SluiceClient; readonly world: VirtualWorld } => {
    const world = new VirtualWorld();
    return { world, client: new SluiceClient({ url: "http://flags.example/", key: "secret", environment: "production", ...options }, world) };
  };

  test("signs with its own clock, environment and secret", async () => {
    const made = client({ contextSecret: SECRET });
    expect(made.client.contextToken(CONTEXT)).toBe(GOLDEN);
    await made.client.close();
  });

  test("gives nothing, says why, and never throws where it cannot sign", async () => {
    const made = client({});
    expect(made.client.contextToken(CONTEXT)).toBeUndefined();
    const hostile = {
      get customer(): string {
        throw new Error("no");
      },
    };
    const other = client({ contextSecret: SECRET });
    expect(other.client.contextToken(hostile)).toBeUndefined();
    expect(made.world.lines).toMatchObject([{ level: "error", event: "sluice.contextToken" }]);
    expect(other.world.lines.length).toBe(1);
    await made.client.close();
    await other.client.close();
  });
});
