import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import type { Asset } from "../static-pages.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** The console's built files by address, read once: no later disk trouble keeps the kill page away. Empty without a folder. */
export function readConsoleFiles(folder: string | undefined): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  if (folder === undefined || !existsSync(folder)) return assets;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = new Uint8Array(readFileSync(path));
    const type = types[extname(entry.name)] ?? "application/octet-stream";
    const isText = !type.startsWith("font/");
    assets.set(`/${relative(folder, path).split("\\").join("/")}`, { bytes, type, ...(isText ? { gzip: new Uint8Array(gzipSync(bytes, { level: 9 })) } : {}) });
  }
  return assets;
}
