import { customerHash } from "@sluice/evaluation";
import type { Decisions } from "@sluice/releases";
import type { RegisteredCustomer } from "@sluice/store";

/** A customer that a key belongs to. */
export interface FoundCustomer {
  readonly id: string;
  /** Absent where the registry has lost it, or where it was erased and comes back. */
  readonly registered?: RegisteredCustomer;
}

/** Which customer a key belongs to: registered, merged into another, or erased and coming back. */
export class CustomerIds {
  readonly #byKey = new Map<string, RegisteredCustomer>();
  readonly #byHash = new Map<string, string>();
  readonly #environments: readonly (readonly [environment: string, salt: string])[];

  constructor(decisions: Decisions, registry: readonly RegisteredCustomer[]) {
    for (const one of registry) for (const alias of one.aliases ?? []) this.#byKey.set(alias, one);
    for (const one of registry) this.#byKey.set(one.key, one);
    this.#environments = Object.entries(decisions.environments).map(([environment, { salt }]) => [environment, salt] as const);
    for (const [id, { hashes }] of decisions.gone.entriesSorted())
      for (const [environment, hash] of Object.entries(hashes)) this.#byHash.set(`${environment} ${hash}`, id);
  }

  find(key: string): FoundCustomer | undefined {
    const registered = this.#byKey.get(key);
    if (registered !== undefined) return { id: registered.id, registered };
    if (this.#byHash.size === 0) return undefined;
    // Who was erased had what its key has still: under its old id, pages go on saying so.
    for (const [environment, hash] of Object.entries(this.hashes(key))) {
      const id = this.#byHash.get(`${environment} ${hash}`);
      if (id !== undefined) return { id };
    }
    return undefined;
  }

  /** True for a customer of the log that has no row in the registry. */
  hasLost(id: string): boolean {
    return ![...this.#byKey.values()].some((registered) => registered.id === id);
  }

  /** What snapshots of each environment hold of a key. */
  readonly hashes = (key: string): Readonly<Record<string, string>> =>
    Object.fromEntries(this.#environments.map(([environment, salt]) => [environment, customerHash(salt, key)]));
}
