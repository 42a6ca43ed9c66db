import type { Log } from "@sluice/ports";

/** The host's log as the SDK calls it: what it throws is lost, because there is nowhere else to say it, and harms nobody. */
export function hostLog(log: Log): Log {
  const guarded =
    (level: keyof Log) =>
    (...said: Parameters<Log["warn"]>): void => {
      try {
        log[level](...said);
      } catch {
        // An answer, and the connection that kills come by, must not end with it.
      }
    };
  return { info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}
