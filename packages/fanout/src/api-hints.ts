import type { SampledContext } from "@sluice/evaluation";
import type { HttpRequest, World } from "@sluice/ports";

/** Flags that SDKs asked for are told to the API this often. */
const ASKED_FLUSH_MS = 5_000;
const TIMEOUT_MS = 2_000;
const REPLY_BYTES_MAX = 64 << 10;

interface Parts {
  readonly world: World;
  readonly apiUrl: string;
  readonly internalKey: string;
  readonly takeAsked: () => ReadonlyMap<string, readonly string[]>;
  readonly noteAsked: (environment: string, flag: string) => void;
}

/** What this process asks and tells the API process by itself. */
export class ApiHints {
  readonly #parts: Parts;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A request to the API of this process itself. */
  request(url: string, body: unknown): HttpRequest {
    const headers = { authorization: `Bearer ${this.#parts.internalKey}`, "content-type": "application/json" };
    return { method: "POST", url, headers, body: new TextEncoder().encode(JSON.stringify(body)), remote: "" };
  }

  /** Tells the API which flags SDKs have asked for, again and again until `stop`. */
  start(): void {
    if (this.#stopped) return;
    const { world, takeAsked, noteAsked } = this.#parts;
    for (const [environment, keys] of takeAsked()) {
      // Each SDK says it once: what the API did not hear is told again.
      if (keys.length > 0)
        void this.#tell("/internal/v1/asked", { environment, keys }).then((heard) => heard || keys.forEach((key) => noteAsked(environment, key)));
    }
    world.timers.after(ASKED_FLUSH_MS, () => this.start());
  }

  /** Hands sampled contexts on; false where the API did not take them. */
  samples(environment: string, contexts: readonly SampledContext[]): Promise<boolean> {
    return this.#tell("/internal/v1/samples", { environment, contexts });
  }

  stop(): void {
    this.#stopped = true;
  }

  async #tell(path: string, body: unknown): Promise<boolean> {
    const { world, apiUrl } = this.#parts;
    try {
      const { status } = await world.http.request(this.request(apiUrl + path, body), { timeoutMs: TIMEOUT_MS, maxBytes: REPLY_BYTES_MAX });
      return status < 300;
    } catch (error) {
      world.log.info("api.hint", { path, why: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }
}
