// `node tools/errors-page.ts` writes docs/errors.md: every mistake in flag files by its code, from the validator's own table.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { diagnosticCatalogue } from "@sluice/definitions";

const GROUPS: Readonly<Record<string, string>> = {
  yaml: "The text",
  file: "The file",
  project: "The project",
  field: "Fields",
  flag: "Flags",
  alias: "Former keys",
  share: "Shares and splits",
  exclusion: "Exclusion groups",
  condition: "Conditions",
  segment: "Segments",
  prerequisite: "Prerequisites",
  trigger: "Triggers",
  drill: "Drills",
  guard: "Guards",
  test: "Expectations",
  key: "Style: keys",
  meta: "Style: owner, description, ticket",
  life: "Style: how long a flag lives",
  val: "Style: values",
  code: "The code that asks",
  style: "Style: the guide itself",
};

/** The page as it stands in the repository. Throws where a code's group has no heading. */
export function errorsPage(): string {
  const codes = Object.entries(diagnosticCatalogue);
  const groups = [...new Set(codes.map(([code]) => code.split("/")[0] ?? ""))];
  const sections = groups.map((group) => {
    const heading = GROUPS[group];
    if (heading === undefined) throw new Error(`tools/errors-page.ts has no heading for codes that begin with ${group}/`);
    const entries = codes.filter(([code]) => code.startsWith(`${group}/`)).map(([code, rule]) => `### ${code}\n\n${rule}\n`);
    return `## ${heading}\n\n${entries.join("\n")}`;
  });
  return `# Mistakes in flag files

Every mistake that \`sluice validate\`, the server and the API name, by its stable code. All three use the same validator.
A file with a mistake changes nothing that is served: its flag keeps its last good form until the file is mended. What is wrong in style alone is served all the same; [style-guide.md](style-guide.md) gives the reason of each rule.

This page is generated: \`node tools/errors-page.ts\` writes it from \`packages/definitions/src/diagnostic-catalogue.ts\`.

${sections.join("\n")}`;
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, "../docs/errors.md"), errorsPage());
