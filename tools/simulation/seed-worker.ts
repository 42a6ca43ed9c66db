// Plays a range of seeds in a process of its own and prints one JSON line: `node seed-worker.ts FIRST COUNT [--until-found]`, or single ones:
// `node seed-worker.ts SEED,SEED…`.
import { playSeed, type SeedResult } from "./seeds.ts";

const [first = "1", count = "1", ...flags] = process.argv.slice(2);
const untilFound = flags.includes("--until-found");
const bad: SeedResult[] = [];
let events = 0;
let acked = 0;
let swaps = 0;
let played = 0;
const seeds = first.includes(",") ? first.split(",").map(Number) : Array.from({ length: Number(count) }, (_, index) => Number(first) + index);
for (const seed of seeds) {
  const result = await playSeed(seed);
  played++;
  events += result.events;
  acked += result.acked;
  swaps += result.swaps;
  if (result.violations.length > 0) {
    bad.push({ ...result, violations: result.violations.slice(0, 10) });
    if (untilFound || bad.length >= 20) break;
  }
}
console.log(JSON.stringify({ played, events, acked, swaps, bad }));
process.exit(0);
