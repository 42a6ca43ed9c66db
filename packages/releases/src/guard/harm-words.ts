/** What a guard has seen, for a sentence. Shares are 0 to 1. */
export interface SeenHarm {
  /** What failed: the outcome's name. */
  readonly outcome: string;
  readonly before: number;
  readonly now: number;
  readonly harmed: number;
  readonly of: number;
}

const customers = (count: number): string => `${count} customer${count === 1 ? "" : "s"}`;

/** A share in percent, as exactly as its size asks for. */
export function percentWords(share: number): string {
  const percent = share * 100;
  return `${percent === 0 ? "0" : percent < 10 ? percent.toFixed(percent < 0.1 ? 2 : 1) : percent.toFixed(0)} %`;
}

/** “Failures of export rose from 0.8 % to 2.1 % for 3 of 38 customers.” */
export function harmWords({ outcome, before, now, harmed, of }: SeenHarm): string {
  const rose = before === 0 ? `are ${percentWords(now)}` : `rose from ${percentWords(before)} to ${percentWords(now)}`;
  const whom = harmed === of ? (of === 1 ? "the 1 customer" : `all ${customers(of)}`) : `${harmed} of ${customers(of)}`;
  return `Failures of ${outcome} ${rose} for ${whom} that ${of === 1 ? "has" : "have"} it.`;
}

/** “Its query was above 0.5 for 3 customers, up to 0.93.” */
export function queryWords({ above, most, harmed }: { readonly above: number; readonly most: number; readonly harmed: number | undefined }): string {
  const whom = harmed === undefined ? "" : ` for ${customers(harmed)}`;
  return `Its query was above ${above}${whom}, ${most === Infinity ? "without any bound" : `up to ${Number(most.toPrecision(3))}`}.`;
}
