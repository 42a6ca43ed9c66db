import { createPublicKey, verify } from "node:crypto";
import type { HttpReply } from "@sluice/ports";
import { describe, expect, test, vi } from "vitest";
import { Hub } from "./hub.ts";
import { Signing } from "./signing.ts";
import { RunningFanout, SDK_KEY } from "./testing/running-fanout.ts";
import { TestSink } from "./testing/test-world.ts";

/** RFC 8032, section 7.1, test 1. */
const SECRET = "sls_nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }, format: "jwk" });
const KILL_BYTES_MAX = 280;
const PLAIN_KILL_BYTES_MAX = 160;

const running = async (signing?: Signing): Promise<RunningFanout> => (await new RunningFanout(signing).prepare()).start();

function isSigned(kind: string, text: string, signature: string | undefined, environment = "production"): boolean {
  const [id, encoded = ""] = (signature ?? "").split(":");
  const message = Buffer.from(`sluice-signature-1\n${kind}\n${environment}\n${text}`);
  return id === "11qYAYKx" && verify(undefined, message, PUBLIC, Buffer.from(encoded, "base64url"));
}

/** Fields of each frame of one event, as they stand on the stream. */
function framesOf(sink: TestSink, event: string): readonly ReadonlyMap<string, string>[] {
  return sink.chunks
    .flatMap((chunk) => chunk.split("\n\n"))
    .filter((block) => block.startsWith(`event: ${event}\n`))
    .map((block) => new Map(block.split("\n").map((line): [string, string] => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)])));
}

const ask = async (fanout: RunningFanout, path: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpReply> => {
  const reply = await fanout.ask("GET", path, { bearer: SDK_KEY, headers });
  if ("attach" in reply) throw new Error("a stream, where an answer was expected");
  return reply;
};
const textOf = ({ body }: HttpReply): string => (typeof body === "string" ? body : new TextDecoder().decode(body));

describe("a server that signs", () => {
  test("signs a kill's patch, in at most 280 bytes with its signature, and 160 without", async () => {
    const fanout = await running(new Signing([SECRET]));
    const sdk = await fanout.stream();
    await fanout.kill("command-1");
    const [frame] = framesOf(sdk, "patch");
    const data = frame?.get("data") ?? "";
    expect(isSigned("patch", data, frame?.get("sig"))).toBe(true);
    expect(data.length).toBeLessThanOrEqual(PLAIN_KILL_BYTES_MAX);
    expect(`${data}sig: ${frame?.get("sig")}\n`.length).toBeLessThanOrEqual(KILL_BYTES_MAX);
  });

  test("signs the kill that the store could not take, on streams and in the list", async () => {
    const fanout = await running(new Signing([SECRET]));
    const sdk = await fanout.stream();
    fanout.store.trouble = "hangs";
    expect((await fanout.kill("command-1")).body["emergency"]).toBe(true);
    const [frame] = framesOf(sdk, "urgent");
    expect(isSigned("kill", frame?.get("data") ?? "", frame?.get("sig"))).toBe(true);
    const list = await ask(fanout, "/sdk/v1/urgent");
    expect(isSigned("kills", textOf(list), list.headers["sluice-signature"])).toBe(true);
    expect(JSON.parse(textOf(list))).toEqual({ urgent: [JSON.parse(frame?.get("data") ?? "")] });
    expect(list.headers).toMatchObject({ "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
    const late = await fanout.stream({ "sluice-instance": "late" });
    expect(framesOf(late, "urgent")).toEqual([frame]);
  });

  test("signs the snapshot's text, the same compressed or not, and says the signature with 304 as well", async () => {
    const fanout = await running(new Signing([SECRET]));
    const plain = await ask(fanout, "/sdk/v1/snapshot");
    const zipped = await ask(fanout, "/sdk/v1/snapshot", { "accept-encoding": "gzip" });
    const unchanged = await ask(fanout, "/sdk/v1/snapshot", { "if-none-match": plain.headers["etag"] ?? "" });
    expect(isSigned("snapshot", textOf(plain), plain.headers["sluice-signature"])).toBe(true);
    expect([zipped, unchanged].map((reply) => reply.headers["sluice-signature"])).toEqual([
      plain.headers["sluice-signature"],
      plain.headers["sluice-signature"],
    ]);
    expect([zipped.headers["content-encoding"], unchanged.status]).toEqual(["gzip", 304]);
    await fanout.kill("command-1");
    const next = await ask(fanout, "/sdk/v1/snapshot");
    expect(isSigned("snapshot", textOf(next), next.headers["sluice-signature"])).toBe(true);
  });

  test("signs what was on its disk with the key that it has after a restart", async () => {
    const fanout = await running(new Signing([SECRET]));
    await fanout.world.advance(2_000);
    fanout.api.down();
    await fanout.restart("refuses");
    const reply = await ask(fanout, "/sdk/v1/snapshot");
    expect(isSigned("snapshot", textOf(reply), reply.headers["sluice-signature"])).toBe(true);
  });

  test("shows its public keys to people, and none where it does not sign", async () => {
    const signs = await running(new Signing([SECRET]));
    const { body } = await signs.json("GET", "/api/signing-keys", { as: "aud" });
    expect(body).toEqual({ keys: [{ id: "11qYAYKx", publicKey: "slv_11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", signs: true }] });
    expect((await (await running()).json("GET", "/api/signing-keys", { as: "aud" })).body).toEqual({ keys: [] });
  });

  test("refuses to begin with something that is no key", () => {
    expect(() => new Signing(["sls_short"])).toThrow(TypeError);
  });
});

test("a hub signs each text once, however many listen, and for its own environment", () => {
  const signing = new Signing([SECRET]);
  const sign = vi.spyOn(signing, "sign");
  const hub = new Hub("staging", signing);
  hub.publishSnapshot({ format: 1, environment: "staging", epoch: "e1", seq: 1, salt: "s", flags: {} });
  const sinks = Array.from({ length: 500 }, () => new TestSink());
  for (const sink of sinks) hub.attach(sink, { epoch: "e1", seq: 1 });
  hub.publishPatch({ epoch: "e1", base: 1, to: 2, set: { kills: { k2: { flags: ["pins"] } } } });
  hub.publishUrgent({ id: "u1", epoch: "e1", journal: "j", counter: 1, flags: ["pins"] });
  for (let times = 0; times < 20; times += 1) {
    hub.bytes();
    hub.urgentText();
    hub.attach(new TestSink(), { epoch: "e1", seq: 1 });
  }
  expect(sign.mock.calls.map(([kind]) => kind).sort()).toEqual(["kill", "kills", "patch", "snapshot"]);
  const frames = sinks.map((sink) => framesOf(sink, "patch")[0]);
  expect(new Set(frames.map((frame) => frame?.get("sig"))).size).toBe(1);
  expect(isSigned("patch", frames[0]?.get("data") ?? "", frames[0]?.get("sig"), "staging")).toBe(true);
});

test("a server without a key sends what it sent before: no field and no header more", async () => {
  const fanout = await running();
  const sdk = await fanout.stream();
  await fanout.kill("command-1");
  expect([...(framesOf(sdk, "patch")[0]?.keys() ?? [])]).toEqual(["event", "id", "data"]);
  expect(Object.keys((await ask(fanout, "/sdk/v1/snapshot")).headers)).not.toContain("sluice-signature");
});
