import { FLAG_KINDS } from "../flag-file.ts";
import { caseNames } from "../style/case-style.ts";
import { CUSTOM_FIELDS, PATTERN_FIELDS } from "../style/custom-rule-reader.ts";
import { presets } from "../style/presets.ts";
import { guideRules } from "../style/registry.ts";
import type { OptionValue, RuleEntry } from "../style/rule.ts";
import { OVERRIDE_FIELDS, SEVERITIES, STYLE_FIELDS } from "../style/style-config.ts";
import { choice, fields, list, named, reference, type Schema, text } from "./schema.ts";

/** The schema of `style:`. */
export function styleSchema(): Schema {
  return fields(STYLE_FIELDS, {
    shapes: {
      extends: choice(Object.keys(presets), "The preset that it starts from."),
      case: choice(caseNames, "How the words of a key are joined."),
      areas: { ...named({ type: "string" }, "First parts of keys, each with the team that owns it."), propertyNames: { pattern: "^[^.]*$" } },
      rules: settings("What rules weigh here, and what is set for them."),
      overrides: list(
        fields(OVERRIDE_FIELDS, {
          shapes: {
            paths: list({ type: "string" }, "Patterns such as flags/legacy/**"),
            kinds: list({ enum: FLAG_KINDS }, "Kinds of flags."),
            owners: list({ type: "string" }, "Teams."),
            rules: settings("What rules weigh for these flags."),
          },
        }),
        "Other weights for some flags.",
      ),
      custom: list(customRule, "Rules of the project's own."),
    },
  });
}

// `warn` is understood by the reader as well.
const severity = choice([...SEVERITIES, "warn"], "How much it weighs.");

function settings(description: string): Schema {
  return {
    type: "object",
    description,
    properties: Object.fromEntries(guideRules.map((rule) => [rule.id, settingOf(rule)])),
    patternProperties: { "^custom/": { anyOf: [severity, fields(["severity"], { shapes: { severity } })] } },
    additionalProperties: false,
  };
}

function settingOf({ rationale, options }: RuleEntry): Schema {
  const names = ["severity", ...Object.keys(options)];
  const shapes = { severity, ...Object.fromEntries(Object.entries(options).map(([name, usual]) => [name, optionOf(usual)])) };
  return { anyOf: [severity, fields(names, { shapes })], description: rationale };
}

function optionOf(usual: OptionValue): Schema {
  if (typeof usual === "number") return { type: "number", minimum: 0, maximum: 100_000, default: usual };
  return typeof usual === "string" ? { type: "string", default: usual } : { type: "array", default: usual };
}

const customRule: Schema = {
  ...fields(CUSTOM_FIELDS, {
    required: ["id", "message"],
    shapes: {
      id: { type: "string", pattern: "^custom/[a-z][a-z0-9]*(-[a-z0-9]+)*$", description: "custom/ and dashed words." },
      severity: choice(SEVERITIES, "How much it weighs; error where nothing is said."),
      message: text("What is wrong, in a sentence."),
      fix: text("What to do about it."),
      field: choice(PATTERN_FIELDS, "The field that the pattern is held against; key where nothing is said."),
      pattern: text("What the field must match."),
      schema: { allOf: [reference("valueSchema")], description: "What the flag's whole file must fit." },
      module: { type: "string", pattern: "\\.m?js$", description: "A JavaScript module below the project's folder; asked only with --modules." },
    },
  }),
  oneOf: [{ required: ["pattern"] }, { required: ["schema"] }, { required: ["module"] }],
};
