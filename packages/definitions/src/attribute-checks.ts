import { type AttributeType, isOperatorName, operators } from "@sluice/evaluation";
import type { AttributeUse } from "./condition-reader.ts";
import type { Finding, Span } from "./diagnostic.ts";
import { listWords, nearest, wordFor } from "./fields.ts";
import type { ProjectAttribute } from "./project-file.ts";

/** What evaluation sees of an attribute of a declared type. */
const SEEN: Readonly<Record<ProjectAttribute["type"], readonly AttributeType[]>> = {
  string: ["string"],
  number: ["number"],
  boolean: ["boolean"],
  list: ["list"],
  version: ["string"],
  date: ["string", "number"],
};

/** Operators that compare a whole value, and so with what the project declares of it. */
const WHOLE = new Set(["equals", "notEquals", "in", "notIn"]);

const isSeenBy = (operator: string, attribute: ProjectAttribute): boolean =>
  !isOperatorName(operator) || operators[operator].attributes.some((type) => type === "any" || SEEN[attribute.type].includes(type));

/**
 * What an operator over a declared attribute can never be true for: an operator of other types, a value of another type, or one that is
 * not among the declared values. Such a rule would match nobody, silently.
 */
export function attributeFindings(
  attribute: ProjectAttribute,
  { operator, operatorSpan, values }: AttributeUse,
): readonly { readonly span: Span; readonly finding: Finding }[] {
  const { name, type } = attribute;
  if (!isSeenBy(operator, attribute)) {
    const fitting = Object.keys(operators).filter((each) => isSeenBy(each, attribute));
    const finding: Finding = {
      code: "condition/attribute-type",
      message: `"${name}" is declared as a ${type}, and "${operator}" is never true for one.`,
      expected: listWords(fitting),
      fix: `Choose an operator for a ${type}, or correct the attribute's type in sluice.yaml.`,
    };
    return [{ span: operatorSpan, finding }];
  }
  if (!WHOLE.has(operator)) return [];
  return values.flatMap(({ value, span }) => {
    const finding = valueFinding(attribute, value);
    return finding === undefined ? [] : [{ span, finding }];
  });
}

function valueFinding({ name, type, values }: ProjectAttribute, value: string | number | boolean): Finding | undefined {
  if (!SEEN[type].some((seen) => seen === typeof value))
    return {
      code: "condition/attribute-type",
      message: `"${name}" is declared as a ${type}, and ${wordFor({ kind: "value", value, span: { start: 0, end: 0 } })} never equals one.`,
      expected: `a ${SEEN[type].join(" or a ")}`,
      fix:
        type === "number" ? "Write the number without quotes." : `Write a ${SEEN[type][0] ?? type}${SEEN[type][0] === "string" ? `: "${String(value)}"` : ""}.`,
    };
  if (values.length === 0 || values.includes(value)) return undefined;
  const words = values.map(String);
  const near = nearest(String(value), words);
  return {
    code: "condition/unknown-value",
    message: `"${String(value)}" is not one of the values of "${name}" in sluice.yaml.`,
    expected: listWords(words),
    nearest: near,
    fix: near === undefined ? `Write one of them, or add it to the values of ${name}.` : `Write "${near}".`,
  };
}
