import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../faults/rig/running.ts";
import { barriers } from "../barriers.ts";
import { CHROMIUM } from "../chromium.ts";
import { DESK, type Journey, PHONE, startJourney } from "./rig.ts";
import { Reviews } from "./reviews.ts";
import { FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

const VOICE = "flags/diary/voice-notes.yaml";
/** The page is looked through for barriers by a script of the test's. */
const CHECKED = { bypassCSP: true };
const WORDS = "Lets people on site speak a diary entry, in any language.";
let journey: Journey;
let reviews: Reviews;

const git = (folder: string, ...args: readonly string[]): string => reviews.git(folder, ...args);
const branches = (): readonly string[] => reviews.branches;
const review = (branch: string): Promise<void> => reviews.merge(branch);

/** Branch protection as a host has it: nobody pushes to main but who merges a review. */
function protect(): void {
  const path = join(journey.repository, ".git/hooks/pre-receive");
  mkdirSync(join(journey.repository, ".git/hooks"), { recursive: true });
  writeFileSync(
    path,
    '#!/bin/sh\nwhile read -r old new ref; do [ "$ref" != refs/heads/main ] || git log --merges -1 --format=%H "$new" | grep -q "$new" || { echo "main is protected" >&2; exit 1; }; done\n',
  );
  chmodSync(path, 0o755);
}

describe.skipIf(!existsSync(CHROMIUM))("a flag that is changed without an editor", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 40), files: FILES });
    reviews = new Reviews(journey);
  });
  afterAll(() => journey.stop());

  test("she edits a description, sees what it does, sends it; it is merged, served, and was her change", async () => {
    const page = await journey.page("priya", `flag?flag=${FLAG}`, DESK, CHECKED);
    await page.getByRole("link", { name: "Change", exact: true }).click();
    await page.getByLabel("What it is for").fill(WORDS);
    await page.getByRole("button", { name: "See what it does" }).click();
    const does = page.getByRole("region", { name: "What it does" });
    await does.getByText("No customer gets anything else by it.").waitFor();
    await does.getByText("It goes for a review, under your name; nothing changes before somebody agrees.", { exact: false }).waitFor();
    await does.getByText(`+description: ${WORDS}`).waitFor();
    expect(await barriers(page, "light")).toEqual([]);
    expect(branches()).toEqual([]);
    await page.getByRole("button", { name: "Send it for review" }).click();
    await page.getByRole("heading", { name: "Sent for review" }).waitFor();
    const [branch = ""] = branches();
    expect(branch).toMatch(/^sluice\/priya\/diary-voice-notes-/);
    expect(git(journey.repository, "show", "-s", "--format=%an <%ae>", branch)).toBe("Priya Raman <priya@example.com>");
    expect(git(journey.repository, "show", `${branch}:${VOICE}`)).toBe((FILES[VOICE] ?? "").replace(/description: .*/, `description: ${WORDS}`).trimEnd());
    await page.goto(`${journey.url}/#/flag?flag=${FLAG}`);
    await page.getByText("Priya Raman changed it", { exact: false }).waitFor();
    await review(branch);
    await page.reload();
    await page.locator("p.lead").getByText(WORDS).waitFor();
    await page.getByRole("region", { name: "History" }).getByText("Priya Raman", { exact: false }).waitFor();
    await journey.advance(10_000);
    await page.goto(`${journey.url}/#/changes`);
    await page.getByText("Reviewed and merged: it is served from Git.").waitFor();
    await page.close();
  });

  test("a protected branch takes no push of hers, and says so; a kill works all the same, and becomes a file", async () => {
    await journey.commit(
      (repository) => writeFileSync(join(repository, "sluice.yaml"), `${git(repository, "show", "main:sluice.yaml")}\nedits: { facts: direct }\n`),
      "facts go directly",
    );
    protect();
    const page = await journey.page("priya", `change?flag=${FLAG}`);
    await page.getByLabel("What it is for").fill("Lets people speak a diary entry on site, wherever they are.");
    await page.getByRole("button", { name: "See what it does" }).click();
    await page.getByRole("button", { name: "Change it now" }).click();
    await page.getByText("The branch main takes no commit directly (main is protected", { exact: false }).waitFor();
    await page.close();
    const client = await journey.client("diary");
    const person = { targetingKey: "u", customer: MANY[0]?.key ?? "" };
    const { kill } = await journey.did("ines", "/api/kills", { environment: "staging", flags: [FLAG], reason: "Voices are silent" });
    await journey.heard(client);
    expect(client.getBoolean(FLAG, true, person)).toBe(false);
    const drift = await journey.page("priya", "drift", PHONE, CHECKED);
    await drift.getByRole("link", { name: "Make it permanent" }).click();
    await drift.getByText("What a kill switched off stays off by its file").waitFor();
    await drift.getByText("+  staging: { default: off }").waitFor();
    expect(await drift.evaluate("document.documentElement.scrollWidth > innerWidth + 1")).toBe(false);
    expect(await barriers(drift, "dark")).toEqual([]);
    const before = branches();
    await drift.getByRole("button", { name: "Send it for review" }).click();
    await drift.getByRole("heading", { name: "Sent for review" }).waitFor();
    const branch = branches().find((one) => !before.includes(one)) ?? "";
    expect(git(journey.repository, "show", "-s", "--format=%(trailers:key=Sluice-Decision,valueonly)", branch)).toBe(String(kill));
    await review(branch);
    // The file says it now: the kill ended with that commit, and nobody's answer changed.
    await until("the kill has ended", async () =>
      ((await journey.ask("uma", "/api/kills")).body["kills"] as readonly unknown[]).length === 0 ? true : undefined,
    );
    await journey.heard(client);
    expect(client.getBoolean(FLAG, true, person)).toBe(false);
    await drift.close();
  });

  test("a release that is complete becomes the default by a change, and no one changes", async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: journey.nowMs + HOUR }, bakeMs: HOUR }];
    const release = String((await journey.did("priya", "/api/releases", { content: planOf("Voice notes", { waves }) }))["release"]);
    await journey.did("priya", `/api/releases/${release}/plan`, {});
    await journey.advance(HOUR);
    await journey.advance(HOUR);
    const page = await journey.page("priya", `release?id=${release}`);
    await page.getByRole("link", { name: "Make it the default" }).click();
    await page.getByText("Voice notes in Production: no customer gets anything else.").waitFor();
    const before = branches();
    await page.getByRole("button", { name: "Send it for review" }).click();
    await page.getByRole("heading", { name: "Sent for review" }).waitFor();
    const branch = branches().find((one) => !before.includes(one)) ?? "";
    await review(branch);
    expect(git(journey.repository, "show", `main:${VOICE}`)).toContain("  production: { default: on }");
    await page.close();
  });

  test("an engineer adds a rule, sees whom it reaches, and every other line stays", async () => {
    const page = await journey.page("dele", `change?flag=${FLAG}`, PHONE, CHECKED);
    await page.getByRole("button", { name: "Add a rule in Production" }).click();
    await page.getByLabel("Who, as JSON").fill('{ "plan": ');
    await page.getByText("A condition is not JSON.").waitFor();
    expect(await page.getByRole("button", { name: "See what it does" }).isDisabled()).toBe(true);
    await page.getByLabel("Who, as JSON").fill('{ "plan": { "in": ["pro"] } }');
    await page.getByLabel("Id", { exact: true }).fill("pro-first");
    await page.getByRole("combobox", { name: /^Gets/ }).selectOption("off");
    await page.getByRole("button", { name: "See what it does" }).click();
    await page.getByText(/^\+ {2}production: \{.*rules: \[\{ id: pro-first, if: \{ plan: \{ in: \[pro\] \} \}, serve: off \}\]/).waitFor();
    expect(await barriers(page, "light")).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")).toBe(false);
    await page.close();
  });

  test("an engineer gives values of a flag: one is changed, one comes, one that is no number is not taken", async () => {
    const file = "flags/diary/entry-limit.yaml";
    const text = `key: diary.entry-limit
description: How many entries of a diary one day may have.
kind: permission
owner: team-site
created: 2026-11-02
permanent: The number is part of the contract.
reviewBy: 2027-11-02
type: number
codeDefault: few
variants:
  few: 20 # as the first contracts say
  many: 200
off: few
environments:
  production: { default: few }
  staging: { default: many }
`;
    await journey.commit((repository) => writeFileSync(join(repository, file), text), "a flag with numbers");
    const page = await journey.page("dele", "change?flag=diary.entry-limit", DESK, CHECKED);
    await page.getByLabel("Value of many").fill("two hundred");
    await page.getByText("The value of many is no number.").waitFor();
    expect(await page.getByRole("button", { name: "See what it does" }).isDisabled()).toBe(true);
    await page.getByLabel("Value of many").fill("250");
    await page.getByRole("button", { name: "Add a value" }).click();
    await page.getByLabel("Name", { exact: true }).fill("most");
    await page.getByLabel("Value", { exact: true }).fill("1000");
    await page.getByRole("combobox", { name: "Otherwise, everybody gets" }).first().selectOption("most");
    await page.getByRole("button", { name: "See what it does" }).click();
    await page.getByText("+  many: 250", { exact: true }).waitFor();
    await page.getByText("+  most: 1000", { exact: true }).waitFor();
    await page.getByText("+  production: { default: most }", { exact: true }).waitFor();
    expect(await barriers(page, "dark")).toEqual([]);
    if (process.env["SHOTS"] !== undefined) await page.screenshot({ path: `${process.env["SHOTS"]}/values.png`, fullPage: true });
    const before = branches();
    await page.getByRole("button", { name: "Send it for review" }).click();
    await page.getByRole("heading", { name: "Sent for review" }).waitFor();
    const branch = branches().find((one) => !before.includes(one)) ?? "";
    const after = text.replace("many: 200", "many: 250\n  most: 1000").replace("production: { default: few }", "production: { default: most }");
    expect(`${git(journey.repository, "show", `${branch}:${file}`)}\n`).toBe(after);
    await page.close();
  });

  test("two people at one sentence: she sees both, and nothing of either is lost unseen", async () => {
    const page = await journey.page("priya", `change?flag=${FLAG}`, DESK, CHECKED);
    await page.getByLabel("What it is for").fill("Hers: a sentence that is long enough to say what it does.");
    await page.getByRole("button", { name: "See what it does" }).click();
    const send = page.getByRole("button", { name: "Change it now" });
    await send.waitFor();
    await journey.commit((repository) => {
      const text = git(repository, "show", `main:${VOICE}`);
      writeFileSync(
        join(repository, VOICE),
        `${text.replace(/description: .*/, "description: Theirs: long enough as well, to say what it does.").replace("Theirs:", "Theirs,")}\n`,
      );
    }, "other words");
    await send.click();
    const conflict = page.getByRole("alert", { name: "Changed meanwhile" });
    await conflict.getByText("description: Theirs, long enough as well, to say what it does.").waitFor();
    await conflict.getByText('description: "Hers: a sentence that is long enough to say what it does."').waitFor();
    expect(await barriers(page, "light")).toEqual([]);
    await page.getByRole("button", { name: "Put yours on top: show it first" }).click();
    await page.getByText("-description: Theirs, long enough as well, to say what it does.").waitFor();
    await page.getByRole("button", { name: "Keep it as a draft" }).click();
    await page.getByRole("link", { name: "Your drafts" }).click();
    await page.getByRole("link", { name: "Look and send" }).click();
    await page.getByText("Voice notes: what it is for").waitFor();
    await page.getByText("-description: Theirs, long enough as well, to say what it does.").waitFor();
    await page.goto(`${journey.url}/#/changes`);
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByText("Look and send").waitFor({ state: "detached" });
    await page.close();
  });
});
