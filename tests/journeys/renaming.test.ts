import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SluiceClient } from "@sluice/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../faults/rig/running.ts";
import { barriers } from "../barriers.ts";
import { CHROMIUM } from "../chromium.ts";
import { DESK, type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

const NEW = "diary.spoken-notes";
const CUSTOMERS = MANY.slice(0, 40);
/** The page is looked through for barriers by a script of the test's. */
const CHECKED = { bypassCSP: true };
let journey: Journey;
let client: SluiceClient;

const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-C", journey.repository, "-c", "user.name=Dele", "-c", "user.email=dele@example.com", ...args], { encoding: "utf8" }).trimEnd();
const sluice = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [join(import.meta.dirname, "../../tools/sluice.mjs"), ...args], { encoding: "utf8", cwd: journey.repository });

/** Commits what stands in the repository; goes on when it is served everywhere. */
async function merge(subject: string): Promise<void> {
  git("add", "--all");
  git("commit", "--quiet", "-m", subject);
  const head = git("rev-parse", "HEAD");
  await fetch(`${journey.url}/hooks/git`, { method: "POST" });
  await until("the commit is adopted", async () => ((await journey.ask("uma", "/api/drift")).body["commit"] === head ? true : undefined));
  await journey.settled();
  await journey.heard(client);
}

/** What each customer gets under a key; the code's default is a text of its own nowhere, so off and unknown are told apart by the cause. */
const answers = (flag: string): readonly string[] =>
  CUSTOMERS.map(({ key }) => {
    const { variant, cause } = client.getBooleanDetails(flag, false, { targetingKey: "u", customer: key });
    return `${variant ?? "none"} ${cause}`;
  });
const whoHas = (flag: string): number => answers(flag).filter((answer) => answer.startsWith("on")).length;

describe.skipIf(!existsSync(CHROMIUM))("a flag that is renamed in the middle of its release", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: CUSTOMERS, files: FILES });
    client = await journey.client("site-web");
  });
  afterAll(() => journey.stop());

  test("is the same flag for every customer, kill and approval; a link to it leads on; a wider rename waits", async () => {
    const waves = [
      { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: TUESDAY + HOUR }, bakeMs: HOUR },
      { name: "Others", audience: {}, start: { atMs: TUESDAY + 2 * DAY }, bakeMs: HOUR },
    ];
    const { release } = await journey.did("priya", "/api/releases", { content: planOf("Voice notes", { waves, approvals: ["marketing"] }) });
    const path = `/api/releases/${String(release)}`;
    await journey.did("priya", `${path}/plan`, {});
    const { contentHash } = await journey.did("ines", path);
    await journey.did("ines", `${path}/approve`, { as: "marketing", contentHash });
    await journey.advanceTo(TUESDAY + HOUR);
    await journey.heard(client);
    const before = answers(FLAG);
    const early = CUSTOMERS.filter(({ track }) => track === "early").length;
    expect([whoHas(FLAG), early > 0 && early < CUSTOMERS.length]).toEqual([early, true]);

    expect(sluice("rename", "flag", FLAG, NEW)).toContain("flags/diary/spoken-notes.yaml in place of flags/diary/voice-notes.yaml");
    await merge("Voice notes are called spoken notes");
    expect([answers(FLAG), answers(NEW)]).toEqual([before, before]);
    expect((await journey.did("priya", path))["approvals"]).toMatchObject([{ role: "marketing" }]);
    expect((await journey.did("dele", "/api/drift"))["drift"]).toEqual([]);

    for (const flag of [FLAG, NEW]) {
      const { kill } = await journey.did("dele", "/api/kills", { environment: "production", flags: [flag], reason: "crackles" });
      await journey.settled();
      await journey.heard(client);
      expect([whoHas(FLAG), whoHas(NEW)]).toEqual([0, 0]);
      await journey.did("dele", `/api/kills/${String(kill)}/lift`, { reason: "mended" });
      await journey.settled();
      await journey.heard(client);
      expect([answers(FLAG), answers(NEW)]).toEqual([before, before]);
    }

    // What SDKs have asked for is told on every few seconds.
    await journey.advance(10_000);
    await until("that the old key was asked for is known", async () => {
      const { formerKeys } = await journey.did("priya", `/api/flags/${NEW}`);
      return JSON.stringify(formerKeys).includes("lastAskedMs") ? true : undefined;
    });
    const page = await journey.page("priya", `flag?flag=${FLAG}`, DESK, CHECKED);
    await page.getByText(`${FLAG} is called ${NEW} now.`).waitFor();
    await page.getByText(`Also answers to ${FLAG}, last asked for today`, { exact: false }).waitFor();
    await page.getByText("It can be taken out of the file on Thursday 24 December, if no program asks for it until then.", { exact: false }).waitFor();
    expect(await barriers(page, "light")).toEqual([]);
    await page.goto(`${journey.url}/#/flags`);
    await page.getByPlaceholder("Name, key, words or owner").fill("voice-notes");
    await page.getByRole("link", { name: "Spoken notes" }).first().waitFor();

    await journey.did("priya", `${path}/resume`, {});
    await journey.advanceTo(TUESDAY + 2 * DAY);
    await journey.heard(client);
    expect([whoHas(FLAG), whoHas(NEW)]).toEqual([CUSTOMERS.length, CUSTOMERS.length]);

    sluice("rename", "flag", NEW, "diary.dictation");
    const file = join(journey.repository, "flags/diary/dictation.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("production: { default: off }", "production: { default: on }"));
    const nobody = (flag: string): boolean => client.getBoolean(flag, false, { targetingKey: "nobody-of-a-customer" });
    await merge("Dictation, for everybody");
    expect([FLAG, NEW, "diary.dictation"].map(nobody)).toEqual([false, false, false]);
    const { enlargements } = await journey.did("priya", "/api/enlargements");
    expect(enlargements).toMatchObject([{ flag: "diary.dictation", environment: "production" }]);
    expect([FLAG, NEW, "diary.dictation"].map(whoHas)).toEqual([CUSTOMERS.length, CUSTOMERS.length, CUSTOMERS.length]);
  });
});
