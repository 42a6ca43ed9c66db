/** What `sluice init` writes: three files to understand, no more. They are valid without a warning. */
export function initFiles(): ReadonlyMap<string, string> {
  return new Map([
    [
      "sluice.yaml",
      `project: my-company
environments:
  production: {}
  staging: {}
teams:
  team-platform: {}
# What your application tells about whom it asks for; rules may use these.
attributes:
  customer: string
  email: string
`,
    ],
    [
      "flags/example/hello.yaml",
      `key: example.hello
description: Greets people by name. The first flag, to see that all is connected.
kind: release
owner: team-platform
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
      `key: staff
description: Our own people.
if: { email: { endsWith: "@example.com" } }
`,
    ],
  ]);
}
