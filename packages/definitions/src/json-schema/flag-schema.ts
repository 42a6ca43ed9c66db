import { algorithms } from "@sluice/evaluation";
import { EXCLUSION_FIELDS } from "../exclusion.ts";
import { EXTENSION_FIELDS } from "../field-places.ts";
import { ALIASES_MAX, ENVIRONMENT_FIELDS, EXPOSE, FLAG_FIELDS, FLAG_KINDS, FLAG_TYPES, type FlagType, RULE_FIELDS } from "../flag-file.ts";
import {
  GUARD_FIELDS,
  GUARD_MARGIN_MAX,
  GUARD_MINIMUM_MAX,
  GUARD_NAME,
  GUARD_PER_DAY_MAX,
  GUARD_REACTIONS,
  GUARDS_MAX,
  LABEL_NAME,
  OUTCOME_NAME,
  QUERY_CHARS_MAX,
  WINDOWS,
} from "../guard-reader.ts";
import { PREREQUISITE_FIELDS, PREREQUISITES_MAX } from "../prerequisite-reader.ts";
import { SERVE_FIELDS } from "../serve-reader.ts";
import { conditionDefinitions } from "./condition-schema.ts";
import { anything, choice, date, DRAFT, fields, list, named, percent, reference, type Schema, text, variant } from "./schema.ts";
import { valueSchemaDefinition } from "./value-schema-schema.ts";

/** The schema of `flags/**.yaml`. */
export function flagSchema(): Schema {
  return {
    $schema: DRAFT,
    title: "A flag of Sluice",
    ...fields(FLAG_FIELDS, { required: ["key", "description", "kind", "owner", "type", "environments"], shapes: flagShapes }),
    allOf: [...FLAG_TYPES.map(valuesOf), { anyOf: [isType("boolean"), { required: ["variants"] }] }, noCodeDefault],
    definitions: {
      ...conditionDefinitions(),
      valueSchema: valueSchemaDefinition(),
      environment: environmentFields,
      rule: fields(RULE_FIELDS, { required: ["serve"], shapes: ruleShapes }),
      guard,
      prerequisite: fields(PREREQUISITE_FIELDS, { required: ["flag", "serves"], shapes: prerequisiteShapes }),
      weights,
      serve: { anyOf: [variant("The variant that is served."), serveMap] },
    },
  };
}

/** The schema of `environments/<environment>/**.yaml`: what stands under an environment in the flag's file. */
export function environmentPartSchema(): Schema {
  const { definitions = {} } = flagSchema();
  return { $schema: DRAFT, title: "What one environment serves of a flag of Sluice", ...environmentFields, definitions };
}

const isType = (type: FlagType): Schema => ({ properties: { type: { const: type } }, required: ["type"] });
const valuesOf = (type: FlagType): Schema => ({
  anyOf: [{ not: isType(type) }, { properties: { variants: { additionalProperties: { type: type === "object" ? ["object", "array"] : type } } } }],
});
const noCodeDefault: Schema = {
  anyOf: [{ properties: { kind: { enum: ["ops", "permission"] } } }, { properties: { codeDefault: false } }],
};

const flagShapes: Readonly<Record<(typeof FLAG_FIELDS)[number], Schema>> = {
  key: text("The flag's key, as code asks for it: its path with dots, such as billing.invoice-export."),
  aliases: {
    ...list({ type: "string" }, "Former keys, under which code that still asks for them gets the same answers."),
    maxItems: ALIASES_MAX,
    uniqueItems: true,
  },
  description: text("What it does when it is on, in one sentence."),
  kind: choice(FLAG_KINDS, "release goes away; experiment is decided and goes away; ops steers load; permission says who has paid."),
  owner: text("The team that answers for it."),
  ticket: text("Where it is discussed."),
  created: date("The day it was written."),
  expires: date("The day by which it is to be gone."),
  type: choice(FLAG_TYPES, "What its values are."),
  schema: { allOf: [reference("valueSchema")], description: "A JSON Schema that each value of the flag fits." },
  variants: { type: "object", minProperties: 1, description: "Names with the values that they stand for." },
  off: variant("The variant that a kill serves."),
  codeDefault: variant("What code falls back to; only ops and permission flags state one."),
  expose: list({ enum: EXPOSE }, "Where answers may go: pages in browsers see only flags that say browser."),
  eligible: { allOf: [reference("condition")], description: "Who may have it at all; everybody else gets the off variant." },
  exclusion: {
    description: "Its part of a group of flags of which nobody gets two.",
    ...fields(EXCLUSION_FIELDS, {
      required: ["group", "from", "to"],
      shapes: {
        group: text("Name of the group."),
        from: percent("Where its part begins, in percent."),
        to: percent("Where its part ends, in percent."),
        by: text("The attribute that is counted by; targetingKey where nothing is said."),
      },
    }),
  },
  environments: named(reference("environment"), "What is served where; an environment that is not listed serves the off variant."),
  guards: {
    ...named(reference("guard"), "What is watched while customers get it, and what happens by itself when that shows harm; docs/guards.md"),
    maxProperties: GUARDS_MAX,
    propertyNames: { pattern: GUARD_NAME.source },
  },
  tags: list({ type: "string" }, "Words by which people find flags, and kill several at once."),
  salt: text("What shares are counted with, in place of the key."),
  extensions: list(
    fields(EXTENSION_FIELDS, { required: ["to", "reason"], shapes: { to: date("The new last day."), reason: text("Why it takes longer.") } }),
    "What prolonged its life, in order.",
  ),
  permanent: text("Why an ops or permission flag stays."),
  reviewBy: date("The day by which somebody looks at it again."),
};

