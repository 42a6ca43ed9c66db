import { ErrorCode, OpenFeature, ProviderEvents, ServerProviderStatus } from "@openfeature/server-sdk";
import { afterEach, describe, expect, test } from "vitest";
import { SluiceClient } from "../client.ts";
import { snapshotAt } from "../testing/snapshots.ts";
import { json, VirtualWorld } from "../testing/virtual-world.ts";
import { SluiceProvider } from "./provider.ts";

const HELLO = { environment: "production", epoch: "e1", seq: 3, heartbeatMs: 5000, confirmJitterMs: 0 };

afterEach(async () => {
  await OpenFeature.close();
  OpenFeature.clearHandlers();
});

/** The real OpenFeature SDK over a client whose server is the test. */
async function start(answers: "serving" | "refusing"): Promise<{ readonly world: VirtualWorld; readonly heard: string[]; readonly setting: Promise<void> }> {
  const world = new VirtualWorld();
  world.hello = HELLO;
  world.answer = () =>
    answers === "serving"
      ? json(
          200,
          snapshotAt(3, {
            flags: {
              ...snapshotAt(3).flags,
              plan: { type: "object", variants: { a: { size: 2 } }, off: "a" },
              split: {
                rules: [
                  {
                    id: "some",
                    serve: {
                      share: 100_000,
                      of: [
                        ["on", 50_000],
                        ["off", 50_000],
                      ],
                    },
                  },
                ],
              },
            },
          }),
        )
      : "refused";
  const heard: string[] = [];
  for (const event of [ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Error, ProviderEvents.ConfigurationChanged] as const) {
    OpenFeature.addHandler(event, (details) => {
      const flags: unknown = details !== undefined && "flagsChanged" in details ? details.flagsChanged : undefined;
      heard.push([event, ...(Array.isArray(flags) ? flags : [])].join(" "));
    });
  }
  // The provider that OpenFeature starts with calls READY handlers at once; that is not ours.
  await world.settle();
  heard.length = 0;
  const setting = OpenFeature.setProviderAndWait(new SluiceProvider(new SluiceClient({ url: "http://flags.example", key: "k" }, world)));
  setting.catch(() => {});
  await world.pass(10);
  return { world, heard, setting };
}

