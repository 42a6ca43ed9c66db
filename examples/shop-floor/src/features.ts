import type { Context, SluiceClient } from "@sluice/node";
import type { Customer } from "./customers.ts";
import { BILLING_INVOICE_EXPORT, DIARY_HEADLINE, DIARY_PHOTO_PINS, DIARY_VOICE_NOTES, DIARY_WEATHER_STRIP, REPORTS_DAILY_REPORT } from "./flags.ts";

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
    weatherStrip: flags.getBoolean(DIARY_WEATHER_STRIP, false, context),
    photoPins: flags.getBoolean(DIARY_PHOTO_PINS, false, context),
    voiceNotes: flags.getBoolean(DIARY_VOICE_NOTES, false, context),
    invoiceExport: flags.getBoolean(BILLING_INVOICE_EXPORT, false, context),
    dailyReport: flags.getBoolean(REPORTS_DAILY_REPORT, false, context),
    headline: flags.getString(DIARY_HEADLINE, "plain", context),
  };
}
