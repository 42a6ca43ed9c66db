import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseProject } from "@sluice/definitions";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs/flag-files.md"), "utf8");

/** The YAML examples under a heading of the page: by its name, so that a further section moves no other. */
function examples(heading: string): readonly string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
}

/** The one example under a heading. */
function example(heading: string): string {
  const found = examples(heading);
  expect(found, `examples under "${heading}"`).toHaveLength(1);
  return found[0] ?? "";
}

test("the examples of docs/flag-files.md are a project without a mistake", () => {
  const project = example("The project");
  const ledger = readFileSync(join(root, "packages/definitions/fixtures/complete/flags/billing/ledger-store.yaml"), "utf8");
  const declared = project.replace("  seats: number", "  email: string\n  country: string\n  seats: number").replace(/^keys:.*\n/m, "");
  const parsed = parseProject({
    files: new Map([
      ["sluice.yaml", declared],
      ["flags/billing/invoice-export.yaml", example("A flag")],
      ["flags/billing/ledger-store.yaml", ledger],
      ["tests/invoice-export.yaml", example("Expectations")],
      ...examples("A segment").map((text) => [`segments/${/^key: (.+)$/m.exec(text)?.[1] ?? ""}.yaml`, text] as const),
    ]),
  });
  expect(parsed.diagnostics).toEqual([]);
  expect([...parsed.segments.keys()]).toEqual(["design-partners", "small-accounts"]);
  expect([...parsed.flags.keys()]).toEqual(["billing.invoice-export", "billing.ledger-store"]);
  expect(parsed.project?.customer).toBe("account.id");
});

test("the project of docs/flag-files.md is one as it stands", () => {
  const armed =
    "key: billing.invoice-export\ndescription: Exports.\nkind: release\nowner: team-billing\ntype: boolean\nenvironments: { production: { default: off } }\n";
  const parsed = parseProject({
    files: new Map([
      ["sluice.yaml", example("The project")],
      ["flags/billing/invoice-export.yaml", armed],
    ]),
  });
  expect(parsed.diagnostics).toEqual([]);
  expect(parsed.project?.keys.test("billing.invoiceExport")).toBe(true);
});
