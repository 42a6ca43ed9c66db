import { randomBytes } from "node:crypto";
import type { Log } from "@sluice/ports";
import { createClient, type SluiceClient } from "@sluice/node";
import { secretHash } from "@sluice/store";

/** How often it is looked whether trial kills come through. */
const LOOK_EVERY_MS = 60_000;
const LOOK_TIMEOUT_MS = 10_000;
/** What the client notices shows in the relay's health: it would only say it twice. */
const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** The part of a relay's `GET /health` that is looked at. */
interface RelayHealth {
  readonly relay?: { readonly reachable?: boolean };
  readonly killPath?: { readonly isLate?: boolean };
}

/**
 * Hears the server's trial kills at a relay, from outside the process that must send them: a real client of its public port, whose confirmations say
 * that they came. It asks for no kill itself.
 */
export class RelayProbeClient {
  readonly #log: Log;
  readonly #everyMs: number | undefined;
  /** Of one start: it opens the reserved project and nothing else. */
  readonly #secret = `slk_probe_${randomBytes(32).toString("base64url")}`;
  #url = "";
  #client: SluiceClient | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLate = false;
  #stopped = false;

  /** `everyMs`: how often the server makes a trial kill; a minute where absent. */
  constructor({ log, everyMs }: { readonly log: Log; readonly everyMs: number | undefined }) {
    this.#log = log;
    this.#everyMs = everyMs;
  }

  /** What the relay's process is told of it. */
  get environment(): { readonly SLUICE_PROBE: string } {
    return { SLUICE_PROBE: JSON.stringify({ sdk: secretHash(this.#secret), everyMs: this.#everyMs }) };
  }

  /** `url`: of the relay's public port. */
  start(url: string): void {
    this.#url = url;
    this.#connect();
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    void this.#client?.close();
  }

  #connect(): void {
    this.#client = createClient({ url: this.#url, key: this.#secret, service: "sluice-probe", log: SILENT });
  }

  #later(): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#look(), LOOK_EVERY_MS);
  }

  async #look(): Promise<void> {
    const trouble = await this.#trouble();
    if (this.#stopped) return;
    if (trouble !== undefined)
      this.#log.error("probe.failed", { why: trouble, message: "A kill may not come through this relay now. Look before one is needed." });
    else if (this.#isLate) this.#log.info("probe.back");
    this.#isLate = trouble !== undefined;
    if (this.#isLate) {
      // A client that has seen another life of the server's database would wait for a version that never comes.
      const before = this.#client;
      this.#connect();
      await before?.close();
    }
    this.#later();
  }

  /** What keeps trial kills from coming through; a server that is away is no trouble of the relay's, which says it itself. */
  async #trouble(): Promise<string | undefined> {
    try {
      const response = await fetch(`${this.#url}/health`, { signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
      const { relay, killPath } = (await response.json()) as RelayHealth;
      return relay?.reachable === true && killPath?.isLate === true ? "no trial kill of the server has come through" : undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
