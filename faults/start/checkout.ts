import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@sluice/ports/node";
import { cloneFor, newcomerEnvironment } from "../../tools/stranger/newcomer.ts";
import { until } from "../rig/running.ts";

/** A cold start on a slow network. */
const READY_MS_MAX = 300_000;
const STOP_MS_MAX = 20_000;
const root = fileURLToPath(new URL("../../", import.meta.url));

/** One `npm start` in a process group of its own. */
export interface Start {
  /** What it has said so far, standard output and error. */
  readonly said: string;
  /** Undefined while it runs. */
  readonly code: number | undefined;
  readonly url: string;
  /** Resolves when it serves; throws when it ends before. */
  ready(): Promise<void>;
  /** Resolves when it has said this; throws when it ends before. */
  says(what: RegExp): Promise<void>;
  /** Resolves with its exit code. */
  ended(): Promise<number>;
  /** Ctrl+C, or the hard way. */
  end(signal: "SIGINT" | "SIGKILL"): Promise<void>;
}

/** A fresh clone with a home of its own: what somebody has who begins. The cache of the registry client is shared where `cache` says so. */
export class Checkout {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;

  constructor(place: string, cache: string) {
    this.folder = join(place, "sluice");
    this.environment = { ...newcomerEnvironment(join(place, "home")), npm_config_cache: cache };
    cloneFor(root, this.folder, this.environment);
  }

  async start(more: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Promise<Start> {
    const [port, shopPort] = [await freePort(), await freePort()];
    const child = spawn("npm", ["start", ...args], {
      cwd: this.folder,
      env: { ...this.environment, SLUICE_PORT: String(port), SHOP_PORT: String(shopPort), ...more },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    return following(child, `http://127.0.0.1:${port}`);
  }
}

function following(child: ChildProcess, url: string): Start {
  let said = "";
  let code: number | undefined;
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.once("close", (ended, signal) => (code = ended ?? (signal === null ? 1 : 130)));
  const runs = (what: string): void => {
    if (code !== undefined) throw new Error(`npm start ended with ${code} before ${what}:\n${said}`);
  };
  return {
    get said() {
      return said;
    },
    get code() {
      return code;
    },
    url,
    ready: async () => {
      await until("npm start serves", () => (runs("it served"), answers(`${url}/health`)), READY_MS_MAX);
    },
    says: async (what) => {
      await until(`npm start says ${what.source}`, () => (what.test(said) ? true : (runs(`it said ${what.source}`), undefined)), READY_MS_MAX);
    },
    ended: () => until("npm start ends", () => code, READY_MS_MAX),
    end: async (signal) => {
      if (child.pid !== undefined) signalGroup(child.pid, signal);
      await until(`everything ends after ${signal}`, () => (child.pid === undefined || !signalGroup(child.pid, 0) ? true : undefined), STOP_MS_MAX);
    },
  };
}

/** False where the group has no process any more. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

async function answers(url: string): Promise<true | undefined> {
  try {
    return (await fetch(url)).status === 200 ? true : undefined;
  } catch {
    // Not listening yet: that is what is waited for.
    return undefined;
  }
}
