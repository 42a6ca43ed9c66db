import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { until } from "../../faults/rig/running.ts";
import { CONTEXT_SECRET, type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

let journey: Journey;
const customers = MANY.slice(0, 30);
const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + 10 * DAY }, bakeMs: HOUR }];

beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers, files: FILES });
});
afterAll(() => journey.stop());

test("a customer that opts in has it before its wave, a hold keeps it from opting in, and opting out gives the wave back", async () => {
  const content = planOf("Snag lists", { flags: [{ flag: "site.snag-list", serve: "on" }], waves, earlyAccessFromMs: TUESDAY + DAY });
  const { release } = await journey.did("priya", "/api/releases", { content });
  const path = `/api/releases/${String(release)}`;
  await journey.did("priya", `${path}/plan`, {});
  const client = await journey.client("journey");
  const who = (): readonly string[] =>
    customers.flatMap(({ key }) => (client.getBoolean("site.snag-list", false, { targetingKey: "u", customer: key }) ? [key] : []));
  const acme = "id-acme-build";
  const early = await journey.ask("jonas", `${path}/opt-in`, { customer: acme });
  expect([early.status, early.body]).toMatchObject([409, { error: { code: "notOffered" } }]);
  await journey.advanceTo(TUESDAY + DAY);
  const hold = {
    environment: "production",
    customers: ["id-northgate-homes"],
    fromMs: TUESDAY,
    untilMs: TUESDAY + 5 * DAY,
    releases: [release],
    reason: "Payroll week",
  };
  await journey.did("jonas", "/api/holds", hold);
  const held = await journey.ask("jonas", `${path}/opt-in`, { customer: "id-northgate-homes" });
  expect([held.status, held.body]).toMatchObject([409, { error: { code: "notOffered" } }]);
  await journey.did("jonas", `${path}/opt-in`, { customer: acme });
  await journey.settled();
  await journey.heard(client);
  expect(who()).toEqual(["acme-build"]);
  await journey.did("jonas", `${path}/opt-out`, { customer: acme });
  await journey.settled();
  await journey.heard(client);
  expect(who()).toEqual([]);
});

