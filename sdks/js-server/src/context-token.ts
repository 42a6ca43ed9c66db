import { canonicalJson, type Context, type JsonValue, type Result } from "@sluice/evaluation";
import { createHash, createHmac } from "node:crypto";

/** Bytes of a context as JSON that the server takes. */
const CONTEXT_BYTES_MAX = 4_096;
/** Objects and lists within each other. */
const DEPTH_MAX = 32;
/** Longest life of a token, and the usual one. */
const TTL_MS_MAX = 15 * 60_000;
const TTL_MS_MIN = 1_000;
/** Shorter secrets can be guessed by whoever has a token (RFC 7518 §3.2). */
const SECRET_CHARS_MIN = 32;
/** Characters of the subject: 132 bits of a hash. */
const SUBJECT_CHARS = 22;

export interface TokenOptions {
  /** How long the token is good for, in milliseconds: 1,000–900,000, default 900,000. What is outside is brought inside. */
  readonly ttlMs?: number;
  /** True for somebody who decides about early access for their whole company. Default false: a token that is only for reading. */
  readonly mayOptIn?: boolean;
}

/** What a token is made of. */
export interface TokenMaking {
  readonly context: Context;
  readonly environment: string | undefined;
  readonly secret: string | undefined;
  readonly nowMs: number;
  readonly ttlMs?: number | undefined;
  readonly mayOptIn?: boolean | undefined;
}

/**
 * A context token: a JWT (RFC 7519) signed with HMAC-SHA256 (RFC 7515). `aud` is the environment, `ctx` the context, `sub` a hash of it, by
 * which browsers keep one person's answers apart from another's. A problem is a sentence that says what is missing.
 */
export function makeContextToken({ context, environment, secret, nowMs, ttlMs = TTL_MS_MAX, mayOptIn }: TokenMaking): Result<string, string> {
  if (secret === undefined || secret.length < SECRET_CHARS_MIN)
    return { ok: false, problem: `No token can be signed without \`contextSecret\`, of at least ${SECRET_CHARS_MIN} characters.` };
  if (environment === undefined)
    return { ok: false, problem: "The environment is not known yet: set `environment`, or make tokens after the first flags arrived." };
  const shown = shownContext(context);
  if (!shown.ok) return shown;
  const { ctx, sub } = shown.value;
  const iat = Math.floor(nowMs / 1_000);
  const life = Number.isFinite(ttlMs) ? Math.min(TTL_MS_MAX, Math.max(TTL_MS_MIN, ttlMs)) : TTL_MS_MAX;
  const claims = `{"aud":${JSON.stringify(environment)},"exp":${Math.floor((nowMs + life) / 1_000)},"iat":${iat},"sub":"${sub}"${mayOptIn === true ? ',"may":["earlyAccess"]' : ""},"ctx":${ctx}}`;
  const text = `${encoded('{"alg":"HS256","typ":"JWT"}')}.${encoded(claims)}`;
  return { ok: true, value: `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}` };
}

/** A context as a page shows it: canonical JSON, and its subject, a hash of that. A problem is a sentence that says what does not fit. */
export function shownContext(context: Context): Result<{ readonly ctx: string; readonly sub: string }, string> {
  const plain = new Plain();
  const value = plain.of(context);
  const ctx = canonicalJson(value ?? {});
  if (plain.isTooMuch || Buffer.byteLength(ctx) > CONTEXT_BYTES_MAX)
    return {
      ok: false,
      problem: `The context is larger than ${CONTEXT_BYTES_MAX} bytes as JSON, or nested more than ${DEPTH_MAX} deep. Put in only what flags ask for.`,
    };
  if (typeof value !== "object" || Array.isArray(value)) return { ok: false, problem: "The context is not an object." };
  return { ok: true, value: { ctx, sub: createHash("sha256").update(ctx).digest("base64url").slice(0, SUBJECT_CHARS) } };
}

const encoded = (text: string): string => Buffer.from(text).toString("base64url");

/** What of a value can be an attribute (`Context`); the rest is left out, so that a page gets the same answers as this process. */
class Plain {
  /** Every value takes at least a byte: beyond this the context is too large, whatever its shape. Cycles end here too. */
  #left = CONTEXT_BYTES_MAX;

  get isTooMuch(): boolean {
    return this.#left < 0;
  }

  of(value: unknown, depth = 0): JsonValue | undefined {
    this.#left = depth > DEPTH_MAX ? -1 : this.#left - 1;
    if (this.#left < 0) return undefined;
    if (typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value)) return value.map((item) => this.of(item, depth + 1)).filter((item) => item !== undefined);
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, member]) => [name, this.of(member, depth + 1)] as const)
        .filter(([, member]) => member !== undefined),
    ) as JsonValue;
  }
}
