import type { HttpRequest } from "@sluice/ports";

/** Name and version this SDK reports. */
export const SDK_NAME = "node/0.1.0";

/** Where the server is and who asks. */
export interface ServerAddress {
  /** Without a slash at the end; a path prefix is kept. */
  readonly base: string;
  readonly key: string;
  /** Unique per process. */
  readonly instance: string;
  readonly service?: string;
  readonly version?: string;
}

/** Characters of a name in a header that are sent; a service name above this is cut, because header blocks are limited to 16 KiB. */
const HEADER_CHARS_MAX = 200;

/** The base of a web address, or `undefined` where the text is none. */
export function parseBase(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") return undefined;
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
}

/** The routes of the SDK's side of docs/protocol.md. */
export type SdkRoute =
  | "GET /sdk/v1/snapshot"
  | "GET /sdk/v1/urgent"
  | "GET /sdk/v1/stream"
  | "POST /sdk/v1/confirm"
  | "GET /sdk/v1/sampling"
  | "POST /sdk/v1/samples"
  | "POST /sdk/v1/telemetry";

/** A request of this SDK with its key and its names. */
export function requestTo(address: ServerAddress, route: SdkRoute, headers: Readonly<Record<string, string>>, body = ""): HttpRequest {
  const [method = "GET", path = ""] = route.split(" ");
  return {
    method,
    url: `${address.base}${path}`,
    headers: {
      authorization: `Bearer ${visible(address.key)}`,
      "sluice-instance": address.instance,
      "sluice-sdk": SDK_NAME,
      ...(address.service === undefined ? {} : { "sluice-service": headerText(address.service) }),
      ...(address.version === undefined ? {} : { "sluice-app-version": headerText(address.version) }),
      ...headers,
    },
    body: new TextEncoder().encode(body),
  };
}

/** Header values are visible ASCII; anything else would be refused by the HTTP client or end the header early. */
function visible(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}

function headerText(text: string): string {
  return visible(text).slice(0, HEADER_CHARS_MAX);
}
