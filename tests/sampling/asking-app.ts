// An application of its own: asks for every flag with every context of a file, prints the answers as JSON, and ends as applications do.
// Arguments: the file with the contexts, then the flags' keys, of which the first is counted by customer. SLUICE_URL and SLUICE_SDK_KEY say where the server is.
import { readFileSync } from "node:fs";
import { createClient } from "@sluice/node";

const [file = "", ...flags] = process.argv.slice(2);
const contexts = JSON.parse(readFileSync(file, "utf8")) as readonly Readonly<Record<string, unknown>>[];
const client = createClient({
  url: process.env["SLUICE_URL"] ?? "",
  key: process.env["SLUICE_SDK_KEY"] ?? "",
  service: "asking",
  waitMs: 20_000,
  countCustomersOf: flags.slice(0, 1),
});
await client.ready();
/** The terms come with a heartbeat: each 5 s. */
for (let tries = 0; tries < 600 && client.samples.attributes.length === 0; tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
const answers = flags.map((flag) => contexts.map((context) => client.getBoolean(flag, false, context)));
await client.close();
process.stdout.write(`${JSON.stringify({ answers, samples: client.samples })}\n`);
