import { createClient } from "@sluice/node";
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { board, type Report } from "./board.ts";
import { browserScript } from "./browser-script.ts";
import { type Customer, customerOf } from "./customers.ts";
import { askEarlyAccess, earlyAccessPage } from "./early-access.ts";
import { featuresFor } from "./features.ts";
import { page } from "./page.ts";
import { invoicesCsv } from "./site-day.ts";
import { style } from "./style.ts";

/** A worker's report, or a form. */
const BODY_BYTES_MAX = 4 * 1024;
/** Browsers that watch one demo. */
const WATCHERS_MAX = 200;
const PING_MS = 15_000;

const flags = createClient({
  url: process.env["SLUICE_URL"] ?? "http://127.0.0.1:7420",
  key: process.env["SLUICE_SDK_KEY"] ?? "",
  service: "plumbline-web",
  version: "2.4.1",
  environment: "production",
  ...(process.env["SLUICE_CONTEXT_SECRET"] === undefined ? {} : { contextSecret: process.env["SLUICE_CONTEXT_SECRET"] }),
});
const reports = new Map<string, Report>();
const watchers = new Set<ServerResponse>();
/** Which process this is: another's count says nothing of this one's changes. */
const started = randomBytes(6).toString("hex");
let changes = 0;

/** How far a page has come that is rendered now. */
const stand = (): string => `${started}-${changes}`;

const changed = (): string => `id: ${stand()}\nevent: changed\ndata: {}\n\n`;

function tellWatchers(): void {
  changes += 1;
  for (const watcher of watchers) watcher.write(changed());
}
flags.onChange(tellWatchers);
setInterval(() => {
  for (const watcher of watchers) watcher.write(": ping\n\n");
}, PING_MS).unref();

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" }).end(body);
}

/** Tells a page of what changes from its own stand on: what came while it was under way, or while nobody was connected, it hears of at once. */
function watch(request: IncomingMessage, response: ServerResponse, since: string | null): void {
  if (watchers.size >= WATCHERS_MAX) {
    response.writeHead(503).end();
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const missed = (request.headers["last-event-id"] ?? since) === stand() ? "" : changed();
  response.write(`retry: 1000\n\n${missed}`);
  watchers.add(response);
  request.once("close", () => watchers.delete(response));
}

/** The worker brings its reports here; only from this machine. */
async function takeReport(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const report = readReport(await bodyOf(request));
  const isLocal = request.socket.remoteAddress === "127.0.0.1" || request.socket.remoteAddress === "::1" || request.socket.remoteAddress === "::ffff:127.0.0.1";
  if (report === undefined || !isLocal) {
    response.writeHead(400).end();
    return;
  }
  reports.set(report.customer, report);
  tellWatchers();
  response.writeHead(204).end();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > BODY_BYTES_MAX) break;
  }
  return text;
}

/** What a manager switched on or gave back: only from this application's own page. */
async function takeWish(request: IncomingMessage, response: ServerResponse, customer: Customer): Promise<void> {
  const form = new URLSearchParams(await bodyOf(request));
  const [release, wants] = [form.get("release") ?? "", form.get("wants")];
  const { origin, host } = request.headers;
  if (origin !== `http://${host ?? ""}` || release === "" || (wants !== "in" && wants !== "out")) {
    response.writeHead(400).end();
    return;
  }
  const since = stand();
  const answered = await askEarlyAccess(flags, customer, { release, wants });
  if ("problem" in answered) return send(response, "text/html", page(customer, { middle: earlyAccessPage(customer, answered), since }));
  response.writeHead(303, { location: `/early?customer=${encodeURIComponent(customer.key)}` }).end();
}

function readReport(text: string): Report | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("customer" in value && "at" in value && "pages" in value)) return undefined;
    const { customer, at, pages } = value;
    const isReport = typeof customer === "string" && customerOf(customer).key === customer && typeof at === "string" && typeof pages === "number";
    return isReport ? { customer, at, pages } : undefined;
  } catch {
    // Not JSON, so not a report.
    return undefined;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://shop");
  if (request.method === "POST" && url.pathname === "/reports") return takeReport(request, response);
  const customer = customerOf(url.searchParams.get("customer"));
  if (request.method === "POST" && url.pathname === "/early") return takeWish(request, response, customer);
  const features = featuresFor(flags, customer);
  const report = reports.get(customer.key);
  // Of before anybody is asked: what changes meanwhile is news to the page.
  const since = stand();
  switch (url.pathname) {
    case "/":
      return send(response, "text/html", page(customer, { middle: board(customer, features, report), since }));
    case "/early":
      return send(response, "text/html", page(customer, { middle: earlyAccessPage(customer, await askEarlyAccess(flags, customer)), since }));
    case "/board":
      return send(response, "text/html", board(customer, features, report));
    case "/changes":
      return watch(request, response, url.searchParams.get("since"));
    case "/plumbline.css":
      return send(response, "text/css", style);
    case "/plumbline.js":
      return send(response, "text/javascript", browserScript);
    case "/invoices.csv":
      // The button is not the guard: a link somebody kept must end with the feature too.
      if (features.invoiceExport) return send(response, "text/csv", invoicesCsv());
      break;
    default:
  }
  response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("There is nothing here.\n");
}

await flags.ready();
const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    process.stderr.write(`plumbline-web: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    response.destroy();
  });
});
const port = Number(process.env["PORT"] ?? 7430);
server.listen(port, "127.0.0.1", () => process.stdout.write(`Plumbline is at http://127.0.0.1:${port}/\n`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    void flags.close();
  });
}
