import type { Log, Timer, World } from "@sluice/ports";
import type { Change } from "./holder.ts";

/** How an SDK is set up. Nothing in it can make the host fail: what cannot be used is logged, and the code's defaults are answered. */
export interface SluiceOptions {
  /** The server's address, such as `https://flags.example.com`; a path prefix is kept. Absent with `snapshotFile`: no server is asked. */
  readonly url?: string;
  /** The SDK key. It belongs to one environment. */
  readonly key?: string;
  /** The environment this process must be in. A key of another one is then refused with a message; absent accepts whatever the key belongs to. */
  readonly environment?: string;
  /** Name of this service, as kills and the console show it. */
  readonly service?: string;
  /** This application's version (SemVer), which kills may be limited to. Any other text counts as not said: such kills cover it. */
  readonly version?: string;
  /** Folder for the last good flags, so that a restart without a server answers as before. Absent: nothing is kept. */
  readonly cacheDir?: string;
  /**
   * For functions that are frozen between invocations: no stream, no timer, nothing in the background. `refresh()` at the beginning of an invocation asks
   * for the flags where they are older than so many milliseconds, 1,000–3,600,000; `flush()` at its end sends what was counted.
   */
  readonly refreshEveryMs?: number;
  /** How long `ready()` waits at most before the code's defaults are answered, in milliseconds: 0–60,000, default 1,000. */
  readonly waitMs?: number;
  /** A snapshot in a file, or at the address of a static host (`sluice snapshot publish`), to start from or to work without any server. */
  readonly snapshotFile?: string;
  /**
   * Public keys of the server, as `sluice signing-keys` prints them (`slv_…`): one, or two while one follows the other, at most 4. With them,
   * what none of them has signed for `environment` is refused and the last good flags go on; without them nothing is checked.
   */
  readonly signatureKeys?: readonly string[];
  /** What `contextToken` signs with: the context secret of this environment, from the server's data folder. Never goes to a browser. */
  readonly contextSecret?: string;
  /**
   * Attributes that this process may show its server of the contexts that it answers, whatever `sluice.yaml` declares to be sampled; `[]` for
   * none. Absent: those that `sluice.yaml` declares; none where there are `signatureKeys`, because what is declared is not signed.
   */
  readonly sampledAttributes?: readonly string[];
  /**
   * Flags whose answers are counted by customer (as a hash; names do not travel) and told apart, at most 100; 2,000 different counts wait at a time, and
   * what has no room is told without a customer. Absent: none.
   */
  readonly countCustomersOf?: readonly string[];
  /** Where messages go; the default writes to standard error, one line when something begins or ends. */
  readonly log?: Log;
  /** The same as `client.onChange`, from the very start. */
  readonly onChange?: (change: Change) => void;
}

/** The world of an SDK: two things more than everybody's, absent in the simulation. */
export interface SdkWorld extends World {
  /** Reads a file of the host; `undefined` where there is none. */
  readonly readFile?: (path: string) => Promise<Uint8Array | undefined>;
  /** Keeps the host alive for at most this time: somebody awaits `ready()`, and nothing else of ours would. */
  readonly stayAlive?: (maxMs: number) => Timer;
}

/** Bounds of `refreshEveryMs`. */
const REFRESH_MS_MIN = 1_000;
const REFRESH_MS_MAX = 3_600_000;
/** Longest `waitMs`. */
const WAIT_MS_MAX = 60_000;
const WAIT_MS_DEFAULT = 1_000;

/** The attributes in force: the option, nothing where signatures are checked and nothing was said, else all that the server declares. */
export function sampledAttributesOf({ sampledAttributes, signatureKeys }: SluiceOptions): readonly string[] | undefined {
  if (Array.isArray(sampledAttributes)) return sampledAttributes;
  return sampledAttributes === undefined && signatureKeys === undefined ? undefined : [];
}

/** Flags that a process counts by customer: each such answer costs a hash. */
const COUNTED_FLAGS_MAX = 100;

/** The flags whose answers are counted by customer; `undefined` where there are none. */
export function countedCustomersOf({ countCustomersOf }: SluiceOptions): ReadonlySet<string> | undefined {
  return Array.isArray(countCustomersOf) && countCustomersOf.length > 0 ? new Set(countCustomersOf.slice(0, COUNTED_FLAGS_MAX)) : undefined;
}

/** The wait in force: the option within its bounds, else the default. */
export function waitMsOf(options: SluiceOptions): number {
  const { waitMs } = options;
  return typeof waitMs === "number" && waitMs >= 0 ? Math.min(waitMs, WAIT_MS_MAX) : WAIT_MS_DEFAULT;
}

/** How old flags may be at the beginning of an invocation, in milliseconds; `undefined` where a stream keeps them new. */
export function refreshEveryMsOf({ refreshEveryMs }: SluiceOptions): number | undefined {
  if (typeof refreshEveryMs !== "number" || Number.isNaN(refreshEveryMs)) return undefined;
  return Math.min(REFRESH_MS_MAX, Math.max(REFRESH_MS_MIN, refreshEveryMs));
}
