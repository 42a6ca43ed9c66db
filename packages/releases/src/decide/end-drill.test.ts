import { expect, test } from "vitest";
import { applyEvent, foldEvents } from "../apply-event.ts";
import type { LoggedEvent, Proposal } from "../event.ts";
import { decodeDecisions, encodeDecisions } from "../decisions-codec.ts";
import { decideDrillEnd } from "./end-drill.ts";
import { decideKill } from "./kill.ts";

const event = (seq: number, { facts, command, atMs, personal }: Proposal): LoggedEvent => ({
  seq,
  epoch: "e1",
  atMs,
  command,
  facts,
  personal,
  personalHash: "",
  prevHash: "",
  hash: `h${seq}`,
});
const project = event(1, { command: "c", atMs: 0, personal: { by: "server" }, facts: { kind: "projectCreated", project: "p", salts: { production: "s" } } });
const start = foldEvents([project]);
const catalogue = new Map([["checks.drill", { kind: "release" as const }]]);
const end = { command: "over", atMs: 900, by: "ana", kill: "k1", environment: "production", of: 3, confirmed: 3, allMs: 41 };

function killed(drill: boolean): typeof start {
  const wish = { command: "go", atMs: 10, by: "ana", role: "engineer", kill: "k1", environment: "production", flags: ["checks.drill"] } as const;
  const decided = decideKill(start, catalogue, drill ? { ...wish, drill: true } : wish);
  if (!decided.ok) throw new Error(decided.problem.message);
  return decided.value.reduce((now, proposal, index) => applyEvent(now, event(2 + index, proposal)), start);
}

test("a drill's end lifts its kill and says how far it came, in one append", () => {
  const proposals = decideDrillEnd(killed(true), end);
  expect(proposals.map(({ facts }) => facts)).toEqual([
    { kind: "killLifted", kill: "k1", environment: "production" },
    { kind: "drillEnded", kill: "k1", environment: "production", of: 3, confirmed: 3, allMs: 41 },
  ]);
  const after = proposals.reduce((now, proposal, index) => applyEvent(now, event(3 + index, proposal)), killed(true));
  expect(after.environments["production"]?.kills.size).toBe(0);
  expect(after.environments["production"]?.drill).toEqual({ kill: "k1", atMs: 900, of: 3, confirmed: 3, allMs: 41 });
  expect(decideDrillEnd(after, end)).toEqual([]);
  expect(decodeDecisions(encodeDecisions(after))?.environments["production"]?.drill).toEqual(after.environments["production"]?.drill);
});

test("relays that were cut off stand in what is written down, and stay there", () => {
  const { allMs: _none, ...counts } = end;
  const proposals = decideDrillEnd(killed(true), { ...counts, cutOff: 2 });
  const after = proposals.reduce((now, proposal, index) => applyEvent(now, event(3 + index, proposal)), killed(true));
  expect(after.environments["production"]?.drill).toEqual({ kill: "k1", atMs: 900, of: 3, confirmed: 3, cutOff: 2 });
  expect(decodeDecisions(encodeDecisions(after))?.environments["production"]?.drill).toEqual(after.environments["production"]?.drill);
});

test("a kill that is no drill stays, whatever is said of it; one that somebody lifted is not lifted again", () => {
  expect(decideDrillEnd(killed(false), end).map(({ facts }) => facts.kind)).toEqual(["drillEnded"]);
  expect(decideDrillEnd(start, end).map(({ facts }) => facts.kind)).toEqual(["drillEnded"]);
});

test("a drill is ended although its end's command was used by another decision before", () => {
  const facts = { kind: "ownersTold", kill: "k2", environment: "production", teams: ["shop"] } as const;
  const taken = applyEvent(killed(true), event(3, { command: "over", atMs: 20, personal: { by: "mia" }, facts }));
  const proposals = decideDrillEnd(taken, end);
  expect(proposals.map(({ command, facts: { kind } }) => [command, kind])).toEqual([
    ["over+2", "killLifted"],
    ["over+2", "drillEnded"],
  ]);
  const after = proposals.reduce((now, proposal, index) => applyEvent(now, event(4 + index, proposal)), taken);
  expect(decideDrillEnd(after, end)).toEqual([]);
});
