import { createHmac } from "node:crypto";
import type { SamplingDeclaration } from "@sluice/contract";
import type { SampledContext } from "@sluice/evaluation";
import { nodeRandom } from "@sluice/ports/node";
import { MemoryDatabase, MemoryStore, StoreUnavailable } from "@sluice/store";
import { describe, expect, test } from "vitest";
import { SampledContexts } from "./sampled-contexts.ts";

const DAY = 86_400_000;
const plan = (name: string): SampledContext => ({ plain: { plan: name }, hashed: {} });
const hashed = { plain: {}, hashed: { country: `s${createHmac("sha256", "k").update("DE").digest("base64url").slice(0, 22)}` } };

class Rig {
  nowMs = Date.UTC(2026, 11, 1);
  declared: SamplingDeclaration | undefined = { attributes: { plan: "plain", country: "hashed" }, customer: "customer" };
  readonly lines: string[] = [];
  readonly database: MemoryDatabase = new MemoryDatabase(nodeRandom);
  readonly store: MemoryStore = new MemoryStore(this.database, nodeRandom);
  readonly samples: SampledContexts = this.open();

  /** As after a start of the process. */
  open(secret = "slh_secret"): SampledContexts {
    return new SampledContexts({
      world: {
        clock: { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs },
        timers: { after: () => ({ cancel: () => {} }) },
        log: { info: () => {}, warn: (line) => void this.lines.push(line), error: () => {} },
      },
      store: this.store,
      secret,
      declared: () => this.declared,
    });
  }

  get rows(): number {
    return this.database.samples.get("production")?.size ?? 0;
  }
}

async function flood(samples: SampledContexts, names: readonly string[]): Promise<void> {
  for (let at = 0; at < names.length; at += 100) await samples.take("production", names.slice(at, at + 100).map(plan));
  await samples.flush();
}

describe("sampled contexts that are kept", () => {
  test("are each different one once, of each environment apart, and are there after a restart", async () => {
    const rig = new Rig();
    await rig.samples.take("production", [plan("pro"), plan("free"), plan("pro"), hashed]);
    await rig.samples.take("staging", [plan("pro")]);
    await rig.samples.flush();
    const again = rig.open();
    const found = await again.of("production");
    expect(found).toHaveLength(3);
    expect(found).toEqual(expect.arrayContaining([plan("pro"), plan("free"), hashed]));
    expect(await again.of("staging")).toEqual([plan("pro")]);
  });

  test("are at most 10,000 after 100,000 different ones, and the same whatever order they come in", { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 100_000 }, (_, at) => `plan-${at}`);
    const kept: ReadonlySet<string>[] = [];
    for (const order of [names, names.toReversed()]) {
      const rig = new Rig();
      await flood(rig.samples, order);
      expect(rig.rows).toBeLessThanOrEqual(10_000);
      expect(rig.rows).toBeGreaterThanOrEqual(9_500);
      kept.push(new Set((await rig.samples.of("production")).map(({ plain }) => String(plain["plan"]))));
    }
    const [one = new Set<string>(), other = new Set<string>()] = kept;
    expect([...one].filter((name) => other.has(name)).length).toBeGreaterThanOrEqual(9_500);
    // A fair sample: of ten equal parts of all names, each is there with about a tenth.
    const parts = Array.from({ length: 10 }, (_, part) => [...one].filter((name) => Math.floor(Number(name.slice(5)) / 10_000) === part).length);
    for (const part of parts) expect(Math.abs(part - one.size / 10)).toBeLessThan(200);
  });

  test("are forgotten 30 days after they were last seen", async () => {
    const rig = new Rig();
    await rig.samples.take("production", [plan("old"), plan("seen again")]);
    await rig.samples.flush();
    rig.nowMs += 30 * DAY;
    await rig.samples.take("production", [plan("seen again")]);
    expect(await rig.samples.of("production")).toHaveLength(2);
    rig.nowMs += DAY;
    expect(await rig.samples.of("production")).toEqual([plan("seen again")]);
    expect(rig.rows).toBe(1);
  });

  test("lose for good what is not declared any more, or declared otherwise; what is then alike is one", async () => {
    const rig = new Rig();
    await rig.samples.take("production", [
      { plain: { plan: "pro" }, hashed: hashed.hashed },
      { plain: { plan: "free" }, hashed: hashed.hashed },
    ]);
    await rig.samples.flush();
    rig.declared = { attributes: { country: "hashed", plan: "hashed" }, customer: "customer" };
    expect(await rig.samples.of("production")).toEqual([hashed]);
    const stored = [...(rig.database.samples.get("production")?.values() ?? [])].map(({ content }) => content).join();
    expect(stored).not.toMatch(/pro|free/);
    rig.declared = { attributes: {}, customer: "customer" };
    await rig.samples.settle("production");
    expect(rig.rows).toBe(0);
  });

  test("stay as they are while sluice.yaml cannot be read", async () => {
    const rig = new Rig();
    await rig.samples.take("production", [plan("pro")]);
    rig.declared = undefined;
    await rig.samples.take("production", [plan("free")]);
    expect(await rig.samples.of("production")).toEqual([]);
    rig.declared = { attributes: { plan: "plain" }, customer: "customer" };
    expect(await rig.samples.of("production")).toEqual([plan("pro")]);
  });

  test("take nothing that is not declared, whoever hands it on", async () => {
    const rig = new Rig();
    await rig.samples.take("production", [{ plain: { plan: "pro", email: "canary@example.com", country: "DE" }, hashed: { country: "DE", plan: "x" } }]);
    await rig.samples.flush();
    expect(JSON.stringify([...(rig.database.samples.get("production")?.values() ?? [])])).not.toMatch(/canary|DE/);
  });

  test("of another secret fit nothing any more, and go", async () => {
    const rig = new Rig();
    await rig.samples.take("production", [hashed]);
    await rig.samples.flush();
    expect(await rig.open("slh_another").of("production")).toEqual([]);
    expect(rig.rows).toBe(0);
  });

  test("are lost where the store does not take them, with a line in the log and no error", async () => {
    const rig = new Rig();
    rig.store.saveSampledContexts = async () => Promise.reject(new StoreUnavailable("full"));
    await rig.samples.take("production", [plan("pro")]);
    await rig.samples.flush();
    expect(rig.lines).toEqual(["samples.lost"]);
    expect(await rig.samples.of("production")).toEqual([]);
  });
});
