import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { freePort } from "@sluice/ports/node";
import { afterEach, expect, test } from "vitest";
import { CHROMIUM, launchChromium } from "./chromium.ts";
import { makeFolder, until } from "../faults/rig/running.ts";

/** As `npm start` runs it, from sources. */
const demo = join(import.meta.dirname, "../packages/distribution/src/demo.ts");

let folder: ReturnType<typeof makeFolder> | undefined;
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill("SIGKILL");
  folder?.remove();
});

interface Demo {
  readonly running: ChildProcess;
  readonly data: string;
  readonly port: number;
  readonly shopPort: number;
  readonly ended: Promise<number | null>;
}

async function startDemo(): Promise<Demo> {
  const [port, shopPort] = [await freePort(), await freePort()];
  folder = makeFolder("demo");
  const data = join(folder.path, "data");
  const running = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", demo, "--port", String(port), "--shop-port", String(shopPort), "--data", data],
    { stdio: "ignore" },
  );
  child = running;
  return { running, data, port, shopPort, ended: new Promise((resolve) => void running.once("exit", resolve)) };
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
  const { running, data, port, shopPort, ended } = await startDemo();
  const lock = await lockWhenServed(`http://127.0.0.1:${port}/health`, join(data, "store.db"));
  await until("its address is told", () => (existsSync(join(data, "address")) ? true : undefined));
  running.kill("SIGINT");
  await until("its address is gone", () => (existsSync(join(data, "address")) ? undefined : true));
  lock.exec("COMMIT");
  lock.close();
  expect(await ended).toBe(0);
  expect([await serves(`http://127.0.0.1:${port}/`), await serves(`http://127.0.0.1:${shopPort}/`)]).toEqual([false, false]);
});

test.skipIf(!existsSync(CHROMIUM))("a visitor looks as each of the demo's people, by a link of theirs and a password of the visitor's own", async () => {
  const { running, data, port, ended } = await startDemo();
  const file = join(data, "demo-people.txt");
  await until("the links are written", () => (existsSync(file) ? true : undefined), 60_000);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const links = [...readFileSync(file, "utf8").matchAll(/^(\S+ \S+), .*\n(http:\S+)$/gm)].map(([, name = "", link = ""]) => ({ name, link }));
  expect(links.map(({ name }) => name)).toEqual(["Priya Raman", "Inês Moura", "Jonas Weber", "Tamsin Cole", "Dele Okafor", "Uma Hartmann", "Ada Nyström"]);
  const browser = await launchChromium();
  try {
    // One browser throughout: a link is for another account than the one that is signed in.
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    for (const { name, link } of [links[0], links[2]].flatMap((one) => one ?? [])) {
      await page.goto(link);
      await page.getByRole("heading", { name: `The account of ${name}` }).waitFor();
      await page.getByLabel(/^Password/).fill("a password of my own");
      await page.getByRole("button", { name: "Set the password and sign in" }).click();
      await page.getByText("Demo: everything here is invented").waitFor();
      await page.getByRole("navigation", { name: "Main", exact: true }).getByText(name).waitFor();
      expect(page.url()).toBe(`http://127.0.0.1:${port}/#/home`);
    }
    // What a release says of every customer, the list of flags says of its flag.
    await page.goto(`http://127.0.0.1:${port}/#/releases`);
    await page
      .getByRole("row", { name: /Drawings without a network/ })
      .getByText("On for 40 of 40")
      .waitFor();
    await page.goto(`http://127.0.0.1:${port}/#/flags`);
    await page
      .getByRole("row", { name: /plans\.offline-plans/ })
      .locator("td.protected")
      .getByText("On", { exact: true })
      .waitFor();
  } finally {
    await browser.close();
  }
  const nobody = await fetch(`http://127.0.0.1:${port}/api/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json", "sluice-request": "1" },
    body: JSON.stringify({ email: "uma.hartmann@plumbline.example", password: "any password at all" }),
  });
  expect(nobody.status).toBe(401);
  running.kill("SIGINT");
  expect(await ended).toBe(0);
});

test.skipIf(!existsSync(CHROMIUM))("the shop floor's open page loses a feature when it is killed, and has it again when that is lifted", async () => {
  const { running, data, port, shopPort, ended } = await startDemo();
  await until("the shop floor serves", async () => ((await serves(`http://127.0.0.1:${shopPort}/`)) ? true : undefined), 60_000);
  const decide = async (path: string, body: object): Promise<{ readonly kill: string }> => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${readFileSync(join(data, "operator.key"), "utf8").trim()}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(reply.ok, `${path}: ${reply.status}`).toBe(true);
    return (await reply.json()) as { readonly kill: string };
  };
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`http://127.0.0.1:${shopPort}/`);
    const weather = page.locator('[data-slot="weather"]');
    await weather.locator("css=.slot-inner > *").first().waitFor();
    // The page is never loaded again: what changes, changes under the reader's eyes.
    await page.evaluate("window.isTheSamePage = true");
    const { kill } = await decide("/api/kills", { command: "demo-kill-0123456789", environment: "production", flags: ["diary.weather-strip"] });
    await page.locator('[data-slot="weather"].gone').waitFor({ state: "attached" });
    await decide(`/api/kills/${kill}/lift`, { command: "demo-lift-0123456789" });
    await page.locator('[data-slot="weather"]:not(.gone) .slot-inner > *').first().waitFor();
    expect(await page.evaluate("window.isTheSamePage")).toBe(true);
  } finally {
    await browser.close();
  }
  running.kill("SIGINT");
  expect(await ended).toBe(0);
});

