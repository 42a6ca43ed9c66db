import { evaluate, type Patch } from "@sluice/evaluation";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { SnapshotHolder } from "./holder.ts";
import { snapshotAt } from "./testing/snapshots.ts";

/** What happens to the diary at each event: shown, hidden, killed, lifted. */
type Act = "show" | "hide" | "kill" | "lift";

/** What the diary answers after the first `count` acts, told without any snapshot: the model. */
function modelAfter(acts: readonly Act[], count: number): boolean {
  let isShown = true;
  let isKilled = false;
  for (const act of acts.slice(0, count)) {
    if (act === "show" || act === "hide") isShown = act === "show";
    else isKilled = act === "kill";
  }
  return isShown && !isKilled;
}

function patchOf(act: Act, at: number): Patch {
  const seqs = { epoch: "e1", base: at, to: at + 1 };
  if (act === "kill") return { ...seqs, set: { kills: { k: { flags: ["site.diary"] } } } };
  if (act === "lift") return { ...seqs, drop: { kills: ["k"] } };
  return { ...seqs, set: { flags: { "site.diary": { default: act === "show" ? "on" : "off" } } } };
}

/** The server's snapshot after `count` acts, written from the acts themselves. */
function snapshotAfter(acts: readonly Act[], count: number): ReturnType<typeof snapshotAt> {
  const past = acts.slice(0, count);
  const isShown = past.findLast((act) => act === "show" || act === "hide") !== "hide";
  const isKilled = past.findLast((act) => act === "kill" || act === "lift") === "kill";
  return snapshotAt(count, { flags: { "site.diary": { default: isShown ? "on" : "off" } }, ...(isKilled ? { kills: { k: { flags: ["site.diary"] } } } : {}) });
}

test("whatever is lost, doubled or late, a process answers as the server did at its version, never goes back, and never shows what was killed and not lifted", () => {
  const history = fc.array(fc.constantFrom<Act>("show", "hide", "kill", "lift"), { minLength: 1, maxLength: 12 });
  const deliveries = fc.array(fc.tuple(fc.constantFrom("patch" as const, "snapshot" as const), fc.nat()), { maxLength: 40 });
  fc.assert(
    fc.property(history, deliveries, (acts, arriving) => {
      const holder = new SnapshotHolder({});
      holder.offerSnapshot(snapshotAfter(acts, 0), []);
      let last = 0;
      for (const [kind, pick] of arriving) {
        const at = pick % acts.length;
        const act = acts[at];
        if (kind === "snapshot") holder.offerSnapshot(snapshotAfter(acts, at), []);
        else if (act !== undefined) holder.offerPatch(patchOf(act, at));
        const { compiled } = holder;
        if (compiled === undefined) throw new Error("nothing is held");
        const { seq } = compiled.version;
        const answer = evaluate(compiled, "site.diary", {}).value;
        expect(seq).toBeGreaterThanOrEqual(last);
        last = seq;
        // A kill heard over a gap may switch off ahead of its version; nothing ever switches on ahead of it.
        if (answer === true) expect(modelAfter(acts, seq)).toBe(true);
        if (holder.urgent.length === 0) expect(answer).toBe(modelAfter(acts, seq));
      }
      holder.offerSnapshot(snapshotAfter(acts, acts.length), []);
      const { compiled } = holder;
      if (compiled === undefined) throw new Error("nothing is held");
      expect({ urgent: holder.urgent, answer: evaluate(compiled, "site.diary", {}).value }).toEqual({ urgent: [], answer: modelAfter(acts, acts.length) });
    }),
    { numRuns: 2_000, seed: 20261123 },
  );
});
