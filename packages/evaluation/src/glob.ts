/** True when the whole text fits the pattern. */
export type Glob = (text: string) => boolean;

const ANY_RUN = -1;
const ANY_ONE = -2;

/**
 * Compiles a glob: `*` any run, `?` one code point (a lone surrogate is one), all else literal.
 * Time is at most text length × pattern length: only the last `*` is ever tried again, so nothing multiplies.
 */
export function compileGlob(pattern: string): Glob {
  const parts = Array.from(pattern, (c) => (c === "*" ? ANY_RUN : c === "?" ? ANY_ONE : (c.codePointAt(0) ?? 0)));
  return (text) => fits(parts, text);
}

function fits(parts: readonly number[], text: string): boolean {
  let at = 0;
  let part = 0;
  let runPart = -1;
  let runAt = 0;
  while (at < text.length) {
    const point = text.codePointAt(at) ?? 0;
    const wanted = parts[part];
    if (wanted === ANY_RUN) {
      runPart = part;
      runAt = at;
      part += 1;
    } else if (wanted === ANY_ONE || wanted === point) {
      part += 1;
      at += width(point);
    } else if (runPart >= 0) {
      runAt += width(text.codePointAt(runAt) ?? 0);
      at = runAt;
      part = runPart + 1;
    } else return false;
  }
  while (parts[part] === ANY_RUN) part += 1;
  return part === parts.length;
}

function width(point: number): number {
  return point > 0xffff ? 2 : 1;
}
