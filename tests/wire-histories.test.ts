import { expect, test } from "vitest";
import { languages } from "../faults/sdk/languages.ts";
import { playTapes } from "../faults/wires/play.ts";
import { recordTapes } from "../faults/wires/tapes.ts";

/** A first build compiles Go's standard library, and makes a Python environment, on two cores that others use too. */
const LIMIT = { timeout: 480_000 };
const PLAY_MS_MAX = 90_000;

test("SDKs of every language end where the log does after what SDKs of the simulation heard, its bytes cut anywhere", LIMIT, async () => {
  const present = languages.filter(({ missing, isPage }) => missing === undefined && !isPage);
  const tapes = await recordTapes(1, 4);
  expect(tapes.length).toBeGreaterThanOrEqual(16);
  // A tape that says nothing would prove nothing.
  for (const { streams, snapshots } of tapes) expect([streams.length > 0, snapshots.length > 0]).toEqual([true, true]);
  const outcomes = await playTapes(present, tapes, PLAY_MS_MAX);
  expect(outcomes.map(({ language, wrong }) => ({ language, wrong }))).toEqual(present.map(({ name }) => ({ language: name, wrong: [] })));
  // What is misread on the way is mended by a snapshot after the tape: an SDK whose parser loses the rest of a long line gets three tapes of 16 alone.
  for (const { language, alone } of outcomes) expect([language, alone * 2 > tapes.length]).toEqual([language, true]);
});
