import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseProject } from "@sluice/definitions";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs/flag-files.md"), "utf8");
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((found) => found[1] ?? "");

test("the examples of docs/flag-files.md are a project without a mistake", () => {
  const [flag = "", segment = "", project = ""] = examples;
  expect(examples.length).toBe(3);
  const ledger = readFileSync(join(root, "packages/definitions/fixtures/complete/flags/billing/ledger-store.yaml"), "utf8");
  const declared = project.replace("  seats: number", "  email: string\n  country: string\n  seats: number").replace(/^keys:.*\n/m, "");
  const parsed = parseProject({
    files: new Map([
      ["sluice.yaml", declared],
      ["flags/billing/invoice-export.yaml", flag],
      ["flags/billing/ledger-store.yaml", ledger],
      ["segments/small-accounts.yaml", segment],
    ]),
  });
  expect(parsed.diagnostics).toEqual([]);
  expect([...parsed.flags.keys()]).toEqual(["billing.invoice-export", "billing.ledger-store"]);
  expect(parsed.project?.customer).toBe("account.id");
});

test("the project of docs/flag-files.md is one as it stands", () => {
  const parsed = parseProject({ files: new Map([["sluice.yaml", examples[2] ?? ""]]) });
  expect(parsed.diagnostics).toEqual([]);
  expect(parsed.project?.keys.test("billing.invoiceExport")).toBe(true);
});
