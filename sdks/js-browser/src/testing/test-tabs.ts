import type { TabChannel, Tabs } from "../tabs/tabs.ts";

/** Tabs of one origin within a test, with locks that are given in the order of asking, as browsers do. */
export class TestTabs implements Tabs {
  readonly #queues = new Map<string, (() => void)[]>();
  readonly #channels = new Map<string, Set<(text: string) => void>>();

  /** Names somebody leads. */
  get led(): readonly string[] {
    return [...this.#queues.keys()];
  }

  get listeners(): number {
    return [...this.#channels.values()].reduce((sum, hearers) => sum + hearers.size, 0);
  }

  leadAtOnce = async (name: string, run: () => Promise<void>): Promise<boolean> => {
    if (this.#queues.has(name)) return false;
    await this.#hold(name, run);
    return true;
  };

  lead = async (name: string, signal: AbortSignal, run: () => Promise<void>): Promise<void> => {
    if (signal.aborted) throw signal.reason;
    const queue = this.#queues.get(name);
    if (queue !== undefined)
      await new Promise<void>((resolve, reject) => {
        queue.push(resolve);
        signal.addEventListener("abort", () => {
          if (queue.includes(resolve)) queue.splice(queue.indexOf(resolve), 1);
          reject(signal.reason);
        });
      });
    await this.#hold(name, run);
  };

  open = (name: string, hear: (text: string) => void): TabChannel => {
    const hearers = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, hearers);
    hearers.add(hear);
    return {
      say: (text) => {
        for (const other of hearers) if (other !== hear) other(text);
      },
      close: () => void hearers.delete(hear),
    };
  };

  async #hold(name: string, run: () => Promise<void>): Promise<void> {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    try {
      await run();
    } finally {
      const next = queue.shift();
      if (next === undefined) this.#queues.delete(name);
      else next();
    }
  }
}
