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
