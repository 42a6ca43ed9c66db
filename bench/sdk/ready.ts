import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { FlagRepository, flagKeys } from "../../faults/rig/flag-repository.ts";
import { isHealthy, makeFolder, type Running, startSluice, until } from "../../faults/rig/running.ts";
import { environmentPython, findPython, folder as pythonSdk } from "../../sdks/python/installation.ts";
import { buildGo, goCommand } from "../../tests/sdk-go/toolchain.ts";
import { compileJava, hasJava, javaProgram } from "../../tests/sdk-java/toolchain.ts";

const FLAGS = 1_000;
/** Beside a process with hardly any flags the difference is what the flags take; so many that it stands out of what a runtime takes by chance. */
const [FEW, MANY] = [10, 10_000];
const RUNS = 5;

/** What one language needs for 1,000 flags. */
export interface Readiness {
  /** Milliseconds from the first byte of the answer on the wire to the first answer of the client, printed by its process; the least of five. */
  readonly ms: number;
  /** Resident memory for 1,000 flags, MiB: a tenth of that of a process with 10,000 less that of one with ten, the least of five each. */
  readonly mib: number;
}

type Program = readonly [command: string, ...args: string[]];

/** The programs that are here, by language: those whose tool chain is missing are not in it. */
async function programs(): Promise<ReadonlyMap<string, Program>> {
  const found = new Map<string, Program>([["node", [process.execPath, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "live-node.ts")]]]);
  const python = findPython();
  if (python !== undefined) found.set("python", [environmentPython(python), "-B", join(pythonSdk, "tests/live_process.py")]);
  if (goCommand !== undefined) found.set("go", [await buildGo("./internal/live", "live")]);
  if (hasJava) found.set("java", javaProgram("Live", await compileJava()));
  return found;
}

/** A link that notes when the first byte of an answer went through it. */
async function timedLink(to: string): Promise<{ readonly url: string; readonly firstByteAt: () => number; readonly close: () => void }> {
  const { hostname, port } = new URL(to);
  let firstByteAt = Number.NaN;
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const onward = connect(Number(port), hostname);
    onward.on("data", () => {
      if (Number.isNaN(firstByteAt)) firstByteAt = performance.now();
    });
    for (const one of [from, onward]) {
      open.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => open.delete(one));
    }
    from.pipe(onward).pipe(from);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): void => {
    server.close();
    for (const one of open) one.destroy();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, firstByteAt: () => firstByteAt, close };
}

/** Starts the program once against the server. Throws where it says nothing within half a minute. */
async function run([command, ...args]: Program, running: Running): Promise<Readiness> {
  const link = await timedLink(running.url);
  const environment = { ...process.env, SLUICE_URL: link.url, SLUICE_SDK_KEY: running.sdkKey, SLUICE_SIGNATURE_KEYS: "" };
  const child = spawn(command, [...args, "area-3.flag-3"], { stdio: ["pipe", "pipe", "inherit"], env: environment });
  try {
    let saidAt = Number.NaN;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (Number.isNaN(saidAt) && line.includes('"value":true')) saidAt = performance.now();
    });
    await until("the process answers", () => (Number.isNaN(saidAt) ? undefined : true), 30_000);
    const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? Number.NaN);
    return { ms: saidAt - link.firstByteAt(), mib: resident / 1_024 };
  } finally {
    child.stdin.end();
    await new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve(undefined);
      child.once("exit", resolve);
      child.kill("SIGTERM");
    });
    link.close();
  }
}

/** Starts every language's program several times against a real server of so many flags: the least of each figure. */
async function against(flags: number, all: ReadonlyMap<string, Program>): Promise<ReadonlyMap<string, Readiness>> {
  const folder = makeFolder("ready");
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(flags));
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder });
  try {
    await until("the server serves", async () => ((await isHealthy(running)) ? true : undefined), 60_000);
    const found = new Map<string, Readiness>();
    for (const [language, program] of all)
      for (let at = 0; at < RUNS; at += 1) {
        const one = await run(program, running);
        const best = found.get(language) ?? one;
        found.set(language, { ms: Math.min(best.ms, one.ms), mib: Math.min(best.mib, one.mib) });
      }
    return found;
  } finally {
    await running.supervised.stop();
    folder.remove();
  }
}

/** How soon a client of each language answers, and how much memory its flags take. */
export async function readiness(only: string | undefined): Promise<ReadonlyMap<string, Readiness>> {
  const all = new Map([...(await programs())].filter(([language]) => only === undefined || language === only));
  const [few, many] = [await against(FEW, all), await against(MANY, all)];
  const taken = (language: string): number => (((many.get(language)?.mib ?? Number.NaN) - (few.get(language)?.mib ?? Number.NaN)) * FLAGS) / (MANY - FEW);
  return new Map([...(await against(FLAGS, all))].map(([language, { ms }]) => [language, { ms, mib: taken(language) }]));
}
