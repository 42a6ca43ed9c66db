import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** An application with one page: its back end signs who is here, its page shows what the flags say. */
export interface PageServer {
  readonly origin: string;
  /** What the back end hands out as the token of `?who=`; an empty text is no token. */
  tokenOf: (who: string) => string;
  /** Where the page finds Sluice; stated in the page's policy too. */
  sluice: string;
  close(): Promise<void>;
}

/** Everything that the page shows is text in its document, so that a test sees what a person would. */
const SCRIPT = `
import { createClient, withReports } from "/sdk.js";
const who = new URLSearchParams(location.search).get("who");
const fetchToken = async () => (await (await fetch("/token?who=" + who)).text()) || undefined;
const problems = [];
const { sluice } = await (await fetch("/where")).json();
const flags = withReports({
  url: sluice, environment: "production", token: await fetchToken(), refreshToken: fetchToken,
  onProblem: (message) => { problems.push(message); show(); },
}, createClient);
let changes = 0;
const show = () => {
  document.body.textContent = JSON.stringify({
    pro: flags.getBoolean("web.pro", false), all: flags.getBoolean("web.all", false),
    server: flags.getBoolean("area-0.flag-0", false), reason: flags.getDetails("web.all")?.reason, changes, problems,
  });
};
flags.onChange(() => { changes += 1; show(); });
window.flags = flags;
window.signIn = async (name) => { await flags.identify((await (await fetch("/token?who=" + name)).text()) || undefined); show(); };
await flags.ready();
show();
`;

/** The SDK of this tree, as it is built for applications. */
async function bundle(): Promise<string> {
  const resolveDir = fileURLToPath(new URL("../../sdks/js-browser/src", import.meta.url));
  const contents = 'export { createClient } from "./index.ts"; export { withReports } from "./reports/index.ts";';
  const built = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2020",
    write: false,
    logLevel: "warning",
  });
  return built.outputFiles[0]?.text ?? "";
}

/** Serves the page under the strictest policy that names where Sluice is: no inline script, no eval, nothing from elsewhere. */
export async function servePage(): Promise<PageServer> {
  const sdk = await bundle();
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://page");
    const send = (type: string, text: string): void => {
      response.writeHead(200, {
        "content-type": type,
        "cache-control": "no-store",
        "content-security-policy": `default-src 'none'; script-src 'self'; connect-src 'self' ${page.sluice}; trusted-types 'none'; require-trusted-types-for 'script'`,
      });
      response.end(text);
    };
    if (url.pathname === "/sdk.js") send("text/javascript", sdk);
    else if (url.pathname === "/page.js") send("text/javascript", SCRIPT);
    else if (url.pathname === "/token") send("text/plain", page.tokenOf(url.searchParams.get("who") ?? ""));
    else if (url.pathname === "/where") send("application/json", JSON.stringify({ sluice: page.sluice }));
    else send("text/html", '<!doctype html><html lang="en"><title>Page</title><script type="module" src="/page.js"></script><body></body></html>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const page: PageServer = {
    origin: `http://127.0.0.1:${port}`,
    tokenOf: () => "",
    sluice: "",
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return page;
}
