import { APPROVAL_COUNT_MAX, APPROVAL_FIELDS, APPROVAL_RISKS, APPROVALS_MAX } from "../approval-reader.ts";
import { ARGUMENT_PLACE_MAX, CALL_NAME, CODE_FIELDS, EXCLUDES_MAX, FOLDER_PATH, FOLDERS_MAX, WRAPPER_FIELDS, WRAPPERS_MAX } from "../code-section.ts";
import { DRILL_CUSTOMER_CHARS_MAX, DRILL_DAYS_MAX, DRILL_FIELDS } from "../drill-reader.ts";
import { ALL_GUARDS_PER_DAY_MAX, GUARD_LIMIT_FIELDS, QUIET_HOURS_MAX } from "../guard-reader.ts";
import {
  ATTRIBUTE_FIELDS,
  ATTRIBUTE_TYPES,
  EDIT_WAYS,
  ENVIRONMENT_KEY,
  ENVIRONMENTS_MAX,
  PROJECT_ENVIRONMENT_FIELDS,
  PROJECT_FIELDS,
} from "../project-file.ts";
import { SAMPLED_HOW } from "../sampled-reader.ts";
import { ARMED_FLAGS_MAX, PER_HOUR_MAX, TRIGGER_FIELDS, TRIGGER_NAME, TRIGGER_SHAPES, TRIGGERS_MAX } from "../trigger-reader.ts";
import { CODE_LANGUAGES } from "../style/code/code-reference.ts";
import { MAIL_ADDRESS } from "../team-mail-reader.ts";
import { anything, choice, DRAFT, fields, list, named, type Schema, text } from "./schema.ts";
import { styleSchema } from "./style-schema.ts";
import { valueSchemaDefinition } from "./value-schema-schema.ts";

/** The schema of `sluice.yaml`. */
export function projectSchema(): Schema {
  return {
    $schema: DRAFT,
    title: "A project of Sluice",
    ...fields(PROJECT_FIELDS, { required: ["project", "environments"], shapes }),
    definitions: { valueSchema: valueSchemaDefinition() },
  };
}

const environment: Schema = {
  anyOf: [
    { type: "null" },
    fields(PROJECT_ENVIRONMENT_FIELDS, {
      shapes: {
        name: text("What people read; the key with a capital where nothing is said."),
        protected: { type: "boolean", description: "Shown first and asked about twice; production unless said otherwise." },
        decidedByPeople: { type: "boolean", description: "People, not merges, decide who gets a feature there; production unless said otherwise." },
        liftNeedsTwo: { type: "boolean", description: "A kill there is lifted by two people; by one unless said otherwise." },
        everybodyNeedsDrill: {
          type: "integer",
          minimum: 1,
          maximum: DRILL_DAYS_MAX,
          description:
            "Days within which a drill must have gone well there before a wave that reaches everybody begins; none is asked for where nothing is said.",
        },
        promotedFrom: list({ type: "string" }, "Environments whose rules may be promoted to this one; any where nothing is said."),
      },
    }),
  ],
};

const attributeType = choice(ATTRIBUTE_TYPES, "What its values are.");
const attribute: Schema = {
  anyOf: [
    { type: "null" },
    attributeType,
    fields(ATTRIBUTE_FIELDS, {
      shapes: {
        type: attributeType,
        values: list({ type: ["string", "number", "boolean"] }, "All values that it can have."),
        description: anything("For people."),
        sampled: choice(
          SAMPLED_HOW,
          "What SDKs may send of it, so that `sluice plan` can count: plain as it is, hashed a keyed hash; nothing where nothing is said. The customer's key and the user's are never plain.",
        ),
      },
    }),
  ],
};

const trigger = fields(TRIGGER_FIELDS, {
  required: ["shape", "flags"],
  shapes: {
    shape: choice(TRIGGER_SHAPES, "Whose alerts it understands; generic is a webhook signed in the manner of Standard Webhooks."),
    environment: text("Where it kills; production where nothing is said."),
    flags: {
      ...list({ type: "string" }, "Flags that its alert may switch off; an ops or a permission flag stands alone."),
      minItems: 1,
      maxItems: ARMED_FLAGS_MAX,
    },
    perHour: { type: "integer", minimum: 1, maximum: PER_HOUR_MAX, description: "Kills within one hour; 6 where nothing is said." },
  },
});

const drill = fields(DRILL_FIELDS, {
  required: ["flag"],
  shapes: {
    flag: text("A release or experiment flag, best one that only a canary has."),
    every: { type: "integer", minimum: 1, maximum: DRILL_DAYS_MAX, description: "Days between two drills; only when somebody asks where nothing is said." },
    customer: {
      type: "string",
      minLength: 1,
      maxLength: DRILL_CUSTOMER_CHARS_MAX,
      description: "Key of a test tenant of your own, never of a customer: the drill is for it alone. For everybody where nothing is said.",
    },
  },
});

