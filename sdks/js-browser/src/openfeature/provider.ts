import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue as OpenFeatureJson,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
  type TrackingEventDetails,
} from "@openfeature/web-sdk";
import type { BrowserClient, BrowserOptions } from "../client.ts";
import { createClient } from "../create-client.ts";
import type { ReportingClient, withReports } from "../reports/index.ts";

/** Names fit OpenFeature's event; a longer list says nothing that "all of them" does not. */
const FLAGS_CHANGED_MAX = 1_000;
/** More microtasks than OpenFeature takes from `initialize` to READY. */
const READY_TICKS = 20;
const NO_FLAGS = "No flags were received yet.";

export interface SluiceWebOptions extends Omit<BrowserOptions, "token" | "refreshToken"> {
  /** Fetches a token from your server for whoever is signed in there; `undefined` for nobody. Told OpenFeature's context, which is not trusted. */
  readonly fetchToken: (context: EvaluationContext) => Promise<string | undefined>;
  /** `withReports` of `@sluice/browser/reports`: what the page tracks reaches guards, and keys without an answer the console. Absent: neither. */
  readonly reports?: typeof withReports;
}

/**
 * Sluice behind OpenFeature's web SDK. READY with the first answers, STALE while cut off, ERROR without any. A change of context fetches
 * another token and is reconciled when its answers are there, at the latest after `waitMs`; of several the last counts.
 */
export class SluiceWebProvider implements Provider {
  readonly metadata = { name: "sluice" } as const;
  readonly runsOn = "client" as const;
  readonly events: OpenFeatureEventEmitter = new OpenFeatureEventEmitter();
  readonly #options: SluiceWebOptions;
  #client: (BrowserClient & Partial<ReportingClient>) | undefined;
  #context: EvaluationContext = {};
  /** Counts changes of context. */
  #turn = 0;
  /** Changes that are being reconciled: OpenFeature tells of them itself. */
  #pending = 0;
  /** Why there is no live connection; `undefined` while there is one, or none was tried. */
  #trouble: string | undefined;
  #hasAnswered = false;
  #told: "starting" | "failed" | "ready" | "stale" = "starting";

  constructor(options: SluiceWebOptions) {
    this.#options = options;
  }

  /** Rejects where no answers came: OpenFeature then reports ERROR, and READY once they arrive. */
  async initialize(context: EvaluationContext = {}): Promise<void> {
    this.#context = context;
    const { fetchToken, reports, ...options } = this.#options;
    const token = await fetchToken(context);
    const given: BrowserOptions = {
      ...options,
      token,
      refreshToken: () => fetchToken(this.#context),
      onProblem: (message) => {
        options.onProblem?.(message);
        this.#isCut(message);
      },
      world: (page) => {
        const outer = options.world?.(page) ?? page;
        return {
          ...outer,
          fetch: async (url, init) => {
            const response = await outer.fetch(url, init);
            if (response.ok) this.#isReached(url.includes("/stream?"));
            return response;
          },
        };
      },
    };
    const client = (this.#client = reports?.(given, createClient) ?? createClient(given));
    client.onChange((keys) => this.#changed(keys));
    await client.ready();
    if (!this.#hasAnswered && client.keys().length === 0) {
      this.#told = "failed";
      throw new Error(this.#trouble ?? NO_FLAGS);
    }
    this.#told = "ready";
    void this.#sayStaleAfterReady();
  }

  async onContextChange(_: EvaluationContext, context: EvaluationContext): Promise<void> {
    const mine = (this.#turn += 1);
    this.#pending += 1;
    try {
      this.#context = context;
      const token = await this.#options.fetchToken(context);
      if (mine === this.#turn) await this.#client?.identify(token);
    } catch (error) {
      // Whoever is here now, it is not the one whose answers these are.
      if (mine === this.#turn) void this.#client?.identify();
      throw error;
    } finally {
      this.#pending -= 1;
    }
  }

  async onClose(): Promise<void> {
    this.#client?.close();
  }

  resolveBooleanEvaluation(key: string, fallback: boolean): ResolutionDetails<boolean> {
    return this.#resolve(key, fallback);
  }

  resolveStringEvaluation(key: string, fallback: string): ResolutionDetails<string> {
    return this.#resolve(key, fallback);
  }

  resolveNumberEvaluation(key: string, fallback: number): ResolutionDetails<number> {
    return this.#resolve(key, fallback);
  }

  /** OpenFeature names the type by the caller's default; what the flag holds is its own. */
  resolveObjectEvaluation<T extends OpenFeatureJson>(key: string, fallback: T): ResolutionDetails<T> {
    return this.#resolve(key, fallback);
  }

  /**
   * `client.track(outcome, { flag, failed })`: counted for whoever the page's token is of, where `reports` is given. An outcome that names no flag is none
   * that a guard looks at.
   */
  track(outcome: string, _: EvaluationContext, { flag, failed }: TrackingEventDetails): void {
    if (typeof flag === "string") this.#client?.track?.(outcome, { flag, failed: failed === true });
  }

  #resolve<T>(key: string, fallback: T): ResolutionDetails<T> {
    const answer = this.#client?.getDetails(key);
    const failed = (errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> => ({ value: fallback, reason: "ERROR", errorCode, errorMessage });
    if (answer === undefined)
      return this.#hasAnswered || this.#client?.keys().length
        ? failed(ErrorCode.FLAG_NOT_FOUND, `There is no flag "${key}" for this page.`)
        : failed(ErrorCode.PROVIDER_NOT_READY, NO_FLAGS);
    const { value, variant, reason } = answer;
    if (typeof value !== typeof fallback || value === null) return failed(ErrorCode.TYPE_MISMATCH, `Flag "${key}" is of another type.`);
    return { value: value as T, variant, reason };
  }

  #changed(keys: readonly string[]): void {
    if (this.#told === "failed") this.#sayReady();
    else if (this.#told !== "starting" && this.#pending === 0)
      this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: keys.slice(0, FLAGS_CHANGED_MAX) });
  }

  #isReached(isStream: boolean): void {
    this.#hasAnswered = true;
    if (!isStream) return;
    // Answers alone may be those of a page that polls; a stream is open.
    this.#trouble = undefined;
    if (this.#told === "stale" || this.#told === "failed") this.#sayReady();
  }

  #sayReady(): void {
    this.#told = "ready";
    this.events.emit(ProviderEvents.Ready, {});
  }

  #isCut(message: string): void {
    this.#trouble = message;
    if (this.#told !== "ready") return;
    this.#told = "stale";
    this.events.emit(ProviderEvents.Stale, { message });
  }

  /** OpenFeature says READY a few microtasks after `initialize` has returned, and STALE must come after it. */
  async #sayStaleAfterReady(): Promise<void> {
    for (let tick = 0; tick < READY_TICKS; tick += 1) await Promise.resolve();
    if (this.#trouble !== undefined) this.#isCut(this.#trouble);
  }
}
