import { ErrorCode, OpenFeature, ProviderEvents, ProviderStatus } from "@openfeature/web-sdk";
import { afterEach, describe, expect, test } from "vitest";
import { settle, TestPage } from "../testing/test-page.ts";
import { withReports } from "../reports/index.ts";
import { SluiceWebProvider } from "./provider.ts";

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const tokenOf = (subject: string): string => `${part({ alg: "HS256" })}.${part({ sub: subject })}.c2ln`;
const answer = (value: unknown, variant = String(value), reason = "TARGETING_MATCH"): object => ({ value, variant, reason });
const FLAGS = { "web.on": answer(true, "on"), "web.text": answer("Good day", "long"), "web.size": answer(12), "web.theme": answer({ ink: 1 }, "dark") };
const body = (seq: number, answers: object): object => ({ environment: "production", epoch: "e1", seq, answers });

afterEach(async () => {
  await OpenFeature.clearProviders();
  OpenFeature.clearHandlers();
  await OpenFeature.clearContexts();
});

interface Started {
  readonly page: TestPage;
  readonly heard: string[];
  readonly setting: Promise<void>;
}

function serving(page: TestPage, answers: object = FLAGS, seq = 3): void {
  page.server = (asked) =>
    asked.path === "answers" ? asked.reply(200, body(seq, answers)) : asked.open().send("hello", { environment: "production", epoch: "e1", seq, jitterMs: 0 });
}

/** The real OpenFeature SDK over a client whose server and clock are the test's. */
async function start(
  page: TestPage,
  fetchToken: (context: { readonly targetingKey?: string | undefined }) => Promise<string | undefined> = async ({ targetingKey }) =>
    tokenOf(String(targetingKey)),
): Promise<Started> {
  const heard: string[] = [];
  await OpenFeature.setContext({ targetingKey: "ada" });
  for (const event of [
    ProviderEvents.Ready,
    ProviderEvents.Stale,
    ProviderEvents.Error,
    ProviderEvents.ConfigurationChanged,
    ProviderEvents.Reconciling,
    ProviderEvents.ContextChanged,
  ] as const)
    OpenFeature.addHandler(event, (details) => {
      const flags: unknown = details !== undefined && "flagsChanged" in details ? details.flagsChanged : undefined;
      heard.push([event.replace("PROVIDER_", ""), ...(Array.isArray(flags) ? flags : [])].join(" "));
    });
  await settle();
  heard.length = 0;
  const setting = OpenFeature.setProviderAndWait(
    new SluiceWebProvider({ url: "https://flags.example", environment: "production", fetchToken, world: () => page }),
  );
  setting.catch(() => {});
  await settle();
  return { page, heard, setting };
}

const status = (): ProviderStatus => OpenFeature.getClient().providerStatus;

