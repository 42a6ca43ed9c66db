import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { freePort } from "@sluice/ports/node";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { OpenFeature } from "@openfeature/server-sdk";
import { createClient, type SluiceClient } from "@sluice/node";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { invoiceApp } from "../examples/express/src/app.ts";
import { openFeatureClient } from "../examples/node-sdk/openfeature.ts";
import { FlagRepository, flagPath, flagText } from "../faults/rig/flag-repository.ts";
import { kill, makeFolder, type Running, startSluice, until } from "../faults/rig/running.ts";
import { CHROMIUM, launchChromium } from "./chromium.ts";

const root = join(import.meta.dirname, "..");
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const EXPORT = "billing.invoice-export";
const PINS = "diary.photo-pins";
const PAGE =
  '<!doctype html><html lang="en"><title>Diary</title><link rel="icon" href="data:,"><body data-sluice="SLUICE"><p></p><script type="module" src="/page.js"></script></body></html>';

const linesOf = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");

describe("READMEs of the SDKs", () => {
  const samples = ["express/src/app.ts", "express/src/app.test.ts", "express/page/page.ts", "node-sdk/quick-start.ts", "node-sdk/openfeature.ts"].map(
    (name) => `\n${linesOf(readFileSync(join(root, "examples", name), "utf8"))}\n`,
  );
  const isOfSample = (code: string): boolean => samples.some((sample) => sample.includes(`\n${linesOf(code)}\n`));
  const blocksOf = (sdk: string): readonly string[] =>
    [...readFileSync(join(root, "sdks", sdk, "README.md"), "utf8").matchAll(/```[a-z]+\n([\s\S]*?)```/g)].map(([, code = ""]) => code);

  test.each([
    ["js-server", 5],
    ["js-browser", 2],
  ])("that of %s shows code of samples that run, and no other", (sdk, blocks) => {
    expect(blocksOf(sdk)).toHaveLength(blocks);
    expect(blocksOf(sdk).filter((code) => !isOfSample(code))).toEqual([]);
    expect(isOfSample((blocksOf(sdk)[0] ?? "").replace("flags", "flag"))).toBe(false);
  });
});

describe.skipIf(!existsSync(CHROMIUM))("the samples beside a real server", () => {
  const folder = makeFolder("samples");
  const pages = join(folder.path, "pages");
  let running: Running;
  let flags: SluiceClient;
  let listening: ReturnType<ReturnType<typeof invoiceApp>["listen"]>;
  let origin: string;

  beforeAll(async () => {
    const repository = new FlagRepository(join(folder.path, "flags"), []);
    for (const key of [EXPORT, PINS]) {
      const text = flagText(key, "off").replace("{ plan: { in: [starter] } }", "{ customer: { in: [acme] } }");
      repository.write(flagPath(key), text.replace("off: off\n", "off: off\nexpose: [server, browser]\n"));
    }
    repository.commit("Flags of the samples");
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, run: "sources", browserOrigins: [origin] });
    const contextSecret = running.supervised.contextSecrets["production"] ?? "";
    flags = createClient({ url: running.url, key: running.sdkKey, environment: "production", contextSecret, log: silent });
    await until("flags have come", () => (flags.state === "ready" ? true : undefined), 60_000);
    mkdirSync(pages);
    writeFileSync(join(pages, "index.html"), PAGE.replace("SLUICE", running.url));
    const entryPoints = [join(root, "examples/express/page/page.ts")];
    await build({ entryPoints, bundle: true, format: "esm", target: "es2022", outfile: join(pages, "page.js"), logLevel: "error" });
    listening = invoiceApp(flags, pages).listen(port, "127.0.0.1");
    await until("the sample listens", () => ((listening.address() as AddressInfo | null) === null ? undefined : true));
  });

  afterAll(async () => {
    listening?.close();
    await flags?.close();
    await running?.supervised.stop();
    folder.remove();
  });

  test("Express answers each request for whoever asks, and its page follows a kill", async () => {
    const invoices = async (customer: string): Promise<string> =>
      (await fetch(`${origin}/invoices`, { headers: { "x-user": "ada", "x-customer": customer } })).text();
    expect([await invoices("acme"), await invoices("other")]).toEqual(["invoices, and a button that exports them", "invoices"]);
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const shows = (text: string): Promise<unknown> => until(text, async () => ((await page.textContent("p")) === text ? true : undefined), 30_000);
      await page.goto(`${origin}/?user=ada&customer=acme`);
      await shows("Photos are on the plan.");
      for (const flag of [PINS, EXPORT]) await kill(running, [flag]);
      await shows("Photos are in the list.");
      await until("the service hears the kill", async () => ((await invoices("acme")) === "invoices" ? true : undefined), 30_000);
    } finally {
      await browser.close();
    }
  });

  test("OpenFeature's client is answered, and OpenTelemetry told of it", async () => {
    const exporter = new InMemoryLogRecordExporter();
    const client = await openFeatureClient(flags, new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] }));
    await client.getBooleanValue(EXPORT, true, { targetingKey: "ada" });
    await until("an event", () => (exporter.getFinishedLogRecords().length > 0 ? true : undefined));
    expect(exporter.getFinishedLogRecords()[0]?.attributes["feature_flag.key"]).toBe(EXPORT);
    await OpenFeature.close();
  });
});
