// `node conformance/releases/run.ts [--worlds N] [--seed S] [--minutes N] [--json]`: packages/releases against the minute-by-minute oracle.
// Each world runs by `nextDueMs`, one in `--minutes` of them also by a look at each minute; both must give the same log.
import { clock, Drive, type Outcome } from "./drive.ts";
import { both, nothingSeen, type Sights } from "./sights.ts";

export interface Checked {
  readonly worlds: number;
  readonly starts: number;
  readonly predictions: number;
  /** Times that cells stayed, by the clock alone, as it was said that they would. */
  readonly kept: number;
  readonly holdViolations: number;
  readonly sights: Sights;
  readonly wrong: readonly { readonly seed: number; readonly outcome: Outcome }[];
}

export interface Wish {
  readonly seed: number;
  readonly worlds: number;
  /** One in so many worlds is looked at each minute, too. */
  readonly minutes: number;
  /** Stop after so many wrong worlds. */
  readonly most: number;
}

export function checkWorlds({ seed: first, worlds, minutes, most }: Wish, progress: (done: number) => void = () => {}): Checked {
  const wrong: { readonly seed: number; readonly outcome: Outcome }[] = [];
  let [starts, predictions, kept, holdViolations, done] = [0, 0, 0, 0, 0];
  let sights = nothingSeen;
  for (let seed = first; seed < first + worlds && wrong.length < most; seed += 1) {
    const outcome = ran(seed, false);
    const other = seed % minutes === 0 ? ran(seed, true) : undefined;
    const differs = other !== undefined && outcome.problems.length === 0 && other.log.join("\n") !== outcome.log.join("\n");
    const problems = [...outcome.problems, ...(other?.problems ?? []), ...(differs ? ["each minute and nextDueMs give different logs"] : [])];
    if (problems.length > 0) wrong.push({ seed, outcome: { ...outcome, problems } });
    starts += outcome.starts;
    predictions += outcome.predictions;
    kept += outcome.kept + (other?.kept ?? 0);
    holdViolations += outcome.holdViolations;
    sights = both(sights, outcome.sights);
    done += 1;
    if (done % 1000 === 0) progress(done);
  }
  return { worlds: done, starts, predictions, kept, holdViolations, sights, wrong };
}

/** A world in which the code under test throws is as wrong as one in which it answers wrongly. */
function ran(seed: number, eachMinute: boolean): Outcome {
  const drive = new Drive(seed, eachMinute);
  try {
    return drive.run();
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { problems: [`it threw: ${why}`], log: drive.log, starts: 0, predictions: 0, kept: 0, holdViolations: 0, sights: nothingSeen };
  }
}

if (import.meta.main) {
  const value = (name: string, usual: number): number => (process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : usual);
  const wish = { seed: value("--seed", 1), worlds: value("--worlds", 2_000), minutes: value("--minutes", 500), most: value("--most", 5) };
  const startedMs = Date.now();
  const checked = checkWorlds(wish, (done) => process.stderr.write(`${clock(Date.now())} ${done} of ${wish.worlds} worlds\n`));
  for (const { seed, outcome } of checked.wrong) {
    console.log(`seed ${seed}\n  ${outcome.problems.slice(0, 4).join("\n  ")}`);
    if (process.argv.includes("--log")) console.log(`    ${outcome.log.join("\n    ")}`);
  }
  const { worlds, starts, predictions, holdViolations, wrong } = checked;
  const figures = { worlds, starts, predictions, "holds.violations": holdViolations, wrong: wrong.length, s: (Date.now() - startedMs) / 1000 };
  if (process.argv.includes("--json")) console.log(JSON.stringify({ name: "releases", figures, peers: {}, notes: "" }));
  else {
    console.log(`${worlds} worlds, ${starts} starts and questions, ${predictions} predictions, ${wrong.length} worlds wrong, ${figures.s.toFixed(0)} s`);
    console.log(JSON.stringify({ ...checked.sights, zones: [...checked.sights.zones].sort() }));
  }
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
