import { type Client, OpenFeature } from "@openfeature/server-sdk";
import type { LoggerProvider } from "@opentelemetry/sdk-logs";
import type { SluiceClient } from "@sluice/node";
import { EvaluationEventHook, SluiceProvider } from "@sluice/node/openfeature";

/** OpenFeature's own client, answered by ours; OpenTelemetry is told of each evaluation. */
export async function openFeatureClient(flags: SluiceClient, telemetry: LoggerProvider): Promise<Client> {
  await OpenFeature.setProviderAndWait(new SluiceProvider(flags));
  OpenFeature.addHooks(new EvaluationEventHook(telemetry.getLogger("billing-web")));
  return OpenFeature.getClient();
}
