import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { World } from "@sluice/ports";
import { nodeClock, nodeRandom } from "@sluice/ports/node";
import { encodeDecisions, foldEvents, type LoggedEvent, NO_HASH, type Proposal } from "@sluice/releases";
import { DECISIONS_CHECKPOINT, LogFollower, type LostEnd } from "./log-follower.ts";
import type { Place as Database } from "./store-suite.ts";
import { type Place, type Store, StoreUnavailable } from "./store.ts";

/** A database that can come back without its newest events, as after a failover or from a backup. */
export interface LosingDatabase extends Database {
  loseEnd(events: number): Promise<void>;
}

/** Time stands still: whoever follows is asked to look by name. */
const world: World = {
  clock: nodeClock,
  timers: { after: () => ({ cancel: () => {} }) },
  random: nodeRandom,
  disk: { read: async () => undefined, replace: async () => {}, openJournal: async () => Promise.reject(new Error("no journal here")) },
  http: { request: async () => Promise.reject(new Error("no network here")), stream: () => ({ close: () => {} }) },
  log: { info: () => {}, warn: () => {}, error: () => {} },
};

const lift = (command: string): Proposal => ({
  command,
  atMs: 1_795_424_400_000,
  facts: { kind: "killLifted", kill: "k1", environment: "production" },
  personal: { by: "mara" },
});

/** What every adapter promises whoever had read further than the database has now. */
export function describeLostEnd(name: string, makeDatabase: () => Promise<LosingDatabase>): void {
  describe(`an end that is lost of the log over ${name}`, () => {
    let database: LosingDatabase;
    let store: Store;
    const opened: Store[] = [];
    const open = async (): Promise<Store> => {
      const one = await database.open();
      opened.push(one);
      return one;
    };
    beforeEach(async () => {
      database = await makeDatabase();
      store = await open();
      const created: Proposal = { ...lift("c0"), facts: { kind: "projectCreated", project: "shop", salts: { production: "salt" } } };
      await store.append([created, ...["c1", "c2", "c3", "c4"].map(lift)], 0);
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
      await database.remove();
    });
    const placeAt = async (seq: number): Promise<Place> => {
      const [event] = await store.read(seq - 1, 1);
      return { seq, hash: event?.hash ?? "" };
    };
    const commands = (events: readonly LoggedEvent[] | undefined): readonly string[] | undefined => events?.map(({ command }) => command);

    test("is told to whoever had read into it, however much is decided since", async () => {
      const [third, fifth] = [await placeAt(3), await placeAt(5)];
      expect(commands(await store.readOn({ seq: 0, hash: NO_HASH }, 2))).toEqual(["c0", "c1"]);
      expect(commands(await store.readOn(third, 10))).toEqual(["c3", "c4"]);
      expect(await store.readOn(fifth, 10)).toEqual([]);
      await database.loseEnd(2);
      const again = await open();
      // The log ends before the place, at another event of its number, and goes on behind that.
      for (const since of [[], ["d3", "d4"], ["d3", "d4", "d5"]] as const) {
        for (const command of since.slice(-2)) await again.append([lift(command)], undefined);
        expect(await again.readOn(fifth, 10)).toBeUndefined();
        expect(commands(await again.readOn(third, 10))).toEqual(since);
      }
    });

    test("is told of the probe's log by itself", async () => {
      await store.probeAppend([lift("p1"), lift("p2")], 0);
      const [, last] = await store.probeRead(0, 10);
      const place = { seq: 2, hash: last?.hash ?? "" };
      expect(await store.probeReadOn(place, 10)).toEqual([]);
      expect(commands(await store.probeReadOn({ seq: 0, hash: NO_HASH }, 10))).toEqual(["p1", "p2"]);
      expect(await store.probeReadOn({ ...place, hash: NO_HASH }, 10)).toBeUndefined();
      expect(await store.probeReadOn({ seq: 3, hash: place.hash }, 10)).toBeUndefined();
    });

    const follow = async (from: Store): Promise<{ readonly follower: LogFollower; readonly ends: LostEnd[]; readonly told: string[] }> => {
      const follower = new LogFollower(world, from);
      const [ends, told]: [LostEnd[], string[]] = [[], []];
      follower.onLost = (end) => void ends.push(end);
      follower.onEvent = ({ command }) => void told.push(command);
      await follower.catchUp();
      return { follower, ends, told };
    };

    test("is found by who follows: once, and nothing is read until the log is read anew", async () => {
      const { follower, ends, told } = await follow(store);
      const { epoch, hash } = await store.head();
      await database.loseEnd(2);
      await expect(follower.catchUp()).rejects.toThrow(StoreUnavailable);
      const other = await open();
      await other.append([lift("d3")], 3);
      await expect(follower.catchUp()).rejects.toThrow(StoreUnavailable);
      expect(ends).toEqual([{ epoch, seq: 5, hash, replaces: [] }]);
      expect(follower.decisions.seq).toBe(5);
      await follower.rewind();
      expect(follower.decisions).toEqual(foldEvents(await other.read(0, 10)));
      await other.append([lift("d4")], 4);
      await follower.catchUp();
      expect([told, ends.length, follower.decisions.seq]).toEqual([["c0", "c1", "c2", "c3", "c4", "d4"], 1, 5]);
    });

    test("is found by who decides where others have decided as much since", async () => {
      const { follower, ends } = await follow(store);
      await database.loseEnd(1);
      const other = await open();
      await other.append([lift("d4")], 4);
      const appended = await other.append([lift("e5")], follower.decisions.seq);
      if (appended.kind === "appended") follower.take(appended.events);
      expect([appended.kind, ends.length, follower.decisions.seq]).toEqual(["appended", 1, 5]);
      await follower.rewind();
      expect(follower.decisions.seq).toBe(6);
    });

    test("does not come back by a checkpoint that was written after the loss", async () => {
      const { follower } = await follow(store);
      const { seq, hash } = follower.decisions;
      await database.loseEnd(2);
      const again = await open();
      await again.saveCheckpoint({ name: DECISIONS_CHECKPOINT, seq, hash, bytes: new TextEncoder().encode(encodeDecisions(follower.decisions)) });
      const late = new LogFollower(world, again);
      await late.startFromCheckpoint();
      late.stop();
      expect(late.decisions.seq).toBe(3);
    });
  });
}
