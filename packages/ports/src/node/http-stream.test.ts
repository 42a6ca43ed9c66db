import { createHook } from "node:async_hooks";
import { connect } from "node:net";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import type { HttpHandler, StreamSink } from "../ports.ts";
import { listen, type Listening } from "./http-server.ts";
import { nodeLog } from "./log.ts";

const utf8 = new TextEncoder();
const opened: Listening[] = [];
const lines: string[] = [];
const log = nodeLog({ json: true, name: "test", minimum: "info", write: (line) => lines.push(line) });

async function serve(handler: HttpHandler): Promise<number> {
  const server = await listen(handler, { host: "127.0.0.1", port: 0, maxBodyBytes: 1_000, log });
  opened.push(server);
  return server.port;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
  lines.length = 0;
});

describe("the connection of a stream", () => {
  test("holds no parser of HTTP, on whose connection others were answered before too", async () => {
    const parsers = new Set<number>();
    const hook = createHook({
      init: (id, type) => void (type === "HTTPINCOMINGMESSAGE" && parsers.add(id)),
      destroy: (id) => void parsers.delete(id),
    }).enable();
    onTestFinished(() => void hook.disable());
    const port = await serve(async (request) =>
      request.url === "/stream"
        ? { status: 200, headers: {}, attach: (sink) => (sink.write(utf8.encode("event")), () => {}) }
        : { status: 200, headers: {}, body: "answer" },
    );
    const socket = connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    const until = (end: string): Promise<void> =>
      new Promise((resolve) => {
        let text = "";
        const hear = (bytes: Buffer): void => {
          text += bytes.toString("utf8");
          if (!text.endsWith(end)) return;
          socket.off("data", hear);
          resolve();
        };
        socket.on("data", hear);
      });
    socket.write("GET /first HTTP/1.1\r\nhost: x\r\n\r\n");
    await until("answer");
    expect(parsers.size).toBe(1);
    socket.write("GET /stream HTTP/1.1\r\nhost: x\r\n\r\n");
    await until("event");
    await expect.poll(() => parsers.size).toBe(0);
  });

  test("goes on whatever its reader sends after its request, and ends when the reader says that this is all", async () => {
    const asked: string[] = [];
    let gone = 0;
    const sinks: StreamSink[] = [];
    const port = await serve(async (request) => {
      asked.push(request.url);
      return { status: 200, headers: {}, attach: (sink) => (sinks.push(sink), sink.write(utf8.encode("one ")), () => void gone++) };
    });
    const heard = new Promise<string>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      let text = "";
      socket.write("GET /stream HTTP/1.1\r\nhost: x\r\n\r\n");
      socket.on("data", (bytes) => {
        text += bytes.toString("utf8");
        if (text.endsWith("one "))
          socket.write("GET /second HTTP/1.1\r\nhost: x\r\n\r\nno HTTP at all\0".repeat(1_000), () => sinks[0]?.write(utf8.encode("two ")));
        if (text.endsWith("two ")) socket.end();
      });
      socket.on("close", () => resolve(text));
    });
    expect((await heard).split("\r\n\r\n")[1]).toBe("one two ");
    await expect.poll(() => gone).toBe(1);
    expect(asked).toEqual(["/stream"]);
    expect(sinks[0]?.write(utf8.encode("three"))).toBe(false);
  });

  test("ends what was asked for behind it on its connection", async () => {
    let sink: StreamSink | undefined;
    const later: (() => void)[] = [];
    const port = await serve(async (request) => {
      if (request.url === "/stream") return { status: 200, headers: {}, attach: (given) => ((sink = given), () => {}) };
      await new Promise<void>((resolve) => later.push(resolve));
      return { status: 200, headers: {}, body: "answer" };
    });
    const heard = raw(port, "GET /stream HTTP/1.1\r\nhost: x\r\n\r\nGET /second HTTP/1.1\r\nhost: x\r\n\r\n");
    await expect.poll(() => [sink === undefined, later.length]).toEqual([false, 1]);
    later[0]?.();
    sink?.write(utf8.encode("event"));
    sink?.close();
    expect((await heard).split("\r\n\r\n").slice(1)).toEqual(["event"]);
    expect(lines).toEqual([]);
  });

  test("that cannot begin leaves no connection open", async () => {
    const port = await serve(async () => ({
      status: 200,
      headers: {},
      attach: () => {
        throw new Error("no place");
      },
    }));
    await raw(port, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").catch((error: NodeJS.ErrnoException) => expect(error.code).toBe("ECONNRESET"));
    expect(lines.join("")).toContain("no place");
  });
});

/** What a raw connection is told, until it is closed. */
function raw(port: number, sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let heard = "";
    socket.write(sent);
    socket.on("data", (bytes) => (heard += bytes.toString("utf8")));
    socket.on("close", () => resolve(heard));
    socket.on("error", reject);
  });
}