test.skipIf(!existsSync(CHROMIUM))("a drill at the demo company reaches every process, and is over by itself", async () => {
  const { running, data, port, ended } = await startDemo();
  const operator = { authorization: `Bearer ${await until("there is an operator key", () => keyIn(data), 60_000)}` };
  const drill = async (): Promise<unknown> => {
    const reply = await fetch(`http://127.0.0.1:${port}/api/drills`, { headers: operator }).catch(() => undefined);
    return reply?.ok === true ? ((await reply.json()) as { readonly drills: readonly unknown[] }).drills[0] : undefined;
  };
  const connected = async (): Promise<number> => {
    const reply = await fetch(`http://127.0.0.1:${port}/api/environments`, { headers: operator }).catch(() => undefined);
    if (reply?.ok !== true) return 0;
    const { environments } = (await reply.json()) as { readonly environments: readonly { readonly key: string; readonly instances: number }[] };
    return environments.find(({ key }) => key === "production")?.instances ?? 0;
  };
  await until("both processes of the shop floor are connected", async () => ((await connected()) === 2 ? true : undefined), 100_000);
  expect(await drill()).toMatchObject({ environment: "production", flag: "sync.fire-drill", every: 7 });
  const link = await until("the links are written", () => engineerLink(data), 60_000);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await page.goto(link);
    await page.getByLabel(/^Password/).fill("a password of my own");
    await page.getByRole("button", { name: "Set the password and sign in" }).click();
    await page.getByText("Demo").first().waitFor();
    await page.goto(`http://127.0.0.1:${port}/#/kill`);
    await page.getByRole("button", { name: "Drill in Production" }).click();
    await page.getByText(/^The last, .*: both processes confirmed, the last after [\d.]+ m?s\.$/).waitFor();
    await page.getByText("Fire drill in Production, a drill").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")).toBe(false);
  } finally {
    await browser.close();
  }
  expect(await drill()).toMatchObject({ last: { of: 2, confirmed: 2 } });
  running.kill("SIGINT");
  expect(await ended).toBe(0);
});

function keyIn(data: string): string | undefined {
  const file = join(data, "operator.key");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

function engineerLink(data: string): string | undefined {
  const file = join(data, "demo-people.txt");
  return existsSync(file) ? /^Dele Okafor, .*\n(http:\S+)$/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
}

test.skipIf(!existsSync(CHROMIUM))(
  "the guard of the daily report sees what the worker reports, does nothing, and stands on the flag's page",
  { timeout: 360_000 },
  async () => {
    const { running, data, port, shopPort, ended } = await startDemo();
    await until("the shop floor serves", async () => ((await serves(`http://127.0.0.1:${shopPort}/`)) ? true : undefined), 60_000);
    const authorization = `Bearer ${readFileSync(join(data, "operator.key"), "utf8").trim()}`;
    type Guards = { readonly guards: readonly { readonly flag: string; readonly seen?: { readonly customers: number }; readonly last?: object }[] };
    const guard = await until(
      "it sees customers",
      async () => {
        const { guards } = (await (await fetch(`http://127.0.0.1:${port}/api/guards`, { headers: { authorization } })).json()) as Guards;
        const own = guards.find(({ flag }) => flag === "reports.daily-report");
        return (own?.seen?.customers ?? 0) > 0 ? own : undefined;
      },
      240_000,
    );
    // Three of the four companies have sites in Germany, Britain or Sweden, and the shop takes every report.
    expect(guard).toMatchObject({ seen: { customers: 3 } });
    expect(guard).not.toHaveProperty("last");
    const links = [...readFileSync(join(data, "demo-people.txt"), "utf8").matchAll(/^(http:\S+)$/gm)].map(([, link = ""]) => link);
    const browser = await launchChromium();
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.goto(links[4] ?? "");
      await page.getByLabel(/^Password/).fill("a password of my own");
      await page.getByRole("button", { name: "Set the password and sign in" }).click();
      await page.getByText("Demo: everything here is invented").waitFor();
      await page.goto(`http://127.0.0.1:${port}/#/flag?flag=reports.daily-report`);
      await page.getByText("Watches how often report-delivery fails, and switches it off for those whom it harms. It sees 3 customers that have it.").waitFor();
    } finally {
      await browser.close();
    }
    running.kill("SIGINT");
    expect(await ended).toBe(0);
  },
);
