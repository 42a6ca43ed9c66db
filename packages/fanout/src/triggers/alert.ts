import {
  type AlertmanagerBody,
  alertmanagerBody,
  type DatadogBody,
  datadogBody,
  type GenericAlertBody,
  genericAlertBody,
  type OpsgenieBody,
  opsgenieBody,
  type PagerdutyBody,
  pagerdutyBody,
  type Problem,
  readBody,
} from "@sluice/contract";
import { canonicalJson, type Result } from "@sluice/evaluation";
import type { HttpRequest } from "@sluice/ports";

/** Something that fires: `id` stays the same when it is told again, and is another when it fires anew after it was resolved. */
export interface Alert {
  readonly id: string;
  readonly title: string;
  /** An address of http or https. */
  readonly incident?: string;
}

/** What a notification says. No alert: `why` it asks for nothing. */
export interface Notified {
  readonly alerts: readonly Alert[];
  readonly why: string;
  /** Some of the flags that are armed; absent: all of them. */
  readonly flags?: readonly string[];
}

/** A reason is read in a list, and an address in a link. */
const TITLE_CHARS_MAX = 300;
const LINK_CHARS_MAX = 2_000;
const RESOLVED = "What is resolved is switched on by a person, never by an alert.";
/** Datadog's words for a monitor that is, or still is, in alert; warnings and missing data are none. */
const DATADOG_FIRES: ReadonlySet<string> = new Set(["Triggered", "Re-Triggered", "Renotify"]);

type Sent = Pick<HttpRequest, "body" | "headers">;

/** Whose alerts this version understands. */
export type TriggerShape = "generic" | "alertmanager" | "grafana" | "datadog" | "pagerduty" | "opsgenie";

/** How each shape of `sluice.yaml` is read. */
const readers: Readonly<Record<TriggerShape, (sent: Sent) => Result<Notified, Problem>>> = {
  generic: ({ body, headers }: Sent) => told(readBody(genericAlertBody, body), (alert) => genericAlert(alert, headers["webhook-id"] ?? "")),
  alertmanager: ({ body }: Sent) => told(readBody(alertmanagerBody, body), alertmanagerAlerts),
  grafana: ({ body }: Sent) => told(readBody(alertmanagerBody, body), grafanaAlerts),
  datadog: ({ body }: Sent) => told(readBody(datadogBody, body), datadogAlert),
  pagerduty: ({ body }: Sent) => told(readBody(pagerdutyBody, body), pagerdutyAlert),
  opsgenie: ({ body }: Sent) => told(readBody(opsgenieBody, body), opsgenieAlert),
};

/** A server of a newer version may arm triggers of further shapes. */
export const isKnownShape = (shape: string): shape is TriggerShape => Object.hasOwn(readers, shape);

/** Reads a notification of one system. Problems: badRequest. */
export const readAlerts = (shape: TriggerShape, sent: Sent): Result<Notified, Problem> => readers[shape](sent);

function told<T>(parsed: Result<T, Problem>, meaning: (body: T) => Notified): Result<Notified, Problem> {
  if (parsed.ok) return { ok: true, value: meaning(parsed.value) };
  return { ok: false, problem: { ...parsed.problem, fix: "docs/triggers.md says what this trigger's shape is sent as." } };
}

function genericAlert(body: GenericAlertBody, webhook: string): Notified {
  const isFiring = body.status !== "resolved";
  return {
    alerts: isFiring ? [alertOf(body.alert ?? webhook, body.title, body.incident)] : [],
    why: RESOLVED,
    ...(body.flags === undefined ? {} : { flags: body.flags }),
  };
}

function alertmanagerAlerts({ alerts, externalURL }: AlertmanagerBody): Notified {
  const firing = alerts.filter(({ status }) => status === "firing");
  return {
    // The same rule fires anew after it was resolved: then it starts at another time.
    alerts: firing.map((alert) =>
      alertOf(
        `${alert.fingerprint ?? canonicalJson(alert.labels)}@${alert.startsAt}`,
        alert.annotations?.["summary"] ?? alert.labels["alertname"] ?? alert.annotations?.["description"],
        alert.generatorURL === undefined || alert.generatorURL === "" ? externalURL : alert.generatorURL,
      ),
    ),
    why: RESOLVED,
  };
}

/** Grafana's button "Test" sends an alert like any other, but for these labels: trying a contact point must switch nothing off. */
const isGrafanaTest = ({ labels }: AlertmanagerBody["alerts"][number]): boolean => labels["alertname"] === "TestAlert" && labels["instance"] === "Grafana";

function grafanaAlerts(body: AlertmanagerBody): Notified {
  const alerts = body.alerts.filter((alert) => !isGrafanaTest(alert));
  if (alerts.length === 0 && body.alerts.length > 0) return { alerts: [], why: "It is a test of Grafana's; the way to here works." };
  return alertmanagerAlerts({ ...body, alerts });
}

function datadogAlert({ transition, cycle, title, link }: DatadogBody): Notified {
  const isFiring = DATADOG_FIRES.has(transition);
  return {
    alerts: isFiring ? [alertOf(cycle, title, link)] : [],
    why: transition === "Recovered" ? RESOLVED : "Only a monitor that is triggered kills; warnings and missing data do not.",
  };
}

function pagerdutyAlert({ event }: PagerdutyBody): Notified {
  const { id, title, html_url: link } = event.data;
  const isFiring = event.event_type === "incident.triggered" && id !== undefined;
  return {
    alerts: isFiring ? [alertOf(id, title, link)] : [],
    why: event.event_type === "incident.resolved" ? RESOLVED : "Only incident.triggered kills.",
  };
}

function opsgenieAlert({ action, alert }: OpsgenieBody): Notified {
  return { alerts: action === "Create" ? [alertOf(alert.alertId, alert.message, undefined)] : [], why: action === "Close" ? RESOLVED : "Only Create kills." };
}

function alertOf(id: string, title: string | null | undefined, link: string | null | undefined): Alert {
  const incident = linkOf(link ?? "");
  return { id, title: plainWords(title ?? ""), ...(incident === undefined ? {} : { incident }) };
}

/** One line without control characters and halves of characters, cut between characters. */
function plainWords(text: string): string {
  const line = text
    .slice(0, TITLE_CHARS_MAX * 4)
    .replaceAll(/[\p{Cc}\p{Cs}\p{Cf}\s]+/gu, " ")
    .trim();
  const cut = [...line].slice(0, TITLE_CHARS_MAX).join("");
  return cut === "" ? "an alert without a title" : cut;
}

function linkOf(text: string): string | undefined {
  if (text.length > LINK_CHARS_MAX || !/^https?:\/\/[\x21-\x7e]+$/.test(text)) return undefined;
  return URL.canParse(text) ? text : undefined;
}
