import { expect, test } from "vitest";
import { parseProject } from "./project.ts";

const flag = "key: a\ndescription: A flag.\nkind: release\nowner: billing\ntype: boolean\nenvironments: { production: { default: off } }\n";
const parsed = (more: string): ReturnType<typeof parseProject> =>
  parseProject({
    files: new Map([
      ["sluice.yaml", `project: p\nenvironments: { production: {}, staging: {} }\n${more}`],
      ["flags/a.yaml", flag],
    ]),
  });

test("approvals and who teams are at the Git host are read as they are written", () => {
  const { project, diagnostics } = parsed(
    'teams:\n  billing: { name: Billing, github: ["@acme/billing", "@mira"] }\n  ops: { github: "@acme/ops" }\n  sales:\napprovals:\n  - { environment: production, when: waits, count: 2, from: [owners, ops] }\n  - {}\n',
  );
  expect(diagnostics).toEqual([]);
  expect(project?.approvals).toEqual([
    { environment: "production", when: "waits", count: 2, from: ["owners", "ops"] },
    { when: "changes", count: 1, from: [] },
  ]);
  expect([...(project?.handles ?? [])]).toEqual([
    ["billing", ["@acme/billing", "@mira"]],
    ["ops", ["@acme/ops"]],
  ]);
});

test.each([
  ["an environment that is none", "  - { environment: prod }", '"environment" of an approval names the text "prod".', "production or staging"],
  ["a risk that is none", "  - { when: wait }", undefined, undefined],
  ["a team that is none", "  - { from: [billling] }", '"from" of an approval names the text "billling".', "billing or owners"],
  ["nobody", "  - { count: 0 }", '"count" is the number 0.', "a whole number from 1 to 10"],
  ["a field that is none", "  - { who: [billing] }", 'There is no field "who" here.', undefined],
  ["a text", "  - billing", undefined, undefined],
])("an approval with %s is told in its line, and keeps no flag from being served", (_, line, message, expected) => {
  const { project, flags, diagnostics } = parsed(`teams: { billing: {} }\napprovals:\n${line}\n`);
  expect(diagnostics).toMatchObject([
    { file: "sluice.yaml", line: 5, severity: "error", ...(message === undefined ? {} : { message }), ...(expected === undefined ? {} : { expected }) },
  ]);
  expect([project?.approvals.length ?? -1, flags.has("a")]).toEqual([line.includes("who") ? 1 : 0, true]);
});

test("a handle that no Git host takes is told", () => {
  const { diagnostics, project } = parsed("teams: { billing: { github: acme/billing } }\n");
  expect(diagnostics).toMatchObject([{ line: 3, message: '"github" of the team billing is the text "acme/billing".' }]);
  expect(project?.handles.size).toBe(0);
});
