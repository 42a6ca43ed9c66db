import { askNaive, comparable, type Expected } from "./compare.ts";
import type { Vector } from "./vectors.ts";
import { WorldMaker } from "./worlds.ts";

const CONTEXTS_PER_WORLD = 4;

/** Questions about random worlds, answered by the naive interpreter: what a language's runner is asked beside the vectors that are kept. */
export function randomVectors(first: number, worlds: number): readonly Vector[] {
  return Array.from({ length: worlds }, (_, at) => first + at).flatMap((seed) => {
    const maker = new WorldMaker(seed);
    const world = maker.world();
    const contexts = Array.from({ length: CONTEXTS_PER_WORLD }, () => maker.context());
    return contexts.flatMap((context, at) =>
      maker.flags.map((flag) => ({
        name: `world ${seed}, context ${at + 1}, flag ${flag}`,
        isByHand: false,
        world,
        flag,
        context,
        expected: JSON.parse(comparable(askNaive(world, flag, context))) as Expected,
      })),
    );
  });
}
