import { useState } from "react";
import { newCommand, Refused, send } from "./requests.ts";

/** A decision that a button makes: what it says while it is made, and why it was refused. */
export interface Act {
  readonly isBusy: boolean;
  readonly problem?: Refused;
  /** Sends it; the same command is sent again where the answer was lost. True when it was taken. */
  readonly run: (path: string, body: object) => Promise<boolean>;
}

/** Sends decisions one at a time and tells `done` after each that was taken. */
export function useAct(done: () => void): Act {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Refused>();
  const run = async (path: string, body: object): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    const command = newCommand();
    try {
      await send("POST", path, { command, ...body }).catch(async (error: unknown) => {
        // Nobody answered: it may have been taken. Asked again under the same command it has one effect.
        if (error instanceof Refused && error.status === 0) return send("POST", path, { command, ...body });
        throw error;
      });
      done();
      return true;
    } catch (error) {
      setProblem(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again."));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, run, ...(problem === undefined ? {} : { problem }) };
}
