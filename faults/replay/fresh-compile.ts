// `node fresh-compile.ts STORE ENVIRONMENT`: compiles the environment from the log alone and prints the SHA-256 of its bytes.
import { createHash } from "node:crypto";
import { encodeSnapshot } from "@sluice/evaluation";
import { foldEvents, type LoggedEvent } from "@sluice/releases";
import { DefinitionTexts } from "@sluice/server";
import { compileFromLog } from "@sluice/snapshot";
import { openStore } from "@sluice/store";

const [url = "", environment = ""] = process.argv.slice(2);
const store = await openStore(url);
const events: LoggedEvent[] = [];
for (;;) {
  const more = await store.read(events.length, 10_000);
  events.push(...more);
  if (more.length < 10_000) break;
}
const texts = new DefinitionTexts(store);
await texts.needAll(events, foldEvents(events));
const { snapshot } = compileFromLog(events, environment, texts.read);
console.log(snapshot === undefined ? "nothing" : createHash("sha256").update(encodeSnapshot(snapshot)).digest("hex"));
await store.close();
