import { useState } from "react";
import { newCommand, Refused, send } from "./requests.ts";

/** A request whose answer is shown once, such as a link or a key. */
export interface AskFor<T> {
  readonly isBusy: boolean;
  readonly answer?: T;
  readonly problem?: Refused;
  readonly ask: (path: string, body: object) => Promise<void>;
  readonly forget: () => void;
}

/** Sends one at a time and keeps its answer until it is forgotten. */
export function useAskFor<T>(done: () => void): AskFor<T> {
  const [state, setState] = useState<Pick<AskFor<T>, "isBusy" | "answer" | "problem">>({ isBusy: false });
  return {
    ...state,
    ask: async (path, body) => {
      setState({ isBusy: true });
      try {
        setState({ isBusy: false, answer: await send<T>("POST", path, body) });
        done();
      } catch (error) {
        setState({ isBusy: false, problem: error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again.") });
      }
    },
    forget: () => setState({ isBusy: false }),
  };
}

/** The same with a command of its own, for what the log keeps. */
export const withCommand = (body: object): object => ({ command: newCommand(), ...body });
