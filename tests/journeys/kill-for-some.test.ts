import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriers } from "../barriers.ts";
import { CHROMIUM } from "../chromium.ts";
import { picture } from "./pictures.ts";
import { DESK, type Journey, PHONE, startJourney } from "./rig.ts";
import { FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

const INCIDENT = "https://incidents.example.com/4711";

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 3), files: FILES });
});
afterAll(() => journey.stop());

test.skipIf(!existsSync(CHROMIUM))(
  "on a phone a kill is aimed at one customer in one service, with an incident and a review, behind one control that nobody has to open",
  { timeout: 180_000 },
  async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + HOUR }, bakeMs: HOUR }];
    const { release } = await journey.did("priya", "/api/releases", { content: planOf("Site diary 2", { waves }) });
    await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
    await journey.advanceTo(TUESDAY + HOUR);
    const [site, worker] = [await journey.client("site-api"), await journey.client("worker")];
    for (const client of [site, worker]) await journey.heard(client);
    const who = (client: typeof site): readonly string[] =>
      MANY.slice(0, 3).flatMap(({ key }) => (client.getBoolean(FLAG, false, { targetingKey: "u", customer: key }) ? [key] : []));
    expect([who(site), who(worker)]).toEqual([MANY.slice(0, 3).map(({ key }) => key), MANY.slice(0, 3).map(({ key }) => key)]);

    const phone = await journey.page("ines", `kill?flag=${FLAG}`, PHONE, { bypassCSP: true });
    const says = phone.getByRole("region", { name: "What it takes away" });
    await says.getByText("from everyone", { exact: false }).or(says.getByText("from the 3 of 3 customers who have it now")).first().waitFor();
    // What most kills do without takes no room: the button stands below the reason, as it always did.
    const [why, plain] = [await says.getByLabel("Why").boundingBox(), await says.getByRole("button", { name: "Kill Voice notes in Production" }).boundingBox()];
    expect((plain?.y ?? 9_999) - (why?.y ?? 0) - (why?.height ?? 0), JSON.stringify([why, plain])).toBeLessThanOrEqual(24);
    await picture(phone, "kill-plain");
    await says.getByRole("button", { name: "Only some, incident …" }).click();
    await says.getByLabel("Only these customers").fill("acme");
    await says.getByRole("button", { name: "Acme Build" }).click();
    expect(await says.getByLabel("Only these customers").inputValue()).toBe("acme-build");
    await says.getByRole("button", { name: "worker", exact: true }).click();
    await says.getByText("1 of the 1 customer you named (acme-build), only in worker; everyone else keeps it", { exact: false }).waitFor();
    await says.getByLabel("Only in versions").fill(">=");
    await says.getByText('">=" is not a range of versions.').waitFor();
    expect(await says.getByRole("button", { name: /^Kill Voice notes/ }).isDisabled()).toBe(true);
    await says.getByLabel("Only in versions").fill(">=1.0.0 <2.0.0");
    await says.getByLabel("Ask whether it is to stay").selectOption("In 4 hours");
    await says.getByLabel("Incident").fill("not an address");
    await says.getByText("Nobody could open this").waitFor();
    await says.getByLabel("Incident").fill("incidents.example.com/4711");
    await says.getByText("Killing it takes Voice notes away", { exact: false }).waitFor();
    await picture(phone, "kill-for-some");
    expect(await barriers(phone, "light")).toEqual([]);
    expect(await barriers(phone, "dark")).toEqual([]);
    expect(await phone.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(PHONE.width);

    const button = says.getByRole("button", { name: "Kill Voice notes in Production for some" });
    await button.scrollIntoViewIfNeeded();
    await button.hover();
    await phone.mouse.down();
    await phone.getByText("Voice notes is killed in Production for some").waitFor();
    await phone.mouse.up();
    await journey.heard(worker);
    expect([who(site), who(worker)]).toEqual([MANY.slice(0, 3).map(({ key }) => key), ["northgate-homes", "customer-002"]]);
    const [kill] = (await journey.did("dele", "/api/kills"))["kills"] as readonly Record<string, unknown>[];
    expect(kill).toMatchObject({
      scope: { customers: [expect.stringMatching(/^[0-9a-f]{16}$/)], services: ["worker"], versions: ">=1.0.0 <2.0.0" },
      incident: INCIDENT,
      reviewAtMs: TUESDAY + 5 * HOUR,
    });

    // Whoever looks later finds the incident beside the kill, in force and lifted; the page that is left is not told to it.
    const desk = await journey.page("dele", "kill", DESK, { bypassCSP: true });
    const link = desk.getByRole("region", { name: "Killed now" }).getByRole("link", { name: "The incident at incidents.example.com" });
    await link.waitFor();
    expect([await link.getAttribute("href"), await link.getAttribute("rel")]).toEqual([INCIDENT, "noreferrer"]);
    await desk.goto(`${journey.url}/#/kill?flag=${FLAG}`);
    await desk.getByRole("button", { name: "Only some, incident …" }).click();
    await desk.getByLabel("Only in versions").waitFor();
    await picture(desk, "kill-for-some");
    await journey.did("dele", `/api/kills/${String(kill?.["kill"])}/lift`, {});
    const past = desk.getByRole("region", { name: "Killed before" }).getByRole("link", { name: "The incident at incidents.example.com" });
    await past.waitFor();
    expect([await past.getAttribute("href"), await past.getAttribute("rel")]).toEqual([INCIDENT, "noreferrer"]);
    await picture(desk, "killed-before");
  },
);

test.skipIf(!existsSync(CHROMIUM))("kills of long ago are read page by page, down to the first", { timeout: 180_000 }, async () => {
  // One page is of 50.
  const reasons = Array.from({ length: 52 }, (_, at) => `number ${at + 1}`);
  const made = await Promise.all(reasons.map((reason) => journey.did("dele", "/api/kills", { environment: "production", flags: [FLAG], reason })));
  await Promise.all(made.map(({ kill }) => journey.did("dele", `/api/kills/${String(kill)}/lift`, {})));
  const { kills } = (await journey.did("dele", "/api/kills/history?limit=200")) as { readonly kills: readonly { readonly lifted?: object }[] };
  expect(kills.length).toBeGreaterThan(50);
  const desk = await journey.page("dele", "kill", DESK, { bypassCSP: true });
  const past = desk.getByRole("region", { name: "Killed before" });
  await past.getByRole("button", { name: "Show 45 more" }).click();
  expect(await past.getByRole("listitem").count()).toBe(50);
  await past.getByRole("button", { name: "Older kills" }).click();
  await past.getByRole("button", { name: "Older kills" }).waitFor({ state: "detached" });
  expect(await past.getByRole("listitem").count()).toBe(kills.filter(({ lifted }) => lifted !== undefined).length);
  expect(await barriers(desk, "light")).toEqual([]);
});
