import { expect, test } from "vitest";
import { runCommand } from "../testing/command-run.ts";

const PLACED = {
  environment: "production",
  flags: ["shop.checkout"],
  seq: 2,
  atMs: Date.UTC(2026, 10, 2, 3),
  by: "the trigger on-call",
  reason: "charges twice",
};

test("past kills are told with who placed and lifted them, and how soon they reached everybody", async () => {
  const reach = { of: 4, confirmed: 3, gone: 1, halfMs: 30, p99Ms: 210, missing: ["shop 1.0.0 slow"] };
  const lifted = { atMs: Date.UTC(2026, 10, 2, 4), isUndo: false, by: "Pia", reason: "mended" };
  const kills = [
    { kill: "k2", ...PLACED },
    { kill: "k1", ...PLACED, scope: { segment: "staff" }, incident: "https://incidents.example/7", lifted, reach },
  ];
  const { out, sent, code } = await runCommand(["kills", "--past", "-e", "production"], () => ({ body: { kills } }));
  expect([code, sent]).toEqual([0, [{ method: "GET", url: "/api/kills/history?limit=20&environment=production" }]]);
  expect(out.split("\n")).toEqual([
    "killed shop.checkout in production  k2",
    "       placed 2026-11-02T03:00:00.000Z by the trigger on-call: charges twice",
    "lifted shop.checkout in production for some  k1",
    "       placed 2026-11-02T03:00:00.000Z by the trigger on-call: charges twice",
    "       https://incidents.example/7",
    "       lifted 2026-11-02T04:00:00.000Z by Pia: mended",
    "       3 of 4 connected processes confirmed; half within 0.03 s, 99 % within 0.21 s; 1 went without a word",
    "       not confirmed: shop 1.0.0 slow",
  ]);
});

test("where there are older kills it says how to see them, and asks for those before a place", async () => {
  const { out } = await runCommand(["kills", "--past", "-e", "production"], () => ({ body: { kills: [{ kill: "k1", ...PLACED }], next: "1700.2" } }));
  expect(out.split("\n").at(-1)).toBe("Older ones: sluice kills --past --before 1700.2 -e production");
  const { sent, out: none } = await runCommand(["kills", "--past", "--before", "1700.2"], () => ({ body: { kills: [] } }));
  expect(sent).toMatchObject([{ url: "/api/kills/history?limit=20&before=1700.2" }]);
  expect(none).toBe("Nothing was killed before that.");
  expect(JSON.parse((await runCommand(["kills", "--past", "--json"], () => ({ body: { kills: [], next: "1700.2" } }))).out)).toEqual({
    kills: [],
    next: "1700.2",
  });
});

test("a kill that was undone says so, and where there never was one, that", async () => {
  const undone = { kill: "k1", ...PLACED, lifted: { atMs: Date.UTC(2026, 10, 2, 3, 0, 30), isUndo: true } };
  expect((await runCommand(["kills", "--past"], () => ({ body: { kills: [undone] } }))).out).toContain("undone 2026-11-02T03:00:30.000Z");
  expect((await runCommand(["kills", "--past"], () => ({ body: { kills: [] } }))).out).toBe("Nothing was ever killed.");
});

test("what is killed now says who did it, and who waits for a second person to lift it", async () => {
  const kills = [{ kill: "k1", ...PLACED, incident: "https://incidents.example/7", liftAsked: { atMs: Date.UTC(2026, 10, 2, 4), by: "Ada" } }];
  const { out } = await runCommand(["kills"], () => ({ body: { kills } }));
  expect(out.split("\n")).toEqual([
    "killed shop.checkout in production since 2026-11-02T03:00:00.000Z by the trigger on-call: charges twice",
    "       sluice lift k1",
    "       https://incidents.example/7",
    "       its lift was asked for 2026-11-02T04:00:00.000Z by Ada; it takes somebody else to lift it too, or to say no: sluice refuse-lift k1",
  ]);
});

test("a lift that was refused says by whom and why", async () => {
  const kills = [{ kill: "k1", ...PLACED, liftRefused: { atMs: Date.UTC(2026, 10, 2, 4), by: "Pia", reason: "not mended" } }];
  expect((await runCommand(["kills"], () => ({ body: { kills } }))).out).toContain("       its lift was refused 2026-11-02T04:00:00.000Z by Pia: not mended");
  const said = await runCommand(["refuse-lift", "k1", "-r", "not mended"], () => ({ body: { seq: 5 } }));
  expect(said.out).toBe("Refused the lift of k1 (decision 5).");
  expect(said.sent).toMatchObject([{ method: "POST", url: "/api/kills/k1/refuse-lift", body: { reason: "not mended" } }]);
});

test("a lift that waits for a second person says so", async () => {
  const waiting = await runCommand(["lift", "k1"], () => ({ body: { seq: 3, waits: true } }));
  expect(waiting.out).toBe("Asked for. Here a lift takes two people: k1 stays in force until somebody else lifts it too.");
  expect((await runCommand(["lift", "k1"], () => ({ body: { seq: 4 } }))).out).toBe("Lifted k1 (decision 4).");
});
