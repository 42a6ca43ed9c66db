import { type FeedTrigger, type FoundRoute, jsonReply, type Problem, problemReply, readBody, type TriggerListing, triggerSecretBody } from "@sluice/contract";
import type { HttpReply, HttpRequest, Log } from "@sluice/ports";
import { didYouMean, type KillCatalogue } from "@sluice/releases";
import { armedFlags } from "./armed-flags.ts";
import type { TriggerSecrets } from "./trigger-secrets.ts";

interface Parts {
  readonly triggers: readonly FeedTrigger[];
  readonly catalogue: () => KillCatalogue;
  readonly secrets: TriggerSecrets;
  readonly log: Log;
}

interface Asked {
  readonly request: HttpRequest;
  readonly found: FoundRoute;
  /** Account id of who asks. */
  readonly by: string;
}

/** People's routes about triggers, of somebody who may; undefined: not one of them. Throws `DiskFailed`. */
export async function answerTriggers(parts: Parts, asked: Asked): Promise<HttpReply | undefined> {
  switch (asked.found.route.path) {
    case "/api/triggers":
      return jsonReply(200, { triggers: listed(parts) });
    case "/api/triggers/:name/secret":
      return secretReply(parts, asked);
    default:
      return undefined;
  }
}

function listed({ triggers, catalogue }: Parts): readonly TriggerListing[] {
  const known = catalogue();
  return triggers.map(({ name, shape, environment, flags, perHour }) => {
    const { notArmed } = armedFlags({ flags }, known);
    return { name, shape, environment, flags, notArmed, perHour, path: `/triggers/${name}` };
  });
}

async function secretReply({ triggers, secrets, log }: Parts, { request, found, by }: Asked): Promise<HttpReply> {
  const name = found.values["name"] ?? "";
  if (!triggers.some((trigger) => trigger.name === name)) return problemReply(unknownTrigger(name, triggers));
  if (request.method === "GET") return jsonReply(200, await secrets.shown(name));
  const body = readBody(triggerSecretBody, request.body);
  if (!body.ok) return problemReply(body.problem);
  const renewed = await secrets.renew(name, body.value.secret);
  log.info("trigger.renewed", { name, by });
  return jsonReply(200, renewed);
}

function unknownTrigger(name: string, triggers: readonly FeedTrigger[]): Problem {
  const names = triggers.map((trigger) => trigger.name);
  return {
    code: "unknownTrigger",
    message: `There is no trigger ${JSON.stringify(name)}.`,
    fix: names.length === 0 ? "Add it under triggers: in sluice.yaml." : didYouMean(name, names),
  };
}
