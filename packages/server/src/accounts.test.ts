import { nodeRandom } from "@sluice/ports/node";
import type { World } from "@sluice/ports";
import { MemoryDatabase, MemoryStore, secretHash, type Store } from "@sluice/store";
import { beforeEach, expect, test } from "vitest";
import { Accounts } from "./accounts.ts";

let nowMs: number;
let verified: number;
let store: Store;
let accounts: Accounts;
const world: World = {
  clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
  timers: { after: () => ({ cancel: () => {} }) },
  random: nodeRandom,
  disk: { read: async () => undefined, replace: async () => {}, openJournal: async () => Promise.reject(new Error("no journal here")) },
  http: { request: async () => Promise.reject(new Error("no network here")), stream: () => ({ close: () => {} }) },
  log: { info: () => {}, warn: () => {}, error: () => {} },
};

beforeEach(async () => {
  nowMs = 1_000_000;
  verified = 0;
  store = new MemoryStore(new MemoryDatabase(nodeRandom), nodeRandom);
  await store.saveAccount({ id: "a1", email: "m@example.com", name: "M", role: "engineer", passwordHash: "hash of right", failures: 0, lockedUntilMs: 0 });
  accounts = new Accounts(store, world, {
    hash: async (password) => `hash of ${password}`,
    verify: async (hash, password) => {
      verified++;
      // As slow as the real one: others come in between.
      for (let i = 0; i < 20; i++) await Promise.resolve();
      return hash === `hash of ${password}`;
    },
  });
});

async function codeOf(result: ReturnType<Accounts["signIn"]>): Promise<string> {
  const { ok, ...rest } = await result;
  return ok ? "in" : (rest as { readonly problem: { readonly code: string } }).problem.code;
}

test("five failures lock an account for fifteen minutes, also when all are sent at once", async () => {
  const codes = await Promise.all(
    Array.from({ length: 60 }, (_, index) => codeOf(accounts.signIn(index % 2 === 0 ? "m@example.com" : " M@Example.com", `wrong ${index}`))),
  );
  expect(codes).toEqual([...Array.from({ length: 4 }, () => "wrongPassword"), ...Array.from({ length: 56 }, () => "accountLocked")]);
  expect(verified).toBe(5);
  expect(await codeOf(accounts.signIn("m@example.com", "right"))).toBe("accountLocked");
  nowMs += 15 * 60_000 - 1;
  expect(await codeOf(accounts.signIn("m@example.com", "right"))).toBe("accountLocked");
  nowMs += 1;
  expect(await codeOf(accounts.signIn("m@example.com", "right"))).toBe("in");
});

test("the right password in between begins the count anew, and an unknown address answers like a wrong password", async () => {
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) expect(await codeOf(accounts.signIn("m@example.com", "wrong"))).toBe("wrongPassword");
    expect(await codeOf(accounts.signIn("m@example.com", "right"))).toBe("in");
  }
  const before = verified;
  expect(await codeOf(accounts.signIn("nobody@example.com", "right"))).toBe("wrongPassword");
  expect(verified).toBe(before + 1);
});

test("a one-time link makes one account, however many spend it at once, and none when it is over", async () => {
  await store.saveGrant({ hash: secretHash("once-0123456789abcdef"), kind: "once", expiresAtMs: nowMs + 1 });
  const wish = (email: string): Parameters<Accounts["firstSignIn"]>[0] => ({ once: "once-0123456789abcdef", email, name: "N", password: "0123456789ab" });
  const codes = await Promise.all(["a@x.com", "b@x.com", "c@x.com"].map((email) => codeOf(accounts.firstSignIn(wish(email)))));
  expect(codes.toSorted()).toEqual(["in", "linkSpent", "linkSpent"]);
  expect(await store.accounts()).toHaveLength(2);
  await store.saveGrant({ hash: secretHash("once-0123456789abcdef"), kind: "once", expiresAtMs: nowMs });
  expect(await codeOf(accounts.firstSignIn(wish("d@x.com")))).toBe("linkSpent");
});
