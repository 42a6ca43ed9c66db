import type { Clock } from "@sluice/ports";

export const HOUR_MS: number = 60 * 60_000;
/** Alerts and requests that are remembered; the oldest are forgotten first, and then the log still knows the commands. */
const REMEMBERED_MAX = 10_000;

/**
 * What one process knows of alerts besides the log: which kill answered each, which signed requests were taken, and which kills of each trigger the
 * log may not have yet.
 * A restart forgets it and errs towards off: an alert that was covered by another's kill may then kill for itself.
 */
export class AlertMemory {
  readonly #clock: Clock;
  readonly #kills = new Map<string, string>();
  readonly #once = new Map<string, number>();
  /** By trigger: its kills of the last hour, and when each was made. */
  readonly #killedAtMs = new Map<string, Map<string, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The kill that answered an alert's command. */
  killOf(command: string): string | undefined {
    return this.#kills.get(command);
  }

  answered(command: string, kill: string): void {
    forgetOldest(this.#kills);
    this.#kills.set(command, kill);
  }

  isReplay(request: string): boolean {
    return (this.#once.get(request) ?? 0) > this.#clock.monotonicMs();
  }

  /** Remembered for as long as its signature would be good. */
  tookOnce(request: string, forMs: number): void {
    forgetOldest(this.#once);
    this.#once.set(request, this.#clock.monotonicMs() + forMs);
  }

  /** Whether a trigger has killed less than so often within the last hour, here or by what is `known` of it otherwise. At least once is always allowed. */
  mayKill({ name, perHour }: { readonly name: string; readonly perHour: number }, known: ReadonlySet<string>): boolean {
    const since = this.#clock.monotonicMs() - HOUR_MS;
    const recent = new Map([...(this.#killedAtMs.get(name) ?? [])].filter(([, atMs]) => atMs > since));
    this.#killedAtMs.set(name, recent);
    return new Set([...recent.keys(), ...known]).size < Math.max(1, perHour);
  }

  killed(trigger: string, kill: string): void {
    this.#killedAtMs.set(trigger, new Map(this.#killedAtMs.get(trigger)).set(kill, this.#clock.monotonicMs()));
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  const oldest = map.keys().next().value;
  if (map.size >= REMEMBERED_MAX && oldest !== undefined) map.delete(oldest);
}
