import { browserProblems, type Problem } from "@sluice/contract";
import type { Context, Result } from "@sluice/evaluation";
import { createHmac, timingSafeEqual } from "node:crypto";

/** Characters of a token: a context of the size below in base64url and its claims; header blocks are limited to 16 KiB. */
export const TOKEN_CHARS_MAX = 8_000;
/** Bytes of the context as JSON. */
export const CONTEXT_BYTES_MAX = 4_096;
/** Longest life of a token: what a page was told about its person is asked again at least this often. */
export const LIFE_MS_MAX: number = 15 * 60_000;
/** How far the clocks of the signer and of this process may be apart. */
export const SKEW_MS_MAX = 60_000;
/** The subject names the context in the browser's storage: short, and long enough to be a hash. */
const SUBJECT = /^[\w.:@/+=-]{8,200}$/;
/** In the claim `may` of whoever decides about early access. */
const MAY_OPT_IN = "earlyAccess";
const PART = /^[A-Za-z0-9_-]+$/;
const MAC_BYTES = 32;

/** What a token that fits says. */
export interface SignedContext {
  readonly context: Context;
  /** Other for every other context; stands in the body's ETag and in the browser's storage. */
  readonly subject: string;
  /** Wall-clock milliseconds, the allowed difference of clocks included. */
  readonly expiresAtMs: number;
  /** Whether its person decides about early access for the whole customer: the claim `may` has it. */
  readonly mayOptIn: boolean;
}

/** What a token is checked against. */
export interface TokenCheck {
  /** The environment that was asked for: the token's audience must name it. */
  readonly environment: string;
  /** Its context secrets: one, or two while one replaces the other. */
  readonly secrets: readonly string[];
  readonly nowMs: number;
}

/**
 * Checks a context token: a JWT (RFC 7519) signed with HMAC-SHA256 in JWS compact form (RFC 7515 §3.1). The algorithm is fixed here and
 * the header may only agree, so neither `none` nor a public key passed off as a secret opens anything. A library was rejected: those that
 * are kept well verify on a thread pool, which a simulation cannot replay, for forty lines over Node's own HMAC.
 */
export function readContextToken(token: string, check: TokenCheck): Result<SignedContext, Problem> {
  if (token.length > TOKEN_CHARS_MAX) return refused("tooLarge");
  const [head = "", body = "", signature = "", ...more] = token.split(".");
  // `none` comes with an empty signature: its name is more use than that it cannot be read.
  if (more.length > 0 || !PART.test(head) || !PART.test(body) || (signature !== "" && !PART.test(signature))) return refused("malformed");
  const header = record(head);
  const claims = record(body);
  if (header === undefined || claims === undefined) return refused("malformed");
  // `crit` names extensions that a reader must understand (RFC 7515 §4.1.11); this one understands none.
  if (header["alg"] !== "HS256" || Object.hasOwn(header, "crit")) return refused("algorithm");
  const { aud } = claims;
  if (aud !== check.environment && !(Array.isArray(aud) && aud.includes(check.environment))) return refused("wrongAudience");
  if (check.secrets.length === 0) return refused("off");
  const given = Buffer.from(signature, "base64url");
  if (!check.secrets.some((secret) => isSignedBy(`${head}.${body}`, given, secret))) return refused("forged");
  return readClaims(claims, check.nowMs);
}

function isSignedBy(text: string, given: Buffer, secret: string): boolean {
  const expected = createHmac("sha256", secret).update(text).digest();
  return given.length === MAC_BYTES && timingSafeEqual(given, expected);
}

function readClaims(claims: Readonly<Record<string, unknown>>, nowMs: number): Result<SignedContext, Problem> {
  const [exp, nbf, iat] = [claims["exp"], claims["nbf"] ?? 0, claims["iat"] ?? 0];
  if (typeof exp !== "number" || typeof nbf !== "number" || typeof iat !== "number") return refused(exp === undefined ? "tooLong" : "malformed");
  if (nowMs >= exp * 1_000 + SKEW_MS_MAX) return refused("expired");
  if (Math.max(nbf, iat) * 1_000 > nowMs + SKEW_MS_MAX) return refused("notYet");
  if (exp * 1_000 > nowMs + LIFE_MS_MAX + SKEW_MS_MAX) return refused("tooLong");
  const { sub, ctx, may = [] } = claims;
  if (typeof sub !== "string" || !SUBJECT.test(sub) || !isContext(ctx)) return refused("malformed");
  if (Buffer.byteLength(JSON.stringify(ctx)) > CONTEXT_BYTES_MAX) return refused("tooLarge");
  return { ok: true, value: { context: ctx, subject: sub, expiresAtMs: exp * 1_000 + SKEW_MS_MAX, mayOptIn: Array.isArray(may) && may.includes(MAY_OPT_IN) } };
}

function record(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(part, "base64url")));
    return isContext(value) ? value : undefined;
  } catch {
    // Not UTF-8, or not JSON: the caller says so.
    return undefined;
  }
}

function isContext(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(which: keyof typeof browserProblems): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: browserProblems[which] };
}
