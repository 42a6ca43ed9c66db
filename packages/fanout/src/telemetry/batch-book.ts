/** Processes whose last batches are remembered; of the oldest a batch that is sent twice counts twice. */
const INSTANCES_MAX = 20_000;
/** Batches of one process that may overtake one another: on the way through another relay, one at a time. */
const RECENT_MAX = 32;

/** Which batches of which process were taken, so that one that comes twice, or on two ways, counts once. */
export class BatchBook {
  /** By environment and instance, the longest silent first; of each its newest numbers. */
  readonly #taken = new Map<string, readonly number[]>();

  /** True the first time. A process that began anew has another instance, so its batches begin at 1 without being taken for old ones. */
  isFirst(environment: string, { instance, batch }: { readonly instance: string; readonly batch: number }): boolean {
    const name = `${environment}\n${instance}`;
    const taken = this.#taken.get(name) ?? [];
    const newest = Math.max(batch, ...taken);
    if (batch <= newest - RECENT_MAX || taken.includes(batch)) return false;
    this.#taken.delete(name);
    this.#taken.set(
      name,
      [...taken, batch].filter((one) => one > newest - RECENT_MAX),
    );
    const oldest = this.#taken.keys().next().value;
    if (this.#taken.size > INSTANCES_MAX && oldest !== undefined) this.#taken.delete(oldest);
    return true;
  }
}
