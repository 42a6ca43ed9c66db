import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { freePort } from "@sluice/ports/node";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { CHROMIUM, launchChromium } from "./chromium.ts";
import { makeFolder, until } from "../faults/rig/running.ts";

/** As `npm start` runs it, from sources. */
const demo = join(import.meta.dirname, "../packages/distribution/src/demo.ts");

interface Demo {
  readonly running: ChildProcess;
  readonly data: string;
  readonly port: number;
  readonly shopPort: number;
  readonly ended: Promise<number | null>;
  /** Takes everything away, whatever state it is in. */
  remove(): void;
}

async function startDemo(): Promise<Demo> {
  const [port, shopPort] = [await freePort(), await freePort()];
  const folder = makeFolder("demo");
  const data = join(folder.path, "data");
  const running = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", demo, "--port", String(port), "--shop-port", String(shopPort), "--data", data],
    { stdio: "ignore" },
  );
  const remove = (): void => {
    running.kill("SIGKILL");
    folder.remove();
  };
  return { running, data, port, shopPort, ended: new Promise((resolve) => void running.once("exit", resolve)), remove };
}

const serves = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Nobody listens: before the start, or after the end.
    return false;
  }
};

/** Takes the store's write lock the moment Sluice serves: the demo's own history, written next, then has to wait. */
async function lockWhenServed(url: string, store: string): Promise<DatabaseSync> {
  const end = performance.now() + 60_000;
  while (!(await serves(url))) if (performance.now() > end) throw new Error(`${url} never answered`);
  const lock = new DatabaseSync(store, { timeout: 10_000 });
  lock.exec("BEGIN IMMEDIATE");
  return lock;
}

test("a start that is interrupted while it still tells its history ends, with all its processes", async () => {
  const { running, data, port, shopPort, ended, remove } = await startDemo();
  onTestFinished(remove);
  const lock = await lockWhenServed(`http://127.0.0.1:${port}/health`, join(data, "store.db"));
  await until("its address is told", () => (existsSync(join(data, "address")) ? true : undefined));
  running.kill("SIGINT");
  await until("its address is gone", () => (existsSync(join(data, "address")) ? undefined : true));
  lock.exec("COMMIT");
  lock.close();
  expect(await ended).toBe(0);
  expect([await serves(`http://127.0.0.1:${port}/`), await serves(`http://127.0.0.1:${shopPort}/`)]).toEqual([false, false]);
});

interface Person {
  readonly name: string;
  readonly link: string;
}

