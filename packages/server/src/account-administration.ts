import type { AccountListing, Invited, Problem, TokenListing } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { type AccountChange, decideChangeAccount, type Decisions, may, type Role } from "@sluice/releases";
import { type Account, type Grant, type Person, secretHash, type Store } from "@sluice/store";
import { emailTaken, isActiveAdmin, NO_PASSWORD, REMOVED, stateOf } from "./account-states.ts";
import { newSecret, type Passwords } from "./accounts.ts";
import type { ControlPlane } from "./control-plane.ts";

/** An invitation's link is good for three days: somebody may be away for a weekend. */
export const INVITATION_MS: number = 3 * 24 * 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** Personal tokens of one account. */
const TOKENS_MAX = 20;
/** Accounts of one server: far more than a company has people who decide about releases. */
const ACCOUNTS_MAX = 5_000;
/** Digits of a token's hash by which a person names it. */
const TOKEN_NAME_CHARS = 16;
export interface AdministrationParts {
  readonly world: World;
  readonly store: Store;
  readonly passwords: Passwords;
  readonly decisions: () => Decisions;
  readonly decide: ControlPlane["decide"];
  /** Every process asks the store again about these grants. */
  readonly forgetGrants: (hashes: readonly string[]) => void;
}

interface Wish {
  readonly command: string;
  readonly reason?: string | undefined;
}

/** Who may sign in and as what. Every change is an event of the log, which holds no name; names and addresses stand with the accounts. */
export class AccountAdministration {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** By name. Addresses, sessions and locks only for those who manage accounts. */
  async list(person: Person): Promise<readonly AccountListing[]> {
    const { store, world } = this.#parts;
    const [accounts, sessions, tokens] = [await store.accounts(), await store.grants("session"), await store.grants("token")];
    const nowMs = world.clock.nowMs();
    const count = (grants: readonly Grant[], id: string): number => grants.filter(({ account, expiresAtMs }) => account === id && expiresAtMs > nowMs).length;
    return accounts
      .map((account): AccountListing => {
        const { id, name, role, email, lockedUntilMs } = account;
        const held = { sessions: count(sessions, id), tokens: count(tokens, id) };
        const known = { id, name, role, state: stateOf(account, { nowMs, isIn: held.sessions + held.tokens > 0 }) };
        if (!may(person.role, "manageAccounts")) return known;
        return { ...known, email, ...held, ...(lockedUntilMs > nowMs ? { lockedUntilMs } : {}) };
      })
      .sort((a, b) => a.name.localeCompare(b.name, "en") || (a.id < b.id ? -1 : 1));
  }