describe("Sluice behind OpenFeature", () => {
  test("passes on what it is told to track, where that names a flag", async () => {
    const { world, setting } = await start("serving");
    await setting;
    const client = OpenFeature.getClient();
    client.track("export", { customer: "acme" }, { flag: "site.diary", failed: true });
    client.track("export", { customer: "acme" }, { value: 7 });
    await world.pass(10_000);
    const sent = world.requests.filter(({ url }) => url.endsWith("/sdk/v1/telemetry")).map(({ body }) => JSON.parse(new TextDecoder().decode(body)));
    expect(sent).toMatchObject([{ outcomes: [{ flag: "site.diary", variant: "on", outcome: "export", ok: 0, failed: 1 }] }]);
    expect(sent[0].outcomes).toHaveLength(1);
  });

  test("answers all four types with reason, variant and metadata", async () => {
    const { setting } = await start("serving");
    await setting;
    const client = OpenFeature.getClient();
    expect(await client.getBooleanDetails("site.diary", false)).toMatchObject({
      value: true,
      variant: "on",
      reason: "STATIC",
      flagMetadata: { cause: "default", version: "e1:3", epoch: "e1", seq: 3 },
    });
    expect(await client.getStringValue("greeting", "?")).toBe("Good morning");
    expect(await client.getObjectValue("plan", {})).toEqual({ size: 2 });
    expect(await client.getNumberValue("absent", 7)).toBe(7);
    expect(await client.getBooleanDetails("split", false, { targetingKey: "ada" })).toMatchObject({
      reason: "SPLIT",
      flagMetadata: { cause: "rule", by: "some" },
    });
    expect(OpenFeature.getClient().providerStatus).toBe(ServerProviderStatus.READY);
  });

  test("says FLAG_NOT_FOUND and TYPE_MISMATCH apart", async () => {
    const { setting } = await start("serving");
    await setting;
    const client = OpenFeature.getClient();
    expect(await client.getBooleanDetails("site.dairy", true)).toMatchObject({
      value: true,
      reason: "ERROR",
      errorCode: ErrorCode.FLAG_NOT_FOUND,
      errorMessage: 'There is no flag "site.dairy" in this environment.',
    });
    expect(await client.getNumberDetails("site.diary", 3)).toMatchObject({ value: 3, errorCode: ErrorCode.TYPE_MISMATCH });
  });

  test("tells of changes with the flags they touch, and answers the kill with its id", async () => {
    const { world, heard, setting } = await start("serving");
    await setting;
    world.send("patch", { epoch: "e1", base: 3, to: 4, set: { kills: { k1: { flags: ["site.diary"] } } } });
    expect(heard).toEqual(["PROVIDER_READY", "PROVIDER_CONFIGURATION_CHANGED site.diary"]);
    expect(await OpenFeature.getClient().getBooleanDetails("site.diary", true)).toMatchObject({
      value: false,
      reason: "DISABLED",
      flagMetadata: { cause: "kill", by: "k1", seq: 4 },
    });
  });

  test("is STALE while cut off and READY when the server is back, answering all the time", async () => {
    const { world, heard, setting } = await start("serving");
    await setting;
    world.streamStatus = 0;
    world.drop("reset");
    await world.pass(2_000);
    expect(OpenFeature.getClient().providerStatus).toBe(ServerProviderStatus.STALE);
    expect(await OpenFeature.getClient().getBooleanValue("site.diary", false)).toBe(true);
    world.streamStatus = 200;
    await world.pass(10_000);
    expect(heard.slice(0, 3)).toEqual(["PROVIDER_READY", "PROVIDER_STALE", "PROVIDER_READY"]);
    expect(OpenFeature.getClient().providerStatus).toBe(ServerProviderStatus.READY);
  });

  test("is in ERROR without any flags, names the cause, and becomes READY with the first", async () => {
    const { world, heard, setting } = await start("refusing");
    await world.pass(1_000);
    await expect(setting).rejects.toThrow("No Sluice server answers at http://flags.example");
    expect(await OpenFeature.getClient().getBooleanDetails("site.diary", true)).toMatchObject({ value: true, errorCode: ErrorCode.PROVIDER_NOT_READY });
    world.answer = () => json(200, snapshotAt(3));
    await world.pass(5_000);
    expect(heard[0]).toBe("PROVIDER_ERROR");
    expect(OpenFeature.getClient().providerStatus).toBe(ServerProviderStatus.READY);
    expect(await OpenFeature.getClient().getBooleanValue("site.diary", false)).toBe(true);
  });

  test("is READY and then STALE when it starts from its cache without a server", async () => {
    const world = new VirtualWorld();
    world.files.set("sluice-production.json", new TextEncoder().encode(JSON.stringify({ snapshot: snapshotAt(3), urgent: [] })));
    const setting = OpenFeature.setProviderAndWait(
      new SluiceProvider(new SluiceClient({ url: "http://flags.example", key: "k", environment: "production", cacheDir: "cache" }, world)),
    );
    await world.pass(10);
    await setting;
    await world.settle();
    expect(OpenFeature.getClient().providerStatus).toBe(ServerProviderStatus.STALE);
    expect(await OpenFeature.getClient().getBooleanValue("site.diary", false)).toBe(true);
  });

  test("closes its client with the provider", async () => {
    const { world, setting } = await start("serving");
    await setting;
    await OpenFeature.close();
    expect({ timers: world.plannedCount, open: world.streams.filter((stream) => !stream.isClosed).length }).toEqual({ timers: 0, open: 0 });
  });
});
