/** What one thing refers to, directly and through others. */
export interface Reach {
  /** Everything within the depth; holds the start itself only if that is in a cycle. */
  readonly ids: ReadonlySet<string>;
  /** True where some chain goes below the depth; a cycle has no end and always does. */
  readonly tooDeep: boolean;
}

/**
 * Follows references level by level. Cost is at most `depthMax` × the references among the things reached, whatever their shape,
 * and there is no recursion, so a hostile graph can neither explode nor overflow.
 */
export function reachOf(start: string, next: (id: string) => readonly string[], depthMax: number): Reach {
  const ids = new Set<string>();
  let level: ReadonlySet<string> = new Set([start]);
  for (let depth = 1; level.size > 0; depth += 1) {
    const below = new Set<string>();
    for (const id of level) for (const other of next(id)) below.add(other);
    if (depth > depthMax) return { ids, tooDeep: below.size > 0 };
    for (const id of below) ids.add(id);
    level = below;
  }
  return { ids, tooDeep: false };
}