  /** An account without a password, and the link by which its owner sets one. */
  async invite(person: Person, wish: Wish & { readonly email: string; readonly name: string; readonly role: Role }): Promise<Result<Invited, Problem>> {
    const { store, world } = this.#parts;
    const email = wish.email.trim().toLowerCase();
    const id = `a${Buffer.from(world.random.bytes(6)).toString("hex")}`;
    const account: Account = { id, email, name: wish.name, role: wish.role, passwordHash: NO_PASSWORD, failures: 0, lockedUntilMs: 0 };
    const accounts = await store.accounts();
    if (accounts.length >= ACCOUNTS_MAX)
      return { ok: false, problem: { code: "tooMany", message: `A server has at most ${ACCOUNTS_MAX} accounts.`, fix: "Use fewer, shared by nobody." } };
    if (accounts.some((known) => known.email === email)) return { ok: false, problem: emailTaken };
    const done = await this.#decided(person, wish, { account, how: "invited", as: wish.role });
    if (!done.ok) return done;
    await store.saveAccount(account);
    return { ok: true, value: await this.#invitation(id) };
  }

  /** Another link for somebody who has not used theirs, or who has forgotten the password: the old one is void, and so is the password. */
  async inviteAgain(person: Person, id: string, wish: Wish): Promise<Result<Invited, Problem>> {
    const done = await this.#change(person, id, { wish, how: "invited" }, (account) => ({
      ...account,
      passwordHash: NO_PASSWORD,
      failures: 0,
      lockedUntilMs: 0,
    }));
    if (!done.ok) return done;
    await this.#endGrants(id, ["session", "token", "once"]);
    return { ok: true, value: await this.#invitation(id) };
  }

  /** Holds everywhere at once: every process asks anew. */
  async changeRole(person: Person, id: string, wish: Wish & { readonly role: Role }): Promise<Result<object, Problem>> {
    const done = await this.#change(person, id, { wish, how: "roleChanged", as: wish.role }, (account) => ({ ...account, role: wish.role }));
    if (done.ok) this.#parts.forgetGrants((await this.#grantsOf(id)).map(({ hash }) => hash));
    return done;
  }

  async remove(person: Person, id: string, wish: Wish): Promise<Result<object, Problem>> {
    const done = await this.#change(person, id, { wish, how: "removed" }, (account) => ({ ...account, passwordHash: REMOVED, failures: 0, lockedUntilMs: 0 }));
    if (done.ok) await this.#endGrants(id, ["session", "token", "once"]);
    return done;
  }

  unlock(person: Person, id: string, wish: Wish): Promise<Result<object, Problem>> {
    return this.#change(person, id, { wish, how: "unlocked" }, (account) => ({ ...account, failures: 0, lockedUntilMs: 0 }));
  }

  /** Ends every session; personal tokens stay, since pipelines use them. */
  async signOut(person: Person, id: string, wish: Wish): Promise<Result<object, Problem>> {
    const done = await this.#change(person, id, { wish, how: "signedOut" }, (account) => account);
    if (done.ok) await this.#endGrants(id, ["session"]);
    return done;
  }

  /** One's own. Every other session of the account ends, so that whoever knew the old password is out. */
  async changePassword(person: Person, { current, password }: { readonly current: string; readonly password: string }): Promise<Result<object, Problem>> {
    const { store, passwords } = this.#parts;
    const account = await store.account(person.id);
    if (account === undefined || !(await passwords.verify(account.passwordHash, current))) return { ok: false, problem: wrongCurrent };
    await store.saveAccount({ ...account, passwordHash: await passwords.hash(password) });
    await this.#endGrants(person.id, ["session"], person.grant);
    return { ok: true, value: {} };
  }

  async tokens(person: Person): Promise<readonly TokenListing[]> {
    const grants = (await this.#grantsOf(person.id)).filter(({ kind }) => kind === "token");
    return grants.map(({ hash, expiresAtMs }) => ({ token: hash.slice(0, TOKEN_NAME_CHARS), expiresAtMs })).sort((a, b) => a.expiresAtMs - b.expiresAtMs);
  }

  /** The secret is shown once. It may do what the person may, and ends with the account. */
  async newToken(person: Person, days: number): Promise<Result<TokenListing & { readonly secret: string }, Problem>> {
    const { store, world } = this.#parts;
    if ((await store.account(person.id)) === undefined) return { ok: false, problem: unknownAccount };
    if ((await this.tokens(person)).length >= TOKENS_MAX)
      return { ok: false, problem: { code: "tooMany", message: `An account has at most ${TOKENS_MAX} tokens.`, fix: "End those that nobody uses." } };
    const secret = newSecret(world, "slt_");
    const hash = secretHash(secret);
    const expiresAtMs = world.clock.nowMs() + days * DAY_MS;
    await store.saveGrant({ hash, kind: "token", account: person.id, expiresAtMs });
    return { ok: true, value: { secret, token: hash.slice(0, TOKEN_NAME_CHARS), expiresAtMs } };
  }

  async endToken(person: Person, token: string): Promise<Result<object, Problem>> {
    const grant = (await this.#grantsOf(person.id)).find(({ kind, hash }) => kind === "token" && hash.startsWith(token));
    if (grant === undefined) return { ok: false, problem: { code: "badKey", message: "You have no such token.", fix: "It may be over already." } };
    await this.#parts.store.takeGrant(grant.hash);
    this.#parts.forgetGrants([grant.hash]);
    return { ok: true, value: {} };
  }

  async #change(
    person: Person,
    id: string,
    { wish, how, as }: { readonly wish: Wish; readonly how: AccountChange; readonly as?: Role },
    change: (account: Account) => Account,
  ): Promise<Result<object, Problem>> {
    const { store } = this.#parts;
    const account = await store.account(id);
    if (account === undefined) return { ok: false, problem: unknownAccount };
    const done = await this.#decided(person, wish, { account, how, ...(as === undefined ? {} : { as }) });
    if (!done.ok) return done;
    await store.saveAccount(change(account));
    return done;
  }

  #decided(
    person: Person,
    { command, reason }: Wish,
    { account, how, as }: { readonly account: Account; readonly how: AccountChange; readonly as?: Role },
  ): Promise<Result<object, Problem>> {
    const { store, world, decide } = this.#parts;
    return decide(command, async (decisions) => {
      const others = (await store.accounts()).filter(({ id }) => id !== account.id);
      return decideChangeAccount(decisions, {
        command,
        atMs: world.clock.nowMs(),
        by: person.id,
        role: person.role,
        ...(reason === undefined ? {} : { reason }),
        account: account.id,
        how,
        ...(as === undefined ? {} : { as }),
        isAdmin: isActiveAdmin(account),
        otherAdmins: others.filter(isActiveAdmin).length,
      });
    });
  }

  async #invitation(account: string): Promise<Invited> {
    const { store, world } = this.#parts;
    const once = newSecret(world, "slo_");
    const expiresAtMs = world.clock.nowMs() + INVITATION_MS;
    await store.saveGrant({ hash: secretHash(once), kind: "once", account, expiresAtMs });
    return { account, once, expiresAtMs };
  }

  async #grantsOf(id: string): Promise<readonly Grant[]> {
    const { store } = this.#parts;
    const all = [...(await store.grants("session")), ...(await store.grants("token")), ...(await store.grants("once"))];
    return all.filter(({ account }) => account === id);
  }

  async #endGrants(id: string, kinds: readonly Grant["kind"][], but?: string): Promise<void> {
    const ended = (await this.#grantsOf(id)).filter(({ kind, hash }) => kinds.includes(kind) && hash !== but).map(({ hash }) => hash);
    for (const hash of ended) await this.#parts.store.takeGrant(hash);
    this.#parts.forgetGrants(ended);
  }
}

const unknownAccount: Problem = { code: "unknownAccount", message: "There is no such account.", fix: "Look at the list of accounts." };
const wrongCurrent: Problem = {
  code: "wrongPassword",
  field: "current",
  message: "That is not your password now.",
  fix: "Check it, or ask an admin for a new link.",
};
