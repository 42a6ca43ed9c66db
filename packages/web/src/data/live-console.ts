import { useCallback, useEffect, useRef, useState } from "react";
import type { EnvironmentListing, FlagListing, Health, KillListing } from "./console-data.ts";
import { Refused, send } from "./requests.ts";

export interface ConsoleState {
  readonly environments: readonly EnvironmentListing[];
  readonly flags: readonly FlagListing[];
  readonly kills: readonly KillListing[];
  /** Grows with each decision that this console heard of. */
  readonly decided: number;
  readonly health?: Health;
  /** Whether the lists above were ever answered. */
  readonly isLoaded: boolean;
  /** Absent until it was tried, then whether the live connection stands. */
  readonly live?: boolean;
  /** Why the lists could not be asked for, the last time. */
  readonly problem?: Refused;
  /** Since when nobody answers, while nobody does. */
  readonly cutOffSinceMs?: number;
}

const nothing: ConsoleState = { environments: [], flags: [], kills: [], decided: 0, isLoaded: false };

/** Everything the list and kill pages show, kept current by the console stream; falls back to asking again every 5 s. */
export function useConsole(signedIn: boolean): { readonly state: ConsoleState; readonly reload: () => Promise<void> } {
  const [state, setState] = useState<ConsoleState>(nothing);
  const loading = useRef(false);
  const again = useRef(false);

  const reload = useCallback(async () => {
    if (loading.current) {
      again.current = true;
      return;
    }
    loading.current = true;
    try {
      do {
        again.current = false;
        const [environments, flags, kills, health] = await Promise.all([
          send<{ environments: readonly EnvironmentListing[] }>("GET", "/api/environments"),
          send<{ flags: readonly FlagListing[] }>("GET", "/api/flags"),
          send<{ kills: readonly KillListing[] }>("GET", "/api/kills"),
          fetchHealth(),
        ]);
        setState(({ problem: _problem, cutOffSinceMs: _since, ...before }) => ({
          ...before,
          ...environments,
          ...flags,
          ...kills,
          ...(health ? { health } : {}),
          isLoaded: true,
          // The first answer is no news: what pages ask for themselves is as new.
          decided: before.isLoaded ? before.decided + 1 : before.decided,
        }));
      } while (again.current);
    } catch (error) {
      const problem = error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Reload the page.");
      setState(({ cutOffSinceMs = Date.now(), ...before }) => ({ ...before, problem, ...(problem.status === 0 ? { cutOffSinceMs } : {}) }));
    } finally {
      loading.current = false;
    }
  }, []);

  useEffect(() => {
    if (!signedIn) return setState(nothing);
    void reload();
    const source = new EventSource("/api/console-stream");
    const changed = (): void => void reload();
    for (const name of ["flags", "kills", "environments"]) source.addEventListener(name, changed);
    // Health is told with each look at a source: it says nothing about what pages ask for themselves.
    source.addEventListener("health", () => void fetchHealth().then((health) => health && setState((before) => ({ ...before, health }))));
    source.addEventListener("open", () => setState((before) => ({ ...before, live: true })));
    source.addEventListener("error", () => {
      setState((before) => ({ ...before, live: false }));
      // Whether anybody still answers is told at once, not with the next look.
      changed();
    });
    const slow = setInterval(changed, 5_000);
    return () => {
      clearInterval(slow);
      source.close();
    };
  }, [signedIn, reload]);

  return { state, reload };
}

/** Health answers 503 with a body when something is wrong: that body is the point. */
async function fetchHealth(): Promise<Health | undefined> {
  try {
    const response = await fetch("/health", { headers: { accept: "application/json" } });
    return (await response.json()) as Health;
  } catch {
    return undefined;
  }
}
