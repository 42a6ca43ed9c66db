import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CONTEXT_BYTES_MAX, readContextToken, type TokenCheck } from "./context-token.ts";

const SECRET = "slc_golden_0123456789abcdef0123456789abcdef";
const NOW_S = 1_795_424_400;
const CHECK: TokenCheck = { environment: "production", secrets: [SECRET], nowMs: NOW_S * 1_000 };
const CLAIMS = { aud: "production", iat: NOW_S, exp: NOW_S + 600, sub: "hash-of-ada", ctx: { targetingKey: "ada" } };
/** Made by Python's hmac module, over the same claims as the server SDK writes. */
const GOLDEN =
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJwcm9kdWN0aW9uIiwiZXhwIjoxNzk1NDI1MzAwLCJpYXQiOjE3OTU0MjQ0MDAsInN1YiI6IjRxeXdOanFxaVFMV2FnUTVoTk5UWDgiLCJjdHgiOnsiY3VzdG9tZXIiOiJhY21lLWJ1aWxkIiwicGxhbiI6eyJzZWF0cyI6MTJ9LCJ0YXJnZXRpbmdLZXkiOiJab8OrIn19.G6EaXgbhp1lRWTxJyWbCSculIazYZcGNtp63oocoNks";

const part = (value: unknown): string => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const hs256 = (text: string, secret = SECRET): string => createHmac("sha256", secret).update(text).digest("base64url");
function signed(claims: unknown, header: unknown = { alg: "HS256", typ: "JWT" }, secret = SECRET): string {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${hs256(text, secret)}`;
}
const codeOf = (token: string, check: Partial<TokenCheck> = {}): string => {
  const read = readContextToken(token, { ...CHECK, ...check });
  return read.ok ? "taken" : read.problem.code;
};

describe("a context token that fits", () => {
  test("gives its context, its subject and its end", () => {
    expect(readContextToken(GOLDEN, CHECK)).toEqual({
      ok: true,
      value: {
        context: { customer: "acme-build", plan: { seats: 12 }, targetingKey: "Zoë" },
        subject: "4qywNjqqiQLWagQ5hNNTX8",
        expiresAtMs: (NOW_S + 900 + 60) * 1_000,
        mayOptIn: false,
      },
    });
  });

  test("says whether its person decides about early access, which nothing but the claim in its list says", () => {
    const mayOptIn = (claims: object): unknown => {
      const read = readContextToken(signed({ ...CLAIMS, ...claims }), CHECK);
      return read.ok ? read.value.mayOptIn : read.problem.code;
    };
    expect(mayOptIn({ may: ["earlyAccess"] })).toBe(true);
    for (const claims of [{}, { may: [] }, { may: "earlyAccess" }, { may: { earlyAccess: true } }, { may: ["early"] }, { ctx: { may: ["earlyAccess"] } }])
      expect(mayOptIn(claims), JSON.stringify(claims)).toBe(false);
  });

  test("may be signed with either of two secrets while one replaces the other", () => {
    expect(codeOf(GOLDEN, { secrets: ["slc_the_new_one_0123456789abcdef0123456789", SECRET] })).toBe("taken");
    expect(codeOf(signed(CLAIMS), { secrets: [SECRET, "slc_the_old_one_0123456789abcdef0123456789"] })).toBe("taken");
  });

  test("may name several audiences", () => {
    expect(codeOf(signed({ ...CLAIMS, aud: ["billing", "production"] }))).toBe("taken");
  });

  test("is taken a minute before and after its time, for clocks that differ, and no longer", () => {
    const token = signed({ ...CLAIMS, nbf: NOW_S });
    const at = (seconds: number): string => codeOf(token, { nowMs: (NOW_S + seconds) * 1_000 });
    expect([at(-60), at(-61), at(600 + 59), at(600 + 60)]).toEqual(["taken", "contextNotYet", "taken", "contextExpired"]);
  });
});

describe("a context token is refused", () => {
  test("with any other algorithm, whatever its signature", () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const rs = `${part({ alg: "RS256", typ: "JWT" })}.${part(CLAIMS)}`;
    expect({
      none: codeOf(`${part({ alg: "none" })}.${part(CLAIMS)}.`),
      noneSigned: codeOf(signed(CLAIMS, { alg: "none" })),
      spelledNone: codeOf(signed(CLAIMS, { alg: "NoNe" })),
      lower: codeOf(signed(CLAIMS, { alg: "hs256" })),
      hs512: codeOf(signed(CLAIMS, { alg: "HS512" })),
      rs256: codeOf(`${rs}.${sign("sha256", Buffer.from(rs), privateKey).toString("base64url")}`),
      // The old confusion: a public key used as the secret of an HMAC.
      publicKeyAsSecret: codeOf(signed(CLAIMS, { alg: "HS256" }, pem)),
      absent: codeOf(signed(CLAIMS, { typ: "JWT" })),
      list: codeOf(signed(CLAIMS, { alg: ["HS256"] })),
      critical: codeOf(signed(CLAIMS, { alg: "HS256", crit: ["b64"], b64: false })),
    }).toEqual({
      none: "contextAlgorithm",
      noneSigned: "contextAlgorithm",
      spelledNone: "contextAlgorithm",
      lower: "contextAlgorithm",
      hs512: "contextAlgorithm",
      rs256: "contextAlgorithm",
      publicKeyAsSecret: "contextForged",
      absent: "contextAlgorithm",
      list: "contextAlgorithm",
      critical: "contextAlgorithm",
    });
  });

  test("when one bit of it was changed, wherever", () => {
    const [head = "", body = "", mac = ""] = GOLDEN.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
    const other = part(JSON.stringify({ ...claims, ctx: { ...claims.ctx, customer: "other-build" } }));
    expect(codeOf(`${head}.${other}.${mac}`)).toBe("contextForged");
    const bytes = Buffer.from(mac, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(codeOf(`${head}.${body}.${changed.toString("base64url")}`), `bit ${bit}`).toBe("contextForged");
    }
    expect([codeOf(`${head}.${body}.`), codeOf(`${head}.${body}.${mac.slice(0, 20)}`), codeOf(`${head}.${body}.${mac}AAAA`)]).toEqual([
      "contextForged",
      "contextForged",
      "contextForged",
    ]);
  });

  test("when another environment's secret made it, or none is known", () => {
    expect(codeOf(signed(CLAIMS, { alg: "HS256" }, "slc_of_staging_0123456789abcdef0123456789"))).toBe("contextForged");
    expect(codeOf(GOLDEN, { secrets: [] })).toBe("contextsOff");
  });

  test("when it is for another environment, even signed with a secret that both share", () => {
    expect(codeOf(signed({ ...CLAIMS, aud: "staging" }))).toBe("contextWrongAudience");
    expect(codeOf(signed({ ...CLAIMS, aud: undefined }))).toBe("contextWrongAudience");
    expect(codeOf(signed({ ...CLAIMS, aud: ["staging"] }))).toBe("contextWrongAudience");
    expect(codeOf(signed({ ...CLAIMS, aud: "productionx" }))).toBe("contextWrongAudience");
  });

  test("when it lives for more than 15 minutes, or does not end", () => {
    expect(codeOf(signed({ ...CLAIMS, exp: NOW_S + 900 + 61 }))).toBe("contextTooLong");
    expect(codeOf(signed({ ...CLAIMS, exp: NOW_S + 900 }))).toBe("taken");
    expect(codeOf(signed({ ...CLAIMS, exp: undefined }))).toBe("contextTooLong");
    expect(codeOf(signed(JSON.stringify(CLAIMS).replace(/"exp":\d+/, '"exp":1e999')))).toBe("contextTooLong");
  });

  test("when it was made or begins in the future", () => {
    expect(codeOf(signed({ ...CLAIMS, iat: NOW_S + 61 }))).toBe("contextNotYet");
    expect(codeOf(signed({ ...CLAIMS, nbf: NOW_S + 61 }))).toBe("contextNotYet");
  });

  test("when its claims are not of their kind", () => {
    for (const claims of [
      { ...CLAIMS, exp: "soon" },
      { ...CLAIMS, nbf: "now" },
      { ...CLAIMS, sub: undefined },
      { ...CLAIMS, sub: "short" },
      { ...CLAIMS, sub: "x".repeat(201) },
      { ...CLAIMS, ctx: undefined },
      { ...CLAIMS, ctx: ["ada"] },
      { ...CLAIMS, ctx: null },
    ])
      expect(codeOf(signed(claims)), JSON.stringify(claims).slice(0, 200)).toBe("contextMalformed");
  });

  test("when it is no token at all", () => {
    const nonsense = [
      "",
      "x",
      "a.b",
      "a.b.c",
      "a.b.c.d",
      `${GOLDEN}.x`,
      `${GOLDEN}=`,
      ` ${GOLDEN}`,
      "..",
      "slk_key_of_production_0123456789",
      signed("[]"),
      signed("7"),
    ];
    for (const token of nonsense) expect(codeOf(token), token).toBe("contextMalformed");
    expect(codeOf(`${Buffer.of(0xff, 0xfe).toString("base64url")}.${part(CLAIMS)}.AAAA`)).toBe("contextMalformed");
  });

  test("when it or its context is too large", () => {
    const filler = (bytes: number): unknown => ({ ...CLAIMS, ctx: { a: "x".repeat(bytes - '{"a":""}'.length) } });
    expect(codeOf(signed(filler(CONTEXT_BYTES_MAX)))).toBe("taken");
    expect(codeOf(signed(filler(CONTEXT_BYTES_MAX + 1)))).toBe("contextTooLarge");
    expect(codeOf("x".repeat(8_001))).toBe("contextTooLarge");
    expect(codeOf(signed(`${JSON.stringify(CLAIMS).slice(0, -2)},"deep":${"[".repeat(1_500)}${"]".repeat(1_500)}}}`))).toBe("taken");
  });
});
