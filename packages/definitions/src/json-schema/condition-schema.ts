import { type OperandShape, operators, operandWords, SLOTS } from "@sluice/evaluation";
import { reference, type Schema, text } from "./schema.ts";

const SCALAR = ["string", "number", "boolean"];
const scalars: Schema = { type: "array", items: { type: SCALAR } };
const texts: Schema = { type: "array", items: { type: "string" } };
const slotNumber: Schema = { type: "integer", minimum: 0, maximum: SLOTS };

const operands: Readonly<Record<OperandShape, Schema>> = {
  scalar: { type: SCALAR },
  scalars,
  scalarOrScalars: { anyOf: [{ type: SCALAR }, scalars] },
  text: { type: "string" },
  texts,
  textOrTexts: { anyOf: [{ type: "string" }, texts] },
  number: { type: "number" },
  boolean: { type: "boolean" },
  semverRange: { type: "string" },
  instant: { type: "string" },
  blockOrBlocks: { anyOf: [{ type: "string" }, texts] },
  slotRange: { type: "array", items: [{ type: "string" }, slotNumber, slotNumber], minItems: 3, maxItems: 3 },
};

/** The definitions that conditions need, to be laid into a file's schema. */
export function conditionDefinitions(): Readonly<Record<string, Schema>> {
  const conditions = (description: string): Schema => ({ type: "array", items: reference("condition"), description });
  return {
    condition: {
      description: "Whom it holds for. Several entries must all hold; any name that is none of these four is an attribute.",
      type: "object",
      minProperties: 1,
      properties: {
        all: conditions("Holds where each of these does."),
        any: conditions("Holds where one of these does."),
        not: { allOf: [reference("condition")], description: "Holds where this does not." },
        segment: text("Holds for whoever is in this segment."),
      },
      additionalProperties: reference("comparison"),
    },
    comparison: {
      description: "An attribute of the evaluation context, compared. A missing attribute never matches. All operators: docs/conditions.md",
      type: "object",
      minProperties: 1,
      additionalProperties: false,
      properties: Object.fromEntries(
        Object.entries(operators).map(([name, { operand }]) => [name, { ...operands[operand], description: `Takes ${operandWords[operand]}.` }]),
      ),
    },
  };
}
