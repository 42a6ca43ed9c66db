import { expect, test } from "vitest";
import { applyEvent } from "../apply-event.ts";
import { type Decisions, emptyDecisions } from "../decisions.ts";
import type { Facts } from "../event.ts";
import { decideRevert } from "./revert.ts";
import { decidePauseRelease } from "./steer-release.ts";
import { decideEndFreeze, decideFreeze } from "./windows.ts";

const HOUR = 3_600_000;

/** A log in which the command `used` stands for these facts. */
function after(...facts: readonly Facts[]): Decisions {
  const all: readonly Facts[] = [{ kind: "projectCreated", project: "p", salts: { production: "s" } }, ...facts];
  return all.reduce(
    (decisions, each, index) =>
      applyEvent(decisions, {
        seq: index + 1,
        epoch: "e",
        atMs: 0,
        command: index === all.length - 1 ? "used" : `c${index}`,
        facts: each,
        personalHash: "",
        prevHash: "",
        hash: "",
      }),
    emptyDecisions,
  );
}

const asking = { command: "used", atMs: HOUR, by: "ada", role: "admin" as const, reason: "Year end" };
const freeze: Facts = { kind: "freezeDeclared", freeze: "f1", environment: "production", fromMs: 0, untilMs: 2 * HOUR, policy: "ask" };

test("a command that was this very decision is answered with nothing to do", () => {
  expect(decideFreeze(after(freeze), { ...asking, freeze: "f2", environment: "production", fromMs: 0, untilMs: 2 * HOUR, policy: "ask" })).toEqual({
    ok: true,
    value: [],
  });
  expect(decideEndFreeze(after(freeze, { kind: "freezeEnded", freeze: "f1" }), { ...asking, freeze: "f1" })).toEqual({ ok: true, value: [] });
});

test("a command that was another decision is refused, whatever it is asked for now", () => {
  const reused = { ok: false, problem: { code: "commandReused" } };
  const killed: Facts = { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["a"] };
  expect(decideEndFreeze(after(freeze), { ...asking, freeze: "f1" })).toMatchObject(reused);
  expect(decideEndFreeze(after(freeze, { kind: "freezeEnded", freeze: "f1" }), { ...asking, freeze: "f9" })).toMatchObject(reused);
  expect(decidePauseRelease(after(killed), { ...asking, release: "r1" })).toMatchObject(reused);
  const lifted = after(killed, { kind: "killLifted", kill: "k1", environment: "production" });
  expect(
    decideRevert(lifted, {
      ...asking,
      revert: "r1",
      environment: "production",
      flag: "a",
      toSeq: 1,
      form: [["a", "b"]],
      effect: { enlarges: [], isGuarded: true },
    }),
  ).toMatchObject(reused);
});
