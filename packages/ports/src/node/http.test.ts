import { type AddressInfo, connect, createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { type HttpHandler, type HttpRequest, NetworkFailed, type StreamSink } from "../ports.ts";
import { nodeHttpClient } from "./http-client.ts";
import { listen, type Listening, type ListenOptions, PortNotOpened } from "./http-server.ts";
import { nodeLog } from "./log.ts";

const utf8 = new TextEncoder();
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const nothing = new Uint8Array();
const client = nodeHttpClient({ keepsAlive: false });
const LIMITS = { timeoutMs: 10_000, maxBytes: 1 << 20 };

const opened: Listening[] = [];
const lines: string[] = [];
const log = nodeLog({ json: true, name: "test", minimum: "info", write: (line) => lines.push(line) });

async function serve(handler: HttpHandler, maxBodyBytes = 1_000, more: Pick<ListenOptions, "beforeBody" | "mayWait"> = {}): Promise<string> {
  const server = await listen(handler, { host: "127.0.0.1", port: 0, maxBodyBytes, log, ...more });
  opened.push(server);
  return `http://127.0.0.1:${server.port}`;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
  lines.length = 0;
});

const get = (url: string, headers: Readonly<Record<string, string>> = {}): HttpRequest => ({ method: "GET", url, headers, body: nothing });

/** What a raw connection is told, until it is closed. */
function raw(url: string, ...sent: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let heard = "";
    for (const text of sent) socket.write(text);
    socket.on("data", (bytes) => (heard += bytes.toString("utf8")));
    socket.on("close", () => resolve(heard));
    socket.on("error", reject);
  });
}

/** Hears a stream until `done` says so. */
function hear(url: string, done: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    let text = "";
    const stream = client.stream(get(url), {
      opened: () => {},
      chunk: (bytes) => {
        text += decoder.decode(bytes, { stream: true });
        if (!done(text)) return;
        stream.close();
        resolve(text);
      },
      ended: (why) => reject(new Error(why)),
    });
  });
}

