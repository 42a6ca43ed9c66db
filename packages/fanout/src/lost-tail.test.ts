import { foldEvents } from "@sluice/releases";
import { describe, expect, test } from "vitest";
import { RunningFanout } from "./testing/running-fanout.ts";
import { settle } from "./testing/test-world.ts";

const running = async (): Promise<RunningFanout> => (await new RunningFanout().prepare()).start();

/** The database comes back with the project's first event alone. */
function lose(fanout: RunningFanout): void {
  fanout.database.events.splice(1);
  fanout.database.commands.clear();
}

function logOf({ database }: RunningFanout): { readonly epoch: string; readonly replaces: readonly string[]; readonly kills: readonly string[] } {
  const { epoch, replaces, environments } = foldEvents(database.events);
  return { epoch, replaces, kills: environments["production"]?.kills.entriesSorted().map(([id]) => id) ?? [] };
}

describe("after a database has lost its newest decisions", () => {
  test("an epoch that is lost in its turn is told to be over, and its kills hold", async () => {
    const fanout = await running();
    const first = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.world.advance(2_000);
    lose(fanout);
    await fanout.restart();
    const { epoch, replaces } = logOf(fanout);
    const second = String((await fanout.kill("command-2", ["shop.gift"])).body["kill"]);
    const kills = { [first]: { flags: ["shop.checkout"] }, [second]: { flags: ["shop.gift"] } };
    fanout.api.tell({ kind: "snapshot", environment: "production", snapshot: fanout.snapshot(4, { epoch, replaces, kills }), folded: 4 });
    await settle();
    await fanout.world.advance(2_000);
    lose(fanout);
    await fanout.restart();
    const again = logOf(fanout);
    expect([fanout.epoch, epoch]).not.toContain(again.epoch);
    expect(again.replaces).toEqual([fanout.epoch, epoch]);
    expect(again.kills).toEqual([first, second].sort());
  });

  test("a loss behind a kill that was sent ahead of its version is found", async () => {
    const fanout = await running();
    // Waits for the API, which compiles it: the kill behind it cannot be patched in yet.
    await fanout.store.append(
      [{ command: "adopt", atMs: 0, facts: { kind: "commitAdopted", commit: "c", changed: [], kept: [] }, personal: { by: "git" } }],
      1,
    );
    await fanout.kill("command-1");
    await fanout.world.advance(2_000);
    lose(fanout);
    await fanout.restart();
    expect(logOf(fanout).replaces).toEqual([fanout.epoch]);
  });
});
