// What `npm start` runs: Sluice on the embedded store, and the demo company's shop floor beside it.
import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeLog } from "@sluice/ports/node";
import { makeDataFolder, supervise, type Supervised } from "@sluice/server";
import { openStore } from "@sluice/store";
import { writeDemoLinks, writeDemoPeople } from "./demo-people.ts";
import { readDecisions, writeDemoReleases } from "./demo-releases.ts";
import { makeDemoRepository } from "./demo-repository.ts";
import { findEntries } from "./entries.ts";

const options = new Map<string, string>();
for (let index = 2; index < process.argv.length; index += 2) options.set((process.argv[index] ?? "").replace(/^--/, ""), process.argv[index + 1] ?? "");
const port = Number(options.get("port") ?? 7420);
const shopPort = Number(options.get("shop-port") ?? 7430);
const data = resolve(options.get("data") ?? ".sluice");
/** One-time links for the demo company's people. */
const links = join(data, "demo-people.txt");

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const log = nodeLog({ json: false, name: "sluice", minimum: process.env["SLUICE_VERBOSE"] === "1" ? "info" : "warn" });

/** Ends a process of the shop floor when this one is gone, in whatever way: an orphan would keep the port from the next start. */
const END_WITH_PARENT = 'data:text/javascript,process.once("disconnect", () => process.exit()); process.channel?.unref()';

/** The shop floor's two processes; each ends with this one. */
function startShop(sluice: Supervised): readonly ChildProcess[] {
  const entries = findEntries();
  const environment = {
    ...process.env,
    SLUICE_URL: sluice.url,
    SLUICE_SDK_KEY: sluice.sdkKeys["production"],
    SLUICE_CONTEXT_SECRET: sluice.contextSecrets["production"],
    PORT: String(shopPort),
    SLUICE_CACHE: join(data, "shop-floor"),
  };
  return [entries.shopWeb, entries.shopWorker].map((entry) => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--import", END_WITH_PARENT, fileURLToPath(entry)], {
      env: environment,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.once(
      "exit",
      (code) => code !== null && code !== 0 && say(`The demo's ${fileURLToPath(entry).split("/").at(-1)} ended with ${code}; Sluice goes on.`),
    );
    return child;
  });
}

function introduce(sluice: Supervised, repository: string, hasLinks: boolean): void {
  say("");
  say(`  Sluice      ${sluice.url}`);
  if (sluice.once !== undefined) say(`  sign in     ${sluice.url}/#/first?once=${sluice.once}`);
  if (sluice.once !== undefined) say("              (works once, for a day; it makes your account, there is no default password)");
  if (hasLinks) say(`  as others   ${links}   product, marketing, customer success …: a link each`);
  say(`  shop floor  http://127.0.0.1:${shopPort}   the demo company's application, two processes`);
  say(`  flags       ${repository}   a Git repository: edit, commit, and it is served`);
  say("");
  say("  Try         npx sluice kill diary.photo-pins -e production");
  say("  Stop        Ctrl+C");
  say("");
}

/** Customers, releases and people as a company has them; a demo without them still shows flags and kills. True where people wait for a password. */
async function tellHistory(url: string): Promise<boolean> {
  try {
    const store = await openStore(`sqlite:${join(data, "store.db")}`);
    try {
      await writeDemoReleases(store, Date.now());
      await writeDemoPeople(store, await readDecisions(store), Date.now());
      return await writeDemoLinks(store, links, { url, nowMs: Date.now() });
    } finally {
      await store.close();
    }
  } catch (error) {
    say(`The demo's releases could not be written: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

let sluice: Supervised | undefined;
let shop: readonly ChildProcess[] = [];
let ending = false;
const end = (): void => {
  if (ending) return;
  ending = true;
  for (const child of shop) child.kill("SIGTERM");
  void sluice?.stop();
};
process.on("SIGINT", end);
process.on("SIGTERM", end);

try {
  const entries = findEntries();
  const repository = join(data, "demo-flags");
  makeDataFolder(data);
  makeDemoRepository(repository, entries.demoFlags);
  sluice = await supervise({
    data,
    source: { url: repository, branch: "main", folder: "" },
    host: "127.0.0.1",
    port,
    pollMs: 1_000,
    sdkKeysFor: ["production", "staging"],
    browserOrigins: [`http://127.0.0.1:${shopPort}`, `http://localhost:${shopPort}`],
    isDemo: true,
    entries,
    ...(entries.web === undefined ? {} : { web: entries.web }),
    log,
    environment: { SLUICE_LOG: process.env["SLUICE_VERBOSE"] === "1" ? "text" : "quiet" },
  });
  const hasLinks = !ending && (await tellHistory(sluice.url));
  // Ctrl+C may have come during either wait: then nothing more is started.
  if (ending) await sluice.stop();
  else {
    shop = startShop(sluice);
    introduce(sluice, repository, hasLinks);
  }
} catch (error) {
  process.stderr.write(`\nsluice: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
