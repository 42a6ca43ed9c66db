import { diagnosticCatalogue } from "./diagnostic-catalogue.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** Forms of a report for machines. */
export type DiagnosticFormat = "json" | "sarif" | "github" | "code-quality";

/** Every form, for help texts. */
export const diagnosticFormats: readonly DiagnosticFormat[] = ["json", "sarif", "github", "code-quality"];

/** What each form is made by. */
const writers: Readonly<Record<DiagnosticFormat, (diagnostics: readonly Diagnostic[], prefix: string) => string>> = {
  json: (diagnostics) => JSON.stringify({ diagnostics }),
  sarif: (diagnostics, prefix) => JSON.stringify(sarifOf(diagnostics, prefix)),
  github: (diagnostics, prefix) => diagnostics.map((one) => githubCommand(one, prefix)).join("\n"),
  "code-quality": (diagnostics, prefix) => JSON.stringify(diagnostics.map((one) => codeQualityIssue(one, prefix))),
};

/**
 * Diagnostics as a machine reads them. `prefix` is the project's folder within its repository (`infra/flags/`, or empty): Git hosts want
 * paths from the repository's root. JSON keeps the project's own paths.
 */
export function reportDiagnostics(diagnostics: readonly Diagnostic[], format: DiagnosticFormat, prefix: string): string {
  return writers[format](diagnostics, prefix);
}

/** A path from the repository's root; code that stands beside the project's folder is `../src/page.ts` seen from it. */
export function pathFromRoot(prefix: string, file: string): string {
  const folders = prefix.split("/").filter((part) => part !== "");
  let rest = file;
  while (rest.startsWith("../") && folders.length > 0) {
    folders.pop();
    rest = rest.slice(3);
  }
  return [...folders, rest].join("/");
}

const ruleText = (code: string): string => Object.entries(diagnosticCatalogue).find(([known]) => known === code)?.[1] ?? "A rule of this project's own.";

/** All that is said of a mistake, in one line: what is wrong, what was expected, the nearest right name, how to mend it. */
export const wholeMessage = ({ message, expected, nearest, fix }: Pick<Diagnostic, "message" | "expected" | "nearest" | "fix">): string =>
  [message, expected === undefined ? "" : `Expected: ${expected}.`, nearest === undefined ? "" : `Did you mean ${nearest}?`, `Fix: ${fix}`]
    .filter((part) => part !== "")
    .join(" ");

/** SARIF 2.1.0 (OASIS), as code-scanning pages read it; columns count UTF-16 units. */
function sarifOf(diagnostics: readonly Diagnostic[], prefix: string): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        columnKind: "utf16CodeUnits",
        tool: { driver: { name: "sluice", rules: codes.map((code) => ({ id: code, shortDescription: { text: ruleText(code) } })) } },
        results: diagnostics.map((one) => sarifResult(one, prefix, codes.indexOf(one.code))),
      },
    ],
  };
}

function sarifResult(one: Diagnostic, prefix: string, ruleIndex: number): object {
  const { code, severity, file, line, column, endLine, endColumn, repair } = one;
  const artifactLocation = { uri: encodeURI(pathFromRoot(prefix, file)) };
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: wholeMessage(one) },
    locations: [{ physicalLocation: { artifactLocation, region: { startLine: line, startColumn: column, endLine, endColumn } } }],
    ...(repair === undefined || repair.moveTo !== undefined
      ? {}
      : {
          fixes: [
            {
              description: { text: repair.words },
              artifactChanges: [
                {
                  artifactLocation,
                  replacements: repair.edits.map(({ start, end, text }) => ({
                    deletedRegion: { charOffset: start, charLength: end - start },
                    insertedContent: { text },
                  })),
                },
              ],
            },
          ],
        }),
  };
}

/** A workflow command of GitHub Actions: percent, line ends, and in properties colon and comma, are escaped. */
function githubCommand(one: Diagnostic, prefix: string): string {
  const { code, severity, file, line, column, endLine, endColumn } = one;
  const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
  const place = `file=${property(pathFromRoot(prefix, file))},line=${line},col=${column},endLine=${endLine},endColumn=${endColumn}`;
  return `::${severity} ${place},title=${property(code)}::${data(wholeMessage(one))}`;
}

/** An issue of GitLab's code-quality report. The fingerprint holds no line, so that an edit above does not make it a new issue. */
function codeQualityIssue(one: Diagnostic, prefix: string): object {
  const path = pathFromRoot(prefix, one.file);
  return {
    description: wholeMessage(one),
    check_name: one.code,
    fingerprint: `${one.code} ${path} ${one.message}`,
    severity: one.severity === "error" ? "major" : "minor",
    location: { path, lines: { begin: one.line, end: one.endLine } },
  };
}
