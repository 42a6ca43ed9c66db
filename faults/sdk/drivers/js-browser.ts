import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { launchChromium } from "../../../tests/chromium.ts";
import type { Driver } from "../driver.ts";

const CLOSED_AFTER_MS = 500;

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL("js-browser-page.ts", import.meta.url));
  const built = await build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", target: "es2020", write: false, logLevel: "warning" });
  return built.outputFiles[0]?.text ?? "";
}

/**
 * Clients of pages in a real Chromium. Each has a host of its own under `localhost`: a browser opens six connections to a host, and one client that
 * hangs must not keep the others from the proxy.
 */
export async function browserDriver(speed: number): Promise<Driver> {
  const script = await bundle();
  const server = createServer(({ url }, response) => {
    response.setHeader("content-type", url === "/page.js" ? "text/javascript" : "text/html");
    response.end(url === "/page.js" ? script : '<!doctype html><html lang="en"><title>Drill</title><script type="module" src="/page.js"></script></html>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => typeof globalThis.drill === "object");
  return {
    pid: undefined,
    open: (setup) => {
      const url = setup.url.replace("127.0.0.1", `${setup.client.toLowerCase()}.localhost`);
      return page.evaluate(([own, pace]) => globalThis.drill.open(own, pace), [{ ...setup, url }, speed] as const);
    },
    ask: async (questions) => new Map(Object.entries(await page.evaluate((asked) => globalThis.drill.ask(asked), questions))),
    // Who is asked about stands in the page's token; there is no context to pass.
    hostile: async () => ({ asked: 0, threw: [], wrong: [] }),
    heapBytes: () => Promise.resolve(undefined),
    close: async () => {
      await page.evaluate(() => globalThis.drill.close());
      await new Promise((resolve) => setTimeout(resolve, CLOSED_AFTER_MS));
      const timers = await page.evaluate(() => globalThis.drill.close());
      return timers > 0 ? [`${timers} timers`] : [];
    },
    stop: async () => {
      await browser.close();
      server.close();
    },
  };
}
