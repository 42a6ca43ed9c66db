import type { Cause, Context } from "@sluice/evaluation";
import {
  ErrorCode,
  type EvaluationContext,
  type FlagMetadata,
  type JsonValue as OpenFeatureJson,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
  type TrackingEventDetails,
} from "@openfeature/server-sdk";
import type { ClientState, SluiceClient } from "../client.ts";
import type { FlagDetails } from "../details.ts";

/** Names fit OpenFeature's event; a longer list says nothing that "all of them" does not. */
const FLAGS_CHANGED_MAX = 1_000;
/** More microtasks than OpenFeature takes from `initialize` to READY. */
const READY_TICKS = 20;
const FROM_CACHE = "Answers come from the last good flags.";

/**
 * Sluice behind OpenFeature's server SDK. The client stays the caller's: set it up with `createClient`, read its own API beside this one.
 * OpenFeature closes it with the provider.
 */
export class SluiceProvider implements Provider {
  readonly metadata = { name: "sluice" } as const;
  readonly runsOn = "server" as const;
  readonly events: OpenFeatureEventEmitter = new OpenFeatureEventEmitter();
  readonly #client: SluiceClient;
  readonly #stops: (() => void)[] = [];
  #told: ClientState = "starting";

  constructor(client: SluiceClient) {
    this.#client = client;
  }

  /** Waits for the first flags as `client.ready()` does. Rejects where none came: OpenFeature then reports ERROR, and READY once they arrive. */
  async initialize(): Promise<void> {
    await this.#client.ready();
    this.#told = this.#client.state;
    this.#stops.push(
      this.#client.onState((state) => this.#stateChanged(state)),
      this.#client.onChange(({ flags, version, isKill }) => {
        this.events.emit(ProviderEvents.ConfigurationChanged, {
          flagsChanged: flags.slice(0, FLAGS_CHANGED_MAX),
          metadata: { epoch: version.epoch, seq: version.seq, kill: isKill },
        });
      }),
    );
    if (this.#client.version === undefined) throw new Error(this.#client.trouble?.message ?? "No flags were received yet.");
    if (this.#told === "stale") void this.#sayStaleAfterReady();
  }

  async onClose(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await this.#client.close();
  }

  // No `async` on these four: their clients never throw, and a generator of its own would cost more than the answer.
  resolveBooleanEvaluation(key: string, fallback: boolean, context: EvaluationContext): Promise<ResolutionDetails<boolean>> {
    return Promise.resolve(resolution(key, this.#client.environment, this.#client.getBooleanDetails(key, fallback, contextOf(context))));
  }

  resolveStringEvaluation(key: string, fallback: string, context: EvaluationContext): Promise<ResolutionDetails<string>> {
    return Promise.resolve(resolution(key, this.#client.environment, this.#client.getStringDetails(key, fallback, contextOf(context))));
  }

  resolveNumberEvaluation(key: string, fallback: number, context: EvaluationContext): Promise<ResolutionDetails<number>> {
    return Promise.resolve(resolution(key, this.#client.environment, this.#client.getNumberDetails(key, fallback, contextOf(context))));
  }

  /** OpenFeature names the type by the caller's default; what the flag holds is its own. */
  resolveObjectEvaluation<T extends OpenFeatureJson>(key: string, fallback: T, context: EvaluationContext): Promise<ResolutionDetails<T>> {
    return Promise.resolve(resolution(key, this.#client.environment, this.#client.getObjectDetails(key, fallback, contextOf(context)) as FlagDetails<T>));
  }

  /** `client.track(outcome, context, { flag, failed })`: an outcome that names no flag, or is something else, is none that a guard looks at. */
  track(outcome: string, context: EvaluationContext, { flag, failed }: TrackingEventDetails): void {
    if (typeof flag === "string") this.#client.track(outcome, contextOf(context), { flag, failed: failed === true });
  }

  /** OpenFeature says READY a few microtasks after `initialize` has returned, and STALE must come after it. */
  async #sayStaleAfterReady(): Promise<void> {
    for (let tick = 0; tick < READY_TICKS; tick += 1) await Promise.resolve();
    if (this.#client.state === "stale") this.events.emit(ProviderEvents.Stale, { message: this.#client.trouble?.message ?? FROM_CACHE });
  }

  #stateChanged(state: ClientState): void {
    const before = this.#told;
    this.#told = state;
    const message = this.#client.trouble?.message;
    if (state === "ready") this.events.emit(ProviderEvents.Ready, {});
    if (state !== "stale") return;
    // Coming from nothing to the last good flags makes the provider usable; being cut off makes it stale.
    if (before === "starting") this.events.emit(ProviderEvents.Ready, {});
    this.events.emit(ProviderEvents.Stale, { message: message ?? FROM_CACHE });
  }
}

/**
 * OpenFeature's dates become texts, as Sluice's instants are; everything else is the same. Without dates the context is passed on as it is:
 * a copy would cost more than the answer.
 */
function contextOf(context: EvaluationContext): Context {
  for (const name in context) if (isDate(context[name])) return withoutDates(context);
  return context;
}

function withoutDates(context: EvaluationContext): Context {
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [name, isDate(value) ? value.toJSON() : value]));
}

/** Tells a date of any realm; one that does not exist becomes null in JSON, which Sluice takes for missing. */
function isDate(value: unknown): value is { toJSON(): string | null } {
  return typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Date]";
}

/** Details are shared by all calls that get the same answer, and so is what OpenFeature is told of them. */
const made = new WeakMap<FlagDetails<unknown>, ResolutionDetails<unknown>>();

function resolution<T>(key: string, environment: string | undefined, details: FlagDetails<T>): ResolutionDetails<T> {
  const known = made.get(details);
  // What was kept for these details holds their value.
  if (known !== undefined) return known as ResolutionDetails<T>;
  const fresh = resolutionOf(key, environment, details);
  if (details.reason !== "ERROR") made.set(details, fresh);
  return fresh;
}

function resolutionOf<T>(key: string, environment: string | undefined, details: FlagDetails<T>): ResolutionDetails<T> {
  const { value, variant, reason, cause, by, version, problems } = details;
  const flagMetadata: FlagMetadata = Object.freeze({
    cause,
    // The name that OpenFeature's telemetry looks for.
    ...(environment === undefined ? {} : { flagSetId: environment }),
    ...(by === undefined ? {} : { by }),
    ...(version === undefined ? {} : { version: `${version.epoch}:${version.seq}`, epoch: version.epoch, seq: version.seq }),
    ...(problems === undefined ? {} : { problems: problems.join("; ") }),
  });
  const base = { value, reason, flagMetadata, ...(variant === undefined ? {} : { variant }) };
  if (reason !== "ERROR") return base;
  return { ...base, ...errorOf(key, cause, problems) };
}

function errorOf(key: string, cause: Cause, problems: readonly string[] = []): { readonly errorCode: ErrorCode; readonly errorMessage: string } {
  if (cause === "unknownFlag") return { errorCode: ErrorCode.FLAG_NOT_FOUND, errorMessage: `There is no flag "${key}" in this environment.` };
  if (cause === "wrongType") return { errorCode: ErrorCode.TYPE_MISMATCH, errorMessage: `Flag "${key}" is of another type.` };
  if (cause === "noSnapshot") return { errorCode: ErrorCode.PROVIDER_NOT_READY, errorMessage: "No flags were received yet." };
  return { errorCode: ErrorCode.PARSE_ERROR, errorMessage: `Flag "${key}" cannot be read: ${problems.join("; ")}` };
}
