import { handoverHtml } from "@sluice/browser/handover";
import { createClient } from "@sluice/node";
import { SluiceProvider } from "@sluice/react";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { renderToPipeableStream } from "react-dom/server";
import { Page } from "./page.tsx";

const url = process.env["SLUICE_URL"] ?? "http://127.0.0.1:7420";
const flags = createClient({
  url,
  key: process.env["SLUICE_SDK_KEY"] ?? "",
  environment: "production",
  service: "diary-web",
  contextSecret: process.env["SLUICE_CONTEXT_SECRET"] ?? "",
});
await flags.ready();

/** Who is signed in; an application asks its session. */
const person = { targetingKey: "ada", customer: "acme-build" };

function sendPage(response: ServerResponse): void {
  const nonce = randomUUID();
  // One version for the whole page, kills included, however long it streams.
  const handover = flags.handover(person);
  const body = new PassThrough();
  const { pipe } = renderToPipeableStream(
    <SluiceProvider handover={handover}>
      <Page />
    </SluiceProvider>,
    {
      nonce,
      onShellReady() {
        response.writeHead(200, {
          "content-type": "text/html; charset=utf-8",
          "content-security-policy": `default-src 'none'; script-src 'self' 'nonce-${nonce}'; connect-src 'self' ${url}`,
        });
        response.write(`<!doctype html><html lang="en" data-sluice="${url}"><title>Diary</title><body>`);
        response.write(`${handover === undefined ? "" : handoverHtml(handover)}<div id="root">`);
        pipe(body);
      },
      onShellError: () => void response.writeHead(500).end(),
    },
  );
  body.on("data", (part) => response.write(part));
  body.on("end", () => response.end('</div><script type="module" src="/browser.js"></script>'));
}

const server = createServer((request, response) => {
  if (request.url === "/") sendPage(response);
  else if (request.url === "/flags-token") response.end(flags.contextToken(person));
  else if (request.url === "/browser.js") response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync("browser.js"));
  else response.writeHead(404).end();
});
server.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1");
