/** Names further away than this many edits are not offered: they are other names, not slips. */
const EDITS_MAX = 2;
/** More suggestions than this help nobody. */
const NAMES_MAX = 5;

/**
 * Candidates within two edits (insert, delete, replace, swap of neighbours) of a name, nearest first, then in byte order.
 * At most `max`, and never more than five. Time grows with the number of candidates; each costs at most name length × 5 steps.
 */
export function nearestNames(name: string, candidates: Iterable<string>, max: number = NAMES_MAX): string[] {
  const found: { readonly candidate: string; readonly edits: number }[] = [];
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) > EDITS_MAX) continue;
    const edits = countEdits(name, candidate);
    if (edits <= EDITS_MAX) found.push({ candidate, edits });
  }
  found.sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1));
  return found.slice(0, Math.min(max, NAMES_MAX)).map(({ candidate }) => candidate);
}

/** Optimal string alignment distance over code units, within a band of `EDITS_MAX` around the diagonal; more counts as `EDITS_MAX + 1`. */
function countEdits(a: string, b: string): number {
  const far = EDITS_MAX + 1;
  let above: number[] = [];
  let last: number[] = Array.from({ length: b.length + 1 }, (_, at) => Math.min(at, far));
  for (let i = 1; i <= a.length; i += 1) {
    const row: number[] = Array<number>(b.length + 1).fill(far);
    if (i <= EDITS_MAX) row[0] = i;
    for (let j = Math.max(1, i - EDITS_MAX); j <= Math.min(b.length, i + EDITS_MAX); j += 1) {
      const replace = (last[j - 1] ?? far) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(replace, (last[j] ?? far) + 1, (row[j - 1] ?? far) + 1, far);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, (above[j - 2] ?? far) + 1);
      row[j] = edits;
    }
    above = last;
    last = row;
  }
  return last[b.length] ?? far;
}
