import { afterEach, expect, test } from "vitest";
import { closeOffices, DAY_ONE, HOUR, Office } from "../testing/office.ts";

afterEach(closeOffices);

const hold = (customers: readonly string[], hours: number, reason: string): object => ({
  environment: "production",
  customers,
  fromMs: DAY_ONE,
  untilMs: DAY_ONE + hours * HOUR,
  reason,
});

test("a hold says who placed it and why however much was decided since, until those words are erased", async () => {
  const office = await new Office().start();
  const { id } = (await office.ask("admin", "POST", "/api/holds", hold(["acme"], 30, "Payroll week"))).body;
  const { seq } = await office.store.head();
  for (let more = 0; more < 120; more += 1) await office.ask("admin", "POST", "/api/holds", hold(["bolt"], 40 + more, `Audit ${more}`));

  const told = { id, environment: "production", customers: ["acme"], fromMs: DAY_ONE, untilMs: DAY_ONE + 30 * HOUR, atMs: DAY_ONE };
  expect((await office.ask("auditor", "GET", "/api/holds?customer=acme")).body).toEqual({ holds: [{ ...told, who: "admin", reason: "Payroll week" }], of: 1 });
  const all = (await office.ask("auditor", "GET", "/api/holds")).body as { readonly holds: readonly { readonly reason: string }[]; readonly of: number };
  expect([all.of, all.holds.length, all.holds[0]?.reason, all.holds.at(-1)?.reason]).toEqual([121, 121, "Audit 119", "Payroll week"]);
  const calendar = (await office.ask("auditor", "GET", `/api/calendar?fromMs=${DAY_ONE}&untilMs=${DAY_ONE + HOUR}`)).body;
  expect(calendar["holds"]).toContainEqual({ ...told, who: "admin", reason: "Payroll week" });

  await office.store.erase(seq);
  expect((await office.ask("auditor", "GET", "/api/holds?customer=acme")).body["holds"]).toEqual([{ ...told, who: "admin" }]);
});
