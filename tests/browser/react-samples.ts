import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "esbuild";
import { build as buildPages } from "vite";
import { until } from "../../faults/rig/running.ts";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

/** A sample that serves its page. */
export interface Sample {
  readonly origin: string;
  close(): Promise<void>;
}

/** What a back end of the single-page sample needs. */
export interface SpaParts {
  readonly sluice: string;
  readonly folder: string;
  /** A token for whoever is signed in; an empty text is nobody. */
  readonly tokenOf: (who: string) => string;
  readonly port: number;
}

/** The single-page sample as Vite builds it, behind a server that signs people in, under a policy that allows nothing inline. */
export async function serveSpa({ sluice, folder, tokenOf, port }: SpaParts): Promise<Sample> {
  const root = join(examples, "react-spa");
  const outDir = join(folder, "spa");
  process.env["VITE_SLUICE_URL"] = sluice;
  await buildPages({ root, configFile: join(root, "vite.config.ts"), logLevel: "warn", build: { outDir, emptyOutDir: true } });
  const policy = `default-src 'none'; script-src 'self'; connect-src 'self' ${sluice}; trusted-types 'none'; require-trusted-types-for 'script'`;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://spa");
    const who = /\bwho=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
    const send = (type: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(200, { "content-type": type, "cache-control": "no-store", "content-security-policy": policy, ...headers }).end(body);
    };
    if (pathname === "/flags-token") return send("text/plain", tokenOf(who));
    if (pathname === "/sign-in") return send("text/plain", "", { "set-cookie": `who=${searchParams.get("who") ?? ""}` });
    if (pathname === "/favicon.ico") return void response.writeHead(404).end();
    const path = pathname === "/" ? "/index.html" : pathname;
    return send(TYPES[extname(path)] ?? "application/octet-stream", readFileSync(join(outDir, path)));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The server-rendered sample, bundled as an application would and run as a process of its own. */
export async function startServerSample(parts: {
  readonly folder: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
}): Promise<Sample> {
  const source = join(examples, "react-server/src");
  const folder = join(parts.folder, "react-server");
  mkdirSync(folder, { recursive: true });
  const shared = { bundle: true, format: "esm", jsx: "automatic", logLevel: "warning", define: { "process.env.NODE_ENV": '"production"' } } as const;
  await bundle({
    ...shared,
    entryPoints: { server: join(source, "server.tsx") },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    platform: "node",
    target: "node20",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  await bundle({ ...shared, entryPoints: { browser: join(source, "browser.tsx") }, outdir: folder, minify: true, target: "es2022" });
  const child: ChildProcess = spawn(process.execPath, ["server.mjs"], {
    cwd: folder,
    env: { ...process.env, ...parts.environment, PORT: String(parts.port) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  const origin = `http://127.0.0.1:${parts.port}`;
  await until("the server-rendered sample answers", async () => {
    const reply = await fetch(origin).catch(() => undefined);
    return reply?.ok === true ? true : undefined;
  });
  return {
    origin,
    close: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
