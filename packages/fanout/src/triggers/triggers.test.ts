import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bodyBytesMax, type FeedTrigger } from "@sluice/contract";
import { listen, type Listening, nodeHttpClient, nodeLog, nodeTimers } from "@sluice/ports/node";
import { afterEach, describe, expect, test } from "vitest";
import { FLAGS, OPERATOR_KEY, RunningFanout, SDK_KEY } from "../testing/running-fanout.ts";
import { settle } from "../testing/test-world.ts";

const client = nodeHttpClient({ keepsAlive: false });
const log = nodeLog({ json: true, name: "test", minimum: "error" });
const opened: Listening[] = [];
afterEach(() => Promise.all(opened.splice(0).map((server) => server.close())));

/** Written from the vendors' documentation. */
const sentBy = (shape: string): string => readFileSync(join(import.meta.dirname, "../../fixtures/alerts", `${shape}.json`), "utf8");
/** What PagerDuty makes and shows once. */
const PAGERDUTY_SECRET = "of-pagerduty-0123456789abcdef";

const SHAPES = ["generic", "alertmanager", "grafana", "datadog", "pagerduty", "opsgenie"] as const;
type Shape = (typeof SHAPES)[number];
const trigger = (shape: string, more: Partial<FeedTrigger> = {}): FeedTrigger => ({
  name: `by-${shape}`,
  shape,
  environment: "production",
  flags: ["shop.checkout"],
  perHour: 2,
  ...more,
});

