/** A version after SemVer 2.0.0. Numbers stay decimal texts, since the standard does not limit them. Build metadata is dropped: it has no order. */
export interface SemVer {
  readonly core: readonly [major: string, minor: string, patch: string];
  /** Empty for a release, which sorts after all its pre-releases. */
  readonly pre: readonly string[];
}

const NUMBER = "0|[1-9][0-9]*";
const PRE = `(?:${NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)`;
const FORM = new RegExp(`^(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})(?:-(${PRE}(?:\\.${PRE})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`);
const COMPARATOR = /^(<=|>=|<|>|=|\^|~)?(.+)$/;
const DIGITS = /^[0-9]+$/;

/** Longest version text that is read, in code units; semver.org advises 255 or fewer. Longer ones do not parse. */
const VERSION_LENGTH_MAX = 1024;

/** Reads a version exactly as SemVer 2.0.0 writes it; `v1.0.0` and `1.0` do not parse. */
export function parseSemVer(text: string): SemVer | undefined {
  if (text.length > VERSION_LENGTH_MAX) return undefined;
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, major = "", minor = "", patch = "", pre] = match;
  return { core: [major, minor, patch], pre: pre === undefined ? [] : pre.split(".") };
}

/** Order of SemVer §11: negative, zero or positive as `a` is before, equal to or after `b`. */
export function compareSemVer(a: SemVer, b: SemVer): number {
  for (let at = 0; at < 3; at += 1) {
    const order = compareNumbers(a.core[at] ?? "", b.core[at] ?? "");
    if (order !== 0) return order;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length) - Math.sign(a.pre.length);
  for (let at = 0; at < Math.min(a.pre.length, b.pre.length); at += 1) {
    const order = compareIdentifiers(a.pre[at] ?? "", b.pre[at] ?? "");
    if (order !== 0) return order;
  }
  return a.pre.length - b.pre.length;
}

/** Decides whether a version text is in a range; a text that is no version is in none. */
export type SemVerRange = (text: string) => boolean;

type Bound = (version: SemVer) => boolean;

/**
 * Compiles a range: comparators `= < <= > >= ^ ~` separated by spaces (all must hold), ranges separated by `||` (one must hold);
 * a bare version is `=`. `^` and `~` bound from above without a pre-release part. Undefined where the range does not parse.
 */
export function compileSemVerRange(text: string): SemVerRange | undefined {
  const ranges: Bound[][] = [];
  for (const part of text.split("||")) {
    const bounds: Bound[] = [];
    for (const comparator of part.split(" ")) {
      if (comparator === "") continue;
      const bound = compileComparator(comparator);
      if (bound === undefined) return undefined;
      bounds.push(bound);
    }
    if (bounds.length === 0) return undefined;
    ranges.push(bounds);
  }
  return (candidate) => {
    const version = parseSemVer(candidate);
    return version !== undefined && ranges.some((bounds) => bounds.every((bound) => bound(version)));
  };
}

function compileComparator(text: string): Bound | undefined {
  const [, sign = "=", rest = ""] = COMPARATOR.exec(text) ?? [];
  const base = parseSemVer(rest);
  if (base === undefined) return undefined;
  const order: Bound = (version) => compareSemVer(version, base) < 0;
  switch (sign) {
    case "<":
      return order;
    case "<=":
      return (version) => compareSemVer(version, base) <= 0;
    case ">":
      return (version) => compareSemVer(version, base) > 0;
    case ">=":
      return (version) => compareSemVer(version, base) >= 0;
    case "^":
      return between(base, caretLimit(base));
    case "~":
      return between(base, [base.core[0], next(base.core[1]), "0"]);
    default:
      return (version) => compareSemVer(version, base) === 0;
  }
}

function between(low: SemVer, limit: SemVer["core"]): Bound {
  const high: SemVer = { core: limit, pre: [] };
  return (version) => compareSemVer(version, low) >= 0 && compareSemVer(version, high) < 0;
}

/** The first of the three numbers that is not zero is the one that may not change. */
function caretLimit({ core: [major, minor, patch] }: SemVer): SemVer["core"] {
  if (major !== "0") return [next(major), "0", "0"];
  if (minor !== "0") return ["0", next(minor), "0"];
  return ["0", "0", next(patch)];
}

function next(number: string): string {
  return String(BigInt(number) + 1n);
}

function compareNumbers(a: string, b: string): number {
  return a.length === b.length ? compareTexts(a, b) : a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [DIGITS.test(a), DIGITS.test(b)];
  if (aIsNumber && bIsNumber) return compareNumbers(a, b);
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return compareTexts(a, b);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
