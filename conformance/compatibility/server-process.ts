// A server of the tree that it lies in, at a repository of flags, until its standard input ends: `node server-process.ts <data> <repository>`.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { startSluice } from "../../faults/rig/running.ts";

const [, , data = "", source = ""] = process.argv;
const running = pathToFileURL(join(import.meta.dirname, "faults/rig/running.ts")).href;
const { startSluice: start } = (await import(running)) as { readonly startSluice: typeof startSluice };
const { url, sdkKey, supervised } = await start({ data, source, pollMs: 500, run: "sources" });
process.stdout.write(`${JSON.stringify({ url, sdkKey, operatorKey: supervised.operatorKey })}\n`);
process.stdin.once("end", () => void supervised.stop().then(() => process.exit(0)));
process.stdin.resume();
