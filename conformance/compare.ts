import { type Asker, compileSnapshot, decodeSnapshot, decodeUrgentKill, evaluate, type UrgentKill } from "@sluice/evaluation";
import { answer, type NaiveAnswer } from "./naive/interpreter.ts";

/** One snapshot with what stands beside it. */
export interface World {
  readonly snapshot: unknown;
  readonly urgent?: readonly unknown[];
  readonly asker?: Asker;
}

/** An answer as vectors state it. `problems`: whether there are any. */
export interface Expected {
  readonly value?: unknown;
  readonly variant?: string;
  readonly reason: string;
  readonly cause: string;
  readonly by?: string;
  readonly problems?: boolean;
}

/** The shape answers are compared in. */
export function comparable(given: NaiveAnswer | Expected): string {
  const { value, variant, reason, cause, by, problems } = given;
  const hasProblems = problems === true || (Array.isArray(problems) && problems.length > 0);
  return JSON.stringify({ value, variant, reason, cause, by, ...(hasProblems ? { problems: true } : {}) });
}

export function askNaive(world: World, flag: string, context: unknown): NaiveAnswer {
  return answer({ snapshot: world.snapshot, urgent: world.urgent ?? [], asker: world.asker ?? {} }, flag, context);
}

/** Compiled once per world, asked often. Throws where the snapshot is refused. */
export function askEvaluator(world: World): (flag: string, context: unknown) => NaiveAnswer {
  const snapshot = decodeSnapshot(JSON.parse(JSON.stringify(world.snapshot)));
  if (!snapshot.ok) throw new Error(`the snapshot was refused: ${JSON.stringify(snapshot.problem)}`);
  const urgent = (world.urgent ?? []).map((kill): UrgentKill => {
    const decoded = decodeUrgentKill(kill);
    if (!decoded.ok) throw new Error(`an urgent kill was refused: ${JSON.stringify(decoded.problem)}`);
    return decoded.value;
  });
  const compiled = compileSnapshot(snapshot.value, { asker: world.asker ?? {}, urgent });
  return (flag, context) => evaluate(compiled, flag, typeof context === "object" && context !== null ? (context as Record<string, unknown>) : {});
}
