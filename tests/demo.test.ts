import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { freePort, makeFolder, until } from "../faults/rig/running.ts";

/** As `npm start` runs it, from sources. */
const demo = join(import.meta.dirname, "../packages/distribution/src/demo.ts");
const LIMIT = { timeout: 120_000 };

const folder = makeFolder("demo");
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill("SIGKILL");
  folder.remove();
});

const serves = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Nobody listens: before the start, or after the end.
    return false;
  }
};

/** Takes the store's write lock the moment Sluice serves: the demo's own history, written next, then has to wait. */
async function lockWhenServed(url: string, store: string): Promise<DatabaseSync> {
  const end = performance.now() + 60_000;
  while (!(await serves(url))) if (performance.now() > end) throw new Error(`${url} never answered`);
  const lock = new DatabaseSync(store, { timeout: 10_000 });
  lock.exec("BEGIN IMMEDIATE");
  return lock;
}

test("a start that is interrupted while it still tells its history ends, with all its processes", LIMIT, async () => {
  const [port, shopPort] = [await freePort(), await freePort()];
  const data = join(folder.path, "data");
  const running = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", demo, "--port", String(port), "--shop-port", String(shopPort), "--data", data],
    { stdio: "ignore" },
  );
  child = running;
  const ended = new Promise<number | null>((resolve) => void running.once("exit", resolve));
  const lock = await lockWhenServed(`http://127.0.0.1:${port}/health`, join(data, "store.db"));
  await until("its address is told", () => (existsSync(join(data, "address")) ? true : undefined));
  running.kill("SIGINT");
  await until("its address is gone", () => (existsSync(join(data, "address")) ? undefined : true));
  lock.exec("COMMIT");
  lock.close();
  expect(await ended).toBe(0);
  expect([await serves(`http://127.0.0.1:${port}/`), await serves(`http://127.0.0.1:${shopPort}/`)]).toEqual([false, false]);
});