describe("request and reply", () => {
  test("carry method, path, query, headers and body both ways", async () => {
    let seen: HttpRequest | undefined;
    const url = await serve(async (request) => {
      seen = request;
      return { status: 201, headers: { "content-type": "text/plain", "x-answer": "yes" }, body: "grüezi" };
    });
    const reply = await client.request({ method: "POST", url: `${url}/a/b?c=d%20e`, headers: { "X-Mixed": "Case" }, body: utf8.encode("{}") }, LIMITS);
    expect(seen).toMatchObject({ method: "POST", url: "/a/b?c=d%20e", remote: "127.0.0.1" });
    expect(seen?.headers["x-mixed"]).toBe("Case");
    expect(textOf(seen?.body ?? nothing)).toBe("{}");
    expect({ status: reply.status, text: textOf(reply.body), header: reply.headers["x-answer"] }).toEqual({ status: 201, text: "grüezi", header: "yes" });
  });

  test("say that an answer is too large, or too late, also where the rest of it never comes", async () => {
    const zipped = gzipSync(Buffer.alloc(8 << 20));
    let sent = 2_000;
    const half = createServer((socket) => {
      socket.on("error", () => {});
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${zipped.length}\r\n\r\n`);
      socket.write(zipped.subarray(0, sent));
    });
    await new Promise<void>((resolve) => half.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void half.close());
    const url = `http://127.0.0.1:${(half.address() as AddressInfo).port}`;
    await expect(client.request(get(url), LIMITS)).rejects.toMatchObject({ code: "EMSGSIZE" });
    sent = 200;
    await expect(client.request(get(url), { ...LIMITS, timeoutMs: 300 })).rejects.toMatchObject({ code: "ETIMEDOUT" });
  });

  test("decode gzip, and count what is decoded against the limit", async () => {
    const url = await serve(async () => ({ status: 200, headers: { "content-encoding": "gzip" }, body: new Uint8Array(gzipSync("a".repeat(100_000))) }));
    expect(textOf((await client.request(get(url), LIMITS)).body)).toBe("a".repeat(100_000));
    await expect(client.request(get(url), { timeoutMs: 10_000, maxBytes: 50_000 })).rejects.toMatchObject({ name: "NetworkFailed", code: "EMSGSIZE" });
  });

  test("have no body where the status has none", async () => {
    const url = await serve(async (request) => ({ status: request.url === "/204" ? 204 : 304, headers: { etag: '"1"' }, body: "" }));
    for (const status of [204, 304]) expect(await client.request(get(`${url}/${status}`), LIMITS)).toMatchObject({ status, body: Buffer.alloc(0) });
  });

  test("fail with the system's code when nobody listens, and with ETIMEDOUT when nobody answers", async () => {
    const url = await serve(async () => new Promise(() => {}));
    await expect(client.request(get(url), { timeoutMs: 20, maxBytes: 10 })).rejects.toMatchObject({ name: "NetworkFailed", code: "ETIMEDOUT" });
    await opened.splice(0)[0]?.close();
    await expect(client.request(get(url), LIMITS)).rejects.toMatchObject({ name: "NetworkFailed", code: "ECONNREFUSED" });
    await expect(client.request(get("not a url"), LIMITS)).rejects.toBeInstanceOf(NetworkFailed);
  });

  test("fail when the answer is cut off in the middle, compressed or not", async () => {
    const zipped = gzipSync("a".repeat(1_000));
    const parts = [
      ["content-length: 100", Buffer.from("x".repeat(10))],
      [`content-encoding: gzip\r\ncontent-length: ${zipped.length}`, zipped.subarray(0, 20)],
    ] as const;
    for (const [header, body] of parts) {
      const server = createServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n`), body])));
      });
      await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      await expect(client.request(get(`http://127.0.0.1:${port}/`), LIMITS)).rejects.toMatchObject({ name: "NetworkFailed", code: "ECONNRESET" });
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe("a server", () => {
  test("names the port that is taken", async () => {
    const url = await serve(async () => ({ status: 200, headers: {}, body: "" }));
    const port = Number(new URL(url).port);
    const second = listen(async () => ({ status: 200, headers: {}, body: "" }), { host: "127.0.0.1", port, maxBodyBytes: 1, log });
    await expect(second).rejects.toBeInstanceOf(PortNotOpened);
    await expect(second).rejects.toMatchObject({ code: "EADDRINUSE", message: `port ${port} on 127.0.0.1 is already in use` });
  });

  test("refuses a body over its limit, announced or not, without asking the handler", async () => {
    let asked = 0;
    const url = await serve(async () => {
      asked++;
      return { status: 200, headers: {}, body: "" };
    }, 100);
    const reply = await client.request({ method: "POST", url, headers: {}, body: new Uint8Array(101) }, LIMITS);
    expect({ status: reply.status, code: (JSON.parse(textOf(reply.body)) as { error: { code: string } }).error.code }).toEqual({
      status: 413,
      code: "bodyTooLarge",
    });
    expect(await raw(url, "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n", `65\r\n${"x".repeat(101)}\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
    expect(asked).toBe(0);
    expect((await client.request({ method: "POST", url, headers: {}, body: new Uint8Array(100) }, LIMITS)).status).toBe(200);
  });

  test("refuses by the head alone where it is told to, with nothing of the body there", async () => {
    const asked: string[] = [];
    const handler: HttpHandler = async () => ({ status: 200, headers: {}, body: "read" });
    const url = await serve(handler, 1 << 20, {
      beforeBody: async ({ method, url: path, headers }) => {
        asked.push(`${method} ${path}`);
        return headers["authorization"] === undefined ? { status: 401, headers: {}, body: "who?" } : undefined;
      },
    });
    // The body that is announced never comes: an answer does all the same, and the connection ends.
    expect(await raw(url, "POST /a?b=c HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 401 [\s\S]*connection: close[\s\S]*who\?$/i,
    );
    expect(asked).toEqual(["POST /a?b=c"]);
    const known = await client.request({ method: "POST", url, headers: { authorization: "x" }, body: new Uint8Array(500_000) }, LIMITS);
    expect([known.status, textOf(known.body)]).toEqual([200, "read"]);
  });

  test("refuses a head over 16 KiB", async () => {
    const url = await serve(async () => ({ status: 200, headers: {}, body: "" }));
    expect(await raw(url, `GET / HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(17_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test("answers 500 in the catalogue's form, without a word about why, when the handler throws", async () => {
    const url = await serve(async () => {
      throw new Error("secret inside");
    });
    const reply = await client.request(get(url), LIMITS);
    expect(reply.status).toBe(500);
    expect(textOf(reply.body)).not.toContain("secret");
    expect(JSON.parse(textOf(reply.body))).toMatchObject({ error: { code: "internal" } });
    expect(lines.join("")).toContain("secret inside");
  });

  test("reads whole what waited at its door, its first bytes looked at and its body behind them", async () => {
    const bodies: string[] = [];
    const url = await serve(
      async ({ url: path, body }) => {
        bodies.push(`${path} ${textOf(body)}`);
        return { status: 200, headers: {}, body: textOf(body) };
      },
      1_000,
      { mayWait: (_method, path) => path.startsWith("/many") },
    );
    const many = Array.from({ length: 120 }, (_, index) => `/many/${index}`);
    const post = (path: string): Promise<string> => raw(url, `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 9\r\n\r\nfirst`, "half");
    const heard = await Promise.all([...many, "/kill"].map(post));
    expect(heard.filter((text) => text.startsWith("HTTP/1.1 200") && text.endsWith("firsthalf"))).toHaveLength(121);
    expect(new Set(bodies)).toEqual(new Set([...many, "/kill"].map((path) => `${path} firsthalf`)));
  });

  test("frees its port when it is closed, with streams open", async () => {
    const url = await serve(async () => ({ status: 200, headers: {}, attach: () => () => {} }));
    const ended = new Promise<string>((resolve) => {
      client.stream(get(url), { opened: () => void opened.splice(0)[0]?.close(), chunk: () => {}, ended: resolve });
    });
    expect(await ended).toBe("the connection was closed");
    await expect(client.request(get(url), LIMITS)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("a stream", () => {
  test("that is closed because its reader takes nothing lets go of the connection and of what waits", async () => {
    let closed = (): void => {};
    const detached = new Promise<void>((resolve) => (closed = resolve));
    const url = await serve(async () => ({
      status: 200,
      headers: {},
      attach: (sink) => {
        const chunk = new Uint8Array(1 << 20);
        while (sink.write(chunk));
        sink.close();
        return closed;
      },
    }));
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.pause();
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await detached;
    socket.destroy();
  });

  test("carries bytes as they are written, unframed, and ends when the sink is closed", async () => {
    const url = await serve(async () => ({
      status: 200,
      headers: { "content-type": "text/event-stream" },
      attach: (sink) => {
        sink.write(utf8.encode("event: hello\ndata: ü\n\n"));
        sink.write(utf8.encode("event: patch\ndata: 1\n\n"));
        sink.close();
        return () => {};
      },
    }));
    const heard = await raw(url, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream\r\nconnection: close\r\n/i);
    expect(heard.toLowerCase()).not.toContain("transfer-encoding");
    expect(heard.split("\r\n\r\n")[1]).toBe("event: hello\ndata: ü\n\nevent: patch\ndata: 1\n\n");
    expect(await hear(url, (text) => text.endsWith("data: 1\n\n"))).toBe("event: hello\ndata: ü\n\nevent: patch\ndata: 1\n\n");
  });

  test("tells the handler when the reader has gone, and takes no more", async () => {
    let sink: StreamSink | undefined;
    const gone = new Promise<void>((resolve) => {
      void serve(async () => ({
        status: 200,
        headers: {},
        attach: (given) => {
          sink = given;
          given.write(utf8.encode("x"));
          return resolve;
        },
      })).then((url) => hear(url, () => true));
    });
    await gone;
    expect(sink?.write(utf8.encode("y"))).toBe(false);
  });

  test("refuses more once 4 MiB wait for a reader that does not read", async () => {
    const chunk = new Uint8Array(256 << 10);
    const refusedAfter = new Promise<number>((resolve) => {
      void serve(async () => ({
        status: 200,
        headers: {},
        attach: (sink) => {
          let written = 0;
          // Nothing is read meanwhile, so at most the system's own buffers take some away.
          while (sink.write(chunk) && written < 1_000) written++;
          resolve(written * chunk.length);
          sink.close();
          return () => {};
        },
      })).then((url) => {
        const socket = connect(Number(new URL(url).port), "127.0.0.1");
        socket.pause();
        socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        socket.on("error", () => {});
      });
    });
    const bytes = await refusedAfter;
    expect(bytes).toBeGreaterThanOrEqual((4 << 20) - chunk.length);
    expect(bytes).toBeLessThanOrEqual(16 << 20);
  });

  test("says once why it ended: refused, another status, closed by the server", async () => {
    const url = await serve(async (request) =>
      request.url === "/403" ? { status: 403, headers: {}, body: "no" } : { status: 200, headers: {}, attach: (sink) => (sink.close(), () => {}) },
    );
    const story = (address: string): Promise<readonly string[]> =>
      new Promise((resolve) => {
        const told: string[] = [];
        client.stream(get(address), {
          opened: (status) => told.push(`opened ${status}`),
          chunk: () => told.push("chunk"),
          ended: (why) => {
            told.push(why);
            // A second ending would come within the same turns of the loop.
            setTimeout(() => resolve(told), 30);
          },
        });
      });
    expect(await story(`${url}/403`)).toEqual(["opened 403", "status 403"]);
    expect(await story(url)).toEqual(["opened 200", "the connection was closed"]);
    expect((await story("http://127.0.0.1:1/"))[0]).toContain("ECONNREFUSED");
    expect(await story("no url")).toEqual([expect.stringContaining("Invalid URL")]);
  });

  test("is silent after it was closed by its owner", async () => {
    const url = await serve(async () => ({ status: 200, headers: {}, attach: () => () => {} }));
    const told: string[] = [];
    await new Promise<void>((resolve) => {
      const stream = client.stream(get(url), {
        opened: () => {
          stream.close();
          stream.close();
          setTimeout(resolve, 30);
        },
        chunk: () => told.push("chunk"),
        ended: (why) => told.push(why),
      });
    });
    expect(told).toEqual([]);
  });
});
