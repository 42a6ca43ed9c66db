import { randomBytes } from "node:crypto";
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { secretHash, type Store } from "@sluice/store";

/** A first start's link is good for a day. */
const ONCE_MS = 24 * 60 * 60_000;

/** The data folder cannot be used as it is; the message says why and what to do. */
export class DataFolderUnusable extends Error {
  override readonly name = "DataFolderUnusable";
}

const newSecret = (prefix: string): string => `${prefix}${randomBytes(32).toString("base64url")}`;

/** Makes the data folder (mode 0700) and proves that it can be written to. Throws `DataFolderUnusable`. */
export function makeDataFolder(folder: string): void {
  const probe = join(folder, ".write-probe");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    accessSync(folder, constants.W_OK);
    writeFileSync(probe, Buffer.alloc(4096));
    rmSync(probe);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const why = code === "ENOSPC" ? "the disk is full" : code === "EROFS" || code === "EACCES" || code === "EPERM" ? "it cannot be written to" : code;
    throw new DataFolderUnusable(`The data folder ${folder} cannot be used: ${why}. Give another by --data, or make room.`, { cause: error });
  }
}

/** A secret kept in a file only its owner can read; made at the first start. */
export function secretFile(folder: string, name: string, prefix: string): string {
  const path = join(folder, name);
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  const secret = newSecret(prefix);
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: "wx" });
  return secret;
}

/** Lets the operator key of this machine in, and gives a one-time link's secret while there is no account. */
export async function admit(store: Store, operatorKey: string, nowMs: number): Promise<string | undefined> {
  await store.saveGrant({ hash: secretHash(operatorKey), kind: "operator", expiresAtMs: Number.MAX_SAFE_INTEGER });
  if ((await store.accounts()).length > 0) return undefined;
  const once = newSecret("slo_");
  await store.saveGrant({ hash: secretHash(once), kind: "once", expiresAtMs: nowMs + ONCE_MS });
  return once;
}

/** A key for SDKs of one environment, kept in a file beside the store (for the demo and for development only) and as a hash in it. */
export async function sdkKeyFile(store: Store, folder: string, environment: string): Promise<string> {
  const key = secretFile(folder, `sdk-${environment}.key`, "slk_");
  await store.saveSdkKey({ hash: secretHash(key), environment, name: `this machine, ${environment}` });
  return key;
}
