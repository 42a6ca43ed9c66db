import { schemaLine } from "./json-schema/file-schemas.ts";
import { addDays } from "./style/calendar.ts";

/** Days that the first flag lives: what the style guide gives a release flag. */
const FIRST_FLAG_DAYS = 60;

/** What `sluice init` writes on a day (`YYYY-MM-DD`): three files to understand, no more. They are valid without a warning. */
export function initFiles(today: string): ReadonlyMap<string, string> {
  return new Map([
    [
      "sluice.yaml",
      `${schemaLine("project", "sluice.yaml")}project: my-company
environments:
  production: {}
  staging: {}
teams:
  team-platform: {}
# What your application tells about whom it asks for; rules may use these.
attributes:
  customer: string
  email: string
# How flags look here; see docs/style-guide.md, or: sluice style guide
style:
  extends: recommended
  areas: { example: team-platform }
  rules:
    test/both-states: off   # until there are expectations under tests/
`,
    ],
    [
      "flags/example/hello.yaml",
      `${schemaLine("flag", "flags/example/hello.yaml")}key: example.hello
description: Greets people by name. The first flag, to see that all is connected.
kind: release
owner: team-platform
created: ${today}
expires: ${addDays(today, FIRST_FLAG_DAYS) ?? today}
type: boolean
variants: { on: true, off: false }
off: off
environments:
  production:
    rules:
      - id: staff-first
        if: { segment: staff }
        serve: on
    default: on
  staging: { default: on }
`,
    ],
    [
      "segments/staff.yaml",
      `${schemaLine("segment", "segments/staff.yaml")}key: staff
description: Our own people.
if: { email: { endsWith: "@example.com" } }
`,
    ],
  ]);
}
