// What travels before anything can be used: the browser SDK as it is installed, and the console's first page.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { print } from "../../faults/rig/report.ts";

/** What a web server that compresses ahead sends; the fan-out process does so for the console. */
const GZIP_LEVEL = 9;

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const read = (path: string): Buffer => readFileSync(join(dist, path));
const gzipped = (bytes: Buffer): number => gzipSync(bytes, { level: GZIP_LEVEL }).length;

/** Answers are checked first: what is weighed is what works. A page of its own, whose server knows one flag. */
async function proveBrowserSdk(): Promise<void> {
  const asked: string[] = [];
  const document = { hidden: false, addEventListener: (): void => {}, removeEventListener: (): void => {} };
  const kept = new Map<string, string>();
  const localStorage = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, text: string) => void kept.set(name, text) };
  const answers = { environment: "production", epoch: "e", seq: 1, answers: { "web.on": { value: true, variant: "on", reason: "STATIC" } } };
  const fetch = async (url: string, { signal }: { readonly signal: AbortSignal }): Promise<Response> => {
    asked.push(url);
    if (url.includes("/answers?")) return new Response(JSON.stringify(answers));
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  Object.assign(globalThis, { document, localStorage, fetch });
  const { createClient } = await import(join(dist, "browser-sdk/index.js"));
  const client = createClient({ url: "https://flags.example", environment: "production" });
  await client.ready();
  const answer = client.getBoolean("web.on", false);
  client.close();
  if (answer !== true || asked.length === 0 || kept.size !== 1) throw new Error("the browser SDK's bundle does not answer");
}

const REACT_USES = 'export { Flag, SluiceProvider, useFlag, useFlagDetails, useIdentify } from "@sluice/react";';
const OPENFEATURE_USES = 'export { OpenFeature } from "@openfeature/web-sdk";';
const PROVIDER_USES = 'export { SluiceWebProvider } from "@sluice/browser/openfeature";';
const REPORTS_USES = 'export { withReports } from "@sluice/browser/reports";';
const CORE_USES = 'export { createClient } from "@sluice/browser";';

/** What an application's bundler makes of these uses, of the packages as they are installed; React and OpenFeature are the application's. */
async function applicationGzip(...uses: readonly string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: uses.join("\n"), resolveDir: dist },
    alias: {
      "@sluice/react": join(dist, "react-sdk/index.js"),
      "@sluice/browser/openfeature": join(dist, "browser-sdk/openfeature.js"),
      "@sluice/browser/reports": join(dist, "browser-sdk/reports.js"),
      "@sluice/browser": join(dist, "browser-sdk/index.js"),
    },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2020",
    external: ["react"],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  const [made] = outputFiles;
  if (made === undefined || made.contents.length === 0) throw new Error("nothing was bundled");
  return gzipped(Buffer.from(made.contents));
}

/** Everything that the console's page names or imports before it shows itself, and the fonts of plain Latin text, which no gzip makes smaller. */
function firstLoad(): { readonly gzip: number; readonly fonts: number; readonly files: number } {
  const page = read("web/index.html");
  const named = [...page.toString("utf8").matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path = ""]) => path);
  if (!named.some((path) => path.endsWith(".js")) || !named.some((path) => path.endsWith(".css")))
    throw new Error("the console's page names no script or no style");
  const paths = new Set(named);
  let fonts = 0;
  let gzip = gzipped(page);
  for (const path of paths) {
    const bytes = read(`web/${path}`);
    gzip += gzipped(bytes);
    const text = bytes.toString("utf8");
    if (path.endsWith(".js"))
      for (const [, imported = ""] of text.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([\w.-]+\.js)["']/g)) paths.add(`assets/${imported}`);
    if (path.endsWith(".css"))
      for (const [face] of text.matchAll(/@font-face\s*\{[^}]*\}/g)) {
        const font = /url\(\/([^)]+\.woff2)\)/.exec(face)?.[1];
        if (font !== undefined && /unicode-range:U\+(?:\?\?|0+-00FF)/i.test(face)) fonts += read(`web/${font}`).length;
      }
  }
  return { gzip: gzip + fonts, fonts, files: paths.size + 1 };
}

await proveBrowserSdk();
const { gzip, fonts, files } = firstLoad();
const openFeatureGzip = await applicationGzip(OPENFEATURE_USES);
const providerGzip = await applicationGzip(OPENFEATURE_USES, PROVIDER_USES);
const coreGzip = await applicationGzip(CORE_USES);
print({
  name: "size",
  rows: [
    { key: "browser.gzip", value: gzipped(read("browser-sdk/index.js")), target: "<= 2000" },
    { key: "browser.bytes", value: read("browser-sdk/index.js").length, target: "" },
    { key: "browser.reportsExtraGzip", value: (await applicationGzip(CORE_USES, REPORTS_USES)) - coreGzip, target: "" },
    { key: "react.extraGzip", value: (await applicationGzip(CORE_USES, REACT_USES)) - coreGzip, target: "<= 600" },
    // The provider brings the core, which an application without OpenFeature would load as well.
    { key: "ofweb.extraGzip", value: providerGzip - openFeatureGzip - coreGzip, target: "<= 1200" },
    { key: "ofweb.withCoreGzip", value: providerGzip - openFeatureGzip, target: "" },
    { key: "web.firstLoadGzip", value: gzip, target: "<= 250000" },
    { key: "web.fontBytes", value: fonts, target: "" },
    { key: "cli.bytes", value: read("sluice.mjs").length, target: "" },
  ],
  // Measured once with the same settings (esbuild, minified, es2020, gzip 9); they are no dependencies of this project.
  peers: {
    "@featurevisor/sdk 2.0.0": 6_430,
    "@openfeature/web-sdk 1.10.0": 7_095,
    "unleash-proxy-client 3.8.2": 8_101,
    "growthbook 1.8.0": 14_523,
    "launchdarkly-js-client-sdk 3.9.5": 18_701,
  },
  notes: `gzip -9. The page's first load is ${files} files and the fonts of Latin text. The peers are browser SDKs, in bytes of gzip.`,
});
