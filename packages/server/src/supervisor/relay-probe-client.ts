import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { killKeyOf } from "@sluice/contract";
import type { Log } from "@sluice/ports";
import { createClient, type SluiceClient } from "@sluice/node";
import { derivedSecret } from "@sluice/ports/node";
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
  readonly ownKills?: { readonly isLate?: boolean };
}

const newSecret = (): string => `slk_probe_${randomBytes(32).toString("base64url")}`;
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Hears the server's trial kills at a relay, from outside the process that must send them: a real client of its public port, whose confirmations say
 * that they came. And it tries the relay's own kill, which `sluice kill --relay` asks for: with this machine's kill key, over that port, with a flag
 * that nobody has and that a second client of it hears of.
 */
export class RelayProbeClient {
  readonly #log: Log;
  readonly #everyMs: number | undefined;
  /** Of one start: it opens the reserved project and nothing else. */
  readonly #secret = newSecret();
  readonly #ownSecret = newSecret();
  readonly #operatorKeyFile: string;
  #url = "";
  #clients: readonly SluiceClient[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ownTimer: NodeJS.Timeout | undefined;
  #isLate = false;
  #isOwnFailing = false;
  #stopped = false;

  /** `everyMs`: how often the server makes a trial kill, and this tries the relay's own; a minute where absent. `operatorKeyFile`: of this machine. */
  constructor({ log, everyMs, operatorKeyFile }: { readonly log: Log; readonly everyMs: number | undefined; readonly operatorKeyFile: string }) {
    this.#log = log;
    this.#everyMs = everyMs;
    this.#operatorKeyFile = operatorKeyFile;
  }

  /** What the relay's process is told of it. */
  get environment(): { readonly SLUICE_PROBE: string } {
    return { SLUICE_PROBE: JSON.stringify({ sdk: secretHash(this.#secret), trial: secretHash(this.#ownSecret), everyMs: this.#everyMs }) };
  }

  /** `url`: of the relay's public port. */
  start(url: string): void {
    this.#url = url;
    this.#connect();
    this.#later();
    this.#tryOwnLater();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#ownTimer);
    for (const client of this.#clients) void client.close();
  }

  #connect(): void {
    this.#clients = [this.#secret, this.#ownSecret].map((key) => createClient({ url: this.#url, key, service: "sluice-probe", log: SILENT }));
  }

  #tryOwnLater(): void {
    if (!this.#stopped) this.#ownTimer = setTimeout(() => void this.#tryOwn(), this.#everyMs ?? LOOK_EVERY_MS);
  }

  async #tryOwn(): Promise<void> {
    const why = await this.#ownTrouble();
    if (this.#stopped) return;
    const message = "A trial of this relay's own kill was not taken: `sluice kill --relay` may not work here. Look before one is needed.";
    if (why !== undefined) this.#log.error("probe.ownFailed", { why, message });
    else if (this.#isOwnFailing) this.#log.info("probe.ownBack");
    this.#isOwnFailing = why !== undefined;
    this.#tryOwnLater();
  }

  /** What keeps this relay from taking a kill; whether it comes out again, its health says. */
  async #ownTrouble(): Promise<string | undefined> {
    try {
      // Read each time: whoever kills in an outage reads it then.
      const key = killKeyOf(readFileSync(this.#operatorKeyFile, "utf8").trim(), derivedSecret);
      const body = JSON.stringify({ command: `own-trial-${randomBytes(12).toString("hex")}`, environment: "sluice-probe", flags: ["trial"] });
      // By a connection of its own: one that stays open says nothing of whether the port takes others.
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close" };
      const response = await fetch(`${this.#url}/api/kills`, { method: "POST", headers, body, signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
      const said = await response.text();
      return response.status === 201 ? undefined : `status ${response.status}: ${said.slice(0, 500)}`;
    } catch (error) {
      return wordsOf(error);
    }
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
      const before = this.#clients;
      this.#connect();
      for (const client of before) await client.close();
    }
    this.#later();
  }

  /** What keeps trial kills from coming through; a server that is away is no trouble of the relay's, which says it itself. */
  async #trouble(): Promise<string | undefined> {
    try {
      const response = await fetch(`${this.#url}/health`, { signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
      const { relay, killPath, ownKills } = (await response.json()) as RelayHealth;
      if (ownKills?.isLate === true) return "no trial of a kill of its own has come through";
      return relay?.reachable === true && killPath?.isLate === true ? "no trial kill of the server has come through" : undefined;
    } catch (error) {
      return wordsOf(error);
    }
  }
}
