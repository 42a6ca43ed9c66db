import { createHash } from "node:crypto";
import { bodyBytesMax } from "@sluice/contract";
import { listen, type Listening, nodeHttpClient, nodeLog, nodeTimers } from "@sluice/ports/node";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { OPERATOR_KEY, RunningFanout, SDK_KEY, sessionOf } from "./testing/running-fanout.ts";

const client = nodeHttpClient({ keepsAlive: false });
const log = nodeLog({ json: true, name: "test", minimum: "error" });
const LIMITS = { timeoutMs: 10_000, maxBytes: 1 << 20 };
const opened: Listening[] = [];
afterEach(() => Promise.all(opened.splice(0).map((server) => server.close())));

/** A fan-out on a real port, with real timers for the kill's deadline. */
async function served(): Promise<{ readonly fanout: RunningFanout; readonly url: string }> {
  const fanout = await new RunningFanout().prepare();
  await fanout.start();
  Object.assign(fanout.world.timers, nodeTimers({ keepsAlive: false }));
  const server = await listen(fanout.fanout.handle, { host: "127.0.0.1", port: 0, maxBodyBytes: bodyBytesMax, beforeBody: fanout.fanout.beforeBody, log });
  opened.push(server);
  return { fanout, url: `http://127.0.0.1:${server.port}` };
}

test("a kill sent over a real socket reaches a hundred real streams, each byte for byte the same", async () => {
  const { url } = await served();
  const streams = Array.from({ length: 100 }, (_, index) => {
    let text = "";
    let tell = (): void => {};
    const killed = new Promise<string>((resolve) => {
      tell = () => {
        const frame = /event: patch\n[\s\S]*?\n\n/.exec(text)?.[0];
        if (frame !== undefined) resolve(frame);
      };
    });
    let isOpen = (): void => {};
    const open = new Promise<void>((resolve) => {
      isOpen = resolve;
    });
    const stream = client.stream(
      {
        method: "GET",
        url: `${url}/sdk/v1/stream`,
        headers: { authorization: `Bearer ${SDK_KEY}`, "sluice-instance": `i${index}`, "sluice-service": "shop" },
        body: new Uint8Array(),
      },
      {
        opened: () => {},
        chunk: (bytes) => {
          text += new TextDecoder().decode(bytes);
          if (text.includes("event: hello")) isOpen();
          tell();
        },
        ended: () => {},
      },
    );
    return { open, killed, stream };
  });
  await Promise.all(streams.map(({ open }) => open));
  const body = new TextEncoder().encode(JSON.stringify({ command: "command-1", environment: "production", flags: ["shop.checkout"] }));
  const reply = await client.request(
    { method: "POST", url: `${url}/api/kills`, headers: { authorization: `Bearer ${OPERATOR_KEY}`, "content-type": "application/json" }, body },
    LIMITS,
  );
  expect(reply.status).toBe(201);
  const frames = new Set(await Promise.all(streams.map(({ killed }) => killed)));
  expect(frames.size).toBe(1);
  expect([...frames][0]).toContain((JSON.parse(new TextDecoder().decode(reply.body)) as { kill: string }).kill);
  for (const { stream } of streams) stream.close();
});

test("a store that hangs does not keep a kill from its streams", async () => {
  const { fanout, url } = await served();
  const urgent = new Promise<string>((resolve) => {
    let text = "";
    client.stream(
      { method: "GET", url: `${url}/sdk/v1/stream`, headers: { authorization: `Bearer ${SDK_KEY}` }, body: new Uint8Array() },
      {
        opened: () => (fanout.store.trouble = "hangs"),
        chunk: (bytes) => {
          text += new TextDecoder().decode(bytes);
          if (text.includes("event: urgent")) resolve(text);
        },
        ended: () => {},
      },
    );
  });
  await expect.poll(() => fanout.store.trouble, { timeout: 20_000 }).toBe("hangs");
  const body = new TextEncoder().encode(JSON.stringify({ command: "command-1", environment: "production", flags: ["shop.checkout"] }));
  const reply = await client.request({ method: "POST", url: `${url}/api/kills`, headers: { authorization: `Bearer ${OPERATOR_KEY}` }, body }, LIMITS);
  expect(JSON.parse(new TextDecoder().decode(reply.body))).toMatchObject({ emergency: true });
  expect(await urgent).toContain('"flags":["shop.checkout"]');
});

test("a snapshot arrives whole and compressed, and not at all where it is known", async () => {
  const { fanout, url } = await served();
  const ask = (headers: Readonly<Record<string, string>>): ReturnType<typeof client.request> =>
    client.request(
      { method: "GET", url: `${url}/sdk/v1/snapshot`, headers: { authorization: `Bearer ${SDK_KEY}`, ...headers }, body: new Uint8Array() },
      LIMITS,
    );
  const { body, headers } = await ask({ "accept-encoding": "gzip" });
  expect(headers["content-encoding"]).toBe("gzip");
  expect(JSON.parse(new TextDecoder().decode(body))).toEqual(fanout.snapshot(1));
  const plain = await ask({});
  expect(plain.headers["content-encoding"]).toBeUndefined();
  // The digest is of the bytes that were compressed, so it is the same for both (HTTP Unencoded Digest).
  for (const reply of [{ body, headers }, plain])
    expect(reply.headers["unencoded-digest"]).toBe(`sha-256=:${createHash("sha256").update(reply.body).digest("base64")}:`);
  expect(new TextDecoder().decode(body)).toContain('"flags":{\t"');
  expect((await ask({ "if-none-match": headers["etag"] ?? "" })).status).toBe(304);
});

test("a file of customers is not read before it is known who sends it; other bodies are small enough to be read first", async () => {
  const { url } = await served();
  /** Announces 10 MiB and sends none of it, so that only an answer that needs no body can come. */
  const announced = (...headers: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      let heard = "";
      socket.on("data", (bytes) => (heard += bytes.toString("utf8")));
      socket.on("close", () => resolve(heard));
      socket.on("error", reject);
      socket.write(["POST /api/customers/import HTTP/1.1", "host: x", "content-length: 10485760", ...headers, "", ""].join("\r\n"));
    });
  expect(await announced()).toMatch(/^HTTP\/1\.1 401 [\s\S]*"notSignedIn"/);
  expect(await announced("authorization: Bearer sli_nobody_0123456789")).toMatch(/^HTTP\/1\.1 401 /);
  expect(await announced(`cookie: sluice_session=${sessionOf("ada")}`)).toMatch(/^HTTP\/1\.1 403 [\s\S]*"crossSite"/);
});
