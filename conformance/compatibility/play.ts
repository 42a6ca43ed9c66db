import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { FlagRepository, flagKeys, flagPath, flagText } from "../../faults/rig/flag-repository.ts";
import { askerOf, makeFolder, newCommand, type Running, until } from "../../faults/rig/running.ts";
import { type FaultProxy, startFaultProxy } from "../../faults/sdk/fault-proxy.ts";

const FLAG = "area-3.flag-3";
const FLAGS = 10;
const STEP_MS_MAX = 60_000;
/** A first start on a busy machine reads some hundred files of sources. */
const START_MS_MAX = 300_000;
const REQUEST_MS_MAX = 20_000;
const RECORDED_MAX = 200;

export const steps = ["flags", "change", "kill", "receipt", "lift"] as const;
/** What a process must live to see: its flags, a change of their files, a kill, that the kill's receipt counts it, and the lift. */
export type Step = (typeof steps)[number];

/** A program, its arguments and what it needs in its environment. */
export interface Program {
  readonly argv: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
}

/** What went over the wire between the two, in its order. */
export type Passed =
  | { readonly kind: "snapshot"; readonly body: string }
  | { readonly kind: "frame"; readonly event: string; readonly data: string }
  | { readonly kind: "sent"; readonly path: string; readonly body: string };

export interface Outcome {
  /** The step that never came; undefined where all did. */
  readonly failed: Step | undefined;
  /** Paths that the server does not answer with what was asked for, with the status of each. */
  readonly refused: readonly string[];
  readonly passed: readonly Passed[];
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

function start({ argv: [program, ...args], environment = {} }: Program, ...more: readonly string[]): { readonly child: Child; readonly lines: string[] } {
  const child = spawn(program, [...args, ...more], { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...environment } });
  const lines: string[] = [];
  child.stdin.on("error", () => undefined);
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  return { child, lines };
}

async function stop(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.stdin.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await gone;
  clearTimeout(timer);
}

/** A server beside which SDKs of many forms are played one after the other. */
export interface Server {
  play(sdk: Program): Promise<Outcome>;
  stop(): Promise<void>;
}

interface Started {
  readonly url: string;
  readonly sdkKey: string;
  readonly operatorKey: string;
}

export async function startServer(program: Program): Promise<Server> {
  const folder = makeFolder("compatibility");
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(FLAGS));
  const { child, lines } = start(program, join(folder.path, "data"), repository.folder);
  try {
    const started = JSON.parse(await until("the server has started", () => lines[0], START_MS_MAX)) as Started;
    const ask = askerOf(started, REQUEST_MS_MAX);
    await until("the server serves", async () => (await ask("GET", "/health").catch(() => undefined))?.status === 200 || undefined, START_MS_MAX);
    const proxy = await startFaultProxy({ upstream: started.url, speed: 1 });
    let clients = 0;
    return {
      play: (sdk) => playOne({ client: `c${(clients += 1)}`, sdk, started, ask, proxy, repository }),
      stop: async () => {
        await stop(child);
        await proxy.close();
        folder.remove();
      },
    };
  } catch (error) {
    await stop(child);
    folder.remove();
    throw error;
  }
}

interface Play {
  readonly client: string;
  readonly sdk: Program;
  readonly started: Started;
  readonly ask: Running["ask"];
  readonly proxy: FaultProxy;
  readonly repository: FlagRepository;
}

async function playOne(play: Play): Promise<Outcome> {
  const { client, sdk, started, proxy } = play;
  const passed: Passed[] = [];
  const refused = new Set<string>();
  listen(play, passed, refused);
  const environment = { ...sdk.environment, SLUICE_URL: proxy.url(client), SLUICE_SDK_KEY: started.sdkKey, SLUICE_SIGNATURE_KEYS: "" };
  const { child, lines } = start({ argv: sdk.argv, environment }, FLAG);
  try {
    for (const step of steps) {
      try {
        await take(step, play, lines);
      } catch {
        return { failed: step, refused: [...refused], passed };
      }
    }
    return { failed: undefined, refused: [...refused], passed };
  } finally {
    await stop(child);
  }
}

const killed = new WeakMap<Running["ask"], string>();

async function take(step: Step, { ask, repository }: Play, lines: string[]): Promise<void> {
  const says = async (...parts: readonly string[]): Promise<void> =>
    void (await until(parts.join(" and "), () => lines.find((line) => parts.every((part) => line.replaceAll(" ", "").includes(part))), STEP_MS_MAX));
  const change = (variant: "on" | "off"): void => {
    lines.length = 0;
    repository.write(flagPath(FLAG), flagText(FLAG, variant));
    repository.commit(`${FLAG} is ${variant}`);
  };
  switch (step) {
    case "flags":
      return says('"cause":"default"', '"value":true');
    case "change":
      change("off");
      await says('"cause":"default"', '"value":false');
      change("on");
      return says('"cause":"default"', '"value":true');
    case "kill": {
      const { status, body } = await ask("POST", "/api/kills", { command: newCommand(), environment: "production", flags: [FLAG], reason: "drill" });
      if (status !== 201) throw new Error(`a kill was answered ${status}`);
      killed.set(ask, (body as { readonly kill: string }).kill);
      return says('"cause":"kill"', '"value":false');
    }
    case "receipt":
      return void (await until(
        "the receipt",
        async () => {
          const receipt = (await ask("GET", `/api/kills/${killed.get(ask)}/receipt`)).body as { readonly of: number; readonly confirmed: number };
          return (receipt.of === 1 && receipt.confirmed === 1) || undefined;
        },
        STEP_MS_MAX,
      ));
    case "lift":
      lines.length = 0;
      await ask("POST", `/api/kills/${killed.get(ask)}/lift`, { command: newCommand(), reason: "drill over" });
      return says('"cause":"default"', '"value":true');
  }
}

/** Notes what passes, and changes nothing of it. */
function listen({ client, proxy }: Play, passed: Passed[], refused: Set<string>): void {
  const note = (one: Passed): void => void (passed.length < RECORDED_MAX && passed.push(one));
  proxy.set(client, async (exchange) => {
    if (exchange.wanted === "stream") {
      return exchange.pass((frame) => {
        if (frame.event !== "heartbeat") note({ kind: "frame", event: frame.event, data: frame.data });
        return frame.text;
      });
    }
    if (exchange.body.length > 0) note({ kind: "sent", path: exchange.path, body: exchange.body.toString("utf8") });
    const { status, headers, body } = await exchange.whole();
    if (status >= 400) refused.add(`${exchange.path.split("?")[0]} ${status}`);
    exchange.answer(status, headers, body);
    if (exchange.wanted === "snapshot" && status === 200)
      note({ kind: "snapshot", body: (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString("utf8") });
  });
}
