// Random flags, exported for flagd and asked of its own evaluator: the same variant and value for each context, or the flag was refused by name.
import { FlagdCore } from "@openfeature/flagd-core";
import { compileSnapshot, type Context, evaluate, type FlagForm, type Snapshot } from "@sluice/evaluation";
import { exportFlagd } from "@sluice/importers";
import { type Asked, randomWorld } from "./flagd-world.ts";

/** What became of the questions. */
export interface FlagdComparison {
  readonly questions: number;
  readonly flags: number;
  readonly refusedFlags: number;
  /** Reasons of refusal, the names in quotes left out, with how many flags each. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly wrong: readonly string[];
}

const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

/** Asks `worlds` random worlds, from `seed` on. */
export function compareFlagd(worlds: number, seed: number): FlagdComparison {
  const result = { questions: 0, flags: 0, refusedFlags: 0, reasons: new Map<string, number>(), wrong: [] as string[] };
  for (let at = 0; at < worlds; at += 1) {
    const { snapshot, contexts } = randomWorld(seed + at);
    const { text, refused } = exportFlagd(snapshot);
    const flagd = new FlagdCore(undefined, silent);
    flagd.setConfigurations(text);
    // flagd has neither service nor version to tell, so the evaluator is given none.
    const compiled = compileSnapshot(snapshot);
    const refusedFlags = new Map(refused.map(({ flag, why }) => [flag, why]));
    for (const [flag, form] of Object.entries(snapshot.flags)) {
      result.flags += 1;
      const why = refusedFlags.get(flag);
      if (why !== undefined) {
        result.refusedFlags += 1;
        const reason = why.replaceAll(/"[^"]*"/g, "…");
        result.reasons.set(reason, (result.reasons.get(reason) ?? 0) + 1);
        continue;
      }
      for (const context of contexts) {
        result.questions += 1;
        const answer = evaluate(compiled, flag, context);
        const theirs = ask(flagd, { flag, form, context });
        if (answer.variant !== theirs.variant || JSON.stringify(answer.value) !== JSON.stringify(theirs.value))
          result.wrong.push(`world ${seed + at}, ${flag}, ${JSON.stringify(context)}: ${theirs.variant} by flagd, ${answer.variant} here`);
      }
    }
  }
  return result;
}

interface Question {
  readonly flag: string;
  readonly form: FlagForm;
  readonly context: Asked;
}

function ask(flagd: FlagdCore, { flag, form, context }: Question): { readonly variant?: string | undefined; readonly value: unknown } {
  const given = context as Parameters<FlagdCore["resolveBooleanEvaluation"]>[2];
  switch (form.type ?? "boolean") {
    case "boolean":
      return flagd.resolveBooleanEvaluation(flag, false, given, silent);
    case "string":
      return flagd.resolveStringEvaluation(flag, "no answer", given, silent);
    case "number":
      return flagd.resolveNumberEvaluation(flag, -1, given, silent);
    case "object":
      return flagd.resolveObjectEvaluation(flag, {}, given, silent);
  }
}

/** `npm run conformance -- flagd [--worlds N] [--seed N]`. */
export function runFlagd(): void {
  const number = (name: string, otherwise: number): number => Number(process.argv[process.argv.indexOf(name) + 1] ?? otherwise);
  const { questions, flags, refusedFlags, reasons, wrong } = compareFlagd(
    process.argv.includes("--worlds") ? number("--worlds", 1_000) : 1_000,
    process.argv.includes("--seed") ? number("--seed", 1) : 1,
  );
  for (const one of wrong.slice(0, 20)) console.log(`wrong: ${one}`);
  for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a)) console.log(`refused ${count} times: ${reason}`);
  console.log(
    `flagd-core 4.0.1: ${questions} questions about ${flags - refusedFlags} of ${flags} flags, ${wrong.length} answered otherwise; ${refusedFlags} flags refused by name`,
  );
  process.exitCode = wrong.length === 0 && questions > 0 ? 0 : 1;
}

/** A snapshot with one flag, for cases by hand. */
export function snapshotOf(flag: FlagForm, more: Partial<Snapshot> = {}): Snapshot {
  return { format: 1, environment: "production", epoch: "flagd", seq: 1, salt: "s", ...more, flags: { f: flag, ...more.flags } };
}

/** The variant that flagd answers for `f` of a snapshot. */
export function variantByFlagd(snapshot: Snapshot, context: Context): string | undefined {
  const flagd = new FlagdCore(undefined, silent);
  flagd.setConfigurations(exportFlagd(snapshot).text);
  return ask(flagd, { flag: "f", form: snapshot.flags["f"] ?? {}, context }).variant;
}
