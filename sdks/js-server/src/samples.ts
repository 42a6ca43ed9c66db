import { compilePick, type Context, type PickedContext, type SampledAttributes, sealContext } from "@sluice/evaluation";
import type { Timer, World } from "@sluice/ports";
import { keyedDigest } from "@sluice/ports/node";
import { requestTo, type ServerAddress } from "./server-address.ts";
import { parseRecord, readTerms, type SamplingTerms } from "./wire.ts";

/** Different contexts kept between two reports, and so sent with one: the server takes 100. */
const CONTEXTS_MAX = 100;
/** Characters of one context; the server takes 2,000. */
const CONTEXT_CHARS_MAX = 1_800;
/** Characters of the contexts of one report; the server reads 64 KiB. */
const REPORT_CHARS_MAX = 48_000;
/** Contexts that were sent are not sent again until there are so many, or half a day has gone. */
const SENT_MAX = 5_000;
const SENT_AGAIN_AFTER_MS = 12 * 3_600_000;
/** Every answer is looked at until so many were within one report's time, then every second one, every fourth one, and so on. */
const LOOKS_PER_STEP = 200;
/** Answers counted while nothing is sampled; a small integer, so that counting costs one decrement. */
const NOTHING_TO_LOOK_AT = 1 << 30;
/** After an answer that is none, the terms are not asked for again before that. */
const ASK_AGAIN_AFTER_MS = 30_000;
const REQUEST_MS_MAX = 2_000;
const REPLY_BYTES_MAX = 64 * 1024;

/** What was sampled in this process, in counts. */
export interface SampleCounts {
  /** Attributes that may leave this process now, by name; empty where nothing is sampled. */
  readonly attributes: readonly string[];
  /** Contexts that the server has taken. */
  readonly sent: number;
  /** Different contexts that had no room, were too large, or did not reach the server: no harm, and not tried again. */
  readonly dropped: number;
}

/** What a process may be asked for, whatever the server says. */
export interface SampleBounds {
  /** Undefined: whatever `sluice.yaml` declares. */
  readonly attributes: readonly string[] | undefined;
}

/**
 * Shows the server what contexts look like, as far as `sluice.yaml` declares it, so that a plan can count. Nothing else of a context is ever
 * written down; memory and bytes are fixed; whatever goes wrong, a sample is lost and nothing else.
 */
export class Samples {
  /** Counted down by each answer; at 0 the context is looked at. */
  countdown: number = NOTHING_TO_LOOK_AT;
  readonly #world: Pick<World, "clock" | "timers" | "random" | "http">;
  readonly #address: ServerAddress | undefined;
  readonly #bounds: SampleBounds;
  #id: string | undefined;
  #terms: SamplingTerms | undefined;
  #pick: ((context: Context) => PickedContext) | undefined;
  #isAsking = false;
  #askNotBeforeMs = 0;
  #isClosed = false;
  #timer: Timer | undefined;
  #lastSentMs: number | undefined;
  /** Picked contexts by their text. */
  readonly #kept = new Map<string, PickedContext>();
  readonly #sent = new Set<string>();
  #sentSinceMs = 0;
  #looks = 0;
  #step = 1;
  /** Different contexts since the last report. */
  #different = 0;
  #sentCount = 0;
  #dropped = 0;

  constructor(world: Pick<World, "clock" | "timers" | "random" | "http">, address: ServerAddress | undefined, bounds: SampleBounds) {
    this.#world = world;
    this.#address = address;
    this.#bounds = bounds;
  }

