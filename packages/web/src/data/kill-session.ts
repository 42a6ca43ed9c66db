import { useCallback, useEffect, useRef, useState } from "react";
import type { Killed, Receipt } from "./console-data.ts";
import { aimBody, type KillAim } from "./kill-aim.ts";
import type { KillSaid } from "./kill-terms.ts";
import { newCommand, Refused, send } from "./requests.ts";
import { untilAnswered } from "./sent-again.ts";

/** How often the receipt is asked for while processes are still missing. */
const RECEIPT_EVERY_MS = 250;
/** After this the page stops asking by itself; the list of kills in force still shows the count. */
const RECEIPT_FOR_MS = 10 * 60_000;
/** A kill that nobody answered is sent again, for longer than a process takes to be started again and a person to look away. */
const AGAIN = { everyMs: 1_000, forMs: 30_000, nowMs: () => performance.now() };
/** A kill is answered within milliseconds: one that was lost on its way is not waited for. */
const KILL_TIMEOUT_MS = 5_000;

/** A kill on its way: what is aimed at, and whether it had to be sent again. */
export interface Sending {
  /** As `keyOf` says it. */
  readonly key: string;
  readonly isAgain: boolean;
}

/** What is aimed at, and for whom, in one text. */
export const keyOf = ({ key, scope = {} }: KillAim, environment: string): string => `${environment}/${key}/${JSON.stringify(scope)}`;

export interface KillSession {
  readonly sending?: Sending;
  readonly killed?: Killed & { readonly aim: KillAim; readonly environment: string };
  readonly undone: boolean;
  readonly receipt?: Receipt;
  /** Why the kill, or its undo, was not taken. */
  readonly problem?: Refused;
  /** Why the receipt cannot be read now. */
  readonly receiptProblem?: Refused;
  readonly secondsToUndo: number;
  readonly kill: (aim: KillAim, environment: string, said: KillSaid) => Promise<void>;
  readonly undo: () => Promise<void>;
}

const refused = (error: unknown): Refused => (error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again."));

/** Where no server said what became of a kill, the command is kept for the next press. */
function refusedKill(error: unknown): Refused {
  const problem = refused(error);
  const { status, code } = problem;
  if (status !== 0 && code !== `status-${status}`) return problem;
  const fix = "Press again: it is the same kill. A kill also works from the command line: npx sluice kill";
  return new Refused(status, code, "Sluice did not answer: it is not known whether the kill was taken.", fix);
}

/** One kill from the press to its receipt and, within a minute, its undo. */
export function useKillSession(reload: () => Promise<void>): KillSession {
  const [state, setState] = useState<Omit<KillSession, "kill" | "undo" | "secondsToUndo">>({ undone: false });
  const [now, setNow] = useState(() => Date.now());
  // A press after a lost answer sends the same command: it cannot become two kills, nor an undo of what is undone.
  const commands = useRef(new Map<string, string>());
  const commandOf = (key: string): string => {
    const command = commands.current.get(key) ?? newCommand();
    commands.current.set(key, command);
    return command;
  };

  const kill = useCallback(
    async (aim: KillAim, environment: string, said: KillSaid) => {
      const key = keyOf(aim, environment);
      const body = { command: commandOf(key), environment, ...aimBody(aim), ...said };
      // Of two on their way the one that was pressed last is shown; the other goes on, and the list of kills has it.
      const tell = (next: typeof state): void => setState((before) => (before.sending?.key === key ? next : before));
      setState({ undone: false, sending: { key, isAgain: false } });
      try {
        const killed = await untilAnswered(
          () => send<Killed>("POST", "/api/kills", body, KILL_TIMEOUT_MS),
          () => tell({ undone: false, sending: { key, isAgain: true } }),
          AGAIN,
        );
        commands.current.delete(key);
        tell({ undone: false, killed: { ...killed, aim, environment } });
        void reload();
      } catch (error) {
        const problem = refusedKill(error);
        // It was taken and lifted since: nothing is killed, and only another press, which is another kill, says that it is to be.
        if (problem.code === "killLifted") commands.current.delete(key);
        tell({ undone: false, problem });
      }
    },
    [reload],
  );

  const { killed, undone } = state;
  const undo = useCallback(async () => {
    if (!killed) return;
    try {
      await send("POST", `/api/kills/${encodeURIComponent(killed.kill)}/undo`, { command: commandOf(`undo ${killed.kill}`) });
      setState(({ problem: _over, ...before }) => ({ ...before, undone: true }));
      void reload();
    } catch (error) {
      setState((before) => ({ ...before, problem: refused(error) }));
    }
  }, [killed, reload]);

  useEffect(() => {
    if (!killed || undone) return;
    let stopped = false;
    const began = Date.now();
    const ask = async (): Promise<void> => {
      try {
        const receipt = await send<Receipt>("GET", `/api/kills/${encodeURIComponent(killed.kill)}/receipt`);
        if (stopped) return;
        setState(({ receiptProblem: _over, ...before }) => ({ ...before, receipt }));
        if (receipt.done && receipt.of > 0) return;
      } catch (error) {
        if (!stopped) setState((before) => ({ ...before, receiptProblem: refused(error) }));
      }
      if (!stopped && Date.now() - began < RECEIPT_FOR_MS) setTimeout(() => void ask(), RECEIPT_EVERY_MS);
    };
    void ask();
    return () => {
      stopped = true;
    };
  }, [killed, undone]);

  useEffect(() => {
    if (!killed || undone) return;
    const tick = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(tick);
  }, [killed, undone]);

  const secondsToUndo = killed && !undone ? Math.max(0, Math.ceil((killed.undoUntilMs - now) / 1000)) : 0;
  return { ...state, kill, undo, secondsToUndo };
}
