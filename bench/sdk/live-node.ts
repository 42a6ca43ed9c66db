// A Node process that says what a flag answers once it is ready: `bench sdk` times it, as it does the programs of the other languages.
import { createClient } from "../../sdks/js-server/src/index.ts";

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const { SLUICE_URL: url = "", SLUICE_SDK_KEY: key = "" } = process.env;
const client = createClient({ url, key, service: "node-live", waitMs: 30_000, log: quiet });
await client.ready();
console.log(JSON.stringify({ value: client.getBoolean(process.argv[2] ?? "", false, { targetingKey: "ada" }) }));
process.stdin.resume().once("end", () => void client.close().then(() => process.exit(0)));
