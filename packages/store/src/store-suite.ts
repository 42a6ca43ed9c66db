import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LoggedEvent, Proposal } from "@sluice/releases";
import { NO_HASH } from "@sluice/releases";
import { READ_LIMIT_MAX } from "./sealing.ts";
import type { Store } from "./store.ts";
import { StoreUnavailable } from "./store.ts";

/** One database that several stores can be opened on. */
export interface Place {
  open(): Promise<Store>;
  /** Changes one stored event behind the store's back; absent where nobody can. */
  tamper?(seq: number, change: "facts" | "personal" | "prevHash" | "at" | "delete"): Promise<void>;
  remove(): Promise<void>;
}

const lift = (command: string, kill = "k1"): Proposal => ({
  command,
  atMs: 1_795_424_400_000,
  facts: { kind: "killLifted", kill, environment: "production" },
  personal: { by: "mara", reason: "Zürich ✓" },
});

/** What every adapter of the store promises, run over each of them. */
export function describeStore(name: string, makePlace: () => Promise<Place>): void {
  describe(`the store over ${name}`, () => {
    let place: Place;
    let store: Store;
    const opened: Store[] = [];
    const open = async (): Promise<Store> => {
      const one = await place.open();
      opened.push(one);
      return one;
    };
    beforeEach(async () => {
      place = await makePlace();
      store = await open();
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
      await place.remove();
    });
    const everything = (): Promise<readonly LoggedEvent[]> => store.read(0, READ_LIMIT_MAX);

    test("begins empty, with an epoch that stays", async () => {
      const head = await store.head();
      expect(head).toEqual({ epoch: expect.stringMatching(/^e[0-9a-f]{8}$/), seq: 0, hash: NO_HASH });
      expect((await (await open()).head()).epoch).toBe(head.epoch);
    });

    test("gives events gapless places and a chain that verifies", async () => {
      for (let i = 0; i < 5; i++) await store.append([lift(`c${i}`)], i);
      const events = await everything();
      expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5]);
      expect(events.map((event) => event.prevHash)).toEqual([NO_HASH, ...events.slice(0, 4).map((event) => event.hash)]);
      expect(events[2]?.personal).toEqual({ by: "mara", reason: "Zürich ✓" });
      expect(await store.verify()).toEqual({ checked: 5 });
    });

    test("keeps the probe's log beside the project's, and forgets of it what is old and in a checkpoint", async () => {
      await store.append([lift("c1")], 0);
      const at = (command: string, atMs: number): Proposal => ({ ...lift(command), atMs });
      expect(await store.probeAppend([at("c1", 10)], 0)).toMatchObject({ kind: "appended" });
      await store.probeAppend([at("p2", 20), at("p3", 30)], 1);
      expect(await store.probeAppend([at("p4", 40)], 1)).toMatchObject({ kind: "conflict", head: { seq: 3 } });
      expect(await store.probeAppend([at("p2", 20)], undefined)).toMatchObject({ kind: "again" });
      expect((await everything()).map(({ command }) => command)).toEqual(["c1"]);
      expect((await store.probeRead(1, 10)).map(({ command }) => command)).toEqual(["p2", "p3"]);
      await store.probeForget(2, 30);
      await store.probeForget(1, 1_000);
      await store.probeAppend([at("p4", 40)], 3);
      expect((await store.probeRead(0, 10)).map(({ seq, command }) => [seq, command])).toEqual([
        [3, "p3"],
        [4, "p4"],
      ]);
      expect((await store.probeRead(3, 10)).map(({ command }) => command)).toEqual(["p4"]);
      expect((await (await open()).probeRead(0, 10)).length).toBe(2);
      expect(await store.verify()).toEqual({ checked: 1 });
    });

    test("tells up to where the log is not later than a time, also where a clock was set back", async () => {
      // Stamped at 10, 50, 20 and 60: whoever was stamped 50 came before the one stamped 20.
      for (const [i, atMs] of [10, 50, 20, 60].entries()) await store.append([{ ...lift(`c${i}`), atMs }], i);
      const places = await Promise.all([9, 10, 19, 20, 50, 59.9, 60, Number.MAX_SAFE_INTEGER].map((atMs) => store.lastSeqAt(atMs)));
      expect(places).toEqual([0, 1, 1, 3, 3, 3, 4, 4]);
    });

    test("stays gapless when several writers append at once", async () => {
      const writers = await Promise.all([open(), open(), open()]);
      await Promise.all(
        writers.flatMap((writer, index) =>
          Array.from({ length: 15 }, (_, i) => i).map(async (i) => {
            expect((await writer.append([lift(`w${index}-${i}`)], undefined)).kind).toBe("appended");
          }),
        ),
      );
      const events = await everything();
      expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 45 }, (_, i) => i + 1));
      expect(new Set(events.map((event) => event.command)).size).toBe(45);
      expect(await store.verify()).toEqual({ checked: 45 });
    });

    test("lets one of two win that expect the same head and tells the other where the log is now", async () => {
      const other = await open();
      const results = await Promise.all([store.append([lift("a")], 0), other.append([lift("b")], 0)]);
      expect(results.map((result) => result.kind).sort()).toEqual(["appended", "conflict"]);
      const lost = results.find((result) => result.kind === "conflict");
      expect(lost?.kind === "conflict" && lost.head.seq).toBe(1);
      expect(await everything()).toHaveLength(1);
    });

    test("answers a command that it knows with the first effect, whatever head is expected", async () => {
      await store.append([lift("a"), lift("a", "k2")], 0);
      await store.append([lift("b")], 1 + 1);
      const again = await store.append([lift("a"), lift("a", "k2")], 0);
      expect(again.kind === "again" && again.events.map((event) => event.seq)).toEqual([1, 2]);
      expect(await everything()).toHaveLength(3);
    });

    test("gives one effect to one command sent by two at once", async () => {
      const other = await open();
      const results = await Promise.all([
        store.append([lift("same")], undefined),
        other.append([lift("same")], undefined),
        store.append([lift("same")], undefined),
      ]);
      expect(results.map((result) => result.kind).sort()).toEqual(["again", "again", "appended"]);
      expect(await everything()).toHaveLength(1);
    });

    test("refuses an append whose commands are partly known and writes nothing of it", async () => {
      await store.append([lift("a")], 0);
      await expect(store.append([lift("a"), lift("new")], undefined)).rejects.toThrow("only a are in the log");
      expect(await everything()).toHaveLength(1);
    });

    test("writes all events and blobs of an append or nothing", async () => {
      const bytes = new TextEncoder().encode("key: a\n");
      const huge: Proposal = { ...lift("huge"), facts: { kind: "commitAdopted", commit: "c", changed: [["x".repeat(9 << 20), "b"]], kept: [] } };
      await expect(store.append([lift("fine"), huge], 0, [{ id: "blob1", bytes }])).rejects.toThrow("larger than");
      expect(await everything()).toEqual([]);
      expect((await store.blobs(["blob1"])).size).toBe(0);
      await store.append([lift("fine")], 0, [{ id: "blob1", bytes }]);
      await store.append([lift("more")], 1, [{ id: "blob1", bytes }]);
      expect([...(await store.blobs(["blob1", "none"]))]).toEqual([["blob1", bytes]]);
    });

    test("shows a reader no gap while writers run", async () => {
      const [a, b, reader] = await Promise.all([open(), open(), open()]);
      let done = false;
      const writing = Promise.all(
        [a, b].map(async (writer, index) => {
          for (let i = 0; i < 30; i++) await writer.append([lift(`${index}-${i}`)], undefined);
        }),
      ).then(() => (done = true));
      let reads = 0;
      while (!done && reads < 2_000) {
        const seqs = (await reader.read(0, READ_LIMIT_MAX)).map((event) => event.seq);
        expect(seqs).toEqual(seqs.map((_, i) => i + 1));
        reads++;
      }
      await writing;
      expect(reads).toBeGreaterThan(0);
      expect(await reader.read(0, READ_LIMIT_MAX)).toHaveLength(60);
    });

    test("reads after a place, at most as many as asked for", async () => {
      await store.append([lift("a"), lift("a", "k2"), lift("a", "k3")], 0);
      expect((await store.read(1, 1)).map((event) => event.seq)).toEqual([2]);
      expect(await store.read(3, 10)).toEqual([]);
    });

    test("reads the events at given places, in their order, and passes over places that are not there", async () => {
      await store.append([lift("a"), lift("a", "k2"), lift("a", "k3")], 0);
      const all = await everything();
      expect(await store.readAt([3, 1, 3, 9])).toEqual([all[0], all[2]]);
      expect(await store.readAt([])).toEqual([]);
      expect(await store.readAt([...Array.from({ length: 1_200 }, (_, index) => index + 4), 2])).toEqual([all[1]]);
    });

    test("erases what is personal and keeps the chain whole", async () => {
      await store.append([lift("a")], 0);
      await store.append([lift("b")], 1);
      await store.erase(1);
      const [first] = await everything();
      expect(first && "personal" in first).toBe(false);
      expect(first && "salt" in first).toBe(false);
      expect(JSON.stringify(await everything())).toContain("mara");
      expect(await store.verify()).toEqual({ checked: 2 });
    });

    test("finds and locates any event that was changed behind its back", async () => {
      if (!place.tamper) return;
      for (const change of ["facts", "personal", "prevHash", "at", "delete"] as const) {
        const own = await makePlace();
        const victim = await own.open();
        for (let i = 0; i < 4; i++) await victim.append([lift(`c${i}`)], i);
        await own.tamper?.(3, change);
        const { broken } = await victim.verify();
        expect(broken?.seq, change).toBe(change === "delete" ? 4 : 3);
        await victim.close();
        await own.remove();
      }
    });

    test("keeps checkpoints, the newest of each name", async () => {
      expect(await store.checkpoint("decisions")).toBeUndefined();
      await store.saveCheckpoint({ name: "decisions", seq: 1, hash: "h1", bytes: Uint8Array.of(1, 2) });
      await store.saveCheckpoint({ name: "decisions", seq: 9, hash: "h9", bytes: Uint8Array.of(9) });
      expect(await store.checkpoint("decisions")).toEqual({ name: "decisions", seq: 9, hash: "h9", bytes: Uint8Array.of(9) });
    });

    test("lets a one-time link be taken once, whoever asks at the same time", async () => {
      const other = await open();
      await store.saveGrant({ hash: "h", kind: "once", expiresAtMs: 5 });
      expect(await other.grant("h")).toEqual({ hash: "h", kind: "once", expiresAtMs: 5 });
      const taken = await Promise.all([store.takeGrant("h"), other.takeGrant("h"), store.takeGrant("h")]);
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await store.grant("h")).toBeUndefined();
    });

    test("keeps accounts, keys and what was asked for", async () => {
      const account = {
        id: "a1",
        email: "mara@plumbline.example",
        name: "Mara",
        role: "engineer",
        passwordHash: "$argon2id$x",
        failures: 0,
        lockedUntilMs: 0,
      } as const;
      await store.saveAccount(account);
      await store.saveAccount({ ...account, failures: 5, lockedUntilMs: 1_795_424_400_000 });
      expect(await store.accountByEmail(account.email)).toMatchObject({ failures: 5, lockedUntilMs: 1_795_424_400_000 });
      expect(await store.account("nobody")).toBeUndefined();
      expect(await store.accounts()).toHaveLength(1);
      await store.saveSdkKey({ hash: "k", environment: "production", name: "web" });
      await store.saveSdkKey({ hash: "j", environment: "staging", name: "web" });
      await store.endSdkKey("j");
      await store.endSdkKey("nobody's");
      expect(await store.sdkKeys()).toEqual([{ hash: "k", environment: "production", name: "web" }]);
      await store.noteAsked([
        { environment: "production", flag: "b", atMs: 10 },
        { environment: "production", flag: "a", atMs: 20 },
        { environment: "staging", flag: "c", atMs: 30 },
      ]);
      await store.noteAsked([{ environment: "production", flag: "b", atMs: 40 }]);
      expect(await store.askedSince("production", 20)).toEqual(["a", "b"]);
      expect(await store.askedSince("production", 41)).toEqual([]);
      await store.noteAsked([{ environment: "staging", flag: "b", atMs: 5 }]);
      expect(await store.lastAsked("b")).toEqual([
        { environment: "production", flag: "b", atMs: 40 },
        { environment: "staging", flag: "b", atMs: 5 },
      ]);
      expect(await store.lastAsked("nobody")).toEqual([]);
    });

    test("keeps the registry of customers by key, every field, and replaces by id", async () => {
      const acme = { id: "c1", key: "acme", name: "Acme Ltd", owner: "a1", aliases: ["acme-old"], contacts: [{ name: "Jo", email: "jo@acme.example" }] };
      const zebra = { id: "c2", key: "Zürich-✓", name: "Ünïcode" };
      const upper = { id: "c3", key: "Acme", name: "=SUM(A1)" };
      expect(await store.customers()).toEqual([]);
      expect(await store.saveCustomers([zebra, acme, upper])).toEqual([]);
      expect(await (await open()).customers()).toEqual([upper, zebra, acme]);
      expect(await store.saveCustomers([{ id: "c1", key: "acme", name: "Acme" }])).toEqual([]);
      expect(await store.customers()).toEqual([upper, zebra, { id: "c1", key: "acme", name: "Acme" }]);
    });

    test("refuses a customer key that is another's, names it and writes nothing", async () => {
      await store.saveCustomers([{ id: "c1", key: "a", name: "A" }]);
      const fresh = { id: "c9", key: "new", name: "N" };
      expect(await store.saveCustomers([fresh, { id: "c2", key: "a", name: "B" }])).toEqual(["a"]);
      expect(await store.saveCustomers([fresh, { id: "c3", key: "x", name: "X" }, { id: "c4", key: "x", name: "Y" }])).toEqual(["x"]);
      expect(await store.customers()).toEqual([{ id: "c1", key: "a", name: "A" }]);
    });

    test("lets two customers swap their keys, and a key be taken over from one that gives it up", async () => {
      await store.saveCustomers([
        { id: "c1", key: "a", name: "A" },
        { id: "c2", key: "b", name: "B" },
      ]);
      expect(
        await store.saveCustomers([
          { id: "c1", key: "b", name: "A" },
          { id: "c2", key: "a", name: "B" },
        ]),
      ).toEqual([]);
      expect((await store.customers()).map(({ id, key }) => [key, id])).toEqual([
        ["a", "c2"],
        ["b", "c1"],
      ]);
    });

    test("gives a customer key to one of two who want it at once", async () => {
      const other = await open();
      const taken = await Promise.all([store.saveCustomers([{ id: "c1", key: "a", name: "A" }]), other.saveCustomers([{ id: "c2", key: "a", name: "B" }])]);
      expect(taken.map((keys) => keys.length).sort((a, b) => a - b)).toEqual([0, 1]);
      expect(await store.customers()).toHaveLength(1);
    });

    test("keeps the ids of each list of each environment apart, in thousands, replaces by hash and erases for good", async () => {
      const store = await open();
      const many = Array.from({ length: 1_001 }, (_, at) => ({ hash: at.toString(16).padStart(16, "0"), id: `użytkownik-${at}` }));
      expect(await store.listedIds("production", "pilots")).toEqual(new Map());
      await store.saveListedIds("production", "pilots", many);
      await store.saveListedIds("staging", "pilots", [{ hash: "00000000000000aa", id: "elsewhere" }]);
      await store.saveListedIds("production", "others", [{ hash: "00000000000000aa", id: "other" }]);
      await store.saveListedIds("production", "pilots", [{ hash: many[0]?.hash ?? "", id: "Zoë" }]);
      const listed = await (await open()).listedIds("production", "pilots");
      expect([listed.size, listed.get(many[0]?.hash ?? ""), listed.get(many[1_000]?.hash ?? "")]).toEqual([1_001, "Zoë", "użytkownik-1000"]);
      await store.eraseListedIds(
        "production",
        "pilots",
        many.slice(1).map(({ hash }) => hash),
      );
      expect([...(await store.listedIds("production", "pilots"))]).toEqual([[many[0]?.hash, "Zoë"]]);
      expect([...(await store.listedIds("staging", "pilots"))]).toEqual([["00000000000000aa", "elsewhere"]]);
      expect([...(await store.listedIds("production", "others"))]).toEqual([["00000000000000aa", "other"]]);
    });

    test("keeps changes that somebody prepares, replaces them by id and erases them for good", async () => {
      const change = { id: "c2", account: "priya", atMs: 1_795_424_400_000, content: '{"title":"Zürich ☃"}' };
      expect(await store.pendingChanges()).toEqual([]);
      await store.savePendingChange(change);
      await store.savePendingChange({ ...change, id: "C1" });
      await store.savePendingChange({ ...change, atMs: 1_795_424_400_001, content: "{}" });
      expect(await (await open()).pendingChanges()).toEqual([
        { ...change, id: "C1" },
        { ...change, atMs: 1_795_424_400_001, content: "{}" },
      ]);
      await store.erasePendingChanges(["C1", "nothing"]);
      expect((await (await open()).pendingChanges()).map(({ id }) => id)).toEqual(["c2"]);
    });

    test("keeps sampled contexts of each environment apart, in thousands, replaces by id and erases for good", async () => {
      const rows = Array.from({ length: 901 }, (_, at) => ({
        id: `k${String(at).padStart(4, "0")}`,
        day: 20_786,
        content: `{"plain":{"plan":"größe-${at}"}}`,
      }));
      expect(await store.sampledContexts("production")).toEqual([]);
      await store.saveSampledContexts("production", rows.toReversed());
      await store.saveSampledContexts("staging", [{ id: "k0000", day: 1, content: "{}" }]);
      await store.saveSampledContexts("production", [{ id: "k0900", day: 20_787, content: "☃" }]);
      expect(await (await open()).sampledContexts("production")).toEqual([...rows.slice(0, 900), { id: "k0900", day: 20_787, content: "☃" }]);
      await store.eraseSampledContexts("production", [...rows.slice(1).map(({ id }) => id), "nothing"]);
      expect(await (await open()).sampledContexts("production")).toEqual(rows.slice(0, 1));
      expect(await store.sampledContexts("staging")).toEqual([{ id: "k0000", day: 1, content: "{}" }]);
    });

    test("takes more customers at once than one statement holds, and erases them for good", async () => {
      const many = Array.from({ length: 1_201 }, (_, i) => ({ id: `c${i}`, key: `k${String(i).padStart(4, "0")}`, name: `N${i}` }));
      expect(await store.saveCustomers(many)).toEqual([]);
      expect(await store.customers()).toEqual(many);
      await store.eraseCustomers([...many.slice(1).map(({ id }) => id), "nobody"]);
      expect(await (await open()).customers()).toEqual(many.slice(0, 1));
    });

    test("hints at what another process appended", async () => {
      const other = await open();
      await new Promise<void>((resolve, reject) => {
        // A hint only says "look": some come without anything new.
        const stop = store.watch(() => {
          store.head().then((head) => {
            if (head.seq === 0) return;
            stop();
            resolve();
          }, reject);
        });
        setTimeout(() => other.append([lift("far")], undefined).catch(reject), 300);
      });
      expect((await store.head()).seq).toBe(1);
    });

    test("keeps everything over closing and opening again", async () => {
      await store.append([lift("a")], 0);
      const head = await store.head();
      await store.close();
      const again = await open();
      expect(await again.head()).toEqual(head);
      expect((await again.append([lift("b")], 1)).kind).toBe("appended");
    });

    test("says that it is unavailable once closed", async () => {
      await store.close();
      await expect(store.append([lift("late")], undefined)).rejects.toThrow(StoreUnavailable);
    });
  });
}