const handle: Schema = { type: "string", description: "@organisation/team, or @login." };

const mail: Schema = { type: "string", pattern: MAIL_ADDRESS.source, maxLength: 254, description: "An address, best of the whole team." };

const team: Schema = {
  properties: {
    github: { anyOf: [handle, list(handle, "Several of them.")], description: "Who the team is at the Git host: whose approval counts, and who owns code." },
    mail: { anyOf: [mail, list(mail, "Several of them.")], description: "Where the team is told that one of its flags was killed." },
  },
};

const approval = fields(APPROVAL_FIELDS, {
  shapes: {
    environment: text("Where; every environment where nothing is said."),
    when: choice(APPROVAL_RISKS, "any: a flag changes there. changes: somebody may get something else. risky: there is a risk. waits: it waits for a person."),
    count: { type: "integer", minimum: 1, maximum: APPROVAL_COUNT_MAX, description: "How many people, of each team; 1 where nothing is said." },
    from: list({ type: "string" }, "Teams; owners stands for the team that owns each flag. Anybody who may merge where nothing is said."),
  },
});

const place = { type: "integer", minimum: 0, maximum: ARGUMENT_PLACE_MAX - 1 } as const;

const wrapper = fields(WRAPPER_FIELDS, {
  required: ["language", "call", "key"],
  shapes: {
    language: choice(CODE_LANGUAGES, "Of the code; ts is TypeScript and JavaScript."),
    call: { type: "string", pattern: CALL_NAME.source, description: "How it is called: isOn, or with what stands before it: features.isOn." },
    key: { ...place, description: "Place of the flag's key among its arguments, from 0." },
    default: { ...place, description: "Place of the default; without it the function takes none." },
  },
});

const shapes: Readonly<Record<(typeof PROJECT_FIELDS)[number], Schema>> = {
  project: text("The project's key."),
  name: anything("What people read."),
  environments: {
    ...named(environment, "Where flags are served, in the order that people see."),
    minProperties: 1,
    maxProperties: ENVIRONMENTS_MAX,
    propertyNames: { pattern: ENVIRONMENT_KEY.source },
  },
  teams: named(team, "Who may own flags; where none are declared, owners are not checked."),
  attributes: named(attribute, "What rules may use; where none are declared, attributes are not checked."),
  customer: text("The attribute that names the customer; customer where nothing is said."),
  keys: text("A pattern that keys of flags and segments match."),
  style: { allOf: [styleSchema()], description: "How flags look here; docs/style-guide.md" },
  code: {
    ...fields(CODE_FIELDS, {
      shapes: {
        folders: {
          ...list(
            { type: "string", pattern: FOLDER_PATH.source },
            "Folders of code from the repository's root, or . for all of it: what the GitHub App looks at, and commands where --code names none.",
          ),
          maxItems: FOLDERS_MAX,
          uniqueItems: true,
        },
        wrappers: { ...list(wrapper, "Functions of your own by which code asks for flags."), maxItems: WRAPPERS_MAX },
        exclude: { ...list({ type: "string" }, "Paths of code that is not looked at, such as vendor/**"), maxItems: EXCLUDES_MAX },
      },
    }),
    description: "How code asks for flags, for the rules of style about it; docs/style-guide.md",
  },
  triggers: {
    ...named(trigger, "Alerts that may switch flags off, by the name in their address."),
    maxProperties: TRIGGERS_MAX,
    propertyNames: { pattern: TRIGGER_NAME.source },
  },
  drills: { ...named(drill, "Kills that are tried on purpose, by environment."), maxProperties: ENVIRONMENTS_MAX },
  guards: {
    description: "How much guards of flags may do by themselves, all together; docs/guards.md",
    ...fields(GUARD_LIMIT_FIELDS, {
      shapes: {
        perDay: { type: "integer", minimum: 1, maximum: ALL_GUARDS_PER_DAY_MAX, description: "Kills and pauses within one day; 10 where nothing is said." },
        quietHours: {
          type: "integer",
          minimum: 1,
          maximum: QUIET_HOURS_MAX,
          description: "For so long after a person has lifted what a guard did, it only announces; 24 where nothing is said.",
        },
      },
    }),
  },
  edits: {
    ...named(
      choice(EDIT_WAYS, "direct: a commit on the branch. review: a branch of its own and a pull request."),
      "How changes made in the console reach the branch: of facts (words, owners, tags, dates) and of what an environment serves; review where nothing is said.",
    ),
    maxProperties: ENVIRONMENTS_MAX + 1,
  },
  approvals: { ...list(approval, "Who must agree before a change of flags is merged: what a GitHub App's check asks for."), maxItems: APPROVALS_MAX },
  lifecycles: anything("How long flags of each kind live."),
  policies: anything("Who must agree to what."),
};
