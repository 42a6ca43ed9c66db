import { nodeRandom } from "@sluice/ports/node";
import { MemoryDatabase, MemoryStore, secretHash, type Store } from "@sluice/store";
import { expect, test } from "vitest";
import { admit, inviteByLink } from "./secrets.ts";

const DAY_MS = 24 * 60 * 60_000;
const account = { id: "a1", email: "ada@example.com", name: "Ada", role: "admin", passwordHash: "$argon2id$of-ada", failures: 0, lockedUntilMs: 0 } as const;
const storeOf = (): Store => new MemoryStore(new MemoryDatabase(nodeRandom), nodeRandom);
const open = async (store: Store, once: string | undefined): Promise<unknown> => (once === undefined ? undefined : store.grant(secretHash(once)));

test("a start gives a one-time link for a first account while there is none", async () => {
  const store = storeOf();
  expect(await open(store, await admit(store, "slk_operator", 5))).toMatchObject({ kind: "once", expiresAtMs: 5 + DAY_MS });
});

test.each([
  ["wait for their owners", { ...account, passwordHash: "" }],
  ["were removed", { ...account, passwordHash: "removed" }],
  ["cannot invite anybody", { ...account, role: "product" as const }],
])("accounts that %s leave the link in place", async (_what, only) => {
  const store = storeOf();
  await store.saveAccount(only);
  expect(await open(store, await admit(store, "slk_operator", 5))).toMatchObject({ kind: "once" });
});

test("no link is given where an admin can sign in", async () => {
  const store = storeOf();
  await store.saveAccount({ ...account, id: "a2", email: "b@example.com", passwordHash: "" });
  await store.saveAccount(account);
  expect(await admit(store, "slk_operator", 5)).toBeUndefined();
  expect(await store.grants("once")).toEqual([]);
});

test("another link for the same account voids the one before, and no other account's", async () => {
  const store = storeOf();
  const [first, other, second] = [await inviteByLink(store, "a1", 5), await inviteByLink(store, "a2", 5), await inviteByLink(store, "a1", 6)];
  expect(await open(store, first.once)).toBeUndefined();
  expect(await open(store, other.once)).toMatchObject({ kind: "once", account: "a2" });
  expect(await open(store, second.once)).toMatchObject({ kind: "once", account: "a1", expiresAtMs: 6 + 3 * DAY_MS });
});
