import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Exchange, Fault, Wanted } from "./fault-proxy.ts";
import type { Frame } from "./stream-frames.ts";

/** What a fault may do to its clients, beside keeping the last good flags. */
export interface NamedFault {
  readonly name: string;
  readonly fault: Fault;
  /** It is there before the client is: nothing was ever received. */
  readonly fromStart?: boolean;
  /** Clients that check signatures, or none do. */
  readonly signed?: boolean;
  /** Some of what the server says gets through, a kill as well. */
  readonly leaks?: boolean;
  /** For pages as well; where absent, for all. */
  readonly pages?: boolean;
  /** Requests do not reach the proxy, so they are not counted. */
  readonly uncounted?: boolean;
  /** The host that its clients look for, in place of the proxy: a name that nobody has. It stays so, and nobody recovers from it. */
  readonly host?: string;
  /** A browser sends each request of a page twice, of its own accord and unseen by the page. */
  readonly twiceByBrowsers?: boolean;
}

const isData = (wanted: Wanted): boolean => wanted === "snapshot" || wanted === "answers";
const typeOf = ({ wanted }: Exchange): string => (wanted === "stream" ? "text/event-stream" : "application/json");
const JSON_TYPE = { "content-type": "application/json" };

/** The snapshot's limit is 64 MiB once it is decompressed; this is a little more, in 64 KiB. */
const BOMB = gzipSync(Buffer.alloc(65 * 1024 * 1024, " "), { level: 9 });
/** An event's limit is 8 MiB for servers, a million characters for pages. */
const LINE = Buffer.alloc(1024 * 1024, "x");
const LINES_MAX = 12;

/** 421 (Misdirected Request; RFC 9110, 15.5.20): browsers try another connection at once. */
export const MISDIRECTED = 421;

/** Any status, on every route, with a body that is no answer. 1xx is followed by nothing, as by a server that died there. */
export function status(code: number): Fault {
  return (exchange) => {
    if (code < 200) return void exchange.socket.write(`HTTP/1.1 ${code} Drill\r\n\r\n`);
    if (code === 204 || code === 304) {
      exchange.head(code, {});
      return void exchange.socket.end();
    }
    exchange.answer(code, { "content-type": "text/plain" }, "no");
  };
}

/** Leads elsewhere, where a key must never go. */
export function redirect(to: string): Fault {
  return (exchange) => exchange.answer([301, 302, 303, 307, 308][exchange.before % 5] ?? 301, { location: `${to}/sdk/v1/snapshot` }, "");
}

const reset: Fault = ({ socket }) => void socket.resetAndDestroy();

const garbage: Fault = (exchange) => {
  const texts = [
    randomBytes(4096),
    "{",
    "null",
    "[]",
    '{"format":1}',
    '{"epoch":5,"seq":"x","answers":7}',
    `event: hello\ndata: ${randomBytes(64).toString("latin1")}\n\n`,
  ];
  exchange.answer(200, { "content-type": typeOf(exchange) }, texts[exchange.before % texts.length] ?? "");
};

/** Half of the answer, said to be whole in three ways. */
const truncated: Fault = async (exchange) => {
  if (!isData(exchange.wanted)) return reset(exchange);
  const { status: code, headers, body } = await exchange.whole();
  const half = body.subarray(0, Math.floor(body.length / 2));
  if (exchange.before % 3 === 0) return exchange.answer(code, headers, half);
  exchange.head(code, exchange.before % 3 === 1 ? { ...headers, "content-length": String(body.length) } : headers);
  exchange.socket.end(half);
};

/** Bodies and events beyond every limit. */
export const oversized: Fault = (exchange) => {
  if (exchange.wanted !== "stream") return exchange.answer(200, { ...JSON_TYPE, "content-encoding": "gzip" }, BOMB);
  exchange.head(200, { "content-type": "text/event-stream" });
  exchange.socket.write("event: patch\ndata: ");
  let sent = 0;
  const more = (): void => {
    if (exchange.socket.destroyed) return;
    sent += 1;
    if (sent > LINES_MAX) return void exchange.socket.end();
    if (exchange.socket.write(LINE)) setImmediate(more);
    else exchange.socket.once("drain", more);
  };
  more();
};

