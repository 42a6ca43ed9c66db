// A process of an application that is guarded: it serves four customers again and again, and says how it went for each. With the feature, acme
// fails every third time; everything else fails once in fifty. Prints who has the feature whenever that changes. Ends with its standard input.
import { createClient } from "../../sdks/js-server/src/index.ts";

const FLAG = process.argv[2] ?? "";
const CUSTOMERS = ["acme", "bolt", "cara", "dune"];
const TURN_MS = 25;

const flags = createClient({ url: process.env["SLUICE_URL"] ?? "", key: process.env["SLUICE_SDK_KEY"] ?? "", service: "shop" });
await flags.ready();
let [turn, said] = [0, ""];
const timer = setInterval(() => {
  turn += 1;
  const having = CUSTOMERS.filter((customer) => {
    const has = flags.getBoolean(FLAG, false, { customer });
    const failed = has && customer === "acme" ? turn % 3 === 0 : turn % 50 === 0;
    flags.track("export", { customer }, { flag: FLAG, failed });
    return has;
  });
  const now = JSON.stringify({ having });
  if (now !== said) process.stdout.write(`${now}\n`);
  said = now;
}, TURN_MS);
process.stdin.on("end", () => {
  clearInterval(timer);
  void flags.close().then(() => process.exit(0));
});
process.stdin.resume();