describe.skipIf(!existsSync(CHROMIUM))("a customer's own page", () => {
  test("a product manager opens early access; the customer's manager switches it on, has it, gives it back, and after the wave keeps it", async () => {
    const plan = await journey.page("priya", "plan");
    await plan.getByLabel("What do customers get?").fill("Voice notes in the diary");
    await plan.getByLabel("Flags that it turns on").selectOption(FLAG);
    await plan.getByLabel(/From when may customers take it early/).fill("2026-11-26T09:00");
    await plan.getByRole("button", { name: "See what would happen" }).click();
    await plan.getByRole("button", { name: "Save as a draft" }).click();
    await plan.waitForURL(/#\/release\?id=/);
    await plan.getByRole("button", { name: /^Plan it/ }).click();
    await plan.getByRole("button", { name: "Pause" }).waitFor();

    const shop = await journey.shop();
    const [board, early] = [await journey.page("priya", `${shop}/?customer=acme-build`), await journey.page("priya", `${shop}/early?customer=acme-build`)];
    const voice = board.getByRole("img", { name: /^Voice note/ }).first();
    await early.getByText("You can have it from 26 November.").waitFor();
    expect(await early.getByRole("button", { name: /Voice notes/ }).count()).toBe(0);
    await journey.advanceTo(TUESDAY + 2 * DAY);
    await early.reload();
    await early.getByRole("button", { name: "Switch on Voice notes in the diary" }).click();
    await early.getByText("On for your company since 26 November. You can give it back until it comes for everybody.").waitFor();
    await voice.waitFor();
    // Nobody else has it: another company's page offers it still.
    const other = await journey.page("priya", `${shop}/early?customer=kestrel-civils`);
    await other.getByText("Nothing can be tried early at the moment.").waitFor();
    await other.goto(`${shop}/early?customer=northgate-homes`);
    await other.getByRole("button", { name: "Switch on Voice notes in the diary" }).waitFor();

    // Whoever looks after the customer sees who did it.
    const release = new URL(plan.url().replace("#/", "")).searchParams.get("id") ?? "";
    const log = await journey.page("jonas", `audit?about=${release}`);
    await log.getByText("Jonas Weber pressed it on the customer's own page").waitFor();
    await log.getByText("The customer itself").first().waitFor();

    await early.getByRole("button", { name: "Give back Voice notes in the diary" }).click();
    await early.getByRole("button", { name: "Switch on Voice notes in the diary" }).waitFor();
    await voice.waitFor({ state: "hidden" });
    await early.getByRole("button", { name: "Switch on Voice notes in the diary" }).click();
    await voice.waitFor();
    // With everybody's wave there is nothing to give back any more, and the page says why.
    for (const { startsAtMs } of (await journey.did("priya", `/api/releases/${release}`))["waves"] as readonly { readonly startsAtMs: number }[]) {
      const { contentHash, missingApprovals } = await journey.did("priya", `/api/releases/${release}`);
      for (const as of missingApprovals as readonly ("product" | "customerSuccess")[])
        await journey.did(as === "product" ? "paul" : "jonas", `/api/releases/${release}/approve`, { as, contentHash });
      await journey.advanceTo(startsAtMs);
    }
    // The page comes anew by itself.
    await early.getByText(/^On since .*, as for others: there is nothing to give back\.$/).waitFor();
    expect(await early.getByRole("button", { name: /Voice notes/ }).count()).toBe(0);
    await voice.waitFor();
  });

  test("misses nothing that changes while it is under way", async () => {
    const shop = await journey.shop();
    const standOf = async (): Promise<string> => /data-since="([^"]+)"/.exec(await (await fetch(`${shop}/early?customer=acme-build`)).text())?.[1] ?? "";
    /** What the application says first to a page that was rendered at this stand. */
    const firstWords = async (since: string, last?: string): Promise<string> => {
      const ending = new AbortController();
      const stream = await fetch(`${shop}/changes?since=${since}`, {
        signal: ending.signal,
        ...(last === undefined ? {} : { headers: { "last-event-id": last } }),
      });
      let text = "";
      try {
        for await (const chunk of stream.body ?? []) {
          text += Buffer.from(chunk).toString();
          // The line "retry" comes first, and what was missed with it.
          if (text.includes("\n\n")) break;
        }
      } finally {
        ending.abort();
      }
      return text;
    };
    const before = await standOf();
    await journey.did("priya", "/api/kills", { environment: "production", flags: ["crew.shift-swap"], reason: "For the page under way" });
    await until("the application has heard it", async () => ((await standOf()) === before ? undefined : true));
    const now = await standOf();
    expect(await firstWords(before)).toContain(`id: ${now}\nevent: changed`);
    expect(await firstWords(before, now)).toBe("retry: 1000\n\n");
    expect(await firstWords(now)).toBe("retry: 1000\n\n");
    expect(await firstWords("of-another-process-7", "of-another-process-7")).toContain("event: changed");
  });

  test("offers nothing before the version that it needs runs, and says so", async () => {
    const content = planOf("Stamps on prints", {
      flags: [{ flag: "plans.print-stamps", serve: "on" }],
      waves: [{ name: "Everybody", audience: {}, start: { atMs: journey.nowMs + 10 * DAY }, bakeMs: HOUR }],
      earlyAccessFromMs: journey.nowMs,
      needs: [{ service: "site-api", version: "9.9.0" }],
    });
    const { release } = await journey.did("priya", "/api/releases", { content });
    await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
    const early = await journey.page("priya", `${await journey.shop()}/early?customer=acme-build`);
    await early.getByText(/^Not ready yet: what it needs is not in place\. As soon as it is, you can switch it on here; by itself it comes on /).waitFor();
    expect(await early.getByRole("button", { name: /Stamps on prints/ }).count()).toBe(0);
    await journey.did("dele", "/api/deployments", { service: "site-api", environment: "production", version: "9.9.0" });
    await early.reload();
    await early.getByRole("button", { name: "Switch on Stamps on prints" }).waitFor();
    // A hold that ends before the wave moves no start, and a press would be refused until then.
    const hold = { environment: "production", customers: ["id-acme-build"], fromMs: journey.nowMs, untilMs: journey.nowMs + 3 * DAY, reason: "Payroll week" };
    await journey.did("jonas", "/api/holds", hold);
    await early.reload();
    const row = early.locator("li", { hasText: "Stamps on prints" });
    await row.getByText(/^Nothing new for you until /).waitFor();
    expect(await row.getByRole("button").count()).toBe(0);
  });

  test("takes no word of a token that may not decide, of none, or of another environment, and stops who presses all day", async () => {
    const { releases } = await journey.did("priya", "/api/releases");
    const [first] = releases as readonly { readonly release: string }[];
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    /** Of the journey's clock, as the application signs it. */
    const tokenOf = (customer: string, more: object): string => {
      const claims = { aud: "production", exp: journey.nowMs / 1_000 + 600, sub: `subject-of-${customer}`, ctx: { targetingKey: "eve", customer }, ...more };
      const text = `${part({ alg: "HS256" })}.${part(claims)}`;
      return `${text}.${createHmac("sha256", CONTEXT_SECRET).update(text).digest("base64url")}`;
    };
    const may = { may: ["earlyAccess"] };
    const say = async (token: string | undefined, command: string, wants = "in"): Promise<unknown> => {
      const reply = await fetch(`${journey.url}/browser/v1/early-access?environment=production`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ command, release: first?.release, wants }),
      });
      const { error } = (await reply.json()) as { readonly error?: { readonly code: string } };
      return error?.code ?? reply.status;
    };
    expect(await say(undefined, "eve-decides-1")).toBe("contextMissing");
    expect(await say(tokenOf("customer-020", {}), "eve-decides-2")).toBe("contextMayNot");
    expect(await say(tokenOf("customer-020", { may: "earlyAccess" }), "eve-decides-3")).toBe("contextMayNot");
    expect(await say(tokenOf("customer-020", { ...may, aud: "staging" }), "eve-decides-4")).toBe("contextWrongAudience");
    expect(await say(tokenOf("nobody", may), "eve-decides-5")).toBe("unknownCustomer");
    const answers = [];
    for (let press = 0; press < 21; press += 1) answers.push(await say(tokenOf("customer-021", may), `eve-presses-${press}`, press % 2 === 0 ? "in" : "out"));
    expect(answers.at(-1)).toBe("tooOften");
    expect(new Set(answers.slice(0, -1)).size).toBeLessThanOrEqual(2);
  });
});
