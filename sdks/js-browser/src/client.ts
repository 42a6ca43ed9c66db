import type { Answer, JsonValue } from "./answer.ts";
import { connect } from "./connection.ts";
import type { FlagKey } from "./flag-key.ts";
import { type ChangeListener, hold, type Holder } from "./holder.ts";
import type { PageWorld } from "./world.ts";

const WAIT_MS = 1_000;

/** How a client is set up. Nothing in it can make the page fail: what cannot be used means the code's defaults. */
export interface BrowserOptions {
  /** The server's address, such as `https://flags.example.com`; a path prefix is kept. */
  readonly url: string;
  /** The environment's key, such as `production`. */
  readonly environment: string;
  /** Context token that your server made for this person (`contextToken` of @sluice/node). Absent: public flags only. */
  readonly token?: string | undefined;
  /** Fetches a new token from your server; called when the server says that the one there is has expired. `undefined`: nobody is signed in any more. */
  readonly refreshToken?: () => Promise<string | undefined>;
  /** How long `ready()` and `identify()` wait at most, in milliseconds; default 1,000. */
  readonly waitMs?: number;
  /** Told why the connection is not there, each time that it is tried in vain. */
  readonly onProblem?: (message: string) => void;
  /** Changes what the client has of its page; set by `withOneConnection` and `withHandover`. */
  readonly world?: (page: PageWorld) => PageWorld;
}

/** One page's flags. No call throws; the getters are synchronous and answer the default where a flag is unknown, not for browsers, or of another type. */
export interface BrowserClient {
  getBoolean(key: FlagKey<boolean>, fallback: boolean): boolean;
  getString(key: FlagKey<string>, fallback: string): string;
  getNumber(key: FlagKey<number>, fallback: number): number;
  /** An object or a list, frozen. Its inner shape is the flag's, so check what you rely on. */
  getObject(key: FlagKey<object>, fallback: JsonValue): JsonValue;
  /** Value, variant and reason; `undefined` where there is no answer. */
  getDetails(key: FlagKey): Answer | undefined;
  /** The flags that there are answers for; empty where there are none yet. */
  keys(): readonly string[];
  /** Resolves with the person's first answers, from the server or from the last visit, at the latest after `waitMs`. Never rejects. */
  ready(): Promise<void>;
  /** Calls the listener with the keys whose answers changed. Gives a function that ends it. */
  onChange(listener: (keys: readonly string[]) => void): () => void;
  /**
   * Somebody else is here now, or the same person in another context; without a token, nobody. The answers of the one before are gone when this
   * returns; it resolves as `ready()` does.
   */
  identify(token?: string): Promise<void>;
  /** Ends connection, timers and listeners. The answers stay. */
  close(): void;
}

/** A client in a world of the caller's. */
export function clientIn(options: BrowserOptions, world: PageWorld): BrowserClient {
  const { environment } = options;
  // Keys of environments are words that need no escape.
  const base = `${String(options.url).replace(/\/+$/, "")}/browser/v1/`;
  const listeners = new Set<ChangeListener>();
  let token: string | undefined;
  let settle = (): void => {};
  let settled: Promise<void>;

  const problem = (error: unknown): void => guarded(() => options.onProblem?.(String(error)));
  const holder = hold(world, environment, `sluice ${base}${environment}`, (keys) => {
    for (const listener of listeners) guarded(() => listener(keys), problem);
  });
  const getters = gettersOf(holder);
  const become = (next: string | undefined): void => holder.become((token = next));
  const begin = (next: string | undefined): void => {
    // Whoever still waits for the person before waits no longer.
    settle();
    settled = new Promise((resolve) => {
      const cancel = world.after(options.waitMs ?? WAIT_MS, resolve);
      settle = () => {
        cancel();
        resolve();
      };
    });
    become(next);
    if (getters.keys()[0]) settle();
  };

  begin(options.token);
  const reconnect = connect(world, problem, {
    ...options,
    ...holder,
    url: (path) => `${base}${path}?environment=${environment}`,
    headers: (): Readonly<Record<string, string>> => (token ? { authorization: `Bearer ${token}` } : {}),
    become,
    take: (body) => {
      holder.take(body);
      settle();
    },
  });
  return {
    ...getters,
    ready: () => settled,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    identify: (next) => {
      begin(next);
      reconnect();
      return settled;
    },
    close: () => {
      reconnect(true);
      settle();
      listeners.clear();
    },
  };
}

type Getters = Pick<BrowserClient, "getBoolean" | "getString" | "getNumber" | "getObject" | "getDetails" | "keys">;

function gettersOf({ answers }: Holder): Getters {
  const typed =
    <T extends JsonValue>(type: string) =>
    (key: string, fallback: T): T => {
      const value = answers()[key]?.value;
      return typeof value === type && value !== null ? (value as T) : fallback;
    };
  return {
    getBoolean: typed("boolean"),
    getString: typed("string"),
    getNumber: typed("number"),
    getObject: typed("object"),
    getDetails: (key) => (answers()[key]?.reason ? answers()[key] : undefined),
    keys: () => Object.keys(answers()),
  };
}

/** Calls what belongs to the application: what it throws is told, and goes no further. */
function guarded(run: () => void, problem?: (error: unknown) => void): void {
  try {
    run();
  } catch (error) {
    problem?.(error);
  }
}
