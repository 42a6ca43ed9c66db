import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../testing/command-run.ts";

const TRIGGER = {
  name: "on-call",
  shape: "pagerduty",
  environment: "production",
  flags: ["shop.checkout", "shop.gone"],
  notArmed: ["shop.gone"],
  perHour: 6,
  path: "/triggers/on-call",
};

test("triggers are listed with what they kill, their address and how the other system is set up", async () => {
  const { out, sent, code } = await runCommand(["triggers"], () => ({ body: { triggers: [TRIGGER] } }));
  expect([code, sent]).toEqual([0, [{ method: "GET", url: "/api/triggers" }]]);
  const [head, ...rest] = out.split("\n");
  expect(head).toBe("on-call  pagerduty, in production, at most 6 kills an hour");
  expect(rest[0]).toBe("  kills    shop.checkout");
  expect(rest[1]).toContain("shop.gone");
  expect(rest[2]).toMatch(/^ {2}address {2}http:\/\/127\.0\.0\.1:\d+\/triggers\/on-call$/);
  expect(rest.join("\n")).toContain("incident.triggered");
  expect(rest.at(-1)).toBe("  secret   sluice triggers secret on-call");
});

test("a project without triggers says so", async () => {
  expect((await runCommand(["triggers"], () => ({ body: { triggers: [] } }))).out).toBe("No alert may switch anything off: sluice.yaml has no triggers.");
});

test("a secret is printed alone, renewed, or taken from a file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-secret-"));
  try {
    const shown = await runCommand(["triggers", "secret", "on-call"], () => ({ body: { secret: "whsec_a" } }));
    expect([shown.out, shown.said, shown.sent]).toEqual(["whsec_a", "", [{ method: "GET", url: "/api/triggers/on-call/secret" }]]);
    const renewed = await runCommand(["triggers", "secret", "on-call", "--renew"], () => ({
      body: { secret: "whsec_b", earlierUntilMs: Date.UTC(2026, 11, 2) },
    }));
    expect([renewed.out, renewed.said]).toEqual(["whsec_b", "The secret before it works until 2026-12-02T00:00:00.000Z."]);
    expect(renewed.sent).toEqual([{ method: "POST", url: "/api/triggers/on-call/secret", body: {} }]);
    const file = join(folder, "given");
    writeFileSync(file, "of-pagerduty-0123456789\n");
    const set = await runCommand(["triggers", "secret", "on-call", "--set-from", file], ({ body }) => ({ body: { secret: body?.["secret"] } }));
    expect([set.out, set.sent[0]?.body]).toEqual(["", { secret: "of-pagerduty-0123456789" }]);
    for (const wrong of [
      ["--renew", "--set-from", file],
      ["--set-from", join(folder, "nothing")],
    ]) {
      const refused = await runCommand(["triggers", "secret", "on-call", ...wrong], () => ({ body: {} }));
      expect([refused.code, refused.sent]).toEqual([2, []]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("what the server refuses is said with what to do", async () => {
  const error = { code: "unknownTrigger", message: 'There is no trigger "on-cal".', fix: "Did you mean on-call?" };
  const refused = await runCommand(["triggers", "secret", "on-cal"], () => ({ status: 404, body: { error } }));
  expect([refused.code, refused.said]).toEqual([1, 'sluice: There is no trigger "on-cal".\n        Did you mean on-call?']);
});
