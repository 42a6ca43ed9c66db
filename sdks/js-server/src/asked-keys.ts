/** Keys sent with one confirm (docs/protocol.md). */
const KEYS_PER_CONFIRM_MAX = 500;
/** JSON bytes of the keys of one confirm, so that the body stays well below the server's 16 KiB. */
const KEY_BYTES_PER_CONFIRM_MAX = 10_000;
/** Different keys noted in one process. A host that makes keys up from data must not grow this for ever. */
const KEYS_MAX = 10_000;
/** A longer text is no flag key: it is answered, but not reported. */
const KEY_CHARS_MAX = 200;

/** Keys taken for one confirm. */
export interface TakenKeys {
  readonly asked: readonly string[];
  readonly unknown: readonly string[];
}

/** Which flags this process asks for: each key is reported once, known or unknown. */
export class AskedKeys {
  readonly #noted = new Set<string>();
  #asked: string[] = [];
  #unknown: string[] = [];

  /** True once a key was noted, or where nothing more is noted: the cheap question on the way of every evaluation. */
  has(key: string): boolean {
    return this.#noted.has(key) || this.#noted.size >= KEYS_MAX;
  }

  /** Notes a key for the next confirm. */
  note(key: string, isKnown: boolean): void {
    if (this.has(key) || key.length > KEY_CHARS_MAX) return;
    this.#noted.add(key);
    (isKnown ? this.#asked : this.#unknown).push(key);
  }

  get isEmpty(): boolean {
    return this.#asked.length === 0 && this.#unknown.length === 0;
  }

  /** The next keys to send, oldest first. They stay until `sent`. */
  peek(): TakenKeys {
    const encoder = new TextEncoder();
    let bytes = 0;
    const fits = (key: string): boolean => {
      bytes += encoder.encode(JSON.stringify(key)).length + 1;
      return bytes <= KEY_BYTES_PER_CONFIRM_MAX;
    };
    const unknown = takeWhile(this.#unknown, fits);
    return { unknown, asked: takeWhile(this.#asked, fits) };
  }

  /** Forgets what `peek` gave, once the server has it. */
  sent(taken: TakenKeys): void {
    this.#asked = this.#asked.slice(taken.asked.length);
    this.#unknown = this.#unknown.slice(taken.unknown.length);
  }
}

function takeWhile(keys: readonly string[], fits: (key: string) => boolean): readonly string[] {
  const end = keys.findIndex((key, at) => at >= KEYS_PER_CONFIRM_MAX || !fits(key));
  return end < 0 ? keys.slice() : keys.slice(0, end);
}