describe("Sluice behind OpenFeature's web SDK", () => {
  test("answers all four types with reason and variant, for the context's token", async () => {
    const page = new TestPage();
    serving(page);
    const { setting } = await start(page);
    await setting;
    const client = OpenFeature.getClient();
    expect([client.getStringValue("web.text", "?"), client.getNumberValue("web.size", 0), client.getObjectValue("web.theme", {})]).toEqual([
      "Good day",
      12,
      { ink: 1 },
    ]);
    expect(client.getBooleanDetails("web.on", false)).toMatchObject({ value: true, variant: "on", reason: "TARGETING_MATCH" });
    expect([page.last("answers").token, status()]).toEqual([`Bearer ${tokenOf("ada")}`, ProviderStatus.READY]);
  });

  test("says FLAG_NOT_FOUND and TYPE_MISMATCH apart", async () => {
    const page = new TestPage();
    serving(page);
    await (
      await start(page)
    ).setting;
    const client = OpenFeature.getClient();
    expect(client.getBooleanDetails("web.no", true)).toMatchObject({ value: true, reason: "ERROR", errorCode: ErrorCode.FLAG_NOT_FOUND });
    expect(client.getNumberDetails("web.on", 7)).toMatchObject({ value: 7, errorCode: ErrorCode.TYPE_MISMATCH });
  });

  test("tells of a kill with its flags", async () => {
    const page = new TestPage();
    serving(page);
    const { setting, heard } = await start(page);
    await setting;
    page.last("stream").send("kill", { epoch: "e1", seq: 4, answers: { "web.on": answer(false, "off", "DISABLED") } });
    await settle();
    expect(heard).toEqual(["READY", "CONFIGURATION_CHANGED web.on"]);
    expect(OpenFeature.getClient().getBooleanDetails("web.on", true)).toMatchObject({ value: false, reason: "DISABLED" });
  });

  test("is STALE while cut off, and READY when a stream is open again", async () => {
    const page = new TestPage();
    serving(page);
    const { setting, heard } = await start(page);
    await setting;
    page.server = (asked) => asked.fail();
    page.last("stream").end();
    await page.pass(2_000);
    expect([status(), OpenFeature.getClient().getBooleanValue("web.on", false)]).toEqual([ProviderStatus.STALE, true]);
    serving(page);
    await page.pass(60_000);
    expect(heard.slice(0, 3)).toEqual(["READY", "STALE", "READY"]);
  });

  test("begins with the last answers, STALE, where no server answers, and in ERROR where there are none", async () => {
    const kept = { subject: "ada", ...body(2, FLAGS) };
    const page = new TestPage(new Map([["sluice https://flags.example/browser/v1/production", JSON.stringify(kept)]]));
    page.server = (asked) => asked.fail();
    await (
      await start(page)
    ).setting;
    await settle();
    expect([status(), OpenFeature.getClient().getStringValue("web.text", "?")]).toEqual([ProviderStatus.STALE, "Good day"]);
    await OpenFeature.close();

    const empty = new TestPage();
    empty.server = (asked) => asked.fail();
    const { setting, heard } = await start(empty);
    await empty.pass(1_000);
    await expect(setting).rejects.toThrow("Failed to fetch");
    expect([status(), heard]).toEqual([ProviderStatus.ERROR, ["ERROR"]]);
    serving(empty);
    await empty.pass(60_000);
    expect([status(), heard[1], OpenFeature.getClient().getStringValue("web.text", "?")]).toEqual([ProviderStatus.READY, "READY", "Good day"]);
  });

  test("is STALE with its first answers where trouble came before them, until a stream is open", async () => {
    const page = new TestPage();
    page.server = (asked) => (page.asked.length === 1 ? asked.fail() : asked.path === "answers" && asked.reply(200, body(3, FLAGS)));
    const { setting, heard } = await start(page);
    await page.pass(999);
    await setting;
    await settle();
    expect([status(), heard, OpenFeature.getClient().getStringValue("web.text", "?")]).toEqual([ProviderStatus.STALE, ["READY", "STALE"], "Good day"]);
    page.last("stream").open();
    await settle();
    expect([status(), heard.at(-1)]).toEqual([ProviderStatus.READY, "READY"]);
  });

  test("reconciles a change of context, and of several the last counts, whichever token comes first", async () => {
    const page = new TestPage();
    serving(page);
    const waiting = new Map<string, () => void>();
    const { setting, heard } = await start(page, ({ targetingKey = "" }) =>
      targetingKey === "ada" ? Promise.resolve(tokenOf("ada")) : new Promise((resolve) => waiting.set(targetingKey, () => resolve(tokenOf(targetingKey)))),
    );
    await setting;
    page.server = (asked) => {
      const who = JSON.parse(Buffer.from((asked.token ?? "").split(".")[1] ?? "", "base64url").toString("utf8")) as { readonly sub: string };
      if (asked.path === "answers") asked.reply(200, body(3, { "web.text": answer(`for ${who.sub}`) }));
      else asked.open();
    };
    const [bob, eve] = ["bob", "eve"].map((targetingKey) => OpenFeature.setContext({ targetingKey }));
    await settle();
    waiting.get("eve")?.();
    await settle();
    waiting.get("bob")?.();
    await Promise.all([bob, eve]);
    await settle();
    expect([OpenFeature.getClient().getStringValue("web.text", "?"), status(), heard.at(-1)]).toEqual(["for eve", ProviderStatus.READY, "CONTEXT_CHANGED"]);
    expect(page.of("answers").some(({ token }) => token === `Bearer ${tokenOf("bob")}`)).toBe(false);
  });

  test("shows nothing of the one before where no token can be had for the next", async () => {
    const page = new TestPage();
    serving(page);
    const { setting } = await start(page, async ({ targetingKey }) => {
      if (targetingKey !== "ada") throw new Error("signed out");
      return tokenOf("ada");
    });
    await setting;
    page.server = () => {};
    await OpenFeature.setContext({ targetingKey: "bob" });
    expect(OpenFeature.getClient().getStringValue("web.text", "?")).toBe("?");
    expect(status()).toBe(ProviderStatus.ERROR);
  });

  test("closes its client with the provider", async () => {
    const page = new TestPage();
    serving(page);
    await (
      await start(page)
    ).setting;
    await OpenFeature.close();
    await page.pass(60_000);
    expect([page.timers, page.listeners, page.asked.every(({ signal }) => signal.aborted)]).toEqual([0, 0, true]);
  });

  test("counts what the page tracks of a flag, and tells unknown keys, where it is given how", async () => {
    const page = new TestPage();
    serving(page);
    const { server } = page;
    page.server = (asked) => (asked.path === "telemetry" ? asked.reply(204, "") : server(asked));
    await OpenFeature.setContext({ targetingKey: "ada" });
    const options = { url: "https://flags.example", environment: "production", fetchToken: async () => tokenOf("ada"), world: () => page };
    await OpenFeature.setProviderAndWait(new SluiceWebProvider({ ...options, reports: withReports }));
    const client = OpenFeature.getClient();
    client.track("export", { flag: "web.on", failed: true });
    client.track("export", { value: 7 });
    expect(client.getBooleanValue("web.pinz", true)).toBe(true);
    await page.pass(10_000);
    expect(page.last("telemetry").body).toMatchObject({
      outcomes: [{ flag: "web.on", variant: "on", outcome: "export", ok: 0, failed: 1 }],
      unknown: ["web.pinz"],
    });
    // Without it nothing is sent, and nothing is broken.
    const silent = new TestPage();
    serving(silent);
    await OpenFeature.setProviderAndWait(new SluiceWebProvider({ ...options, world: () => silent }));
    OpenFeature.getClient().track("export", { flag: "web.on" });
    await silent.pass(60_000);
    expect(silent.of("telemetry")).toEqual([]);
  });
});
