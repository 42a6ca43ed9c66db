import type { BrowserClient, BrowserOptions } from "../client.ts";
import type { FlagKey } from "../flag-key.ts";
import { PageReports } from "./page-reports.ts";

/** What `track` says of an outcome: the flag that it is about, and whether it failed. */
export interface Tracked {
  readonly flag: FlagKey;
  readonly failed?: boolean;
}

/** A client that tells the server how things went in its page, and which flags it was asked for and has no answer of. */
export interface ReportingClient extends BrowserClient {
  /**
   * Says how something that a flag is about went for the page's person, such as `track("export", { flag: "billing.invoice-export", failed: true })`:
   * also when it went well, because a guard looks at shares. Counted by outcome and the variant that the page has, and sent as counts alone, within 5 to
   * 10 s or when the page is left. Whom it counts for the server reads from the page's signed token; without one, or of a flag without an answer, nothing is
   * counted.
   */
  track(outcome: string, about: Tracked): void;
}

/** Makes a client that reports, by the package's `createClient`: pages that do not want this load none of it. */
export function withReports(options: BrowserOptions, createClient: (options: BrowserOptions) => BrowserClient): ReportingClient {
  const reports = new PageReports(options);
  const client = createClient({ ...options, world: (page) => reports.watch(options.world?.(page) ?? page) });
  reports.begin((key) => client.getDetails(key));
  return {
    ...client,
    getBoolean: (key, fallback) => client.getBoolean(reports.asked(key), fallback),
    getString: (key, fallback) => client.getString(reports.asked(key), fallback),
    getNumber: (key, fallback) => client.getNumber(reports.asked(key), fallback),
    getObject: (key, fallback) => client.getObject(reports.asked(key), fallback),
    getDetails: (key) => client.getDetails(reports.asked(key)),
    track: (outcome, { flag, failed = false }) => reports.note(outcome, flag, failed ? "failed" : "ok"),
    close: () => {
      reports.close();
      client.close();
    },
  };
}
