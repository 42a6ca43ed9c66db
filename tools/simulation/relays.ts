import { type Environment, ENVIRONMENTS } from "./environments.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

/** The operator key of each relay's machine: it kills there with nobody behind the relay to ask. */
export const RELAY_OPERATOR_KEY = "slk_operator_simulated_relay_0123456789";
/** Relays stand in every second world, by the seed alone, so that the histories of the others are those that they would be without. */
const RELAYS_EVERY = 2;
/** Key pairs of RFC 8032, section 7.1, tests 2 and 3. */
const SECRETS = ["sls_TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs", "sls_xaqN9D-fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPc"];

/** Whether a door is a relay: else it is a server of the database. */
export const isRelay = (door: string): boolean => door.startsWith("relay");

/** A relay: the fan-out process without an API and without a store, on a disk of its own. */
export interface Relay {
  readonly process: SimulatedProcess;
  /** The server's door, or another relay's. */
  readonly above: string;
  readonly key: string;
  /** What it signs kills with. */
  readonly secret: string;
  readonly environments: readonly Environment[];
}

/** One relay of all environments, and, of two, one of production alone that stands beside the first or behind it. */
export function relaysOf(seed: number, scheduler: Scheduler, processOf: (name: string) => SimulatedProcess): readonly Relay[] {
  if (seed % RELAYS_EVERY !== 0) return [];
  const isSecond = scheduler.chance(0.5);
  const isBehind = scheduler.chance(0.5);
  return SECRETS.slice(0, isSecond ? 2 : 1).map((secret, at) => ({
    process: processOf(`relay${at}`),
    above: at > 0 && isBehind ? "relay0" : "fanout",
    key: `slr_simulated_relay_key_${at}`,
    secret,
    environments: at === 0 ? ENVIRONMENTS : ["production"],
  }));
}
