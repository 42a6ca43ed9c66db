import { useCallback, useEffect, useRef, useState } from "react";
import type { LoggedDecision } from "./decision-sentence.ts";
import { Refused, send } from "./requests.ts";

/** One event with what an auditor wants beside the sentence. */
export interface AuditedDecision extends LoggedDecision {
  readonly who?: string;
  readonly hash?: string;
  readonly command?: string;
}

interface Answer {
  readonly events: readonly AuditedDecision[];
  readonly lookedBackTo?: number;
}

/** The log as far as it was looked at, newest first. */
export interface AuditLog {
  readonly events: readonly AuditedDecision[];
  /** Absent before the first answer; 0 when the whole log was looked at. */
  readonly lookedBackTo?: number;
  readonly isBusy: boolean;
  readonly problem?: Refused;
  /** Looks further back. */
  readonly more: () => void;
}

const PAGE = 100;
type State = Omit<AuditLog, "more">;

/** Decisions that fit `filter` (a query string), read again from the newest when `version` grows. */
export function useLog(filter: string, version: number): AuditLog {
  const [state, setState] = useState<State>({ events: [], isBusy: true });
  const asking = useRef("");
  const ask = useCallback(
    async (before: number | undefined): Promise<void> => {
      const query = `limit=${PAGE}${filter === "" ? "" : `&${filter}`}${before === undefined ? "" : `&before=${before}`}`;
      asking.current = query;
      try {
        const { events, lookedBackTo } = await send<Answer>("GET", `/api/events?${query}`);
        if (asking.current !== query) return;
        const newest = events.toReversed();
        setState((now) => ({ events: before === undefined ? newest : [...now.events, ...newest], lookedBackTo: lookedBackTo ?? 0, isBusy: false }));
      } catch (error) {
        if (asking.current !== query) return;
        const problem = error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Reload the page.");
        setState((now) => ({ ...now, problem, isBusy: false }));
      }
    },
    [filter],
  );
  const depth = useRef(0);
  depth.current = state.events.length;
  useEffect(() => {
    // Whoever has looked further back is not thrown forward by what is decided meanwhile.
    if (depth.current <= PAGE) void ask(undefined);
  }, [ask, version]);
  useEffect(() => setState({ events: [], isBusy: true }), [filter]);
  const { lookedBackTo } = state;
  return {
    ...state,
    more: () => {
      if (lookedBackTo === undefined || lookedBackTo === 0) return;
      setState(({ problem: _problem, ...now }) => ({ ...now, isBusy: true }));
      void ask(lookedBackTo + 1);
    },
  };
}
