import type { Contestant } from "./contestant.ts";
import { cases, USER_COUNT, users, type CaseName } from "./workload.ts";

const WARM_CPU_MS = 250;
const ROUND_MS = 2;
const ROUNDS = 60;

/** Asks `count` questions of one case in turn and gives how many were answered true, so that no answer can be optimised away. */
function loop({ ask }: Contestant, name: CaseName, count: number): number {
  const { keys } = cases[name];
  let yes = 0;
  let key = 0;
  for (let at = 0; at < count; at += 1) {
    const user = users[at & (USER_COUNT - 1)];
    if (user !== undefined && ask(keys[key] ?? "", user)) yes += 1;
    key += 1;
    if (key === keys.length) key = 0;
  }
  return yes;
}

/** Throws unless the answers of one round over all users are right. */
export function checkAnswers(contestant: Contestant, name: CaseName): void {
  const [least, most] = cases[name].yes;
  const yes = loop(contestant, name, USER_COUNT);
  if (yes < least || yes > most) throw new Error(`${name}: ${yes} of ${USER_COUNT} answers are true, expected ${least} to ${most}`);
}

/** Nanoseconds per call: the best of many short rounds, after warming up by CPU time (on a busy machine wall time warms nothing). */
export function measureNs(contestant: Contestant, name: CaseName): number {
  let count = 1024;
  const start = process.cpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  let sink = 0;
  let ns = 1000;
  while (cpuMs() < WARM_CPU_MS) {
    const before = process.hrtime.bigint();
    sink += loop(contestant, name, count);
    ns = Math.max(1, Number(process.hrtime.bigint() - before) / count);
    count = Math.max(1024, Math.round((ROUND_MS * 1e6) / ns));
  }
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.hrtime.bigint();
    sink += loop(contestant, name, count);
    best = Math.min(best, Number(process.hrtime.bigint() - before) / count);
  }
  if (sink < 0) throw new Error("unreachable: keeps the answers alive");
  return best;
}

/**
 * Bytes allocated per call: how much more the heap grows over many calls than over a third of them, so that what one look at the heap
 * itself allocates (some thousand bytes) does not count. Needs --expose-gc and a young generation that nothing overflows.
 */
export function measureBytes(contestant: Contestant, name: CaseName): number {
  const calls = 50_000;
  // Optimising the loop allocates by itself, so it is warm first, several runs are taken and the least growth counts.
  loop(contestant, name, calls * 20);
  const [few, many] = [leastGrowth(contestant, name, calls), leastGrowth(contestant, name, calls * 3)];
  return Math.max(0, many - few) / (calls * 2);
}

function leastGrowth(contestant: Contestant, name: CaseName, calls: number): number {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("bytes need --expose-gc");
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run += 1) {
    collect();
    const before = process.memoryUsage().heapUsed;
    loop(contestant, name, calls);
    const grown = process.memoryUsage().heapUsed - before;
    if (grown >= 0) least = Math.min(least, grown);
  }
  return least;
}
