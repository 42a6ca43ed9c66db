import { createHash } from "node:crypto";
import {
  type PublicKeyForm,
  readPublicKey,
  readSignature,
  type SignatureParts,
  type SignedKind,
  signedPrefix,
  writeDelegated,
  writeSignature,
} from "@sluice/evaluation";
import type { RelayKill } from "@sluice/contract";
import type { World } from "@sluice/ports";
import type { JournalledKill } from "@sluice/releases";
import type { TextSigner } from "../frames.ts";
import { Signing } from "../signing.ts";

const FILE = "delegations.json";
/** Digits of a key's SHA-256 in the name of its journal: nobody makes a key that has the same. */
const JOURNAL_DIGITS = 24;
/** Before the text of a kill on its way to the server. */
const RELAY_KILL_PREFIX = "sluice-relay-kill-1\n";

const digitsOf = (key: PublicKeyForm): string => createHash("sha256").update(key.base64url).digest("hex").slice(0, JOURNAL_DIGITS);

/** What every journal of this key is called at its beginning: a relay can speak for its own journal and for no other. */
export const journalPrefixOf = (key: PublicKeyForm): string => `r${digitsOf(key)}-`;

/** The bytes that a relay signs of a kill that it hands to the server. */
export const relayKillBytes = (text: string): Uint8Array => Buffer.from(RELAY_KILL_PREFIX + text);

/**
 * What a relay signs with: kills alone. What it passes on has the server's signatures; its own count at SDKs as far as the server has
 * delegated kills to its key, and at the server for its own journal.
 */
export class KillSigning implements TextSigner {
  readonly signsSnapshots = false;
  readonly key: PublicKeyForm;
  readonly journalPrefix: string;
  /** The same for as long as the data folder with the key is kept, and no other relay's: hexadecimal digits. */
  readonly folderId: string;
  readonly #signing: Signing;
  readonly #world: World;
  #delegations: ReadonlyMap<string, SignatureParts> = new Map();

  /** `secret`: `sls_…`, as in a server's signing.key. Throws `TypeError` where it is none. */
  constructor(world: World, secret: string) {
    this.#world = world;
    this.#signing = new Signing([secret]);
    const key = readPublicKey(this.#signing.keys[0]?.publicKey ?? "");
    if (key === undefined) throw new TypeError("a signing key without a public one");
    this.key = key;
    this.journalPrefix = journalPrefixOf(key);
    this.folderId = digitsOf(key);
  }

  /** What the server has delegated in an earlier life of this process; what cannot be read is as if it were not there. */
  async load(): Promise<void> {
    try {
      const bytes = await this.#world.disk.read(FILE);
      const kept: unknown = bytes === undefined ? {} : JSON.parse(new TextDecoder().decode(bytes));
      this.#take(typeof kept === "object" && kept !== null ? { ...kept } : {});
    } catch (error) {
      this.#world.log.warn("delegations.read", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Whether SDKs that check signatures take kills of this relay there. */
  mayKill(environment: string): boolean {
    return this.#delegations.has(environment);
  }

  /** What the server's key says of this one, by environment. A server that has just begun knows none yet: what it said before still holds. */
  async delegated(delegations: Readonly<Record<string, string>>): Promise<void> {
    this.#take(delegations);
    const known = Object.fromEntries([...this.#delegations].map(([environment, parts]) => [environment, writeSignature(parts)]));
    try {
      await this.#world.disk.replace(FILE, new TextEncoder().encode(JSON.stringify(known)));
    } catch (error) {
      this.#world.log.warn("delegations.write", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  #take(delegations: Readonly<Record<string, unknown>>): void {
    const taken = new Map(this.#delegations);
    for (const [environment, text] of Object.entries(delegations)) {
      const parts = typeof text === "string" ? readSignature(text) : undefined;
      if (parts !== undefined) taken.set(environment, parts);
    }
    this.#delegations = taken;
  }

  sign(kind: SignedKind, environment: string, text: string): string | undefined {
    const delegation = this.#delegations.get(environment);
    if (delegation === undefined || (kind !== "kill" && kind !== "kills")) return undefined;
    const parts = this.#signing.signed(Buffer.from(signedPrefix(kind, environment) + text));
    return writeDelegated({ parts, key: this.key, delegation });
  }

  /** A kill as it goes to the server. */
  handOn(kill: JournalledKill): RelayKill {
    const text = JSON.stringify(kill);
    return { text, key: this.key.text, signature: writeSignature(this.#signing.signed(relayKillBytes(text))) };
  }
}
