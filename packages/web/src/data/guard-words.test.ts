import type { GuardView } from "@sluice/contract";
import { describe, expect, test } from "vitest";
import { guardDid, guardSentence, guardSight, harmSentence } from "./guard-words.ts";

const guard: GuardView = {
  name: "errors",
  flag: "billing.invoice-export",
  environment: "production",
  reaction: "kill",
  watches: { kind: "outcome", outcome: "export" },
};
const found = { guard: "errors", flag: "billing.invoice-export", atMs: 0, did: "killed", words: "" } as const;
const harm = (more: Readonly<Record<string, unknown>>): string =>
  harmSentence({ kind: "harmFound", guard: "errors", environment: "production", flag: "billing.invoice-export", did: "killed", words: "…", ...more });

describe("what people read of a guard", () => {
  test("is what it watches and does, and how far it sees", () => {
    expect(guardSentence(guard)).toBe("Watches how often export fails, and switches it off for those whom it harms.");
    expect(guardSentence({ ...guard, reaction: "pause", watches: { kind: "query", query: "up" } })).toBe(
      "Watches a figure of Prometheus, and pauses its releases when that does harm.",
    );
    expect(guardSight({ ...guard, seen: { customers: 1, baseline: 9 } })).toBe("It sees 1 customer that has it.");
    expect(guardSight({ ...guard, seen: { customers: 0, baseline: 0 }, noData: "Nobody has reported this outcome yet." })).toBe(
      "It sees nothing now, so it does nothing. Nobody has reported this outcome yet.",
    );
  });

  test("is what it did, or why it did nothing, and who took it back", () => {
    expect(guardDid(found)).toBe("It was switched off for them.");
    expect(guardDid({ ...found, takenBackAtMs: 1 })).toBe("It was switched off for them. Somebody has taken that back.");
    expect(guardDid({ ...found, did: "announced", heldBack: "perDay" })).toBe("Nothing was done about it: as much was done within a day as may be.");
  });

  test("is a sentence of the log, with counts", () => {
    expect(harm({ harmed: 3, of: 38 })).toBe("The guard errors found harm of Invoice export in production for 3 of 38 customers and switched it off for them");
    expect(harm({ harmed: 1, did: "announced", heldBack: "quiet" })).toBe(
      "The guard errors found harm of Invoice export in production for 1 customer and only says so, because somebody took back what it did not long ago",
    );
    expect(harm({ did: "paused" })).toBe("The guard errors found harm of Invoice export in production and paused its releases");
  });
});
