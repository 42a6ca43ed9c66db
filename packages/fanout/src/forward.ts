import { problemReply, problems } from "@sluice/contract";
import type { HttpReply, HttpRequest, World } from "@sluice/ports";

/** What the API answers slowly at worst: a first commit of thousands of files does not go through a request. */
const TIMEOUT_MS = 15_000;
/** A file of 50,000 customers: read, compared and written in fifty events. */
const FILE_TIMEOUT_MS = 60_000;
const FILE_BYTES = 1 << 20;
const REPLY_BYTES_MAX = 16 << 20;
/** Requests that wait for the API at once: one that hangs must not fill this process with waiting people. */
const WAITING_MAX = 500;
/** Headers that belong to one connection and are not passed on. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "host",
  "content-length",
  "content-encoding",
  "te",
  "trailer",
  "proxy-authorization",
  "accept-encoding",
]);

const passedOn = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name.toLowerCase())));

/** Hands requests to the API process, and answers in its place when it does not. */
export class Forward {
  readonly #world: World;
  readonly #apiUrl: string;
  #waiting = 0;

  constructor(world: World, apiUrl: string) {
    this.#world = world;
    this.#apiUrl = apiUrl;
  }

  /** The API's answer; 503 `apiUnavailable` where it is gone, silent for 15 s (60 for a file), or has too many waiting already. */
  async pass({ method, url, headers, body }: HttpRequest): Promise<HttpReply> {
    if (this.#waiting >= WAITING_MAX) return problemReply(problems.apiUnavailable);
    this.#waiting++;
    try {
      const reply = await this.#world.http.request(
        { method, url: this.#apiUrl + url, headers: passedOn(headers), body },
        { timeoutMs: body.length > FILE_BYTES ? FILE_TIMEOUT_MS : TIMEOUT_MS, maxBytes: REPLY_BYTES_MAX },
      );
      return { ...reply, headers: passedOn(reply.headers) };
    } catch (error) {
      this.#world.log.warn("api.forward", { why: error instanceof Error ? error.message : String(error) });
      return problemReply(problems.apiUnavailable);
    } finally {
      this.#waiting--;
    }
  }
}
