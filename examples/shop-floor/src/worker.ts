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
    if (customer !== undefined && flags.getBoolean(REPORTS_DAILY_REPORT, false, contextOf(customer))) await makeReport(customer);
  }
}

async function makeReport(customer: Customer): Promise<void> {
  const at = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const body = JSON.stringify({ customer: customer.key, at, pages: 1 + Math.ceil(diary.length / 3) });
  try {
    const answer = await fetch(`${shop}/reports`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
      signal: AbortSignal.timeout(POST_MS_MAX),
    });
    await answer.arrayBuffer();
    hasPage = true;
  } catch (error) {
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
