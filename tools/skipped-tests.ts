/** What a test title must contain, and what must really be missing, for the test to be skipped without failing CI. */
interface Excuse {
  readonly words: string;
  readonly missing: string;
}

/**
 * The only excuse with CI=true. The real flag data is material that lies beside a checkout and is too large to be part of it;
 * everything else that a test needs is a tool, which `.ci/run` installs.
 */
export const EXCUSES: readonly Excuse[] = [{ words: "(skipped where ../shared/corpora is not beside the checkout)", missing: "../shared/corpora" }];

/** Whether a skipped test may stay skipped in CI: its title gives one of the reasons above, and what that reason names is not there. */
export function isExcused(title: string, isThere: (path: string) => boolean): boolean {
  return EXCUSES.some(({ words, missing }) => title.includes(words) && !isThere(missing));
}
