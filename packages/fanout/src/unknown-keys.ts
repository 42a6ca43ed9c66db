import { nearestNames } from "@sluice/evaluation";
import type { Clock } from "@sluice/ports";

/** Keys remembered: the mistakes of a whole company, and a bound on what a broken SDK can fill. */
const KEYS_MAX = 200;
/** Keys among them that pages alone ask for: whoever has a page's token must not push out what servers ask for. */
const OF_PAGES_MAX = 50;
/** A mistake that nobody made for a day is mended. */
const FORGET_AFTER_MS = 24 * 3_600_000;
/** Names offered for one key. */
const NEAREST_MAX = 3;

/** A flag that was asked for and is not defined, as people see it. */
export interface UnknownKey {
  readonly environment: string;
  readonly key: string;
  readonly lastMs: number;
  /** How often its default was answered since it was first asked for, as far as processes have told: within a minute. */
  readonly count: number;
  /** The application that asked last, as its SDK was configured. */
  readonly service?: string;
  readonly version?: string;
  /** Flags with nearly that name. */
  readonly nearest: readonly string[];
}

type Asked = Omit<UnknownKey, "nearest">;

interface Asking {
  readonly by: { readonly service?: string; readonly version?: string };
  readonly count: number;
  readonly isOfPages?: boolean;
}

/** Flags that applications ask for and nobody has defined: a slip of a letter, or a file that is not merged yet. */
export class UnknownKeys {
  readonly #clock: Clock;
  /** By environment and key, the longest silent first. */
  readonly #asked = new Map<string, Asked>();
  /** Those of them that only pages have asked for, the longest silent first. */
  readonly #ofPages = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A process asked for it: the first time (`count` 0), or so many times more. What a process is, its stream said; `isOfPages`: it was a page. */
  note(environment: string, key: string, { by, count, isOfPages = false }: Asking): void {
    const place = `${environment}\n${key}`;
    const lastMs = this.#clock.nowMs();
    const known = this.#asked.get(place);
    const before = known === undefined || known.lastMs < lastMs - FORGET_AFTER_MS ? 0 : known.count;
    this.#asked.delete(place);
    const service = by.service === undefined ? {} : { service: by.service };
    this.#asked.set(place, { environment, key, lastMs, count: before + count, ...service, ...(by.version === undefined ? {} : { version: by.version }) });
    const wasOfPages = this.#ofPages.delete(place);
    if (isOfPages && (known === undefined || wasOfPages)) this.#ofPages.add(place);
    if (this.#ofPages.size > OF_PAGES_MAX) this.#forget(this.#ofPages.keys().next().value);
    if (this.#asked.size > KEYS_MAX) this.#forget(this.#asked.keys().next().value);
  }

  #forget(place: string | undefined): void {
    if (place === undefined) return;
    this.#asked.delete(place);
    this.#ofPages.delete(place);
  }

  /** Those that are still not among the flags that are served, the newest first. */
  list(flagsOf: (environment: string) => readonly string[]): readonly UnknownKey[] {
    const since = this.#clock.nowMs() - FORGET_AFTER_MS;
    return [...this.#asked.values()].toReversed().flatMap((asked): UnknownKey[] => {
      const flags = flagsOf(asked.environment);
      return asked.lastMs < since || flags.includes(asked.key) ? [] : [{ ...asked, nearest: nearestNames(asked.key, flags, NEAREST_MAX) }];
    });
  }
}