const environmentShapes: Readonly<Record<(typeof ENVIRONMENT_FIELDS)[number], Schema>> = {
  default: variant("What everybody gets whom no rule catches."),
  rules: list(reference("rule"), "The first that matches decides."),
  prerequisites: {
    ...list(reference("prerequisite"), "Other flags that must serve something first; failing gives the off variant."),
    maxItems: PREREQUISITES_MAX,
  },
};

const environmentFields = fields(ENVIRONMENT_FIELDS, { required: ["default"], shapes: environmentShapes });

const ruleShapes: Readonly<Record<(typeof RULE_FIELDS)[number], Schema>> = {
  id: text("Its name in explanations and counts."),
  if: { allOf: [reference("condition")], description: "Whom it is for; everybody where nothing is said." },
  serve: { allOf: [reference("serve")], description: "A variant, or { share: 25, of: on, by: customer }, or { split: { a: 50, b: 50 } }." },
  description: anything("For people."),
};

const guard: Schema = {
  ...fields(GUARD_FIELDS, {
    required: ["reaction"],
    shapes: {
      environment: text("Where; production where nothing is said."),
      outcome: { type: "string", pattern: OUTCOME_NAME.source, description: "What SDKs report: client.track(outcome, …)." },
      margin: {
        type: "number",
        exclusiveMinimum: 1,
        maximum: GUARD_MARGIN_MAX,
        description: "How many times its share of failures without the feature a customer's share may be; 1.5 where nothing is said.",
      },
      minimum: {
        type: "integer",
        minimum: 1,
        maximum: GUARD_MINIMUM_MAX,
        description: "Outcomes that a customer must have reported; 20 where nothing is said.",
      },
      abovePercent: percent("A share of failures, in percent, that is harm whatever it was before."),
      query: { type: "string", minLength: 1, maxLength: QUERY_CHARS_MAX, description: "PromQL, asked once a minute; above says what is bad." },
      customer: { type: "string", pattern: LABEL_NAME.source, description: "The label that holds the customer's key; a guard that kills needs it." },
      above: { type: "number", description: "A value of the query above it is bad." },
      windows: { type: "string", pattern: WINDOWS.source, description: "How many of how many minutes must be bad; 2 of 5 where nothing is said." },
      reaction: choice(GUARD_REACTIONS, "announce: it is told. pause: and its releases pause. kill: and the harmed customers get the off variant."),
      perDay: { type: "integer", minimum: 1, maximum: GUARD_PER_DAY_MAX, description: "Kills and pauses within one day; 3 where nothing is said." },
    },
  }),
  oneOf: [
    { required: ["outcome"], properties: { customer: false, above: false } },
    { required: ["query", "above"], properties: { margin: false, minimum: false, abovePercent: false } },
  ],
};

const prerequisiteShapes: Readonly<Record<(typeof PREREQUISITE_FIELDS)[number], Schema>> = {
  flag: text("Key of the other flag."),
  serves: {
    anyOf: [variant("The variant that lets this flag go on."), { ...list(variant("A variant."), "Variants that let this flag go on."), minItems: 1 }],
  },
};

const serveMap: Schema = {
  ...fields(SERVE_FIELDS, {
    shapes: {
      share: percent("The percentage that this rule takes; others go on to the next."),
      of: { anyOf: [variant("The variant that the share gets."), reference("weights")] },
      split: { anyOf: [variant("The variant that is served."), reference("weights")] },
      by: text("What is counted by: targetingKey, or the customer's attribute."),
      salt: text("What is counted with, in place of the flag's key."),
      algorithm: text(`How users are counted: ${[...algorithms.keys()].join(", ")}.`),
    },
  }),
  oneOf: [{ required: ["of"] }, { required: ["split"] }],
};

const weights: Schema = { ...named(percent("Its weight in percent."), "Variants with weights that add up to 100."), minProperties: 1 };
