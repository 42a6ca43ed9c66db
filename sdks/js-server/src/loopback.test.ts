import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import type { SluiceClient } from "./client.ts";
import { createClient } from "./create-client.ts";
import { snapshotAt } from "./testing/snapshots.ts";

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface FlagServer {
  readonly port: number;
  readonly streams: Set<ServerResponse>;
  send(text: string): void;
  close(): Promise<void>;
}

/** A real server on the loopback that speaks the SDK's three routes. */
async function serve(options: { readonly port?: number; readonly seq?: number } = {}): Promise<FlagServer> {
  const { seq = 3 } = options;
  const streams = new Set<ServerResponse>();
  const server: Server = createServer((request, response) => {
    if (request.url === "/sdk/v1/snapshot") {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(gzipSync(JSON.stringify(snapshotAt(seq))));
    } else if (request.url === "/sdk/v1/stream") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`event: hello\ndata: ${JSON.stringify({ environment: "production", epoch: "e1", seq, heartbeatMs: 5000, confirmJitterMs: 0 })}\n\n`);
      streams.add(response);
    } else request.resume().once("end", () => response.writeHead(204).end());
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  ends.push(close);
  const { port } = server.address() as AddressInfo;
  return { port, streams, send: (text) => streams.forEach((stream) => stream.write(text)), close };
}

function clientOf(port: number, cacheDir?: string): SluiceClient {
  const client = createClient({ url: `http://127.0.0.1:${port}`, key: "k", log: quiet, ...(cacheDir === undefined ? {} : { cacheDir }) });
  ends.push(() => client.close());
  return client;
}

const changed = (client: SluiceClient): Promise<void> => new Promise((resolve) => client.onChange(() => resolve()));
const reaches = (client: SluiceClient, state: string): Promise<void> =>
  new Promise((resolve) => {
    if (client.state === state) resolve();
    else client.onState((now) => now === state && resolve());
  });

test("a kill reaches a real process over a real socket, cut inside a letter", async () => {
  const server = await serve();
  const client = clientOf(server.port);
  await client.ready();
  await reaches(client, "ready");
  expect(client.getBoolean("site.diary", false)).toBe(true);
  const bytes = Buffer.from(
    `: 🏗️\nevent: patch\ndata: ${JSON.stringify({ epoch: "e1", base: 3, to: 4, set: { kills: { k1: { flags: ["site.diary"] } } } })}\n\n`,
  );
  const next = changed(client);
  await expect.poll(() => server.streams.size).toBe(1);
  for (const stream of server.streams) {
    stream.write(bytes.subarray(0, 4));
    stream.write(bytes.subarray(4));
  }
  await next;
  expect(client.getBooleanDetails("site.diary", true)).toMatchObject({ value: false, cause: "kill", by: "k1" });
});

test("a server that is down at start is found when it comes", async () => {
  const reserved = await serve();
  await reserved.close();
  const client = clientOf(reserved.port);
  await client.ready();
  expect(client.getBoolean("site.diary", false)).toBe(false);
  await serve({ port: reserved.port });
  await reaches(client, "ready");
  expect(client.getBoolean("site.diary", false)).toBe(true);
});

test("a server that speaks another language is survived", async () => {
  const server = createSocketServer((socket) => {
    socket.on("error", () => {}).write("220 mail.example ESMTP\r\n");
    ends.push(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => void server.close());
  const client = clientOf((server.address() as AddressInfo).port);
  await client.ready();
  expect({ value: client.getBoolean("site.diary", true), state: client.state }).toEqual({ value: true, state: "starting" });
});

test("the last good flags survive the process on a real disk, and the server is not needed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-sdk-"));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const server = await serve({ seq: 9 });
  const first = clientOf(server.port, folder);
  await first.ready();
  await first.close();
  await server.close();
  const second = clientOf(server.port, folder);
  await second.ready();
  expect({ version: second.version, diary: second.getBoolean("site.diary", false), state: second.state }).toEqual({
    version: { epoch: "e1", seq: 9 },
    diary: true,
    state: "stale",
  });
});

test("a snapshot file answers without any server", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-sdk-"));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const snapshotFile = join(folder, "flags.json");
  await writeFile(snapshotFile, JSON.stringify(snapshotAt(5)));
  const client = createClient({ snapshotFile, log: quiet });
  await client.ready();
  expect({ state: client.state, diary: client.getBoolean("site.diary", false) }).toEqual({ state: "offline", diary: true });
  await client.close();
});

/** Runs a host program to its end; it must end by itself. */
async function runHost(source: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const index = new URL("./index.ts", import.meta.url).href;
  const child = spawn(process.execPath, ["--input-type=module", "-e", `import { createClient } from ${JSON.stringify(index)};\n${source}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = await once(child, "exit");
  return { code: typeof code === "number" ? code : null, output };
}

test("a host with an open client ends as if it had none", async () => {
  const server = await serve();
  const ran = await runHost(`
    const client = createClient({ url: "http://127.0.0.1:${server.port}", key: "k" });
    await client.ready();
    console.log(client.getBoolean("site.diary", false));
  `);
  expect(ran).toEqual({ code: 0, output: "true\n" });
});

test("a host that awaits ready() without a server goes on after waitMs instead of ending early", async () => {
  const reserved = await serve();
  await reserved.close();
  const ran = await runHost(`
    const client = createClient({ url: "http://127.0.0.1:${reserved.port}", key: "k", waitMs: 200, log: { info() {}, warn() {}, error() {} } });
    await client.ready();
    console.log(client.getBoolean("site.diary", true));
  `);
  expect(ran).toEqual({ code: 0, output: "true\n" });
});

test("close leaves a host nothing to wait for", async () => {
  const server = await serve();
  const ran = await runHost(`
    const client = createClient({ url: "http://127.0.0.1:${server.port}", key: "k" });
    await client.ready();
    await client.close();
    console.log(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length);
  `);
  expect(ran).toEqual({ code: 0, output: "0\n" });
});

test("the README shows the sample that this package keeps", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const sample = await readFile(new URL("../../../examples/node-sdk/quick-start.ts", import.meta.url), "utf8");
  expect(readme).toContain(`\`\`\`ts\n${sample}\`\`\``);
});
