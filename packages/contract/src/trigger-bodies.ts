import * as z from "zod";

/**
 * What the systems send whose alerts a trigger understands, as their documentation has it; fields that nobody needs here are not looked at.
 * Texts are cut where they are used, never refused for their length: an alert must not fail on a long title.
 */
const words = z.string();
/** Alerts of one notification. Alertmanager sends a whole group; more than this are beyond what one kill needs. */
const ALERTS_MAX = 1_000;
/** A generic webhook may name some of the flags that are armed for it. */
const FLAGS_MAX = 50;

/** `generic`: the body is ours to say. Signed in the manner of Standard Webhooks. */
export const genericAlertBody = z.looseObject({
  title: words,
  /** What stays the same when it fires again; the header `webhook-id` where it is left out. */
  alert: z.string().min(1).max(500).optional(),
  status: z.enum(["firing", "resolved"]).optional(),
  incident: words.optional(),
  /** Some of the flags that are armed; all of them where it is left out. */
  flags: z.array(z.string().min(1).max(200)).min(1).max(FLAGS_MAX).optional(),
});

const labels = z.record(z.string(), z.string());
/** Alertmanager's webhook (version 4), which Grafana sends too, with more fields. */
export const alertmanagerBody = z.looseObject({
  externalURL: words.optional(),
  alerts: z
    .array(
      z.looseObject({
        status: z.enum(["firing", "resolved"]),
        labels,
        annotations: labels.optional(),
        startsAt: z.string().max(100),
        fingerprint: z.string().max(200).optional(),
        generatorURL: words.optional(),
      }),
    )
    .max(ALERTS_MAX),
});

/** Datadog sends the payload that its webhook is given: docs/triggers.md has this one. */
export const datadogBody = z.looseObject({
  transition: z.string().max(100),
  cycle: z.string().min(1).max(200),
  title: words,
  link: words.optional(),
});

/** PagerDuty's webhook v3. Events about other things than incidents have other data. */
export const pagerdutyBody = z.looseObject({
  event: z.looseObject({
    event_type: z.string().max(200),
    data: z.looseObject({ id: z.string().max(200).optional(), title: words.nullish(), html_url: words.nullish() }),
  }),
});

/** Opsgenie's outgoing webhook. */
export const opsgenieBody = z.looseObject({
  action: z.string().max(100),
  alert: z.looseObject({ alertId: z.string().min(1).max(200), message: words.optional() }),
});

export type GenericAlertBody = z.infer<typeof genericAlertBody>;
export type AlertmanagerBody = z.infer<typeof alertmanagerBody>;
export type DatadogBody = z.infer<typeof datadogBody>;
export type PagerdutyBody = z.infer<typeof pagerdutyBody>;
export type OpsgenieBody = z.infer<typeof opsgenieBody>;

/** `POST /api/triggers/:name/secret`: a new secret; `secret` where the other system has made it, as PagerDuty does. */
export const triggerSecretBody = z.strictObject({
  secret: z
    .string()
    .min(16)
    .max(300)
    .regex(/^[\x21-\x7e]+$/, "is of printable ASCII without spaces")
    .optional(),
});

/** A trigger, and what an alert would switch off by it. */
export interface TriggerListing {
  readonly name: string;
  readonly shape: string;
  readonly environment: string;
  readonly flags: readonly string[];
  /** Of `flags`: what an alert would not switch off, because it is unknown, or ops or permission beside others. */
  readonly notArmed: readonly string[];
  readonly perHour: number;
  /** Below the server's address. */
  readonly path: string;
}

/** `GET /api/triggers`. */
export const triggersReply: z.ZodType<{ readonly triggers: readonly TriggerListing[] }> = z.looseObject({
  triggers: z.array(
    z.looseObject({
      name: z.string(),
      shape: z.string(),
      environment: z.string(),
      flags: z.array(z.string()),
      notArmed: z.array(z.string()),
      perHour: z.number(),
      path: z.string(),
    }),
  ),
});

/** `GET` and `POST /api/triggers/:name/secret`. `until`: when the one before ends, where there is one, in wall-clock milliseconds. */
export const triggerSecretReply = z.looseObject({ secret: z.string(), earlierUntilMs: z.number().optional() });

/** `POST /triggers/:name`. */
export const triggeredReply = z.looseObject({
  did: z.enum(["killed", "again", "nothing"]),
  kill: z.string().optional(),
  flags: z.array(z.string()).optional(),
  why: z.string().optional(),
});
