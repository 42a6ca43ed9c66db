import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { nodeLog } from "./log.ts";
import { nodeClock, nodeRandom, nodeTimers } from "./time.ts";

describe("time", () => {
  test("timers fire once, not after they were cancelled, and not early", async () => {
    const timers = nodeTimers({ keepsAlive: true });
    const fired: string[] = [];
    const began = nodeClock.monotonicMs();
    timers.after(1, () => fired.push("cancelled")).cancel();
    await new Promise<void>((resolve) => {
      const timer = timers.after(20, () => {
        fired.push("once");
        timer.cancel();
        resolve();
      });
    });
    expect(fired).toEqual(["once"]);
    // Node's timers count in whole milliseconds.
    expect(nodeClock.monotonicMs() - began).toBeGreaterThanOrEqual(19);
  });

  test("a guest's timer does not keep its host running", async () => {
    const module = fileURLToPath(new URL("./time.ts", import.meta.url));
    const code = `import { nodeTimers } from ${JSON.stringify(module)}; nodeTimers({ keepsAlive: false }).after(3600000, () => {}); console.log("planned");`;
    const printed = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ["--input-type=module", "-e", code], { timeout: 20_000 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
    expect(printed).toBe("planned\n");
  });

  test("random bytes are as many as asked and differ", () => {
    expect(nodeRandom.bytes(16)).toHaveLength(16);
    expect(nodeRandom.bytes(16)).not.toEqual(nodeRandom.bytes(16));
    const unit = nodeRandom.unit();
    expect(unit >= 0 && unit < 1).toBe(true);
  });
});

describe("the log", () => {
  const lines: string[] = [];
  const log = (json: boolean): ReturnType<typeof nodeLog> => nodeLog({ json, name: "api", minimum: "warn", write: (line) => lines.push(line) });

  test("writes one JSON object a line for machines", () => {
    lines.length = 0;
    log(true).error("store.unreachable", { why: "two\nlines", tries: 3 });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.indexOf("\n")).toBe((lines[0]?.length ?? 0) - 1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "error", process: "api", event: "store.unreachable", why: "two\nlines", tries: 3 });
  });

  test("writes readable lines for people, drops what is below its minimum and cuts what is too long", () => {
    lines.length = 0;
    log(false).info("not.written");
    log(false).warn("feed.lost", { why: new Error("gone"), body: "x".repeat(5_000) });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}api feed\.lost why=gone body=x{2000}…\n$/);
  });
});
