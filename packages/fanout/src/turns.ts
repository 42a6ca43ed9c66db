/** What one of those who ask may have waiting: a script that kills all flags of a large company at once. */
const OF_ONE_MAX = 1_000;
/** What all may have waiting together. Whoever has nothing waiting comes in all the same: there are as many as there are accounts. */
const WAITING_MAX = 5_000;

/**
 * One thing at a time. Of those who wait, whoever was served longest ago comes next, and of one only its own are in order: a script with a
 * thousand kills waiting costs a person the time of one of them.
 */
export class Turns {
  /** By who asks, in the order in which they are served. */
  readonly #waiting = new Map<string, (() => Promise<void>)[]>();
  #count = 0;
  #isRunning = false;

  /** `undefined` where too much waits already: nothing is done then. Rejects with what `work` rejects with. */
  take<T>(who: string, work: () => Promise<T>): Promise<T> | undefined {
    const mine = this.#waiting.get(who) ?? [];
    if (mine.length >= OF_ONE_MAX || (mine.length > 0 && this.#count >= WAITING_MAX)) return undefined;
    const done = new Promise<T>((resolve, reject) => {
      mine.push(() => work().then(resolve, reject));
    });
    this.#waiting.set(who, mine);
    this.#count += 1;
    if (!this.#isRunning) void this.#run();
    return done;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // What was asked for in this moment is there before the first is chosen.
    await Promise.resolve();
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      const [who, mine] = first;
      const next = mine.shift();
      this.#waiting.delete(who);
      if (mine.length > 0) this.#waiting.set(who, mine);
      this.#count -= 1;
      await next?.();
    }
    this.#isRunning = false;
  }
}
