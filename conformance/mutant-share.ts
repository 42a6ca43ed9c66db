/** One mutant of how many a plain test run plays. */
const EVERY = 8;

/**
 * The mutants that this run plays: every eighth, the same ones each time, because each takes seconds of a core; all of them where `SLUICE_MUTANTS=all`, as
 * `npm run conformance -- mutants` says it. That the text of every one stands where it is meant to is told by every run.
 */
export function shareOf<M>(mutants: readonly M[]): readonly M[] {
  return process.env["SLUICE_MUTANTS"] === "all" ? mutants : mutants.filter((_mutant, index) => index % EVERY === 0);
}