describe.skipIf(!existsSync(CHROMIUM))("the demo company", () => {
  let running: Demo;
  let browser: Browser;
  let operator: Readonly<Record<string, string>>;
  let people: readonly Person[];
  beforeAll(async () => {
    running = await startDemo();
    browser = await launchChromium();
    const { data, shopPort } = running;
    const file = join(data, "demo-people.txt");
    await until("the links are written", () => (existsSync(file) ? true : undefined), 100_000);
    await until("the shop floor serves", async () => ((await serves(`http://127.0.0.1:${shopPort}/`)) ? true : undefined), 100_000);
    people = [...readFileSync(file, "utf8").matchAll(/^(\S+ \S+), .*\n(http:\S+)$/gm)].map(([, name = "", link = ""]) => ({ name, link }));
    operator = { authorization: `Bearer ${readFileSync(join(data, "operator.key"), "utf8").trim()}` };
  });
  afterAll(async () => {
    await browser?.close();
    running?.remove();
  });

  const at = (path: string): string => `http://127.0.0.1:${running.port}${path}`;
  const ask = async <T>(path: string): Promise<T> => (await (await fetch(at(path), { headers: operator })).json()) as T;

  /** The page that this person's link opens, with a password of the visitor's own. */
  async function signIn(page: Page, name: string): Promise<void> {
    await page.goto(people.find((person) => person.name === name)?.link ?? "");
    await page.getByRole("heading", { name: `The account of ${name}` }).waitFor();
    await page.getByLabel(/^Password/).fill("a password of my own");
    await page.getByRole("button", { name: "Set the password and sign in" }).click();
    await page.getByText("Demo: everything here is invented").waitFor();
    expect(page.url()).toBe(at("/#/home"));
  }

  test("a drill reaches every process, and is over by itself", async () => {
    const drill = async (): Promise<unknown> => (await ask<{ readonly drills: readonly unknown[] }>("/api/drills")).drills[0];
    const connected = async (): Promise<number> => {
      const { environments } = await ask<{ readonly environments: readonly { readonly key: string; readonly instances: number }[] }>("/api/environments");
      return environments.find(({ key }) => key === "production")?.instances ?? 0;
    };
    await until("both processes of the shop floor are connected", async () => ((await connected()) === 2 ? true : undefined), 100_000);
    expect(await drill()).toMatchObject({ environment: "production", flag: "sync.fire-drill", every: 7 });
    expect(await drill()).not.toHaveProperty("last");
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await signIn(page, "Dele Okafor");
    await page.goto(at("/#/kill"));
    await page.getByRole("button", { name: "Drill in Production" }).click();
    await page.getByText(/^The last, .*: both processes confirmed, the last after [\d.]+ m?s\.$/).waitFor();
    await page.getByText("Fire drill in Production, a drill").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")).toBe(false);
    await page.context().close();
    expect(await drill()).toMatchObject({ last: { of: 2, confirmed: 2 } });
  });

  test("a visitor looks as each of its people, by a link of theirs and a password of the visitor's own", async () => {
    expect(statSync(join(running.data, "demo-people.txt")).mode & 0o777).toBe(0o600);
    const all = ["Priya Raman", "Inês Moura", "Jonas Weber", "Tamsin Cole", "Dele Okafor", "Uma Hartmann", "Ada Nyström"];
    expect(people.map(({ name }) => name)).toEqual(all);
    // One browser throughout: a link is for another account than the one that is signed in.
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    for (const name of ["Priya Raman", "Jonas Weber"]) {
      await signIn(page, name);
      await page.getByRole("navigation", { name: "Main", exact: true }).getByText(name).waitFor();
    }
    // What a release says of every customer, the list of flags says of its flag.
    await page.goto(at("/#/releases"));
    await page
      .getByRole("row", { name: /Drawings without a network/ })
      .getByText("On for 40 of 40")
      .waitFor();
    await page.goto(at("/#/flags"));
    await page
      .getByRole("row", { name: /plans\.offline-plans/ })
      .locator("td.protected")
      .getByText("On", { exact: true })
      .waitFor();
    await page.context().close();
    const nobody = await fetch(at("/api/sign-in"), {
      method: "POST",
      headers: { "content-type": "application/json", "sluice-request": "1" },
      body: JSON.stringify({ email: "uma.hartmann@plumbline.example", password: "any password at all" }),
    });
    expect(nobody.status).toBe(401);
  });

  test("the shop floor's open page loses a feature when it is killed, and has it again when that is lifted", async () => {
    const decide = async (path: string, body: object): Promise<{ readonly kill: string }> => {
      const headers = { ...operator, "content-type": "application/json" };
      const reply = await fetch(at(path), { method: "POST", headers, body: JSON.stringify(body) });
      expect(reply.ok, `${path}: ${reply.status}`).toBe(true);
      return (await reply.json()) as { readonly kill: string };
    };
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`http://127.0.0.1:${running.shopPort}/`);
    const weather = page.locator('[data-slot="weather"]');
    await weather.locator("css=.slot-inner > *").first().waitFor();
    // The page is never loaded again: what changes, changes under the reader's eyes.
    await page.evaluate("window.isTheSamePage = true");
    const { kill } = await decide("/api/kills", { command: "demo-kill-0123456789", environment: "production", flags: ["diary.weather-strip"] });
    await page.locator('[data-slot="weather"].gone').waitFor({ state: "attached" });
    await decide(`/api/kills/${kill}/lift`, { command: "demo-lift-0123456789" });
    await page.locator('[data-slot="weather"]:not(.gone) .slot-inner > *').first().waitFor();
    expect(await page.evaluate("window.isTheSamePage")).toBe(true);
    await page.context().close();
  });

  test("the guard of the daily report sees what the worker reports, does nothing, and stands on the flag's page", async () => {
    type Guards = { readonly guards: readonly { readonly flag: string; readonly seen?: { readonly customers: number }; readonly last?: object }[] };
    const guard = await until(
      "it sees customers",
      async () => {
        const own = (await ask<Guards>("/api/guards")).guards.find(({ flag }) => flag === "reports.daily-report");
        return (own?.seen?.customers ?? 0) > 0 ? own : undefined;
      },
      150_000,
    );
    // Three of the four companies have sites in Germany, Britain or Sweden, and the shop takes every report.
    expect(guard).toMatchObject({ seen: { customers: 3 } });
    expect(guard).not.toHaveProperty("last");
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await signIn(page, "Uma Hartmann");
    await page.goto(at("/#/flag?flag=reports.daily-report"));
    await page.getByText("Watches how often report-delivery fails, and switches it off for those whom it harms. It sees 3 customers that have it.").waitFor();
    await page.context().close();
  });

  test("ends when it is interrupted", async () => {
    running.running.kill("SIGINT");
    expect(await running.ended).toBe(0);
    expect([await serves(at("/")), await serves(`http://127.0.0.1:${running.shopPort}/`)]).toEqual([false, false]);
  });
});
