import { createClient } from "@sluice/node";

await using flags = createClient({
  url: process.env["SLUICE_URL"] ?? "http://127.0.0.1:7070",
  key: process.env["SLUICE_SDK_KEY"] ?? "",
  service: "billing-web",
  version: "4.2.0",
  cacheDir: ".cache/sluice",
});

await flags.ready();

const context = { targetingKey: "ada", email: "ada@acme-build.example", customer: "acme-build" };
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
if (flags.getBoolean("billing.invoice-export", false, context)) print("export is on");

flags.onChange(({ flags: keys, isKill }) => print(`${isKill ? "killed" : "changed"}: ${keys.join(", ")}`));
print(flags.explain("billing.invoice-export", context).join("\n"));
