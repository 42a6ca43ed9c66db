import { createHmac, timingSafeEqual } from "node:crypto";
import type { HttpRequest } from "@sluice/ports";

/** Whether the body was signed with the hook's secret: `X-Hub-Signature-256: sha256=<hex>`, as GitHub, Gitea and Forgejo send it. */
export function isSigned(request: HttpRequest, secret: string): boolean {
  const given = /^sha256=([0-9a-f]{64})$/.exec(request.headers["x-hub-signature-256"] ?? "")?.[1];
  if (given === undefined) return false;
  return timingSafeEqual(Buffer.from(given, "hex"), createHmac("sha256", secret).update(request.body).digest());
}