  get counts(): SampleCounts {
    return { attributes: Object.keys(this.#terms?.attributes ?? {}), sent: this.#sentCount, dropped: this.#dropped };
  }

  /** What a stream says: the id of the terms that are in force; `undefined` where nothing is sampled. */
  termsAre(id: string | undefined, jitterMs: number): void {
    if (id === this.#id || this.#isClosed || this.#address === undefined || this.#bounds.attributes?.length === 0) return;
    if (this.#terms !== undefined) this.#use(undefined);
    this.#id = undefined;
    if (id === undefined || this.#isAsking || this.#world.clock.monotonicMs() < this.#askNotBeforeMs) return;
    this.#id = id;
    this.#isAsking = true;
    this.#world.timers.after(this.#world.random.unit() * jitterMs, () => this.#ask(this.#address));
  }

  #ask(address: ServerAddress | undefined): void {
    if (address === undefined || this.#isClosed) return;
    this.#world.http.request(requestTo(address, "GET /sdk/v1/sampling", {}), { timeoutMs: REQUEST_MS_MAX, maxBytes: REPLY_BYTES_MAX }).then(
      ({ status, body }) => this.#asked(status === 200 ? readTerms(parseRecord(new TextDecoder().decode(body))) : undefined),
      () => this.#asked(undefined),
    );
  }

  /** Terms of another id than the newest one came too late; the next heartbeat asks again. */
  #asked(terms: SamplingTerms | undefined): void {
    this.#isAsking = false;
    if (terms !== undefined && terms.id === this.#id) return this.#use(terms);
    this.#id = undefined;
    if (terms === undefined) this.#askNotBeforeMs = this.#world.clock.monotonicMs() + ASK_AGAIN_AFTER_MS;
  }

  #use(terms: SamplingTerms | undefined): void {
    const { attributes: allowed } = this.#bounds;
    const named: SampledAttributes = Object.fromEntries(
      Object.entries(terms?.attributes ?? {}).filter(([path]) => allowed === undefined || allowed.includes(path)),
    );
    this.#terms = terms && { ...terms, attributes: named };
    this.#pick = terms && compilePick(named, terms.customer);
    this.#kept.clear();
    this.#sent.clear();
    this.#rest();
    this.countdown = terms === undefined ? NOTHING_TO_LOOK_AT : 1;
  }

  /** Another time begins. */
  #rest(): void {
    this.#looks = 0;
    this.#step = 1;
    this.#different = 0;
  }

  /** Looks at a context: called when `countdown` is 0. Never throws. */
  look(context: Context): void {
    if (this.#pick === undefined || this.#isClosed) {
      this.countdown = NOTHING_TO_LOOK_AT;
      return;
    }
    this.#looks++;
    if (this.#looks % LOOKS_PER_STEP === 0) this.#step = Math.min(this.#step * 2, NOTHING_TO_LOOK_AT);
    this.countdown = this.#step;
    try {
      this.#take(this.#pick(context));
    } catch {
      // A context belongs to the host: what cannot be read of it is not sampled.
      this.#dropped++;
    }
  }

  #take(picked: PickedContext): void {
    if (picked.length === 0) return;
    const text = JSON.stringify(picked);
    if (this.#kept.has(text) || this.#sent.has(text)) return;
    this.#different++;
    if (text.length > CONTEXT_CHARS_MAX) {
      this.#dropped++;
      return;
    }
    if (this.#kept.size >= CONTEXTS_MAX) {
      // Each different one is kept with the same chance (Vitter, algorithm R).
      this.#dropped++;
      const at = Math.floor(this.#world.random.unit() * this.#different);
      const out = at < CONTEXTS_MAX ? [...this.#kept.keys()][at] : undefined;
      if (out === undefined) return;
      this.#kept.delete(out);
    }
    this.#kept.set(text, picked);
    if (this.#timer === undefined) this.#plan();
  }

  /** The first report of many processes that start together is spread over the whole time between two. */
  #plan(): void {
    const { everyMs } = this.#terms ?? { everyMs: 0 };
    const waitMs =
      this.#lastSentMs === undefined ? this.#world.random.unit() * everyMs : Math.max(0, this.#lastSentMs + everyMs - this.#world.clock.monotonicMs());
    this.#timer = this.#world.timers.after(waitMs, () => {
      this.#timer = undefined;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    const [address, terms] = [this.#address, this.#terms];
    if (address === undefined || terms === undefined || this.#kept.size === 0) return;
    const nowMs = this.#world.clock.monotonicMs();
    this.#lastSentMs = nowMs;
    if (this.#sent.size >= SENT_MAX || nowMs - this.#sentSinceMs > SENT_AGAIN_AFTER_MS) {
      this.#sent.clear();
      this.#sentSinceMs = nowMs;
    }
    const contexts: string[] = [];
    let chars = 0;
    for (const [text, picked] of this.#kept) {
      const sealed = JSON.stringify(sealContext(picked, terms.attributes, (value) => keyedDigest(terms.key, value)));
      if (chars + sealed.length > REPORT_CHARS_MAX) {
        this.#dropped++;
        continue;
      }
      chars += sealed.length + 1;
      contexts.push(sealed);
      this.#sent.add(text);
    }
    this.#kept.clear();
    this.#rest();
    const request = requestTo(address, "POST /sdk/v1/samples", { "content-type": "application/json" }, `{"contexts":[${contexts.join(",")}]}`);
    const isTaken = await this.#world.http.request(request, { timeoutMs: REQUEST_MS_MAX, maxBytes: REPLY_BYTES_MAX }).then(
      ({ status }) => status < 300,
      () => false,
    );
    if (isTaken) this.#sentCount += contexts.length;
    else this.#dropped += contexts.length;
  }

  /** Sends what is left, so that a process that lives for seconds is heard of too; resolves within two seconds. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    this.#isClosed = true;
    await this.#send();
  }
}
