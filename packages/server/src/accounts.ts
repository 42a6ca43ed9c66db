import { type Problem, problems } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { type Account, secretHash, type Store } from "@sluice/store";
import { canSignIn, emailTaken } from "./account-states.ts";

/** Failures before an account waits, and how long it waits. */
const FAILURES_MAX = 5;
const LOCKED_MS = 15 * 60_000;
/** A working day; signing in again in the morning is no burden. */
const SESSION_MS = 12 * 60 * 60_000;
const SECRET_BYTES = 32;

/** How passwords are hashed and checked: Argon2id in production, something quick in the simulation. */
export interface Passwords {
  hash(password: string): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
}

/** A fresh session: what the browser gets, and how long it is good for. */
export interface FreshSession {
  readonly account: Account;
  readonly secret: string;
  readonly maxAgeS: number;
}

/** 256 random bits, URL-safe, with a prefix that says what it is. */
export function newSecret(world: World, prefix: string): string {
  return `${prefix}${Buffer.from(world.random.bytes(SECRET_BYTES)).toString("base64url")}`;
}

/** Local accounts: signing in, and the one-time link of the first start. */
export class Accounts {
  readonly #store: Store;
  readonly #world: World;
  readonly #passwords: Passwords;
  /** The last who tries each address; its end lets the next one try. */
  readonly #trying = new Map<string, Promise<void>>();
  /** Verified against when there is no such account, so that the answer takes as long. */
  #nobody: string | undefined;

  constructor(store: Store, world: World, passwords: Passwords) {
    this.#store = store;
    this.#world = world;
    this.#passwords = passwords;
  }

  /** One at a time for each address, so that every failure counts. As many wait as the fan-out passes on at once. */
  signIn(email: string, password: string): Promise<Result<FreshSession, Problem>> {
    const address = email.trim().toLowerCase();
    const mine = (this.#trying.get(address) ?? Promise.resolve()).then(() => this.#try(address, password));
    const over = mine
      .catch(() => {})
      .then(() => {
        if (this.#trying.get(address) === over) this.#trying.delete(address);
      });
    this.#trying.set(address, over);
    return mine;
  }

  async #try(address: string, password: string): Promise<Result<FreshSession, Problem>> {
    const account = await this.#store.accountByEmail(address);
    const now = this.#world.clock.nowMs();
    if (account !== undefined && account.lockedUntilMs > now) return { ok: false, problem: problems.accountLocked };
    this.#nobody ??= await this.#passwords.hash("nobody has this password");
    const hash = account !== undefined && canSignIn(account) ? account.passwordHash : this.#nobody;
    const isRight = (await this.#passwords.verify(hash, password)) && hash !== this.#nobody;
    if (account === undefined || !canSignIn(account)) return { ok: false, problem: problems.wrongPassword };
    if (!isRight) {
      const failures = account.failures + 1;
      const isOver = failures >= FAILURES_MAX;
      await this.#store.saveAccount({ ...account, failures: isOver ? 0 : failures, lockedUntilMs: isOver ? now + LOCKED_MS : 0 });
      return { ok: false, problem: isOver ? problems.accountLocked : problems.wrongPassword };
    }
    if (account.failures > 0 || account.lockedUntilMs > 0) await this.#store.saveAccount({ ...account, failures: 0, lockedUntilMs: 0 });
    return { ok: true, value: await this.#session(account) };
  }

  /**
   * Spends a one-time link: that of the first start makes an account, an admin's, who invites everybody else; an invitation's sets the password of
   * the account that waits for it, under the e-mail that was invited.
   */
  async firstSignIn(wish: {
    readonly once: string;
    readonly email: string;
    readonly name: string;
    readonly password: string;
  }): Promise<Result<FreshSession, Problem>> {
    const hash = secretHash(wish.once);
    const grant = await this.#store.grant(hash);
    if (grant?.kind !== "once" || grant.expiresAtMs <= this.#world.clock.nowMs()) return { ok: false, problem: problems.linkSpent };
    const email = wish.email.trim().toLowerCase();
    const known = await this.#store.accountByEmail(email);
    if (grant.account === undefined ? known !== undefined : known?.id !== grant.account)
      return { ok: false, problem: grant.account === undefined ? emailTaken : notInvited };
    const passwordHash = await this.#passwords.hash(wish.password);
    // Taken last: whoever takes it is the only one, and nothing before can fail the account any more.
    if (!(await this.#store.takeGrant(hash))) return { ok: false, problem: problems.linkSpent };
    const id = `a${Buffer.from(this.#world.random.bytes(6)).toString("hex")}`;
    const fresh = known ?? { id, email, role: "admin" as const };
    const account: Account = { ...fresh, name: wish.name.trim(), passwordHash, failures: 0, lockedUntilMs: 0 };
    await this.#store.saveAccount(account);
    return { ok: true, value: await this.#session(account) };
  }

  async #session(account: Account): Promise<FreshSession> {
    const secret = newSecret(this.#world, "sls_");
    await this.#store.saveGrant({ hash: secretHash(secret), kind: "session", account: account.id, expiresAtMs: this.#world.clock.nowMs() + SESSION_MS });
    return { account, secret, maxAgeS: SESSION_MS / 1000 };
  }
}

const notInvited: Problem = { code: "badRequest", field: "email", message: "This link is for another e-mail.", fix: "Use the address that was invited." };
