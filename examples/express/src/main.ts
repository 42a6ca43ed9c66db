import { createClient } from "@sluice/node";
import { join } from "node:path";
import { invoiceApp } from "./app.ts";

const flags = createClient({
  url: process.env["SLUICE_URL"] ?? "http://127.0.0.1:7070",
  key: process.env["SLUICE_SDK_KEY"] ?? "",
  environment: "production",
  service: "billing-web",
  version: "4.2.0",
  contextSecret: process.env["SLUICE_CONTEXT_SECRET"] ?? "",
});

// At most a second, whatever the server does.
await flags.ready();
const server = invoiceApp(flags, join(import.meta.dirname, "../dist")).listen(Number(process.env["PORT"] ?? 8080), "127.0.0.1");
process.once("SIGTERM", () => server.close(() => void flags.close()));
