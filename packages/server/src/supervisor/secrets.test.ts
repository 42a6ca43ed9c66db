import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeRandom } from "@sluice/ports/node";
import { MemoryDatabase, MemoryStore, secretHash, type Store } from "@sluice/store";
import { expect, onTestFinished, test } from "vitest";
import { admit, endFormerKeys, inviteByLink } from "./secrets.ts";

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

test("another operator key ends the one before it and its kill key, and no other server's", async () => {
  const store = storeOf();
  const [here, there] = ["here", "there"].map((name) => mkdtempSync(join(tmpdir(), `sluice-secrets-${name}-`)));
  onTestFinished(() => [here, there].forEach((folder) => rmSync(folder ?? "", { recursive: true, force: true })));
  const start = async (folder: string | undefined, key: string): Promise<void> => {
    await endFormerKeys(store, folder ?? "", key);
    await admit(store, key, 5);
  };
  const counts = async (): Promise<readonly number[]> => [(await store.grants("operator")).length, (await store.grants("kill")).length];
  await start(here, "slk_operator_of_here");
  await start(there, "slk_operator_of_there");
  await start(here, "slk_operator_of_here");
  expect(await counts()).toEqual([2, 2]);
  await start(here, "slk_operator_of_here_anew");
  expect(await counts()).toEqual([2, 2]);
  expect((await store.grants("operator")).map(({ hash }) => hash)).toEqual(["slk_operator_of_there", "slk_operator_of_here_anew"].map(secretHash));
});
