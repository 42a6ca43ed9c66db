import type { RelayKeyEntry } from "@sluice/contract";
import type { World } from "@sluice/ports";
import type { Store } from "@sluice/store";
import type { BrowserSettings } from "./browser/browser-routes.ts";
import type { ProbeKeys } from "./probe/probe.ts";
import type { RelayOptions } from "./relay/relaying.ts";
import type { Signing } from "./signing.ts";
import type { Asset } from "./static-pages.ts";

/** What makes a fan-out process. */
export interface FanoutOptions {
  readonly world: World;
  readonly store: Store;
  /** `http://127.0.0.1:<port>` of the API process. */
  readonly apiUrl: string;
  readonly internalKey: string;
  /** The console's files by path. */
  readonly assets: ReadonlyMap<string, Asset>;
  /** Whether the console says on every page that all of it is invented. */
  readonly isDemo?: boolean;
  /** Absent: pages of other origins may not ask, and no context token is taken. */
  readonly browser?: BrowserSettings;
  /** What keys of sampled contexts are made from; absent: nothing is sampled, but at a relay, which is told the keys. */
  readonly samplingSecret?: string;
  /** Absent: nothing is signed. */
  readonly signing?: Signing;
  /** Absent: nobody tries every minute whether kills work. */
  readonly probe?: ProbeKeys;
  /** Keys that relays come in with, by the hash of each. */
  readonly relayKeys?: readonly RelayKeyEntry[];
  /** Address of the Prometheus server that guards ask; absent: their queries have no data. */
  readonly prometheus?: string | undefined;
  /** How long a guard's window is, ms; a minute where absent. Drills ask for less. */
  readonly guardWindowMs?: number | undefined;
  /** Present: this process is a relay. `apiUrl` is then the server above it, and `internalKey` the relay's key. */
  readonly relay?: RelayOptions;
}