type Answer = { readonly status: number; readonly body: Record<string, unknown> };
interface Site {
  readonly fanout: RunningFanout;
  readonly send: (name: string, body: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  /** As an admin on this machine asks. */
  readonly ask: (method: string, path: string, body?: object) => Promise<Answer>;
  readonly secret: (name: string) => Promise<string>;
  /** Seconds, by the server's clock. */
  readonly now: () => number;
}

/** A fan-out on a real port whose API has armed these triggers. */
async function armed(...triggers: readonly FeedTrigger[]): Promise<Site> {
  const fanout = await new RunningFanout().prepare();
  const { everything } = fanout.api;
  fanout.api.everything = () => everything().map((message) => (message.kind === "catalogue" ? { ...message, triggers } : message));
  await fanout.start();
  return served(fanout);
}

async function served(fanout: RunningFanout): Promise<Site> {
  Object.assign(fanout.world.timers, nodeTimers({ keepsAlive: false }));
  const server = await listen(fanout.fanout.handle, { host: "127.0.0.1", port: 0, maxBodyBytes: bodyBytesMax, beforeBody: fanout.fanout.beforeBody, log });
  opened.push(server);
  const request = async (
    method: string,
    path: string,
    given: { readonly headers: Readonly<Record<string, string>>; readonly body?: string },
  ): Promise<Answer> => {
    const sent = { method, url: `http://127.0.0.1:${server.port}${path}`, headers: given.headers, body: new TextEncoder().encode(given.body ?? "") };
    const reply = await client.request(sent, { timeoutMs: 10_000, maxBytes: 1 << 20 });
    return { status: reply.status, body: JSON.parse(new TextDecoder().decode(reply.body)) as Record<string, unknown> };
  };
  const ask: Site["ask"] = (method, path, body) => {
    const headers = { authorization: `Bearer ${OPERATOR_KEY}`, "content-type": "application/json" };
    return request(method, path, { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  };
  return {
    fanout,
    send: (name, body, headers = {}) => request("POST", `/triggers/${name}`, { headers: { "content-type": "application/json", ...headers }, body }),
    ask,
    secret: async (name) => String((await ask("GET", `/api/triggers/${name}/secret`)).body["secret"]),
    now: () => Math.floor(fanout.world.clock.nowMs() / 1000),
  };
}

/** The headers of Standard Webhooks, made by hand from their specification. */
function standardHeaders(secret: string, body: string, { id, seconds }: { readonly id: string; readonly seconds: number }): Readonly<Record<string, string>> {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": `v1,AAAA v1,${signature}` };
}

async function headersOf(site: Site, shape: Shape, body: string): Promise<Readonly<Record<string, string>>> {
  const secret = shape === "pagerduty" ? PAGERDUTY_SECRET : await site.secret(`by-${shape}`);
  switch (shape) {
    case "generic":
      return standardHeaders(secret, body, { id: "msg_1", seconds: site.now() });
    case "pagerduty":
      await site.ask("POST", "/api/triggers/by-pagerduty/secret", { secret });
      return { "x-pagerduty-signature": `v1=${"0".repeat(64)},v1=${createHmac("sha256", secret).update(body).digest("hex")}` };
    case "opsgenie":
      return { authorization: `Basic ${Buffer.from(`sluice:${secret}`).toString("base64")}` };
    case "alertmanager":
    case "grafana":
    case "datadog":
      return { authorization: `Bearer ${secret}` };
  }
}

const codeOf = ({ status, body }: Answer): readonly unknown[] => [status, (body["error"] as { readonly code?: unknown } | undefined)?.code];
const killsIn = ({ fanout }: Site): readonly unknown[] => fanout.database.events.flatMap(({ facts }) => (facts.kind === "flagsKilled" ? [facts] : []));
const killOf = ({ body }: Answer): string => String(body["kill"]);

describe("an alert", () => {
  test.each([
    ["generic", "Checkout charges twice on every order", "https://incidents.example/7"],
    ["alertmanager", "Invoices fail on b", "https://prometheus.example/graph?g0.expr=fails"],
    ["grafana", "Checkout takes four seconds", "https://grafana.example/alerting/grafana/abc/view"],
    ["datadog", "[Triggered on {service:checkout}] Errors above 5 %", "https://app.datadoghq.example/event/event?id=1"],
    ["pagerduty", "Checkout charges twice", "https://acme.pagerduty.example/incidents/QEXAMPLE1"],
    ["opsgenie", "Checkout charges twice", undefined],
  ] as const)("as %s sends it kills once, under the trigger's name, with the alert's words", async (shape, reason, incident) => {
    const site = await armed(trigger(shape));
    const stream = await site.fanout.stream();
    const body = sentBy(shape);
    const first = await site.send(`by-${shape}`, body, await headersOf(site, shape, body));
    expect(first).toMatchObject({ status: 201, body: { did: "killed", flags: ["shop.checkout"] } });
    const event = site.fanout.database.events.at(-1);
    expect(event?.facts).toMatchObject({ kind: "flagsKilled", kill: killOf(first), environment: "production", flags: ["shop.checkout"] });
    expect(event?.personal).toEqual({ by: `trigger:by-${shape}`, reason, ...(incident === undefined ? {} : { incident }) });
    expect(stream.named("patch")).toMatchObject([{ set: { kills: { [killOf(first)]: { flags: ["shop.checkout"] } } } }]);
    expect((await site.ask("GET", "/api/kills")).body).toMatchObject({ kills: [{ kill: killOf(first), by: `the trigger by-${shape}`, reason }] });

    // Told again a second later, as these systems do, and once more when a person has lifted it.
    site.fanout.world.monotonicMs += 1_000;
    expect(await site.send(`by-${shape}`, body, await headersOf(site, shape, body))).toMatchObject({
      status: 200,
      body: { did: "again", kill: killOf(first) },
    });
    expect((await site.ask("POST", `/api/kills/${killOf(first)}/lift`, { command: "lift-by-hand" })).status).toBe(200);
    site.fanout.world.monotonicMs += 1_000;
    expect(await site.send(`by-${shape}`, body, await headersOf(site, shape, body))).toMatchObject({ status: 200, body: { did: "again" } });
    expect(killsIn(site)).toHaveLength(1);
    expect((await site.ask("GET", "/api/kills")).body).toEqual({ kills: [] });
  });

  test.each([
    ["generic", sentBy("generic").replace('"alert"', '"status": "resolved", "alert"')],
    ["alertmanager", sentBy("alertmanager").replaceAll('"firing"', '"resolved"')],
    ["grafana", sentBy("grafana").replaceAll('"firing"', '"resolved"')],
    ["grafana", sentBy("grafana").replace('"alertname": "Checkout latency", "grafana_folder": "Shop"', '"alertname": "TestAlert", "instance": "Grafana"')],
    ["datadog", sentBy("datadog").replace("Triggered", "Recovered")],
    ["datadog", sentBy("datadog").replace("Triggered", "Warn")],
    ["pagerduty", sentBy("pagerduty").replace("incident.triggered", "incident.resolved")],
    ["pagerduty", '{"event":{"id":"1","event_type":"pagey.ping","resource_type":"pagey","data":{"message":"Hello","type":"ping"}}}'],
    ["opsgenie", sentBy("opsgenie").replace("Create", "Close")],
  ] as const)("of %s that is resolved, or is none, kills nothing and lifts nothing (%#)", async (shape, body) => {
    const site = await armed(trigger(shape));
    const first = sentBy(shape);
    const killed = await site.send(`by-${shape}`, first, await headersOf(site, shape, first));
    site.fanout.world.monotonicMs += 1_000;
    const answer = await site.send(`by-${shape}`, body, await headersOf(site, shape, body));
    expect(answer).toMatchObject({ status: 200, body: { did: "nothing", why: expect.stringMatching(/\w+ .*\./) as string } });
    expect((await site.ask("GET", "/api/kills")).body).toMatchObject({ kills: [{ kill: killOf(killed) }] });
    expect(site.fanout.database.events).toHaveLength(2);
  });

  test.each(SHAPES)("of %s that is no JSON, or not of its form, says what is wrong", async (shape) => {
    const site = await armed(trigger(shape));
    for (const body of ["{nonsense", "{}", "[]", '{"alerts":7,"title":7,"event":7,"action":7,"transition":7}']) {
      expect(codeOf(await site.send(`by-${shape}`, body, await headersOf(site, shape, body))), body).toEqual([400, "badRequest"]);
      site.fanout.world.monotonicMs += 1_000;
    }
    expect(killsIn(site)).toEqual([]);
  });

  test("of another trouble than the one that killed is part of it, until that kill is lifted; then it kills", async () => {
    const site = await armed(trigger("alertmanager"));
    const headers = { authorization: `Bearer ${await site.secret("by-alertmanager")}` };
    const other = sentBy("alertmanager").replace("bb22bb22bb22bb22", "dd44dd44dd44dd44");
    const anew = sentBy("alertmanager").replace("02:00:00.000Z", "03:00:00.000Z");
    const first = await site.send("by-alertmanager", sentBy("alertmanager"), headers);
    expect(await site.send("by-alertmanager", other, headers)).toMatchObject({ status: 200, body: { did: "again", kill: killOf(first) } });
    await site.ask("POST", `/api/kills/${killOf(first)}/lift`, { command: "lift-by-hand" });
    expect(await site.send("by-alertmanager", other, headers)).toMatchObject({ status: 200, body: { did: "again" } });
    expect(await site.send("by-alertmanager", anew, headers)).toMatchObject({ status: 201, body: { did: "killed" } });
    expect(killsIn(site)).toHaveLength(2);
  });

  test("that comes a hundred times at once is one kill", async () => {
    const site = await armed(trigger("datadog"));
    const headers = { authorization: `Bearer ${await site.secret("by-datadog")}` };
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => site.send("by-datadog", sentBy("datadog").replace("6768157481", `676815748${index}`), headers)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(59);
    expect(new Set(answers.map(killOf)).size).toBe(1);
    expect(killsIn(site)).toHaveLength(1);
  });

  test("beyond the trigger's rate is refused, the first of an hour never", async () => {
    const site = await armed(trigger("datadog", { perHour: 2 }), trigger("opsgenie", { perHour: 1, flags: ["shop.gift"] }));
    const headers = { authorization: `Bearer ${await site.secret("by-datadog")}` };
    const fire = async (cycle: number): Promise<Answer> => {
      const answer = await site.send("by-datadog", sentBy("datadog").replace("6768157481", String(cycle)), headers);
      if (answer.status === 201) await site.ask("POST", `/api/kills/${killOf(answer)}/lift`, { command: `lift-${cycle}-by-hand` });
      return answer;
    };
    expect([(await fire(1)).status, (await fire(2)).status]).toEqual([201, 201]);
    expect(codeOf(await fire(3))).toEqual([429, "tooOften"]);
    const other = sentBy("opsgenie");
    expect((await site.send("by-opsgenie", other, await headersOf(site, "opsgenie", other))).status).toBe(201);
    site.fanout.world.monotonicMs += 60 * 60_000 + 1;
    expect((await fire(3)).status).toBe(201);
  });

  test("counts against the rate on every server, and after a restart as before it", async () => {
    const site = await armed(trigger("datadog", { perHour: 2 }));
    const headers = { authorization: `Bearer ${await site.secret("by-datadog")}` };
    const fire = async (at: Site, cycle: number): Promise<Answer> => {
      const answer = await at.send("by-datadog", sentBy("datadog").replace("6768157481", String(cycle)), headers);
      if (answer.status === 201) await at.ask("POST", `/api/kills/${killOf(answer)}/lift`, { command: `lift-${cycle}-by-hand` });
      return answer;
    };
    expect([(await fire(site, 1)).status, (await fire(site, 2)).status]).toEqual([201, 201]);
    await site.fanout.restart();
    const again = await served(site.fanout);
    expect(codeOf(await fire(again, 3))).toEqual([429, "tooOften"]);
    site.fanout.world.monotonicMs += 60 * 60_000 + 1;
    expect((await fire(again, 3)).status).toBe(201);
  });

  test("switches off only what is armed, whatever it names, and what is left of it", async () => {
    const site = await armed(
      trigger("generic"),
      trigger("alertmanager", { flags: ["shop.checkout", "shop.gone", "shop.limits"] }),
      trigger("datadog", { flags: ["shop.limits"] }),
      trigger("opsgenie", { flags: ["shop.gone"] }),
    );
    const foreign = JSON.stringify({ title: "x", flags: ["shop.checkout", "shop.gift"] });
    expect(codeOf(await site.send("by-generic", foreign, await headersOf(site, "generic", foreign)))).toEqual([403, "notArmed"]);
    const gone = sentBy("opsgenie");
    expect(codeOf(await site.send("by-opsgenie", gone, await headersOf(site, "opsgenie", gone)))).toEqual([403, "notArmed"]);
    expect(killsIn(site)).toEqual([]);
    const bulk = sentBy("alertmanager");
    await site.send("by-alertmanager", bulk, await headersOf(site, "alertmanager", bulk));
    const alone = sentBy("datadog");
    await site.send("by-datadog", alone, await headersOf(site, "datadog", alone));
    expect(killsIn(site)).toMatchObject([{ flags: ["shop.checkout"] }, { flags: ["shop.limits"] }]);
    expect((await site.ask("GET", "/api/triggers")).body).toMatchObject({
      triggers: [
        { name: "by-generic", notArmed: [], path: "/triggers/by-generic" },
        { name: "by-alertmanager", notArmed: ["shop.gone", "shop.limits"] },
        { name: "by-datadog", notArmed: [] },
        { name: "by-opsgenie", notArmed: ["shop.gone"] },
      ],
    });
  });

  test("of a trigger that was disarmed meanwhile is refused like one that never was", async () => {
    const site = await armed(trigger("datadog"));
    const headers = { authorization: `Bearer ${await site.secret("by-datadog")}` };
    site.fanout.api.tell({ kind: "catalogue", flags: FLAGS, environments: [], triggers: [] });
    await settle();
    const refused = await site.send("by-datadog", sentBy("datadog"), headers);
    expect(codeOf(refused)).toEqual([401, "triggerRefused"]);
    expect(await site.send("never-was", sentBy("datadog"), headers)).toEqual(refused);
    expect(killsIn(site)).toEqual([]);
  });
});

describe("who knows no secret", () => {
  test.each(SHAPES)("kills nothing as %s: no proof, a wrong one, or that of somebody else", async (shape) => {
    const site = await armed(trigger(shape), trigger("datadog", { name: "other" }));
    const body = sentBy(shape);
    const right = await headersOf(site, shape, body);
    const others = await site.secret("other");
    const forged = standardHeaders(others, body, { id: "msg_1", seconds: site.now() });
    for (const headers of [
      {},
      ...[others, SDK_KEY, OPERATOR_KEY, ""].map((secret) => ({ authorization: `Bearer ${secret}` })),
      { authorization: `Basic ${Buffer.from(`sluice:${others}`).toString("base64")}` },
      { ...forged, "x-pagerduty-signature": `v1=${createHmac("sha256", others).update(body).digest("hex")}` },
      { "x-grafana-alerting-signature": createHmac("sha256", others).update(body).digest("hex") },
      { "webhook-id": "msg_1", "webhook-timestamp": "soon", "webhook-signature": "v1," },
    ])
      expect(codeOf(await site.send(`by-${shape}`, body, headers)), JSON.stringify(headers)).toEqual([401, "triggerRefused"]);
    if (["generic", "pagerduty"].includes(shape)) expect(codeOf(await site.send(`by-${shape}`, `${body} `, right))).toEqual([401, "triggerRefused"]);
    expect(site.fanout.database.events).toHaveLength(1);
    expect((await site.send(`by-${shape}`, body, right)).status).toBe(201);
  });

  test("cannot send a signed request again, nor one of another time", async () => {
    const site = await armed(trigger("generic"));
    const [body, secret] = [sentBy("generic"), await site.secret("by-generic")];
    for (const seconds of [site.now() - 301, site.now() + 301])
      expect(codeOf(await site.send("by-generic", body, standardHeaders(secret, body, { id: "msg_1", seconds })))).toEqual([401, "signatureExpired"]);
    expect(killsIn(site)).toEqual([]);
    const headers = standardHeaders(secret, body, { id: "msg_1", seconds: site.now() - 299 });
    expect((await site.send("by-generic", body, headers)).status).toBe(201);
    expect(codeOf(await site.send("by-generic", body, headers))).toEqual([409, "replayed"]);
    expect((await site.send("by-generic", body, standardHeaders(secret, body, { id: "msg_1", seconds: site.now() }))).status).toBe(200);
    expect(killsIn(site)).toHaveLength(1);
  });

  test("cannot send what Grafana signed for another time", async () => {
    const site = await armed(trigger("grafana"));
    const [body, secret] = [sentBy("grafana"), await site.secret("by-grafana")];
    const signed = (seconds: number): Readonly<Record<string, string>> => ({
      "x-grafana-alerting-timestamp": String(seconds),
      "x-grafana-alerting-signature": createHmac("sha256", secret).update(`${seconds}:${body}`).digest("hex"),
    });
    expect(codeOf(await site.send("by-grafana", body, signed(site.now() - 301)))).toEqual([401, "signatureExpired"]);
    const { "x-grafana-alerting-signature": signature = "" } = signed(site.now() - 301);
    const moved = { "x-grafana-alerting-timestamp": String(site.now()), "x-grafana-alerting-signature": signature };
    expect(codeOf(await site.send("by-grafana", body, moved))).toEqual([401, "triggerRefused"]);
    expect((await site.send("by-grafana", body, signed(site.now()))).status).toBe(201);
  });

  test("is not read to the end", async () => {
    const site = await armed(trigger("datadog"));
    const headers = { authorization: `Bearer ${await site.secret("by-datadog")}` };
    const large = JSON.stringify({ ...(JSON.parse(sentBy("datadog")) as object), more: "x".repeat(512 << 10) });
    expect(codeOf(await site.send("by-datadog", large, headers))).toEqual([413, "bodyTooLarge"]);
    expect(killsIn(site)).toEqual([]);
  });
});

describe("while what stands behind is gone", () => {
  test("an alert kills without the API and the store, under one command, and the log gets it once", async () => {
    const site = await armed(trigger("alertmanager"));
    const headers = { authorization: `Bearer ${await site.secret("by-alertmanager")}` };
    const stream = await site.fanout.stream();
    site.fanout.api.down();
    site.fanout.store.trouble = "hangs";
    const first = await site.send("by-alertmanager", sentBy("alertmanager"), headers);
    expect(first).toMatchObject({ status: 201, body: { did: "killed" } });
    expect(stream.named("urgent")).toMatchObject([{ id: killOf(first), flags: ["shop.checkout"] }]);
    expect(killsIn(site)).toEqual([]);
    expect(await site.send("by-alertmanager", sentBy("alertmanager"), headers)).toMatchObject({ status: 200, body: { did: "again", kill: killOf(first) } });

    const { fanout } = site;
    await fanout.restart("refuses");
    const later = await served(fanout);
    expect(await later.send("by-alertmanager", sentBy("alertmanager"), headers)).toMatchObject({ status: 200, body: { did: "again", kill: killOf(first) } });
    expect((await later.ask("GET", "/api/kills")).body).toMatchObject({ kills: [{ kill: killOf(first), by: "the trigger by-alertmanager", emergency: true }] });
    fanout.store.trouble = "none";
    await fanout.world.advance(10_000);
    expect(killsIn(later)).toHaveLength(1);
    expect(fanout.database.events.at(-1)?.personal).toMatchObject({ by: "trigger:by-alertmanager", reason: "Invoices fail on b" });
    expect(await later.send("by-alertmanager", sentBy("alertmanager"), headers)).toMatchObject({ status: 200, body: { did: "again", kill: killOf(first) } });
    expect(killsIn(later)).toHaveLength(1);
  });

  test("a process that is started again with nothing but its disk takes the alert", async () => {
    const site = await armed(trigger("datadog"));
    const headers = { authorization: `Bearer ${await site.secret("by-datadog")}` };
    // The disk has what the API said a second later.
    await expect.poll(() => new TextDecoder().decode(site.fanout.disk.files.get("console.json")), { timeout: 10_000 }).toContain("by-datadog");
    site.fanout.api.down();
    await site.fanout.restart("refuses");
    const later = await served(site.fanout);
    expect(await later.send("by-datadog", sentBy("datadog"), headers)).toMatchObject({ status: 201, body: { did: "killed" } });
  });
});

describe("a trigger's secret", () => {
  test("is a file of its own, good for a day after it was replaced, and for admins only", async () => {
    const site = await armed(trigger("datadog"));
    const before = await site.secret("by-datadog");
    expect(before).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(new TextDecoder().decode(site.fanout.disk.files.get("trigger-by-datadog.key"))).toBe(`${before}\n`);
    const renewed = await site.ask("POST", "/api/triggers/by-datadog/secret", {});
    const after = await site.secret("by-datadog");
    expect(renewed.body).toEqual({ secret: after, earlierUntilMs: site.fanout.world.clock.nowMs() + 24 * 60 * 60_000 });
    expect(after).not.toBe(before);
    const told = sentBy("datadog").replace("Triggered", "Recovered");
    const statuses = async (): Promise<readonly number[]> => [
      (await site.send("by-datadog", told, { authorization: `Bearer ${before}` })).status,
      (await site.send("by-datadog", told, { authorization: `Bearer ${after}` })).status,
    ];
    expect(await statuses()).toEqual([200, 200]);
    site.fanout.world.monotonicMs += 24 * 60 * 60_000 + 1;
    expect(await statuses()).toEqual([401, 200]);
    for (const person of ["ada", "pia", "max", "aud"])
      expect((await site.fanout.json("GET", "/api/triggers/by-datadog/secret", { as: person })).status, person).toBe(403);
    expect(codeOf(await site.ask("GET", "/api/triggers/by-datdog/secret"))).toEqual([404, "unknownTrigger"]);
    expect([...site.fanout.disk.files.keys()].filter((name) => name.startsWith("trigger-"))).toEqual(["trigger-by-datadog.key"]);
  });

  test("survives a restart, and stays where the disk refuses a new one", async () => {
    const site = await armed(trigger("datadog"));
    const before = await site.secret("by-datadog");
    site.fanout.disk.isFull = true;
    expect((await site.ask("POST", "/api/triggers/by-datadog/secret", {})).status).toBe(500);
    expect(await site.secret("by-datadog")).toBe(before);
    site.fanout.disk.isFull = false;
    await site.fanout.restart();
    expect(await (await served(site.fanout)).secret("by-datadog")).toBe(before);
  });
});
