import { useEffect, useState } from "react";
import type { DryMove } from "./release-data.ts";
import { Refused, send } from "./requests.ts";

/** What a move would do, or why it would be refused; neither while it is asked for. */
export interface AskedMove {
  readonly value?: DryMove;
  readonly problem?: Refused;
}

/** Asks what it would do to start a wave at `startAtMs`. `undefined`: nothing is asked. */
export function useDryMove(release: string, wave: number, startAtMs: number | undefined): AskedMove {
  const [asked, setAsked] = useState<AskedMove>({});
  useEffect(() => {
    setAsked({});
    if (startAtMs === undefined) return;
    let gone = false;
    send<DryMove>("POST", `/api/releases/${encodeURIComponent(release)}/move-wave/dry-run`, { wave, startAtMs }).then(
      (value) => !gone && setAsked({ value }),
      (error: unknown) => !gone && setAsked({ problem: error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again.") }),
    );
    return () => {
      gone = true;
    };
  }, [release, wave, startAtMs]);
  return asked;
}
