import { onlyDeclared, SAMPLES_MAX, type SamplingDeclaration, samplingKey, type SamplingView } from "@sluice/contract";
import { canonicalJson, type SampledContext } from "@sluice/evaluation";
import type { Timer, World } from "@sluice/ports";
import { keyedDigest } from "@sluice/ports/node";
import type { SampleRow, Store } from "@sluice/store";
import type { Sampled } from "./sample-changes.ts";

/** Contexts kept of one environment: half a percent is a count of fifty, and a plan of a large change stays a matter of seconds. */
export const CONTEXTS_MAX = 10_000;
/** What is left once there are too many: room for some new ones before it is looked at again. */
const CONTEXTS_LEFT = 9_500;
/** A context that nobody has asked with for so long is forgotten. */
export const CONTEXT_DAYS = 30;
const DAY_MS = 86_400_000;
/** What comes within this time is written together. */
const WRITE_AFTER_MS = 2_000;

interface SampledContextsParts {
  readonly world: Pick<World, "clock" | "timers" | "log">;
  readonly store: Pick<Store, "sampledContexts" | "saveSampledContexts" | "eraseSampledContexts">;
  /** From the data folder. */
  readonly secret: string;
  /** As the adopted `sluice.yaml` says; undefined while it cannot be read: then nothing is taken, and nothing goes. */
  readonly declared: () => SamplingDeclaration | undefined;
}

/** One environment's contexts, as far as this process knows them. */
interface Known {
  /** Day last seen, by id. */
  readonly days: Map<string, number>;
  /** Rows that are not written yet, by id. */
  readonly waiting: Map<string, SampleRow>;
  /** Where some had to go, the largest id that stayed: what lies above it would go again. */
  limit: string | undefined;
}

/** As it is stored. `key` is told apart by the beginning of its own hash: hashes made with another key fit nothing. */
interface Stored extends SampledContext {
  readonly key: string;
}

/**
 * Contexts that applications ask with, as far as `sluice.yaml` declares them: for counting, never for serving. Of many different ones those with
 * the smallest ids stay; an id is a keyed hash, so that is a uniform sample of the different ones, the same in every process. Losing any is no error.
 */
export class SampledContexts {
  readonly #parts: SampledContextsParts;
  readonly #known = new Map<string, Promise<Known>>();
  readonly #keys = new Map<string, string>();
  #timer: Timer | undefined;
  /** What was declared, and the day, when each environment was last brought in line with it. */
  readonly #settled = new Map<string, string>();

  constructor(parts: SampledContextsParts) {
    this.#parts = parts;
  }

  /** Takes what was shown of contexts, at most `SAMPLES_MAX` at once; written within seconds. */
  async take(environment: string, contexts: readonly SampledContext[]): Promise<void> {
    const declared = this.#parts.declared();
    if (declared === undefined || Object.keys(declared.attributes).length === 0) return;
    const known = await this.#of(environment);
    const day = this.#today();
    for (const context of contexts) {
      const kept = onlyDeclared(context, declared);
      if (kept !== undefined) this.#keep(known, { ...this.#rowOf(environment, kept), day });
    }
    // Before it is full, so that the next batch finds room for all of it.
    if (known.days.size > CONTEXTS_MAX - SAMPLES_MAX) await this.#trim(environment, known);
    if (known.waiting.size > 0) this.#timer ??= this.#parts.world.timers.after(WRITE_AFTER_MS, () => void this.flush());
  }

