import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { createServer } from "node:http";
import { inMemoryClient } from "@sluice/node/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { invoiceApp } from "./app.ts";

const flags = inMemoryClient({ "billing.invoice-export": false });
const server = createServer(invoiceApp(flags, "."));
const invoices = async (): Promise<string> => (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/invoices`)).text();

beforeAll(() => once(server.listen(0, "127.0.0.1"), "listening"));
afterAll(() => server.close());

test("the export is there with the flag", async () => {
  expect(await invoices()).toBe("invoices");
  await flags.withFlag("billing.invoice-export", true, async () => {
    expect(await invoices()).toBe("invoices, and a button that exports them");
  });
});
