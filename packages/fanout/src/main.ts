import { join } from "node:path";
import { bodyBytesMax, mayWait, type RelayKeyEntry } from "@sluice/contract";
import { listen, nodeLog, nodeWorld } from "@sluice/ports/node";
import { openStore, openStoreInWorker } from "@sluice/store";
import { readConsoleFiles } from "./adapters/console-files.ts";
import { readPublished } from "./adapters/published-snapshot.ts";
import { Fanout } from "./fanout.ts";
import { noStore, openSoonerOrLater } from "./late-store.ts";
import type { ProbeKeys } from "./probe/probe.ts";
import { KillSigning } from "./relay/kill-signing.ts";
import type { RelayOptions } from "./relay/relaying.ts";
import { Signing } from "./signing.ts";

const value = (name: string): string => {
  const found = process.env[name];
  if (found === undefined || found === "") throw new Error(`${name} is not set: this process is started by the supervisor (sluice serve)`);
  return found;
};

/** `SLUICE_CONTEXT_SECRETS`: `{"<environment>":["<secret>", …]}`, as the supervisor hands it over. */
function contextSecrets(): ReadonlyMap<string, readonly string[]> {
  const given: unknown = JSON.parse(process.env["SLUICE_CONTEXT_SECRETS"] ?? "{}");
  const secrets = new Map<string, readonly string[]>();
  for (const [environment, list] of Object.entries(given ?? {})) if (Array.isArray(list)) secrets.set(environment, list.map(String));
  return secrets;
}

/** `SLUICE_SIGNING_KEYS`: `["<secret>", …]`, first the one that signs; none where this server does not sign. */
function signing(): { readonly signing?: Signing } {
  const given: unknown = JSON.parse(process.env["SLUICE_SIGNING_KEYS"] ?? "[]");
  const [first, ...others] = Array.isArray(given) ? given.map(String) : [];
  return first === undefined ? {} : { signing: new Signing([first, ...others]) };
}

/**
 * `SLUICE_PROBE`: `{"person":"<SHA-256>","sdk":"<SHA-256>","everyMs":60000}` of what the supervisor's probe asks with, and how often it does; of a
 * relay no `person`, since its client kills nothing by that, and the `trial` of what confirms its own kills. Nobody probes where it is absent.
 */
function givenProbe(): { readonly person?: unknown; readonly sdk?: unknown; readonly trial?: unknown; readonly everyMs?: unknown } {
  return JSON.parse(process.env["SLUICE_PROBE"] ?? "{}") as ReturnType<typeof givenProbe>;
}

function probe(): { readonly probe?: ProbeKeys } {
  const { person, sdk, everyMs } = givenProbe();
  if (typeof person !== "string" || typeof sdk !== "string") return {};
  return { probe: { person, sdk, ...(typeof everyMs === "number" ? { everyMs } : {}) } };
}

/** `SLUICE_RELAY_KEYS`: `[{"hash","environments":[…]}]` of the relays that this server lets in. */
function relayKeys(): readonly RelayKeyEntry[] {
  const given: unknown = JSON.parse(process.env["SLUICE_RELAY_KEYS"] ?? "[]");
  return Array.isArray(given) ? (given as readonly RelayKeyEntry[]) : [];
}

/** What the supervisor of a relay hands over. */
function relayOptions(): RelayOptions {
  const place = process.env["SLUICE_RELAY_SNAPSHOT"] ?? "";
  const given: unknown = JSON.parse(process.env["SLUICE_RELAY_SIGNATURE_KEYS"] ?? "[]");
  const signatureKeys = Array.isArray(given) ? given.map(String) : [];
  const { sdk, trial, everyMs } = givenProbe();
  return {
    name: relayName,
    ...(typeof sdk === "string" ? { probe: { sdk, ...(typeof everyMs === "number" ? { everyMs } : {}) } } : {}),
    ...(typeof trial === "string" ? { trial } : {}),
    signing: new KillSigning(world, value("SLUICE_RELAY_SIGNING_KEY")),
    operator: value("SLUICE_OPERATOR_HASH"),
    killKey: value("SLUICE_KILL_KEY_HASH"),
    ...(place === "" ? {} : { published: { read: () => readPublished(place, world.http), signatureKeys } }),
  };
}

const log = nodeLog({ json: process.env["SLUICE_LOG"] === "json", name: "fanout", minimum: process.env["SLUICE_LOG"] === "quiet" ? "warn" : "info" });
const worker = process.env["SLUICE_STORE_WORKER"];
const world = nodeWorld({ folder: join(value("SLUICE_DATA"), "fanout"), log, keepsAlive: true });
const relayName = process.env["SLUICE_RELAY_NAME"] ?? "";
const isRelay = relayName !== "";
const storeUrl = isRelay ? "" : value("SLUICE_STORE");
const store = isRelay
  ? noStore(world)
  : await openSoonerOrLater(
      () => (storeUrl.startsWith("sqlite:") && worker !== undefined ? openStoreInWorker(storeUrl, new URL(worker)) : openStore(storeUrl)),
      world,
    );
const samplingSecret = process.env["SLUICE_SAMPLING_SECRET"] || undefined;
const fanout = new Fanout({
  world,
  store,
  apiUrl: value("SLUICE_API_URL"),
  internalKey: value("SLUICE_INTERNAL_KEY"),
  assets: readConsoleFiles(process.env["SLUICE_WEB"]),
  isDemo: process.env["SLUICE_DEMO"] === "1",
  browser: { secrets: contextSecrets(), origins: (process.env["SLUICE_BROWSER_ORIGINS"] ?? "").split(",").filter((origin) => origin !== "") },
  ...(isRelay || samplingSecret === undefined ? {} : { samplingSecret }),
  relayKeys: relayKeys(),
  prometheus: process.env["SLUICE_PROMETHEUS"] || undefined,
  guardWindowMs: Number(process.env["SLUICE_GUARD_WINDOW_MS"]) || undefined,
  ...signing(),
  ...probe(),
  ...(isRelay ? { relay: relayOptions() } : {}),
});
await fanout.start();
const server = await listen(fanout.handle, {
  host: process.env["SLUICE_HOST"] ?? "127.0.0.1",
  port: Number(value("SLUICE_PORT")),
  maxBodyBytes: bodyBytesMax,
  beforeBody: fanout.beforeBody,
  mayWait,
  log,
});
process.send?.({ kind: "listening", port: server.port });
log.info("fanout.listening", { port: server.port });

const end = (): void => {
  fanout.stop();
  void server
    .close()
    .then(() => store.close())
    // Timers set for later would hold the process for seconds; nothing is left to write.
    .then(() => process.exit(0));
};
process.once("SIGTERM", end);
process.once("SIGINT", end);
// The supervisor is gone: nobody would restart this process, so it ends with it.
process.once("disconnect", end);
