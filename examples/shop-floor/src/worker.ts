import { createClient } from "@sluice/node";
import { customers, type Customer } from "./customers.ts";
import { contextOf } from "./features.ts";
import { diary } from "./site-day.ts";
import { REPORTS_BATCH_SIZE, REPORTS_DAILY_REPORT } from "./flags.ts";

/** How long the worker rests between two rounds; short, so that a demo shows what a change does. */
const ROUND_MS = 10_000;
const POST_MS_MAX = 2_000;

const flags = createClient({
  url: process.env["SLUICE_URL"] ?? "http://127.0.0.1:7420",
  key: process.env["SLUICE_SDK_KEY"] ?? "",
  service: "plumbline-worker",
  version: "2.4.1",
});
const shop = process.env["SHOP_URL"] ?? `http://127.0.0.1:${process.env["PORT"] ?? "7430"}`;
let next = 0;
let hasPage = true;

/** Makes the reports of one round: as many customers as the operators allow, the others in the next rounds. */
async function makeReports(): Promise<void> {
  const batch = Math.max(0, Math.min(customers.length, Math.floor(flags.getNumber(REPORTS_BATCH_SIZE, customers.length))));
  for (let made = 0; made < batch; made += 1) {
    const customer = customers[next % customers.length];
    next += 1;
    if (customer === undefined) continue;
    // Who does not have the daily report has the one page of before, which no board shows.
    const isDaily = flags.getBoolean(REPORTS_DAILY_REPORT, false, contextOf(customer));
    await makeReport(customer, isDaily ? 1 + Math.ceil(diary.length / 3) : 1);
  }
}

/** What the guard of the daily report watches: whether a report that was made came through, the new one and the one of before. */
const DELIVERY = "report-delivery";
const note = (customer: Customer, { failed }: { readonly failed: boolean }): void =>
  flags.track(DELIVERY, contextOf(customer), { flag: REPORTS_DAILY_REPORT, failed });

async function makeReport(customer: Customer, pages: number): Promise<void> {
  const at = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const body = JSON.stringify({ customer: customer.key, at, pages });
  try {
    const answer = await fetch(`${shop}/reports`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
      signal: AbortSignal.timeout(POST_MS_MAX),
    });
    await answer.arrayBuffer();
    note(customer, { failed: !answer.ok });
    hasPage = true;
  } catch (error) {
    // Where nobody listens nothing was tried; where somebody did and never answered, the report is lost.
    if (error instanceof DOMException) note(customer, { failed: true });
    // The pages may start later than the worker, or restart: said once, and the next round brings the reports.
    if (hasPage) process.stderr.write(`plumbline-worker: ${shop} does not take reports: ${error instanceof Error ? error.message : String(error)}\n`);
    hasPage = false;
  }
}

await flags.ready();
process.stdout.write("Plumbline's worker makes daily reports\n");
let timer: NodeJS.Timeout | undefined;
let isEnding = false;
async function round(): Promise<void> {
  await makeReports();
  if (!isEnding) timer = setTimeout(() => void round(), ROUND_MS);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    isEnding = true;
    clearTimeout(timer);
    void flags.close();
  });
}
void round();