  #keep({ days, waiting, limit }: Known, row: SampleRow): void {
    if (days.get(row.id) === row.day) return;
    if (limit !== undefined && row.id > limit && days.size >= CONTEXTS_LEFT) return;
    days.set(row.id, row.day);
    waiting.set(row.id, row);
  }

  #rowOf(environment: string, kept: SampledContext): Omit<SampleRow, "day"> {
    const key = this.#key(environment);
    const content = canonicalJson({ key: keyId(key), ...kept });
    return { id: keyedDigest(key, content), content };
  }

  async #trim(environment: string, known: Known): Promise<void> {
    const oldest = this.#today() - CONTEXT_DAYS;
    const byId = [...known.days].sort(([a], [b]) => (a < b ? -1 : 1));
    const young = byId.filter(([, day]) => day >= oldest);
    const stay = young.slice(0, CONTEXTS_LEFT);
    const kept = new Set(stay.map(([id]) => id));
    known.limit = young.length > stay.length ? stay.at(-1)?.[0] : undefined;
    await this.#forget(
      environment,
      known,
      byId.map(([id]) => id).filter((id) => !kept.has(id)),
    );
  }

  async #forget(environment: string, { days, waiting }: Known, ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      days.delete(id);
      waiting.delete(id);
    }
    await this.#quietly(() => this.#parts.store.eraseSampledContexts(environment, ids));
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const [environment, loading] of this.#known) {
      const known = await loading.catch(() => undefined);
      const rows = [...(known?.waiting.values() ?? [])];
      known?.waiting.clear();
      if (rows.length > 0) await this.#quietly(() => this.#parts.store.saveSampledContexts(environment, rows));
    }
  }

  /** Those of one environment that were seen within the last 30 days, as far as they are declared now; each different one once. */
  async of(environment: string): Promise<readonly SampledContext[]> {
    const declared = this.#parts.declared();
    if (declared === undefined) return [];
    await this.settle(environment);
    await this.flush();
    const oldest = this.#today() - CONTEXT_DAYS;
    const rows = (await this.#parts.store.sampledContexts(environment)).filter(({ day }) => day >= oldest).slice(0, CONTEXTS_MAX);
    return rows.flatMap(({ content }) => onlyDeclared(JSON.parse(content) as Stored, declared) ?? []);
  }

  /** What these rows come to by what is declared, by the id that each would have. */
  #asDeclared(environment: string, declared: SamplingDeclaration, rows: readonly SampleRow[]): ReadonlyMap<string, SampleRow> {
    const own = keyId(this.#key(environment));
    const found = new Map<string, SampleRow>();
    for (const { content, day } of rows) {
      const { key, ...sample } = JSON.parse(content) as Stored;
      const kept = key === own ? onlyDeclared(sample, declared) : undefined;
      if (kept === undefined) continue;
      const row = { ...this.#rowOf(environment, kept), day };
      if ((found.get(row.id)?.day ?? 0) < day) found.set(row.id, row);
    }
    return found;
  }

  /** Where something else is declared than before, what is not declared any more goes for good, and so does what is too old. */
  async settle(environment: string): Promise<void> {
    const declared = this.#parts.declared();
    if (declared === undefined) return;
    const state = canonicalJson({ attributes: declared.attributes, customer: declared.customer, today: this.#today() });
    if (this.#settled.get(environment) === state) return;
    await this.flush();
    const { store } = this.#parts;
    const rows = await store.sampledContexts(environment);
    const oldest = this.#today() - CONTEXT_DAYS;
    const wanted = this.#asDeclared(
      environment,
      declared,
      rows.filter(({ day }) => day >= oldest),
    );
    const had = new Map(rows.map(({ id, day }) => [id, day]));
    const fresh = [...wanted.values()].filter(({ id, day }) => had.get(id) !== day);
    const gone = rows.map(({ id }) => id).filter((id) => !wanted.has(id));
    if (fresh.length > 0) await store.saveSampledContexts(environment, fresh);
    if (gone.length > 0) await store.eraseSampledContexts(environment, gone);
    this.#known.delete(environment);
    this.#settled.set(environment, state);
  }

  get declared(): SamplingDeclaration | undefined {
    return this.#parts.declared();
  }

  /** What a plan counts in an environment; `undefined` where no context is kept. */
  async sampled(environment: string): Promise<Sampled | undefined> {
    const declared = this.#parts.declared();
    const contexts = await this.of(environment);
    const key = this.#key(environment);
    return declared === undefined || contexts.length === 0 ? undefined : { contexts, declared, digest: (text) => keyedDigest(key, text) };
  }

  #key(environment: string): string {
    const key = this.#keys.get(environment) ?? samplingKey(this.#parts.secret, environment, keyedDigest);
    this.#keys.set(environment, key);
    return key;
  }

  #today(): number {
    return Math.floor(this.#parts.world.clock.nowMs() / DAY_MS);
  }

  #of(environment: string): Promise<Known> {
    const known = this.#known.get(environment);
    if (known !== undefined) return known;
    const loading = this.#parts.store
      .sampledContexts(environment)
      .then((rows): Known => ({ days: new Map(rows.map(({ id, day }) => [id, day])), waiting: new Map(), limit: undefined }));
    this.#known.set(environment, loading);
    loading.catch(() => this.#known.delete(environment));
    return loading;
  }

  /** A store that does not take samples is in trouble with more than these. */
  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#parts.world.log.warn("samples.lost", { why: error instanceof Error ? error.message : String(error) });
    }
  }
}

/** What this server knows of the contexts that applications ask with; `samples` is absent where nothing is ever sampled. */
export async function samplingView(samples: SampledContexts | undefined, environments: readonly string[]): Promise<SamplingView> {
  const counted: SamplingView["environments"][number][] = [];
  for (const environment of environments) counted.push({ environment, contexts: (await samples?.of(environment))?.length ?? 0 });
  const attributes = Object.entries(samples?.declared?.attributes ?? {}).map(([path, how]) => ({ path, how }));
  return { attributes, environments: counted, contextsMax: CONTEXTS_MAX, days: CONTEXT_DAYS };
}

const KEY_ID_CHARS = 8;
const keyId = (key: string): string => keyedDigest(key, "sluice-sampling-key").slice(0, KEY_ID_CHARS);
