import { randomBytes } from "node:crypto";
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killKeyOf } from "@sluice/contract";
import { derivedSecret } from "@sluice/ports/node";
import { secretHash, type Store } from "@sluice/store";
import { INVITATION_MS } from "../account-administration.ts";
import { isActiveAdmin } from "../account-states.ts";

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

/**
 * Lets the operator key of this machine in, and the kill key that follows from it, and gives a one-time link's secret while there is no admin who can sign in: accounts that wait for
 * their owners, or were removed, let nobody in who could invite others.
 */
export async function admit(store: Store, operatorKey: string, nowMs: number): Promise<string | undefined> {
  await store.saveGrant({ hash: secretHash(operatorKey), kind: "operator", expiresAtMs: Number.MAX_SAFE_INTEGER });
  await store.saveGrant({ hash: secretHash(killKeyOf(operatorKey, derivedSecret)), kind: "kill", expiresAtMs: Number.MAX_SAFE_INTEGER });
  if ((await store.accounts()).some(isActiveAdmin)) return undefined;
  const once = newSecret("slo_");
  await store.saveGrant({ hash: secretHash(once), kind: "once", expiresAtMs: nowMs + ONCE_MS });
  return once;
}

const ADMITTED = "operator.admitted";

/**
 * Ends what the operator key of this folder's last start opened, and the kill key that followed from it, where there is another key now: how both are
 * taken back. Another server of the same database has a folder of its own, and keeps its keys.
 */
export async function endFormerKeys(store: Store, folder: string, operatorKey: string): Promise<void> {
  const path = join(folder, ADMITTED);
  const hashes = [operatorKey, killKeyOf(operatorKey, derivedSecret)].map(secretHash);
  const former = existsSync(path) ? linesOf(path) : [];
  for (const hash of former) if (!hashes.includes(hash)) await store.takeGrant(hash);
  writeFileSync(path, `${hashes.join("\n")}\n`, { mode: 0o600 });
}

/** The secret of a one-time link for an account that waits for its owner, and until when it works; an earlier one is void. */
export async function inviteByLink(store: Store, account: string, nowMs: number): Promise<{ readonly once: string; readonly expiresAtMs: number }> {
  for (const grant of await store.grants("once")) if (grant.account === account) await store.takeGrant(grant.hash);
  const once = newSecret("slo_");
  const expiresAtMs = nowMs + INVITATION_MS;
  await store.saveGrant({ hash: secretHash(once), kind: "once", account, expiresAtMs });
  return { once, expiresAtMs };
}

/** A key for SDKs of one environment, kept in a file beside the store (for the demo and for development only) and as a hash in it. */
export async function sdkKeyFile(store: Store, folder: string, environment: string): Promise<string> {
  const key = secretFile(folder, `sdk-${environment}.key`, "slk_");
  await store.saveSdkKey({ hash: secretHash(key), environment, name: `this machine, ${environment}` });
  return key;
}

/** Shorter ones can be guessed offline by whoever has one token: HMAC-SHA256 wants as many bits as it gives (RFC 7518 §3.2). */
const CONTEXT_SECRET_CHARS_MIN = 32;
/** One that signs, and those that it replaces for as long as their tokens live. */
const CONTEXT_SECRETS_MAX = 4;

/**
 * The context secrets of each environment, first the one that signs. They are kept in `context-<environment>.key`, one a line, and nowhere
 * else: what verifies needs them whole, so they stay out of the database and its backups. Made for `environments` at the first start; a file
 * put there by hand counts too. To replace one, write the new one above it, start again, and take the old one away when all sign with the new.
 * Throws `DataFolderUnusable` where a secret is too short.
 */
export function contextSecretFiles(folder: string, environments: readonly string[]): Readonly<Record<string, readonly string[]>> {
  for (const environment of environments) secretFile(folder, `context-${environment}.key`, "slc_");
  const found: Record<string, readonly string[]> = {};
  for (const name of readdirSync(folder).sort()) {
    const environment = /^context-(.+)\.key$/.exec(name)?.[1];
    if (environment === undefined) continue;
    const secrets = linesOf(join(folder, name));
    if (secrets.length > CONTEXT_SECRETS_MAX || secrets.some((secret) => secret.length < CONTEXT_SECRET_CHARS_MIN))
      throw new DataFolderUnusable(
        `${join(folder, name)} must hold at most ${CONTEXT_SECRETS_MAX} secrets, one a line, of at least ${CONTEXT_SECRET_CHARS_MIN} characters each. ` +
          "Delete the file for a new one.",
      );
    if (secrets.length > 0) found[environment] = secrets;
  }
  return found;
}

const RELAY_KEY = "relay.key";
/** As many relays as one server serves. */
const RELAY_KEYS_MAX = 100;

/**
 * The keys that relays come in with: `relay.key`, one a line, made with one line at the first start. Behind a key may stand the environments
 * that it opens; without any it opens all. A line that is taken away ends its relay at the next start. Of a key only its hash leaves this
 * process. Throws `DataFolderUnusable` where a line is no key.
 */
export function relayKeys(folder: string): readonly { readonly hash: string; readonly environments: readonly string[] }[] {
  secretFile(folder, RELAY_KEY, "slr_");
  const path = join(folder, RELAY_KEY);
  const lines = linesOf(path).map((line) => line.split(/[\s,]+/));
  if (lines.length > RELAY_KEYS_MAX || lines.some(([key = ""]) => !/^slr_[\w-]{40,100}$/.test(key)))
    throw new DataFolderUnusable(
      `${path} must hold at most ${RELAY_KEYS_MAX} keys, one a line, each slr_ and at least 40 characters of base64url, then the environments that it opens, if not all. ` +
        "Mend it, or delete it for a new one.",
    );
  return lines.map(([key = "", ...environments]) => ({ hash: secretHash(key), environments }));
}

/** A relay's own key, with which it signs kills and nothing else. */
export const relaySigningKey = (folder: string): string => secretFile(folder, "relay-signing.key", SIGNING_PREFIX);

const SIGNING_KEY = "signing.key";
/** Before a private key (32 random bytes, RFC 8032 §5.1.5) in base64url. */
const SIGNING_PREFIX = "sls_";
/** One that signs, one that will sign next, and what is left of earlier changes. */
const SIGNING_KEYS_MAX = 4;

/** Makes the key that snapshots and patches are signed with, where there is none yet. */
export function makeSigningKey(folder: string): void {
  secretFile(folder, SIGNING_KEY, SIGNING_PREFIX);
}

/**
 * The Ed25519 private keys of `signing.key`, one a line, first the one that signs; empty without that file: then nothing is signed. They are
 * in no database, so no backup has them; servers of one environment share a copy. To change the key, write the new one below, start again, pin
 * its public key in every SDK, then move it to the top. Throws `DataFolderUnusable` where a line is no key.
 */
export function signingKeys(folder: string): readonly string[] {
  const path = join(folder, SIGNING_KEY);
  if (!existsSync(path)) return [];
  const keys = linesOf(path);
  if (keys.length === 0 || keys.length > SIGNING_KEYS_MAX || !keys.every((key) => /^sls_[A-Za-z0-9_-]{43}$/.test(key)))
    throw new DataFolderUnusable(
      `${path} must hold one to ${SIGNING_KEYS_MAX} keys, one a line, each ${SIGNING_PREFIX} and 43 characters of base64url. ` +
        "Mend it, or delete it and start with --sign for a new key, which every SDK must then pin.",
    );
  return keys;
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
