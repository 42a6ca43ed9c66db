import { OpenFeature } from "@openfeature/server-sdk";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { afterEach, expect, test } from "vitest";
import { SluiceClient } from "../client.ts";
import { snapshotAt } from "../testing/snapshots.ts";
import { json, VirtualWorld } from "../testing/virtual-world.ts";
import { EvaluationEventHook, type EvaluationEventOptions } from "./evaluation-event-hook.ts";
import { SluiceProvider } from "./provider.ts";

const HELLO = { environment: "production", epoch: "e1", seq: 3, heartbeatMs: 5000, confirmJitterMs: 0 };

afterEach(async () => {
  await OpenFeature.close();
  OpenFeature.clearHooks();
});

/** Events as OpenTelemetry's own SDK keeps them, of what the real OpenFeature SDK is asked. */
async function eventsOf(ask: () => Promise<unknown>, options?: EvaluationEventOptions): Promise<readonly unknown[]> {
  const world = new VirtualWorld();
  world.hello = HELLO;
  world.answer = () => json(200, snapshotAt(3));
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  const setting = OpenFeature.setProviderAndWait(new SluiceProvider(new SluiceClient({ url: "http://flags.example", key: "k" }, world)));
  await world.pass(10);
  await setting;
  OpenFeature.addHooks(new EvaluationEventHook(provider.getLogger("app"), options));
  await ask();
  await provider.forceFlush();
  return exporter.getFinishedLogRecords().map(({ eventName, severityNumber, attributes }) => ({ eventName, severityNumber, attributes }));
}

const ada = { targetingKey: "ada", customer: "acme" };

test("an evaluation is an event with the attributes of the conventions 1.45.0", async () => {
  const events = await eventsOf(async () => {
    await OpenFeature.getClient().getBooleanValue("site.diary", false, ada);
    await OpenFeature.getClient().getStringValue("site.dairy", "none", ada);
  });
  expect(events).toEqual([
    {
      eventName: "feature_flag.evaluation",
      severityNumber: 9,
      attributes: {
        "feature_flag.key": "site.diary",
        "feature_flag.provider.name": "sluice",
        "feature_flag.result.variant": "on",
        "feature_flag.result.value": true,
        "feature_flag.result.reason": "static",
        "feature_flag.context.id": "ada",
        "feature_flag.set.id": "production",
        "feature_flag.version": "e1:3",
      },
    },
    {
      eventName: "feature_flag.evaluation",
      severityNumber: 9,
      attributes: {
        "feature_flag.key": "site.dairy",
        "feature_flag.provider.name": "sluice",
        "feature_flag.result.value": "none",
        "feature_flag.result.reason": "error",
        "feature_flag.context.id": "ada",
        "feature_flag.set.id": "production",
        "feature_flag.version": "e1:3",
        "error.type": "flag_not_found",
        "feature_flag.error.message": 'There is no flag "site.dairy" in this environment.',
      },
    },
  ]);
});

test("what is left out does not leave the process", async () => {
  const ask = (): Promise<unknown> => OpenFeature.getClient().getBooleanValue("site.diary", false, ada);
  const events = await eventsOf(ask, { leaveOut: ["feature_flag.context.id", "feature_flag.result.value"] });
  expect(JSON.stringify(events)).not.toMatch(/ada|result\.value/);
  expect(events).toMatchObject([{ attributes: { "feature_flag.key": "site.diary" } }]);
});
