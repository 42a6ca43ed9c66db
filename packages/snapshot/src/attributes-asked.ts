import {
  type Condition,
  type FlagForm,
  isOperatorName,
  type JsonValue,
  operators,
  segmentsIn,
  type SegmentForm,
  type ShareForm,
  type Snapshot,
} from "@sluice/evaluation";

/** What a list or a share is about where it does not say. */
const UNIT_DEFAULT = "targetingKey";

/** One thing that an answer asks an attribute for. */
export interface AttributeUse {
  readonly path: string;
  /** Where it only asks whether the value equals one of these; absent where it looks into the value. */
  readonly equals?: readonly (string | number | boolean)[];
}

/** What an answer of the form asks of attributes: in conditions, lists and shares, through segments. */
export function attributeUses({ eligible, rules = [] }: FlagForm, { segments = {} }: Pick<Snapshot, "segments">): readonly AttributeUse[] {
  const conditions = [eligible, ...rules.map((rule) => rule.if)];
  const shares = rules.flatMap(({ serve }): readonly AttributeUse[] =>
    typeof serve !== "string" && countsUnits(serve) ? [{ path: serve.by ?? UNIT_DEFAULT }] : [],
  );
  return [...shares, ...conditions.flatMap(usesIn), ...segmentUses(conditions, segments)];
}

/** What membership of a segment asks of attributes. */
export function usesOfSegment(id: string, { segments = {} }: Pick<Snapshot, "segments">): readonly AttributeUse[] {
  return segmentUses([["segment", id]], segments);
}

function segmentUses(conditions: readonly (Condition | undefined)[], segments: Readonly<Record<string, SegmentForm>>): readonly AttributeUse[] {
  return segmentsUsed(conditions, segments).flatMap((segment) => [...(isList(segment) ? [listUse(segment)] : []), ...usesIn(segment.if)]);
}

function listUse({ by: path = UNIT_DEFAULT, include = [], exclude = [], hashes = [] }: SegmentForm): AttributeUse {
  return hashes.length > 0 ? { path } : { path, equals: [...include, ...exclude].flatMap(valuesOfUnit) };
}

/** What an attribute may be whose unit is this text: the text, or the whole number with these digits. */
export function valuesOfUnit(unit: string): readonly (string | number)[] {
  return Number.isSafeInteger(Number(unit)) && String(Number(unit)) === unit ? [unit, Number(unit)] : [unit];
}

/** Attribute paths that an answer of the form may depend on, by name. */
export function attributesAsked(form: FlagForm, snapshot: Pick<Snapshot, "segments">): readonly string[] {
  return [...new Set(attributeUses(form, snapshot).map(({ path }) => path))].sort();
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
function usesIn(condition: JsonValue | undefined): readonly AttributeUse[] {
  if (!Array.isArray(condition)) return [];
  const [tag, ...parts]: readonly JsonValue[] = condition;
  if (tag === "all" || tag === "any" || tag === "not") return parts.flatMap(usesIn);
  const [path, operand] = parts;
  if (tag === "segment" || typeof path !== "string") return [];
  const isEquality = typeof tag === "string" && isOperatorName(tag) && operators[tag].asksEquality === true;
  return [isEquality ? { path, equals: [operand].flat().filter(isScalar) } : { path }];
}

const isScalar = (value: unknown): value is string | number | boolean => ["string", "number", "boolean"].includes(typeof value);
const countsUnits = ({ share, of }: ShareForm): boolean => share !== undefined || typeof of !== "string";
const isList = ({ include, exclude, hashes }: SegmentForm): boolean => [include, exclude, hashes].some((list) => list !== undefined && list.length > 0);
