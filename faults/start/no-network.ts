import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { makeFolder } from "../rig/running.ts";
import { Tally } from "../rig/tally.ts";
import { Checkout } from "./checkout.ts";
import { refuses, startsNow } from "./refusal.ts";

/** Nothing listens there (discard); a name that never resolves (RFC 6761). */
const UNREACHABLE: readonly (readonly [registry: string, cause: RegExp])[] = [
  ["http://127.0.0.1:9", /registry http:\/\/127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\)/],
  ["http://registry.invalid", /registry http:\/\/registry\.invalid cannot be reached \((?:ENOTFOUND|EAI_AGAIN)\)/],
];

/** The registry cannot be reached, or takes a connection and says nothing: before Node 24 is there, and again before the dependencies are; then it can, with an empty cache. */
export async function noNetwork(rounds: number): Promise<Tally> {
  const tally = new Tally("noNetwork");
  for (let round = 0; round < rounds; round += 1) {
    const place = makeFolder("no-network");
    try {
      const checkout = new Checkout(place.path, join(place.path, "cache"));
      const silent = createServer().listen(0, "127.0.0.1");
      await once(silent, "listening");
      const address = silent.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      for (const [registry, cause] of [...UNREACHABLE, [`http://127.0.0.1:${port}`, /cannot be reached \(network timeout\)/] as const]) {
        await refuses(tally, await checkout.start({ npm_config_registry: registry }), cause);
        tally.expect(!existsSync(join(checkout.folder, "tools/runtime/node_modules")), "something of Node 24 was left behind");
      }
      silent.close();
      silent.unref();
      const cold = await checkout.start();
      await cold.says(/^Installing dependencies/m);
      await cold.end("SIGKILL");
      await refuses(
        tally,
        await checkout.start({ npm_config_registry: "http://127.0.0.1:9", npm_config_cache: join(place.path, "other-cache") }),
        /^sluice: the dependencies could not be installed: the package registry/,
      );
      tally.expect(!existsSync(join(checkout.folder, "node_modules")), "something of the dependencies was left behind");
      await refuses(tally, await checkout.start({ SLUICE_NO_DOWNLOAD: "1" }), /^sluice: the dependencies are not installed and SLUICE_NO_DOWNLOAD=1/);
      await startsNow(tally, await checkout.start());
      await startsNow(tally, await checkout.start({ SLUICE_NO_DOWNLOAD: "1", npm_config_registry: "http://127.0.0.1:9" }));
      tally.rounds += 1;
    } finally {
      place.remove();
    }
  }
  return tally;
}
