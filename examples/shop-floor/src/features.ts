import type { Context, SluiceClient } from "@sluice/node";
import type { Customer } from "./customers.ts";

/** What one person at one customer gets on the board. The rest of the application knows these names and no flags. */
export interface Features {
  readonly weatherStrip: boolean;
  readonly photoPins: boolean;
  readonly voiceNotes: boolean;
  readonly invoiceExport: boolean;
  readonly dailyReport: boolean;
  readonly headline: string;
}

/** Everything a decision may depend on: the person, and the company they work for. */
export function contextOf(customer: Customer): Context {
  return {
    targetingKey: `${customer.key}/${customer.manager}`,
    customer: customer.key,
    plan: customer.plan,
    country: customer.country,
  };
}

/** Asks for all features of one page at once. The defaults are what the page shows when no flags were ever received. */
export function featuresFor(flags: SluiceClient, customer: Customer): Features {
  const context = contextOf(customer);
  return {
    weatherStrip: flags.getBoolean("diary.weather-strip", false, context),
    photoPins: flags.getBoolean("diary.photo-pins", false, context),
    voiceNotes: flags.getBoolean("diary.voice-notes", false, context),
    invoiceExport: flags.getBoolean("billing.invoice-export", false, context),
    dailyReport: flags.getBoolean("reports.daily-report", false, context),
    headline: flags.getString("diary.headline", "plain", context),
  };
}
