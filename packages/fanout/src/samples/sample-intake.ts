import {
  jsonReply,
  keptSamplesBody,
  noContent,
  onlyDeclared,
  type Problem,
  problemReply,
  readBody,
  SAMPLES_EVERY_MS_MIN,
  SAMPLES_MAX,
  samplesBody,
  type SamplingDeclaration,
  samplingKey,
  type SamplingTerms,
  samplingTerms,
} from "@sluice/contract";
import { canonicalJson, compilePick, type Context, type SampledContext, sealContext } from "@sluice/evaluation";
import type { HttpReply, HttpRequest, Timer, World } from "@sluice/ports";
import { keyedDigest } from "@sluice/ports/node";

/** Reports read in a second: parsing them must stay below a hundredth of the process that kills go through. */
const REPORTS_PER_S_MAX = 20;
/** Contexts of pages looked at in a second. */
const PAGES_PER_S_MAX = 200;
/** Contexts that wait to be handed on, over all environments: about 2 MB at most, and a few hundred kB as they are. */
const WAITING_MAX = 1_000;
/** What comes within this time goes on together. */
const HAND_ON_AFTER_MS = 2_000;
/** So many milliseconds for each connected process lie between two reports of one: 10 a second from all of them. */
const EVERY_MS_PER_STREAM = 100;

const tooManyReports: Problem = {
  code: "tooOften",
  message: "More samples come in a second than this process reads.",
  fix: "Drop them: the next report is a sample just as well.",
};

interface SampleIntakeParts {
  readonly world: Pick<World, "clock" | "timers">;
  /** From the data folder; absent where the keys come from the server above, if they come. */
  readonly secret?: string | undefined;
  readonly streams: () => number;
  /** Takes batches on: the API, or the server above. False where it did not: what it does not take is lost, and that is no error. */
  readonly to: () => { readonly samples: (environment: string, contexts: readonly SampledContext[]) => Promise<boolean> };
}

/** Takes what SDKs and pages show of contexts: what `sluice.yaml` declares and nothing else, in bounds, and never in the way of anything. */
export class SampleIntake {
  readonly #parts: SampleIntakeParts;
  #declared: SamplingDeclaration = { attributes: {}, customer: "customer" };
  /** By environment: what a relay was told. */
  #keys: ReadonlyMap<string, string> = new Map();
  #pick: ReturnType<typeof compilePick> = compilePick({}, "customer");
  /** By environment, then by content. */
  readonly #waiting = new Map<string, Map<string, SampledContext>>();
  #waitingCount = 0;
  #second = { at: -1, reports: 0, pages: 0 };
  #timer: Timer | undefined;
  #isStopped = false;
  #dropped = 0;

  constructor(parts: SampleIntakeParts) {
    this.#parts = parts;
  }

  /** What is declared from now on; `undefined` is nothing. A way of sampling that only newer servers know is not followed. */
  learn(declared: SamplingDeclaration | undefined): void {
    const { attributes = {}, customer = "customer" } = declared ?? {};
    this.#declared = { attributes: Object.fromEntries(Object.entries(attributes).filter(([, how]) => how === "plain" || how === "hashed")), customer };
    this.#pick = compilePick(this.#declared.attributes, customer);
  }

  /** The keys of a relay's environments, as the process above tells them; an environment without one is not sampled. */
  learnKeys(keys: Readonly<Record<string, string>>): void {
    this.#keys = new Map(Object.entries(keys));
  }

