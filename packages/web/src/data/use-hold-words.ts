import type { Cell } from "./release-data.ts";
import { useLog } from "./use-log.ts";

/** " by Jonas Weber: Payroll week" for a hold; nothing where it was placed too long ago, or erased. */
export type HoldWords = (hold: string) => string;

/** Who placed each of the newest holds, and why, as the log has it. */
export function useHoldWords(version: number): HoldWords {
  const { events } = useLog("kinds=holdPlaced", version);
  return (hold) => {
    const placed = events.find(({ facts }) => facts["hold"] === hold);
    const by = placed?.who === undefined ? "" : ` by ${placed.who}`;
    return placed?.personal?.reason === undefined ? by : `${by}: ${placed.personal.reason}`;
  };
}

/** The same of the holds that moved a customer's start. */
export const heldWords = ({ reasons }: Cell, words: HoldWords): string =>
  reasons
    .flatMap((reason) => (reason.kind === "moved" && reason.by.kind === "hold" ? [words(reason.by.hold)] : []))
    .filter((said) => said !== "")
    .map((said) => `; on hold${said}`)
    .join("");
