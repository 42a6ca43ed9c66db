import type { HttpReply, HttpRequest } from "@sluice/ports";

/** One file of the console, in memory. */
export interface Asset {
  readonly bytes: Uint8Array;
  readonly gzip?: Uint8Array;
  readonly type: string;
}

/** Nothing but this server's own files and answers: no inline script or style, no frame around it, no form elsewhere. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const headers = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
} as const;

/** The console's page or one of its files; undefined where there is none, or something else is asked of it. Names with a hash in them never change. */
export function staticReply(assets: ReadonlyMap<string, Asset>, { method, headers: asked }: HttpRequest, path: string): HttpReply | undefined {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const asset = assets.get(path === "/" ? "/index.html" : path);
  if (asset === undefined) return undefined;
  const isHashed = path.startsWith("/assets/");
  const zipped = /\bgzip\b/.test(asked["accept-encoding"] ?? "") ? asset.gzip : undefined;
  return {
    status: 200,
    headers: {
      ...headers,
      "content-type": asset.type,
      "cache-control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
      vary: "accept-encoding",
      ...(zipped === undefined ? {} : { "content-encoding": "gzip" }),
    },
    body: zipped ?? asset.bytes,
  };
}
