import { type FlagForm, segmentsIn, type Snapshot } from "@sluice/evaluation";

/** Whether a wanted segment stands behind a condition of the form, through segments too. */
export function asksSegment({ eligible, rules = [] }: FlagForm, { segments = {} }: Pick<Snapshot, "segments">, isWanted: (id: string) => boolean): boolean {
  const seen = new Set<string>();
  const waiting = [...segmentsIn(eligible), ...rules.flatMap((rule) => segmentsIn(rule.if))];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (isWanted(id)) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    waiting.push(...segmentsIn(segments[id]?.if));
  }
  return false;
}

/** Keys of the flags that ask a segment in what is served, in whichever form and through segments too; in code unit order. */
export function flagsAsking(snapshot: Snapshot | undefined, key: string): readonly string[] {
  if (snapshot === undefined) return [];
  return Object.entries(snapshot.flags)
    .filter(([, form]) => asksSegment(form, snapshot, (id) => id === key || id.startsWith(`${key}@`)))
    .map(([flag]) => flag)
    .sort();
}