const hugeHeaders: Fault = (exchange) => exchange.answer(200, { "content-type": typeOf(exchange), "x-drill": "h".repeat(2 * 1024 * 1024) }, "{}");

/** The server's own bytes under a signature that is of other bytes; every second time the other way round. */
const wrongSignature: Fault = async (exchange) => {
  const turn = (text: string): string => text.replace(/[A-Za-z]/, (letter) => (letter === "A" ? "B" : "A"));
  if (exchange.wanted === "stream") {
    return exchange.pass(({ text }: Frame) => text.replace(/^sig: (.*)$/m, (_, sig: string) => `sig: ${sig.slice(0, 20)}${turn(sig.slice(20))}`));
  }
  const { status: code, headers, body } = await exchange.whole();
  const signature = headers["sluice-signature"];
  const content = exchange.before % 2 === 0 ? body : Buffer.from(body.toString("utf8").replace('"seq":', '"seq":1'));
  const { "unencoded-digest": _, ...rest } = headers;
  exchange.answer(code, signature === undefined ? rest : { ...rest, "sluice-signature": exchange.before % 2 === 0 ? turn(signature) : signature }, content);
};

const hangBeforeHead: Fault = () => {};
const hangInHead: Fault = ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-ty");
const hangInBody: Fault = async (exchange) => {
  if (exchange.wanted === "stream") return exchange.head(200, { "content-type": "text/event-stream" });
  const { status: code, headers, body } = await exchange.whole();
  exchange.head(code, { ...headers, "content-length": String(body.length) });
  exchange.socket.write(body.subarray(0, Math.floor(body.length / 2)));
};

/** A hello and then nothing; whatever is asked beside it hangs. */
const hangInStream: Fault = (exchange) => {
  if (exchange.wanted !== "stream") return;
  let isOver = false;
  exchange.pass(({ event, text }: Frame) => {
    const said = isOver || event !== "hello" ? "" : text;
    isOver = true;
    return said;
  });
};

/** One byte a second, for ever: never an answer, never silence. */
const drip: Fault = (exchange) => {
  exchange.head(200, { "content-type": typeOf(exchange) });
  const timer = setInterval(() => exchange.socket.write(" "), exchange.realMs(1_000));
  exchange.socket.once("close", () => clearInterval(timer));
};

/** A link that gives way again and again: what it carries meanwhile is true. */
const flapping: Fault = (exchange) => {
  exchange.pass();
  setTimeout(() => exchange.socket.destroy(), exchange.realMs(500 + Math.random() * 4_000));
};

const FAULTS: readonly NamedFault[] = [
  { name: "downAtStart", fault: reset, fromStart: true, uncounted: true },
  { name: "noSuchHost", fault: reset, fromStart: true, uncounted: true, host: "drill.invalid", pages: false },
  { name: "downLater", fault: reset, uncounted: true },
  { name: "reset", fault: reset },
  { name: "status500", fault: status(500) },
  { name: "status503", fault: status(503), fromStart: true },
  { name: "garbage", fault: garbage },
  { name: "truncated", fault: truncated },
  { name: "oversized", fault: oversized },
  { name: "hugeHeaders", fault: hugeHeaders },
  { name: "wrongSignature", fault: wrongSignature, signed: true, pages: false },
  { name: "hangBeforeHead", fault: hangBeforeHead },
  { name: "hangInHead", fault: hangInHead },
  { name: "hangInBody", fault: hangInBody },
  { name: "hangInStream", fault: hangInStream },
  { name: "drip", fault: drip },
  { name: "killInReconnect", fault: flapping, leaks: true },
];

/** Every status once in a whole run; a few of each class in a short one. */
export const STATUSES_SHORT: readonly number[] = [100, 101, 200, 204, 301, 304, 400, 401, 403, 404, 410, 429, 451, 502, 599];

/** `trap`: where redirects lead. */
export function namedFaults(trap: string): readonly NamedFault[] {
  return [...FAULTS, { name: "redirect", fault: redirect(trap) }];
}
