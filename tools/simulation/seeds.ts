import { violations } from "./checks.ts";
import { Scenario, WORLD_ENDS_MS } from "./scenario.ts";

/** What one seed came to. */
export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly fingerprint: string;
  readonly events: number;
  readonly acked: number;
  readonly swaps: number;
}

export const SIMULATED_MS_PER_SEED: number = WORLD_ENDS_MS;

/** Plays one history and checks it. A promise that nobody handled is a violation like any other. */
export async function playSeed(seed: number): Promise<SeedResult> {
  const scenario = new Scenario(seed);
  const unhandled = (error: unknown): void =>
    void scenario.world.problems.push(`unhandled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.on("unhandledRejection", unhandled);
  process.on("uncaughtException", unhandled);
  try {
    await scenario.run();
    const found = await violations(scenario);
    return {
      seed,
      violations: found,
      fingerprint: scenario.world.fingerprint,
      events: scenario.world.scheduler.events,
      acked: scenario.asks.filter((ask) => ask.acked).length,
      swaps: scenario.world.observations.length,
    };
  } finally {
    process.off("unhandledRejection", unhandled);
    process.off("uncaughtException", unhandled);
  }
}
