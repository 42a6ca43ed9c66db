import { REASONS, TEST_FIELDS, TEST_FILE_FIELDS, TESTS_MAX } from "../test-file.ts";
import { choice, DRAFT, fields, reference, type Schema, text, variant } from "./schema.ts";

/** The schema of `tests/**.yaml`. */
export function testSchema(): Schema {
  return {
    $schema: DRAFT,
    title: "Expectations of flags of Sluice",
    ...fields(TEST_FILE_FIELDS, { required: ["tests"], shapes: fileShapes }),
    anyOf: [{ required: ["flag"] }, { properties: { tests: { items: { required: ["flag"] } } } }],
    definitions: { expectation: fields(TEST_FIELDS, { required: ["expect"], shapes }) },
  };
}

const flag = text("Key of the flag that is asked.");
const environment = text("Where; production where nothing is said.");

const fileShapes: Readonly<Record<(typeof TEST_FILE_FIELDS)[number], Schema>> = {
  tests: { type: "array", items: reference("expectation"), maxItems: TESTS_MAX, description: "Each says: given this context, this answer." },
  flag,
  environment,
};

const shapes: Readonly<Record<(typeof TEST_FIELDS)[number], Schema>> = {
  name: text("What is expected, in words."),
  flag,
  environment,
  context: { type: "object", description: "Attributes of whoever asks, such as { plan: pro, targetingKey: u1 }." },
  expect: variant("The variant that is answered."),
  reason: choice(REASONS, "OpenFeature's reason, where it matters."),
  by: text("Id of the rule (or #n), or of the prerequisite, that decided."),
};
