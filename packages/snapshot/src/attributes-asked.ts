import { type Condition, type FlagForm, type JsonValue, segmentsIn, type SegmentForm, type ShareForm, type Snapshot } from "@sluice/evaluation";

/** What a list or a share is about where it does not say. */
const UNIT_DEFAULT = "targetingKey";

/** Attribute paths that an answer of the form may depend on: of conditions, lists and shares, through segments; by name. */
export function attributesAsked({ eligible, rules = [] }: FlagForm, { segments = {} }: Pick<Snapshot, "segments">): readonly string[] {
  const conditions = [eligible, ...rules.map((rule) => rule.if)];
  const used = segmentsUsed(conditions, segments);
  return [
    ...new Set([
      ...rules.flatMap(({ serve }) => (typeof serve !== "string" && countsUnits(serve) ? [serve.by ?? UNIT_DEFAULT] : [])),
      ...used.flatMap((segment) => (isList(segment) ? [segment.by ?? UNIT_DEFAULT] : [])),
      ...[...conditions, ...used.map((segment) => segment.if)].flatMap(pathsIn),
    ]),
  ].sort();
}

function segmentsUsed(conditions: readonly (Condition | undefined)[], segments: Readonly<Record<string, SegmentForm>>): readonly SegmentForm[] {
  const found = new Map<string, SegmentForm>();
  const waiting = conditions.flatMap((condition) => segmentsIn(condition));
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const segment = found.has(id) ? undefined : segments[id];
    if (segment === undefined) continue;
    found.set(id, segment);
    waiting.push(...segmentsIn(segment.if));
  }
  return [...found.values()];
}

/** A definition nests no deeper than the reader lets it. */
function pathsIn(condition: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(condition)) return [];
  const [tag, ...parts]: readonly JsonValue[] = condition;
  if (tag === "all" || tag === "any" || tag === "not") return parts.flatMap(pathsIn);
  return tag === "segment" || typeof parts[0] !== "string" ? [] : [parts[0]];
}

const countsUnits = ({ share, of }: ShareForm): boolean => share !== undefined || typeof of !== "string";
const isList = ({ include, exclude, hashes }: SegmentForm): boolean => [include, exclude, hashes].some((list) => list !== undefined && list.length > 0);
