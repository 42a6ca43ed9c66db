import { execFileSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchChromium } from "./chromium.ts";
import { makeFolder, type Running, startSluice, until } from "../faults/rig/running.ts";
import { barriers } from "./barriers.ts";
import { Fleet } from "../faults/rig/sdk-fleet.ts";

const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const FLAG = "diary.weather-strip";
const EMAIL = "mara@example.com";
const PASSWORD = "a long enough password";
const PROCESSES = 3;

describe.skipIf(!existsSync(CHROMIUM))("the kill page in Chromium, with three application processes", () => {
  const folder = makeFolder("kill-page");
  let running: Running;
  let fleet: Fleet;
  let browser: Browser;
  let desk: Page;

  beforeAll(async () => {
    const repository = join(folder.path, "flags");
    cpSync(new URL("../examples/shop-floor/flags-repository", import.meta.url), repository, { recursive: true });
    const git = (...given: readonly string[]): void =>
      void execFileSync("git", ["-C", repository, "-c", "user.name=Mara", "-c", "user.email=mara@example.com", ...given]);
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-q", "-m", "first");
    running = await startSluice({ data: join(folder.path, "data"), source: repository, pollMs: 1_000, run: "sources" });
    fleet = await Fleet.start({ count: PROCESSES, url: running.url, key: running.sdkKey, watch: [FLAG], pollMs: 10, folder: folder.path });
    browser = await launchChromium();
    desk = await pageOf(DESK, `#/first?once=${running.supervised.once ?? ""}`);
  });

  afterAll(async () => {
    await browser?.close();
    await fleet?.stop();
    await running?.supervised.stop();
    folder.remove();
  });

  async function pageOf(viewport: { readonly width: number; readonly height: number }, hash: string): Promise<Page> {
    // Trusted Types and a strict policy guard the console; the checker of accessibility is put in from outside.
    const context = await browser.newContext({ viewport, locale: "en-GB", bypassCSP: true });
    const page = await context.newPage();
    await page.goto(`${running.url}/${hash}`);
    return page;
  }

  const untilConnected = async (count: number): Promise<void> => {
    await until("every process is connected", async () => {
      const { environments } = (await running.ask("GET", "/api/environments")).body as {
        readonly environments: readonly { readonly key: string; readonly instances: number }[];
      };
      return environments.find(({ key }) => key === "production")?.instances === count ? true : undefined;
    });
  };

  async function keepPressed(page: Page, name: string, until_: () => Promise<void>): Promise<void> {
    const button = page.getByRole("button", { name });
    await button.scrollIntoViewIfNeeded();
    await button.hover();
    await page.mouse.down();
    await until_();
    await page.mouse.up();
  }

  test("lets the first person in by the one-time link, once, and nobody by a password that was there before", async () => {
    await desk.getByLabel("Your name").fill("Mara");
    await desk.getByLabel("E-mail").fill(EMAIL);
    await desk.getByLabel(/^Password/).fill(PASSWORD);
    await desk.getByRole("button", { name: "Make the account and sign in" }).click();
    await desk.getByRole("link", { name: "Flags", exact: true }).first().waitFor();
    const again = await running.ask(
      "POST",
      "/api/first-sign-in",
      { once: running.supervised.once, email: "eve@example.com", name: "Eve", password: PASSWORD },
      { origin: running.url, "sluice-request": "1" },
    );
    expect(again.status).toBe(410);
    for (const password of ["admin", "password", "sluice", "changeme"])
      for (const email of ["admin", "admin@example.com", EMAIL])
        expect(
          (await running.ask("POST", "/api/sign-in", { email, password }, { origin: running.url, "sluice-request": "1" })).status,
          `${email} ${password}`,
        ).toBeGreaterThanOrEqual(400);
  });

  test("kills from a list row with one click and a long press, names the process that hangs, and is undone", async () => {
    await untilConnected(PROCESSES);
    await fleet.read(FLAG, true);
    await desk.goto(`${running.url}/#/flags`);
    await desk.getByRole("link", { name: "Kill Weather strip" }).click();
    // Before: flag, environment, whom it touches and how many processes will hear it.
    const says = desk.getByRole("region", { name: "What it takes away" });
    await says.getByText(FLAG).waitFor();
    await says.getByText("Killing it takes Weather strip away in Production from everyone. 3 running processes of", { exact: false }).waitFor();
    const [hanging = 0, ...others] = fleet.pids;
    process.kill(hanging, "SIGSTOP");
    try {
      await keepPressed(desk, "Kill Weather strip in Production", async () => void (await fleet.read(FLAG, false, 20_000, others)));
      const receipt = desk.getByRole("region", { name: "Receipt" });
      await receipt.getByRole("img", { name: "2 of 3 processes confirmed, 1 missing" }).waitFor();
      await receipt.getByText("Weather strip is being killed in Production").waitFor();
      // Whose name is missing after five seconds is said, and green is only shown when all have it.
      await receipt
        .getByRole("alert")
        .getByText(fleet.services[0] ?? "?")
        .waitFor();
      expect(await barriers(desk, "light")).toEqual([]);
      expect(await barriers(desk, "dark")).toEqual([]);
    } finally {
      process.kill(hanging, "SIGCONT");
    }
    await desk.getByRole("region", { name: "Receipt" }).getByRole("img", { name: "3 of 3 processes confirmed, 0 missing" }).waitFor();
    await desk.getByText("Weather strip is killed in Production").waitFor();
    await desk.getByRole("button", { name: /^Undo/ }).click();
    await desk.getByText(/^Undone\./).waitFor();
    await fleet.read(FLAG, true);
    // What is over stays readable below: who, when, and how soon all had it.
    const before = desk.getByRole("region", { name: "Killed before" });
    await before.getByText("Weather strip in Production").waitFor();
    await before.getByText(/^Killed .* by .*; no reason was given$/).waitFor();
    await before.getByText(/^Undone .* by /).waitFor();
    await before.getByText(/^It reached 3 of 3 processes: half of them after .*, all after \d+\.?\d* s\.$/).waitFor();
    expect(await barriers(desk, "light")).toEqual([]);
  });

  test("sends a kill that nobody answered again as the same one, and says that nothing is killed where it was lifted meanwhile", async () => {
    await fleet.read(FLAG, true);
    const commands: string[] = [];
    // The server cannot say what it would take away, and is not reached at first; then its answer is lost, and somebody lifts the kill.
    let way: "cut" | "answerLost" | "open" = "cut";
    const radius = "**/api/blast-radius?*";
    await desk.route(radius, (route) => route.fulfill({ status: 500, body: "" }));
    await desk.route("**/api/kills", async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      commands.push((route.request().postDataJSON() as { readonly command: string }).command);
      if (way === "open") return route.fallback();
      if (way === "answerLost") {
        const { kill } = (await (await route.fetch()).json()) as { readonly kill: string };
        expect((await running.ask("POST", `/api/kills/${kill}/lift`, { command: `lift-${kill}` })).status).toBe(200);
        way = "open";
      }
      return route.abort();
    });
    await desk.goto(`${running.url}/#/kill?flag=${FLAG}&environment=production`);
    // The page of the test before has asked already.
    await desk.reload();
    const says = desk.getByRole("region", { name: "What it takes away" });
    await says.getByText("Killing it takes Weather strip away in Production, from everyone who has it now.").waitFor();
    const button = "Kill Weather strip in Production";
    await keepPressed(desk, button, () => says.getByText("Sending again …").waitFor());
    way = "answerLost";
    await says.getByText(/was made, and was lifted meanwhile: nothing was killed now\./).waitFor();
    expect(new Set(commands).size).toBe(1);
    const before = commands.length;
    await keepPressed(desk, button, async () => void (await fleet.read(FLAG, false)));
    await desk.getByText("Weather strip is killed in Production").waitFor();
    expect([commands.length - before, new Set(commands).size]).toEqual([1, 2]);
    await desk.getByRole("button", { name: /^Undo/ }).click();
    await desk.getByText(/^Undone\./).waitFor();
    await desk.unrouteAll();
    await fleet.read(FLAG, true);
  });

  test("on a phone: from sign-in to killed in two touches and a few letters, with the state of every environment in the list", async () => {
    const phone = await pageOf(PHONE, "");
    await phone.getByLabel("E-mail").fill(EMAIL);
    await phone.getByLabel("Password").fill(PASSWORD);
    expect(await barriers(phone, "light")).toEqual([]);
    expect(await barriers(phone, "dark")).toEqual([]);
    // The door has a way of its own to the kill page. Of sixty flags a few letters, typed where the page has put the cursor, find the one.
    await phone.getByRole("button", { name: "To the kill switch" }).click();
    await phone.getByRole("searchbox", { name: "Find the feature to kill" }).waitFor();
    // What is called so stands before what is only described so.
    await phone.keyboard.type("photo");
    const found = phone.getByRole("region", { name: "Find it" }).getByRole("listitem");
    await expect.poll(async () => (await found.allInnerTexts()).map((text) => text.startsWith("Photo"))).toEqual([true, true, true, false, false]);
    await phone.keyboard.press("Control+A");
    await phone.keyboard.type("weat");
    // Touch 1: the feature. Touch 2: keep pressed.
    await phone
      .getByRole("region", { name: "Find it" })
      .getByRole("button", { name: /Weather strip/ })
      .click();
    const button = phone.getByRole("button", { name: "Kill Weather strip in Production" });
    await button.waitFor();
    const box = await button.boundingBox();
    expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 999) <= PHONE.width && (box?.height ?? 0) >= 44, JSON.stringify(box)).toBe(true);
    await keepPressed(phone, "Kill Weather strip in Production", async () => void (await fleet.read(FLAG, false)));
    await phone.getByText("Weather strip is killed in Production").waitFor();
    expect(await barriers(phone, "light")).toEqual([]);
    expect(await barriers(phone, "dark")).toEqual([]);
    await phone.goto(`${running.url}/#/flags`);
    const row = phone.getByRole("row", { name: /Weather strip/ });
    await row.waitFor();
    expect(await row.getByText("Killed").isVisible()).toBe(true);
    for (const name of ["Production", "Staging"]) expect(await row.getByText(name, { exact: true }).isVisible(), name).toBe(true);
    expect(await phone.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(PHONE.width);
    expect(await barriers(phone, "light")).toEqual([]);
  });
});
