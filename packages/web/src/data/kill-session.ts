import { useCallback, useEffect, useRef, useState } from "react";
import type { Killed, Receipt } from "./console-data.ts";
import type { KillAim } from "./kill-aim.ts";
import { newCommand, Refused, send } from "./requests.ts";

/** How often the receipt is asked for while processes are still missing. */
const RECEIPT_EVERY_MS = 250;
/** After this the page stops asking by itself; the list of kills in force still shows the count. */
const RECEIPT_FOR_MS = 10 * 60_000;

export interface KillSession {
  readonly busy: boolean;
  readonly killed?: Killed & { readonly aim: KillAim; readonly environment: string };
  readonly undone: boolean;
  readonly receipt?: Receipt;
  readonly problem?: Refused;
  readonly secondsToUndo: number;
  readonly kill: (aim: KillAim, environment: string, reason: string) => Promise<void>;
  readonly undo: () => Promise<void>;
}

const refused = (error: unknown): Refused => (error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again."));

/** One kill from the press to its receipt and, within a minute, its undo. */
export function useKillSession(reload: () => Promise<void>): KillSession {
  const [state, setState] = useState<Omit<KillSession, "kill" | "undo" | "secondsToUndo">>({ busy: false, undone: false });
  const [now, setNow] = useState(() => Date.now());
  const command = useRef<{ key: string; id: string }>(undefined);

  const kill = useCallback(
    async (aim: KillAim, environment: string, reason: string) => {
      const key = `${environment}/${aim.key}`;
      // A press after a lost answer sends the same command: it cannot become two kills.
      if (command.current?.key !== key) command.current = { key, id: newCommand() };
      setState({ busy: true, undone: false });
      try {
        const killed = await send<Killed>("POST", "/api/kills", {
          command: command.current.id,
          environment,
          ...aim.body,
          ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
        });
        command.current = undefined;
        setState({ busy: false, undone: false, killed: { ...killed, aim, environment } });
        void reload();
      } catch (error) {
        const problem = refused(error);
        // It was taken and lifted since: nothing is killed, and only another press, which is another kill, says that it is to be.
        if (problem.code === "killLifted") command.current = undefined;
        setState({ busy: false, undone: false, problem });
      }
    },
    [reload],
  );

  const { killed, undone } = state;
  const undo = useCallback(async () => {
    if (!killed) return;
    try {
      await send("POST", `/api/kills/${encodeURIComponent(killed.kill)}/undo`, { command: newCommand() });
      setState((before) => ({ ...before, undone: true }));
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
        setState((before) => ({ ...before, receipt }));
        if (receipt.done && receipt.of > 0) return;
      } catch (error) {
        if (!stopped) setState((before) => ({ ...before, problem: refused(error) }));
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
