import { useRef, useState } from "react";
import type { CustomersImport } from "./release-data.ts";
import { asBase64 } from "./read-file.ts";
import { newCommand, Refused, send } from "./requests.ts";

/** A list on its way in: chosen, looked at, imported. */
export interface CustomerImport {
  readonly file?: File;
  readonly isBusy: boolean;
  /** What it would change, or has. */
  readonly outcome?: CustomersImport;
  readonly problem?: Refused;
  /** Looks at a file: nothing is changed. */
  readonly choose: (file: File) => void;
  /** Looks at the same file again, as it is now. */
  readonly again: () => void;
  /** Imports exactly what was shown; refused where the customers have changed since. */
  readonly apply: () => void;
}

type State = Pick<CustomerImport, "file" | "isBusy" | "outcome" | "problem">;

export function useImport(): CustomerImport {
  const [state, setState] = useState<State>({ isBusy: false });
  const latest = useRef(0);
  const run = async (file: File, more: { readonly dryRun: boolean; readonly hash?: string }): Promise<void> => {
    const mine = ++latest.current;
    const settle = (next: Partial<State>): void => {
      if (mine === latest.current) setState(({ outcome }) => ({ file, isBusy: false, ...(more.dryRun || outcome === undefined ? {} : { outcome }), ...next }));
    };
    setState(({ outcome }) => ({ file, isBusy: true, ...(more.dryRun || outcome === undefined ? {} : { outcome }) }));
    const base64 = await asBase64(file);
    if (base64 === undefined)
      return settle({ problem: new Refused(0, "fileNotRead", `${file.name} could not be read.`, "Choose it again; a list has a few megabytes at most.") });
    try {
      settle({ outcome: await send<CustomersImport>("POST", "/api/customers/import", { command: newCommand(), base64, ...more }) });
    } catch (error) {
      settle({ problem: error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again.") });
    }
  };
  const { file, outcome } = state;
  return {
    ...state,
    choose: (chosen) => void run(chosen, { dryRun: true }),
    again: () => file && void run(file, { dryRun: true }),
    apply: () => file && outcome && void run(file, { dryRun: false, hash: outcome.hash }),
  };
}
