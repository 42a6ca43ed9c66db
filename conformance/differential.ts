// `node conformance/differential.ts [--worlds N] [--first N] [--json]`: the naive interpreter against the evaluator, over random worlds.
import { askEvaluator, askNaive, comparable, type World } from "./compare.ts";
import { WorldMaker } from "./worlds.ts";

const CONTEXTS_PER_WORLD = 4;

export interface Disagreement {
  readonly seed: number;
  readonly flag: string;
  readonly context: unknown;
  readonly world: World;
  readonly naive: string;
  readonly evaluator: string;
}

/** Asks every flag of every world; the first disagreements, and how many questions were asked. */
export function compareWorlds(first: number, count: number, most: number): { readonly questions: number; readonly disagreements: readonly Disagreement[] } {
  const disagreements: Disagreement[] = [];
  let questions = 0;
  for (let seed = first; seed < first + count && disagreements.length < most; seed++) {
    const maker = new WorldMaker(seed);
    const world = maker.world();
    const ask = askEvaluator(world);
    for (let i = 0; i < CONTEXTS_PER_WORLD; i++) {
      const context = maker.context();
      for (const flag of maker.flags) {
        questions++;
        const [naive, evaluator] = [comparable(askNaive(world, flag, context)), comparable(ask(flag, context))];
        if (naive !== evaluator) disagreements.push({ seed, flag, context, world, naive, evaluator });
      }
    }
  }
  return { questions, disagreements };
}

/** The part of the world that the disagreement is about. */
function shrunk({ world, flag }: Disagreement): unknown {
  const snapshot = world.snapshot as { readonly flags: Readonly<Record<string, unknown>>; readonly kills?: unknown; readonly segments?: unknown };
  return { flag: snapshot.flags[flag], kills: snapshot.kills, urgent: world.urgent, asker: world.asker, segments: snapshot.segments };
}

/** The command: its options are read from the command line, its exit code is 1 where anything disagrees. */
export function runDifferential(): void {
  const value = (name: string, usual: number): number => (process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : usual);
  const worlds = value("--worlds", 100_000);
  const { questions, disagreements } = compareWorlds(value("--first", 1), worlds, 20);
  for (const one of disagreements)
    console.log(
      `seed ${one.seed} flag ${one.flag}\n  naive     ${one.naive}\n  evaluator ${one.evaluator}\n  context   ${JSON.stringify(one.context)}\n  ${JSON.stringify(shrunk(one))}`,
    );
  if (process.argv.includes("--json"))
    console.log(JSON.stringify({ name: "differential", figures: { worlds, questions, disagreements: disagreements.length }, peers: {}, notes: "" }));
  else console.log(`${worlds} worlds, ${questions} questions, ${disagreements.length} disagreements`);
  process.exitCode = disagreements.length === 0 ? 0 : 1;
}

if (import.meta.main) runDifferential();
