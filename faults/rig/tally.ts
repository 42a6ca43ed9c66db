import type { Row } from "./report.ts";

const REASONS_MAX = 20;

/** What a fault did, counted. `lost`: something acknowledged is not there. `wrong`: anything else that must never be. */
export class Tally {
  readonly name: string;
  rounds = 0;
  lost = 0;
  wrong = 0;
  /** Longest time in which something asked for was not yet answered. */
  unavailableMs = 0;
  /** The first of what was lost or wrong, in words. */
  readonly reasons: string[] = [];
  readonly #extra = new Map<string, Row>();

  constructor(name: string) {
    this.name = name;
  }

  lose(why: string): void {
    this.lost += 1;
    this.#tell(`lost: ${why}`);
  }

  fault(why: string): void {
    this.wrong += 1;
    this.#tell(`wrong: ${why}`);
  }

  #tell(reason: string): void {
    process.stderr.write(`${this.name}: ${reason}\n`);
    if (this.reasons.length < REASONS_MAX) this.reasons.push(reason);
  }

  /** Counts a fault unless it holds. */
  expect(holds: boolean, why: string): void {
    if (!holds) this.fault(why);
  }

  waited(ms: number): void {
    this.unavailableMs = Math.max(this.unavailableMs, ms);
  }

  /** One more figure, such as a latency beside its target. */
  also(key: string, value: number, target = ""): void {
    this.#extra.set(key, { key: `${this.name}.${key}`, value, target });
  }

  /** The same, where the largest of all rounds counts. */
  most(key: string, value: number, target = ""): void {
    this.also(key, Math.max(value, this.#extra.get(key)?.value ?? 0), target);
  }

  /** One more of what is counted under this key; how many there are by now. */
  count(key: string, target = ""): number {
    const value = (this.#extra.get(key)?.value ?? 0) + 1;
    this.also(key, value, target);
    return value;
  }

  get rows(): readonly Row[] {
    return [
      { key: `${this.name}.rounds`, value: this.rounds, target: "" },
      { key: `${this.name}.lost`, value: this.lost, target: "0" },
      { key: `${this.name}.wrong`, value: this.wrong, target: "0" },
      { key: `${this.name}.unavailableS`, value: this.unavailableMs / 1000, target: "" },
      ...this.#extra.values(),
    ];
  }
}

/** Waits for something that must come; whatever keeps it away is counted, not thrown. */
export async function mustCome(what: Promise<unknown>, onMiss: (why: string) => void): Promise<void> {
  try {
    await what;
  } catch (error) {
    onMiss(error instanceof Error ? error.message : String(error));
  }
}
