import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Problem } from "@sluice/contract";
import type { HttpRequest } from "@sluice/ports";
import type { TriggerShape } from "./alert.ts";

/** How far a signed time may be from ours, either way (Standard Webhooks; Grafana's docs say the same). */
export const TOLERANCE_MS: number = 5 * 60_000;
/** Signatures in one header: senders that rotate a secret send two. */
const SIGNATURES_MAX = 10;

/** What a proof comes to: good, with what tells this very request from any other where it is signed for a time; or why not. */
export type Proof = { readonly kind: "good"; readonly once?: string } | { readonly kind: "expired" } | { readonly kind: "wrong" };

/** The same words for a wrong secret and for a trigger that does not exist, so that nobody learns which there are. */
export const refusedProof: Problem = {
  code: "triggerRefused",
  message: "There is no trigger of this name that takes what was shown.",
  fix: "`sluice triggers` lists the triggers and how each system is set up; `sluice triggers secret <name>` prints the secret.",
};

export const expiredProof: Problem = {
  code: "signatureExpired",
  message: "The signed time is more than five minutes from this server's.",
  fix: "Sign each attempt anew, with the time of the attempt, and check both clocks.",
};

/** Whether the sender knows one of the secrets, in the way that its system can show it. */
export function proveAlert(shape: TriggerShape, request: HttpRequest, known: { readonly secrets: readonly string[]; readonly nowMs: number }): Proof {
  switch (shape) {
    case "generic":
      return provedByStandard(request, known);
    case "pagerduty":
      return proved(known.secrets.some((secret) => isSignedByPagerduty(request, secret)));
    case "grafana":
      return "x-grafana-alerting-signature" in request.headers ? provedByGrafana(request, known) : provedBySecret(request, known.secrets);
    case "alertmanager":
    case "datadog":
    case "opsgenie":
      return provedBySecret(request, known.secrets);
  }
}

const proved = (isGood: boolean): Proof => ({ kind: isGood ? "good" : "wrong" });

/** Compared by their hashes: of one length whatever is shown, so that the time tells nothing. */
function isSame(shown: string, expected: string): boolean {
  const [a, b] = [shown, expected].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/** These systems sign nothing: they send `Authorization: Bearer <secret>`, or basic authentication with it as the password. */
function provedBySecret({ headers }: HttpRequest, secrets: readonly string[]): Proof {
  const authorization = headers["authorization"] ?? "";
  const basic = /^Basic ([A-Za-z0-9+/=]{4,1000})$/i.exec(authorization)?.[1];
  const shown =
    basic === undefined
      ? /^Bearer ([\x21-\x7e]{16,300})$/i.exec(authorization)?.[1]
      : Buffer.from(basic, "base64")
          .toString("utf8")
          .replace(/^[^:]*:/, "");
  if (shown === undefined) return { kind: "wrong" };
  return proved(secrets.some((secret) => isSame(shown, secret)));
}

/** https://github.com/standard-webhooks/standard-webhooks: HMAC-SHA256 in base64 over `id.timestamp.body`, seconds. */
function provedByStandard({ headers, body }: HttpRequest, { secrets, nowMs }: { readonly secrets: readonly string[]; readonly nowMs: number }): Proof {
  const [id = "", timestamp = "", signatures = ""] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => headers[name]);
  if (!/^[\x21-\x7e]{1,200}$/.test(id) || !/^\d{1,12}$/.test(timestamp)) return { kind: "wrong" };
  const given = signatures.split(" ", SIGNATURES_MAX).filter((one) => one.startsWith("v1,"));
  const signed = secrets.map((secret) => `v1,${createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest("base64")}`);
  if (!given.some((one) => signed.some((right) => isSame(one, right)))) return { kind: "wrong" };
  return isTimely(Number(timestamp) * 1000, nowMs) ? { kind: "good", once: `${id}.${timestamp}` } : { kind: "expired" };
}

const isTimely = (atMs: number, nowMs: number): boolean => Math.abs(nowMs - atMs) <= TOLERANCE_MS;

/** A secret of Standard Webhooks is `whsec_` and its bytes in base64; any other text is its own bytes. */
const keyOf = (secret: string): Buffer => (secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret, "utf8"));

/** PagerDuty, webhooks v3: `v1=<hex>`, several by commas, HMAC-SHA256 over the body. No time is signed; an incident kills once, so a replay does nothing. */
function isSignedByPagerduty({ headers, body }: HttpRequest, secret: string): boolean {
  const right = `v1=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return (headers["x-pagerduty-signature"] ?? "").split(",", SIGNATURES_MAX).some((one) => isSame(one.trim(), right));
}

/** Grafana 12 and later: HMAC-SHA256 in hex over the body, or over `timestamp:body` where the contact point names a header for the time, in seconds. */
function provedByGrafana({ headers, body }: HttpRequest, { secrets, nowMs }: { readonly secrets: readonly string[]; readonly nowMs: number }): Proof {
  const given = headers["x-grafana-alerting-signature"] ?? "";
  const timestamp = headers["x-grafana-alerting-timestamp"];
  const before = timestamp === undefined ? "" : `${timestamp}:`;
  if (!secrets.some((secret) => isSame(given, createHmac("sha256", secret).update(before).update(body).digest("hex")))) return { kind: "wrong" };
  if (timestamp === undefined) return { kind: "good" };
  return isTimely(Number(timestamp) * 1000, nowMs) ? { kind: "good", once: `${timestamp}.${given}` } : { kind: "expired" };
}
