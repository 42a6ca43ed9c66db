import type { Tally } from "../rig/tally.ts";
import type { Start } from "./checkout.ts";

/** Nobody waits longer than this to be told that it will not work. */
const REFUSAL_MS_MAX = 60_000;

/** Waits for a start to give up: with one message that says `what`, and an exit code that is not 0. */
export async function refuses(tally: Tally, start: Start, what: RegExp): Promise<void> {
  const began = performance.now();
  const code = await start.ended();
  const waited = performance.now() - began;
  tally.most("refusedS", waited / 1000, `<= ${REFUSAL_MS_MAX / 1000}`);
  const messages = start.said.split("\n").filter((line) => line.startsWith("sluice: "));
  if (process.argv.includes("--say")) process.stderr.write(`${tally.name}, exit code ${code}, ${(waited / 1000).toFixed(1)} s: ${messages.join("\n")}\n`);
  tally.expect(code !== 0, "it ended with 0 although it could not start");
  tally.expect(messages.length === 1, `it said ${messages.length} things were wrong:\n${start.said}`);
  tally.expect(what.test(messages[0] ?? ""), `it said nothing like ${what.source}:\n${start.said}`);
  tally.expect(!/^\s+at .*:\d+:\d+\)?$/m.test(start.said), `it printed a stack:\n${start.said}`);
  tally.expect(waited <= REFUSAL_MS_MAX, `it took ${(waited / 1000).toFixed(0)} s to say so`);
}

/** A start with the fault gone, and nothing cleaned up by hand. */
export async function startsNow(tally: Tally, start: Start): Promise<void> {
  const began = performance.now();
  try {
    await start.ready();
    tally.most("startedS", (performance.now() - began) / 1000, "<= 90");
  } catch (error) {
    tally.lose(`with the fault gone: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await start.end("SIGINT");
  }
}