  /** What a relay is told of these environments: what is declared, and their keys. Empty where nothing is sampled. */
  forRelay(environments: readonly string[]): { readonly sampling?: SamplingDeclaration; readonly samplingKeys?: Readonly<Record<string, string>> } {
    if (Object.keys(this.#declared.attributes).length === 0) return {};
    const keys = environments.flatMap((environment) => {
      const key = this.#keyOf(environment);
      return key === undefined ? [] : [[environment, key] as const];
    });
    return { sampling: this.#declared, samplingKeys: Object.fromEntries(keys) };
  }

  #keyOf(environment: string): string | undefined {
    const { secret } = this.#parts;
    return secret === undefined ? this.#keys.get(environment) : samplingKey(secret, environment, keyedDigest);
  }

  /** Contexts that had no room, or that the API did not take, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The id of an environment's terms, for its streams; `undefined` where nothing is sampled. */
  id(environment: string): string | undefined {
    return this.#terms(environment)?.id;
  }

  #terms(environment: string): SamplingTerms | undefined {
    const key = Object.keys(this.#declared.attributes).length === 0 ? undefined : this.#keyOf(environment);
    if (key === undefined) return undefined;
    const everyMs = Math.max(SAMPLES_EVERY_MS_MIN, this.#parts.streams() * EVERY_MS_PER_STREAM);
    return samplingTerms(this.#declared, { key, digest: keyedDigest, everyMs });
  }

  /** `GET /sdk/v1/sampling`. */
  termsReply(environment: string): HttpReply {
    const terms = this.#terms(environment);
    return terms === undefined ? noContent : jsonReply(200, terms, { "cache-control": "no-store" });
  }

  /** `POST /sdk/v1/samples`. */
  take(environment: string, request: HttpRequest): HttpReply {
    if (this.#isTooOften()) return problemReply(tooManyReports);
    const body = readBody(samplesBody, request.body);
    return body.ok ? this.#addAll(environment, body.value.contexts) : problemReply(body.problem);
  }

  /** `POST /relay/v1/samples`: a batch of a relay that may speak for these environments. */
  takeOfRelay(mayFor: (environment: string) => boolean, request: HttpRequest): HttpReply {
    if (this.#isTooOften()) return problemReply(tooManyReports);
    const body = readBody(keptSamplesBody, request.body);
    if (!body.ok) return problemReply(body.problem);
    const { environment, contexts } = body.value;
    return mayFor(environment) ? this.#addAll(environment, contexts) : noContent;
  }

  #isTooOften(): boolean {
    const second = this.#now();
    second.reports++;
    return second.reports > REPORTS_PER_S_MAX;
  }

  #addAll(environment: string, contexts: readonly SampledContext[]): HttpReply {
    for (const context of contexts) this.#add(environment, context);
    return noContent;
  }

  /** A page asked for this context's answers. */
  page(environment: string, context: Context): void {
    if (Object.keys(this.#declared.attributes).length === 0) return;
    const second = this.#now();
    second.pages++;
    if (second.pages > PAGES_PER_S_MAX) return;
    const key = this.#keyOf(environment);
    if (key === undefined) return;
    this.#add(
      environment,
      sealContext(this.#pick(context), this.#declared.attributes, (text) => keyedDigest(key, text)),
    );
  }

  #now(): { at: number; reports: number; pages: number } {
    const at = Math.floor(this.#parts.world.clock.monotonicMs() / 1_000);
    if (at !== this.#second.at) this.#second = { at, reports: 0, pages: 0 };
    return this.#second;
  }

  #add(environment: string, given: SampledContext): void {
    const sample = onlyDeclared(given, this.#declared);
    if (sample === undefined || this.#isStopped) return;
    const content = canonicalJson(sample);
    const waiting = this.#waiting.get(environment) ?? new Map<string, SampledContext>();
    this.#waiting.set(environment, waiting);
    if (waiting.has(content)) return;
    if (this.#waitingCount >= WAITING_MAX) {
      this.#dropped++;
      return;
    }
    waiting.set(content, sample);
    this.#waitingCount++;
    this.#timer ??= this.#parts.world.timers.after(HAND_ON_AFTER_MS, () => this.#handOn());
  }

  #handOn(): void {
    this.#timer = undefined;
    const batches = [...this.#waiting].flatMap(([environment, contexts]) =>
      Array.from({ length: Math.ceil(contexts.size / SAMPLES_MAX) }, (_, at) => ({
        environment,
        contexts: [...contexts.values()].slice(at * SAMPLES_MAX, (at + 1) * SAMPLES_MAX),
      })),
    );
    this.#waiting.clear();
    this.#waitingCount = 0;
    for (const { environment, contexts } of batches)
      void this.#parts
        .to()
        .samples(environment, contexts)
        .then((taken) => {
          if (!taken) this.#dropped += contexts.length;
        });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }
}
