import { randomBytes } from "node:crypto";
import type { Log } from "@sluice/ports";
import { createClient, type SluiceClient } from "@sluice/node";
import { secretHash } from "@sluice/store";

/** A round begins this often. */
const EVERY_MS = 60_000;
/** The first, after a start: SDKs and people come first. */
const FIRST_MS = 5_000;
/** A kill, its arrival, its lift and that one's arrival may take this long each. */
const STEP_MS = 10_000;
/** Rounds that fail one after the other before it is an alarm: one may be a restart. */
const ALARM_AFTER = 2;
/** What the client notices shows in the rounds: it would only say it twice. */
const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };
const ENVIRONMENT = "sluice-probe";

interface ProbeOptions {
  readonly log: Log;
  /** How often a round begins, ms; a minute where absent. */
  readonly everyMs?: number;
}

/**
 * Every minute a kill and its lift, from outside the process that must take them: asked for over the public port, followed by a real client to
 * its answer. It has a project of its own, so no customer and no page sees it.
 */
export class KillProbe {
  readonly #log: Log;
  readonly #everyMs: number;
  /** Of one start: they let the probe, and nobody else, into the reserved project. */
  readonly #secrets: { readonly person: string; readonly sdk: string };
  #url = "";
  #client: SluiceClient | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #rounds = 0;
  #stopped = false;

  constructor({ log, everyMs = EVERY_MS }: ProbeOptions) {
    const secret = (prefix: string): string => `${prefix}${randomBytes(32).toString("base64url")}`;
    this.#log = log;
    this.#everyMs = everyMs;
    this.#secrets = { person: secret("slp_"), sdk: secret("slk_probe_") };
  }

  /** What the fan-out process is told of it. */
  get environment(): { readonly SLUICE_PROBE: string } {
    const { person, sdk } = this.#secrets;
    return { SLUICE_PROBE: JSON.stringify({ person: secretHash(person), sdk: secretHash(sdk), everyMs: this.#everyMs }) };
  }

  /** `url`: of the public port. */
  start(url: string): void {
    this.#url = url;
    this.#later(Math.min(FIRST_MS, this.#everyMs));
  }

  #later(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#next(), ms);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    void this.#client?.close();
  }

  async #next(): Promise<void> {
    const log = this.#log;
    const began = performance.now();
    try {
      await this.#round();
      if (this.#failures >= ALARM_AFTER) log.info("probe.back", { afterRounds: this.#failures });
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#stopped && this.#failures >= ALARM_AFTER)
        log.error("probe.failed", { rounds: this.#failures, why, message: "A kill may not come through now. Look before one is needed." });
      // A client that has seen another life of the database would wait for a version that never comes.
      const client = this.#client;
      this.#client = undefined;
      await client?.close();
    }
    this.#later(Math.max(0, this.#everyMs - (performance.now() - began)));
  }

  async #round(): Promise<void> {
    const client = (this.#client ??= createClient({ url: this.#url, key: this.#secrets.sdk, service: "sluice-probe", log: SILENT }));
    await client.ready();
    const flag = await this.#flag();
    const reads = (wanted: boolean): Promise<void> => untilReads(client, { flag, wanted });
    await reads(true);
    const command = `probe-${Date.now().toString(36)}-${++this.#rounds}-${randomBytes(4).toString("hex")}`;
    const { kill } = await this.#ask("POST", "/api/kills", { command, environment: ENVIRONMENT, flags: [flag], reason: "the minute's probe" });
    try {
      await reads(false);
    } finally {
      await this.#ask("POST", `/api/kills/${String(kill)}/lift`, { command: `${command}-lift`, reason: "the minute's probe" });
    }
    await reads(true);
  }

  async #flag(): Promise<string> {
    const { flags } = await this.#ask("GET", "/api/flags");
    const [flag] = Array.isArray(flags) ? (flags as readonly { readonly key?: unknown }[]) : [];
    if (typeof flag?.key !== "string") throw new Error("the reserved project has no flag");
    return flag.key;
  }

  async #ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${this.#secrets.person}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(STEP_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
    return (await response.json()) as Record<string, unknown>;
  }
}

/** Resolves when the client answers so; rejects when it does not in time. */
function untilReads(client: SluiceClient, { flag, wanted }: { readonly flag: string; readonly wanted: boolean }): Promise<void> {
  const reads = (): boolean => client.getBoolean(flag, !wanted, {}) === wanted;
  return new Promise((resolve, reject) => {
    const stop = client.onChange(() => {
      if (reads()) end();
    });
    const timer = setTimeout(() => end(new Error(`the client did not answer ${String(wanted)} within ${STEP_MS / 1000} s`)), STEP_MS);
    const end = (error?: Error): void => {
      clearTimeout(timer);
      stop();
      if (error === undefined) resolve();
      else reject(error);
    };
    if (reads()) end();
  });
}
