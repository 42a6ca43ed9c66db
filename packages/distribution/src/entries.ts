import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The modules of the processes: beside this bundle in `dist/`, or as sources in the repository. */
export interface Entries {
  readonly api: URL;
  readonly fanout: URL;
  readonly storeWorker: URL;
  readonly languageServer: URL;
  readonly shopWeb: URL;
  readonly shopWorker: URL;
  /** Folder of the console's built files, if it was built. */
  readonly web: string | undefined;
  /** Folder of the demo's flag files. */
  readonly demoFlags: string;
}

export function findEntries(): Entries {
  const isBundle = existsSync(new URL("./api.mjs", import.meta.url));
  const at = (bundle: string, source: string): URL => new URL(isBundle ? `./${bundle}` : `../../../${source}`, import.meta.url);
  const web = at("web", "dist/web");
  return {
    api: at("api.mjs", "packages/server/src/main.ts"),
    fanout: at("fanout.mjs", "packages/fanout/src/main.ts"),
    storeWorker: at("store-worker.mjs", "packages/store/src/sqlite/adapters/worker-entry.ts"),
    languageServer: at("language-server.mjs", "packages/cli/src/language-server/main.ts"),
    shopWeb: at("shop-web.mjs", "examples/shop-floor/src/web.ts"),
    shopWorker: at("shop-worker.mjs", "examples/shop-floor/src/worker.ts"),
    web: existsSync(web) ? fileURLToPath(web) : undefined,
    demoFlags: fileURLToPath(at("demo-flags", "examples/shop-floor/flags-repository")),
  };
}
