/** flagd's JsonLogic. */
export type Logic = string | number | boolean | null | readonly Logic[] | { readonly [operation: string]: Logic };

/** Reads an attribute; null where it is missing. */
export function variable(path: string): Logic {
  return { var: path };
}

/** All of them; what is decided already is left out. */
export function all(parts: readonly Logic[]): Logic {
  if (parts.includes(false)) return false;
  const open = parts.filter((part) => part !== true);
  const [first] = open;
  return first === undefined ? true : open.length === 1 ? first : { and: open };
}

/** Any of them; as `all`. */
export function any(parts: readonly Logic[]): Logic {
  if (parts.includes(true)) return true;
  const open = parts.filter((part) => part !== false);
  const [first] = open;
  return first === undefined ? false : open.length === 1 ? first : { or: open };
}

/** The opposite. */
export function not(logic: Logic): Logic {
  return typeof logic === "boolean" ? !logic : { "!": [logic] };
}

/** Equal in type and value. */
export function same(a: Logic, b: Logic): Logic {
  return { "===": [a, b] };
}

/** Not missing, and not null. */
export function isPresent(value: Logic): Logic {
  return { "!==": [value, null] };
}

/** A text is what its own text is. */
export function isText(value: Logic): Logic {
  return same({ cat: [value] }, value);
}

/** True or false. */
export function isBoolean(value: Logic): Logic {
  return { in: [value, [true, false]] };
}

/** Lists alone are flattened by `merge`, and so are not in it. */
export function isList(value: Logic): Logic {
  return not({ in: [value, { merge: [value] }] });
}

/** What is neither text, truth value, list, object nor missing. Arithmetic is no question to ask: flagd answers an error for a text. */
export function isNumber(value: Logic): Logic {
  const strange = ["", "[object Object]", "NaN", "Infinity", "-Infinity"];
  return all([not(isText(value)), not({ in: [value, [true, false, null]] }), { in: [value, { merge: [value] }] }, not(inTexts(value, strange))]);
}

/** Whether the value's text is one of these. */
export function inTexts(value: Logic, texts: readonly string[]): Logic {
  return { in: [{ cat: [value] }, texts] };
}

/** Whether the value can be counted: a text, or a whole number within ±2⁵³. */
export function unitIsThere(value: Logic): Logic {
  const limit = 2 ** 53;
  return any([isText(value), all([isNumber(value), same({ "%": [value, 1] }, 0), { "<=": [value, limit] }, { ">=": [value, -limit] }])]);
}

/** Places `salt:unit` among the weights by flagd's hash, which is the one of our slots where all weights add up to 100,000. */
export function fraction(salt: string, unit: Logic, weights: readonly (readonly [variant: string, weight: number])[]): Logic {
  return { fractional: [{ cat: [`${salt}:`, unit] }, ...weights.map((pair): Logic => [...pair])] };
}
