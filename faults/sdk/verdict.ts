const SLOT_MS = 30_000;
/** Waits are drawn evenly from a quarter of the longest up to the whole: their deviation is this part of their mean. */
const DEVIATION = 0.35;
/** One attempt asks for the stream, the flags and the urgent kills: requests come by as many, and so does chance. */
const REQUESTS_AN_ATTEMPT_MAX = 3;

/** How the clients of one language bore one fault. */
export class Verdict {
  readonly language: string;
  readonly fault: string;
  rounds = 0;
  lost = 0;
  wrong = 0;
  #looks = 0;
  #keptLooks = 0;
  #requests = 0;
  #countedMs = 0;
  #silent = 0;
  #recoveredMs: number[] = [];
  readonly #said = new Set<string>();

  constructor(language: string, fault: string) {
    this.language = language;
    this.fault = fault;
  }

  /** One look at what a client answers. */
  kept(holds: boolean, why: string): void {
    this.#looks += 1;
    if (holds) this.#keptLooks += 1;
    else this.#wrong(why);
  }

  expect(holds: boolean, why: string): void {
    if (!holds) this.#wrong(why);
  }

  lose(why: string): void {
    this.lost += 1;
    this.#say(`lost: ${why}`);
  }

  /** What a client asked in some time of the fault, in the protocol's milliseconds. */
  asked(requests: number, ms: number): void {
    this.#requests += requests;
    this.#countedMs += ms;
    if (requests > 0) return;
    this.#silent += 1;
    this.#wrong("a client has stopped trying");
  }

  recoveredAfter(ms: number): void {
    this.rounds += 1;
    this.#recoveredMs.push(ms);
  }

  /** Requests in 30 s on average; NaN where none were counted. */
  get per30s(): number {
    return this.#countedMs === 0 ? Number.NaN : (this.#requests / this.#countedMs) * SLOT_MS;
  }

  /** What may come by chance of waits that keep the average: three deviations of the sum of so many of them, and one attempt at an end. */
  get per30sMax(): number {
    const attempts = this.#countedMs / SLOT_MS / REQUESTS_AN_ATTEMPT_MAX;
    return 1 + (3 * DEVIATION * Math.sqrt(attempts) + 1) / attempts;
  }

  /** Whether anybody looked while the fault lasted. */
  get wasLookedAt(): boolean {
    return this.#looks > 0;
  }

  get isKept(): boolean {
    return this.#looks > 0 && this.#keptLooks === this.#looks;
  }

  get keepsTrying(): boolean {
    return this.#silent === 0;
  }

  /** Longest, in seconds of the protocol's time; NaN where none recovered. */
  get recoveredS(): number {
    return this.#recoveredMs.length === 0 ? Number.NaN : Math.max(...this.#recoveredMs) / 1000;
  }

  /** Judges the rate; the last thing to be called. */
  settle(): void {
    if (this.per30s > this.per30sMax) this.#wrong(`${this.per30s.toFixed(2)} requests in 30 s on average, where chance allows ${this.per30sMax.toFixed(2)}`);
  }

  #wrong(why: string): void {
    this.wrong += 1;
    this.#say(`wrong: ${why}`);
  }

  /** Each kind of finding once: a client that lost its flags loses them at each look. */
  #say(why: string): void {
    const kind = why.replaceAll(/\d+/g, "n");
    if (this.#said.has(kind)) return;
    this.#said.add(kind);
    process.stderr.write(`${this.language}, ${this.fault}: ${why}\n`);
  }
}
