import { IDS_MAX, RUNTIME, SEGMENT_FIELDS } from "../segment-file.ts";
import { conditionDefinitions } from "./condition-schema.ts";
import { DRAFT, fields, list, reference, type Schema, text } from "./schema.ts";

const ids = (description: string): Schema => ({ ...list({ type: ["string", "number"] }, description), maxItems: IDS_MAX });

/** The schema of `segments/**.yaml`. */
export function segmentSchema(): Schema {
  return {
    $schema: DRAFT,
    title: "A segment of Sluice",
    ...fields(SEGMENT_FIELDS, { required: ["key"], shapes }),
    definitions: { ...conditionDefinitions() },
  };
}

const shapes: Readonly<Record<(typeof SEGMENT_FIELDS)[number], Schema>> = {
  key: text("The segment's key: its path with dots."),
  description: text("Who is in it, in one sentence."),
  owner: text("The team that answers for it."),
  by: text("The attribute that include and exclude hold values of; targetingKey where nothing is said."),
  list: { const: RUNTIME, description: "People decide at run time who is in it: names of customers do not belong into Git." },
  include: ids("Ids that are in it, whatever the condition says."),
  exclude: ids("Ids that are not in it, whatever else is said."),
  if: { allOf: [reference("condition")], description: "Who is in it." },
};
