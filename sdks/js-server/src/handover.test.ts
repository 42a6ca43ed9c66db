import { describe, expect, test } from "vitest";
import { SluiceClient } from "./client.ts";
import { snapshotAt } from "./testing/snapshots.ts";
import { json, VirtualWorld } from "./testing/virtual-world.ts";

const KILL = { epoch: "e1", base: 3, to: 4, set: { kills: { k1: { flags: ["web.pro"] } } } };

async function connected(): Promise<{ readonly world: VirtualWorld; readonly client: SluiceClient; readonly lines: () => string }> {
  const world = new VirtualWorld();
  const flags = {
    "site.secret": { default: "on", rules: [] },
    "web.pro": { browser: true, rules: [{ id: "pro", if: ["in", "plan", ["pro"]], serve: "on" }], default: "off" },
    "web.text": { browser: true, type: "string", variants: { plain: "Hello", warm: "</script>" }, off: "plain", default: "warm" },
  } as const;
  world.answer = (request) =>
    new URL(request.url).pathname === "/sdk/v1/snapshot" ? json(200, snapshotAt(3, { flags })) : { status: 204, headers: {}, body: "" };
  const said: string[] = [];
  const keep = (_: string, parts?: object): void => void said.push(JSON.stringify(parts));
  const log = { info: keep, warn: keep, error: keep };
  const client = new SluiceClient({ url: "http://flags.example/", key: "secret", contextSecret: "slc_test_0123456789abcdef0123456789abcdef", log }, world);
  await world.pass(10);
  world.send("hello", { environment: "production", epoch: "e1", seq: 3, heartbeatMs: 5000, confirmJitterMs: 0 });
  await world.settle();
  return { world, client, lines: () => said.join() };
}

const claims = (token = ""): { readonly sub: string } => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));

describe("a handover", () => {
  test("holds the answers of flags for browsers and nothing else, under the subject of the same context's token", async () => {
    const { client } = await connected();
    const context = { plan: "pro", targetingKey: "ada@example.com", customer: "acme-build" };
    const handover = client.handover(context);
    expect(handover).toEqual({
      environment: "production",
      epoch: "e1",
      seq: 3,
      subject: claims(client.contextToken({ customer: "acme-build", targetingKey: "ada@example.com", plan: "pro" })).sub,
      answers: {
        "web.pro": { value: true, variant: "on", reason: "TARGETING_MATCH" },
        "web.text": { value: "</script>", variant: "warm", reason: "STATIC" },
      },
    });
    // Not a word about the person.
    expect(JSON.stringify(handover)).not.toMatch(/ada|acme|"pro"/);
    await client.close();
  });

  test("is of the version that its request began with, and new ones know of a kill", async () => {
    const { world, client } = await connected();
    const request = client.forRequest();
    world.send("patch", KILL);
    await world.settle();
    const pro = { plan: "pro" };
    expect([request.handover(pro)?.seq, request.handover(pro)?.answers["web.pro"]?.value]).toEqual([3, true]);
    expect([client.handover(pro)?.seq, client.handover(pro)?.answers["web.pro"]]).toEqual([4, { value: false, variant: "off", reason: "DISABLED" }]);
    await client.close();
  });

  test("is not made before there are flags, nor of a context that no token can hold, which is told and not thrown", async () => {
    expect(new SluiceClient({ url: "http://flags.example/", key: "secret" }, new VirtualWorld()).handover({})).toBeUndefined();
    const { client, lines } = await connected();
    expect(client.handover({ huge: "x".repeat(5_000) })).toBeUndefined();
    expect(lines()).toContain("larger than 4096 bytes");
    await client.close();
  });
});
