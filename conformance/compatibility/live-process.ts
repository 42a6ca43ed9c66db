// A process of the Node SDK that says what a flag answers, at first and after each change, until its standard input ends: what those of the other
// languages do (sdks/python/tests/live_process.py). It asks for nothing that the first SDK did not have.
import { createClient } from "@sluice/node";

const [, , flag = ""] = process.argv;
const client = createClient({ url: process.env["SLUICE_URL"] ?? "", key: process.env["SLUICE_SDK_KEY"] ?? "", service: "live" });
const say = (): void => {
  const { value, cause, reason } = client.getBooleanDetails(flag, false, { targetingKey: "ada" });
  process.stdout.write(`${JSON.stringify({ value, cause, reason })}\n`);
};
client.onChange(say);
await client.ready();
say();
process.stdin.once("end", () => void client.close());
process.stdin.resume();
