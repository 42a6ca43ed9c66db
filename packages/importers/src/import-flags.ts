import { importDuckDuckGo } from "./duckduckgo/import.ts";
import { importFlagd } from "./flagd/import.ts";
import type { Drafted, ForeignFile } from "./foreign-file.ts";
import { type Loss, LossReport } from "./loss.ts";
import { repositoryOf } from "./repository.ts";
import { readSource } from "./source-text.ts";
import { importUnleash } from "./unleash/import.ts";

/** Formats that can be imported. A further one is a folder and a line in `importers`. */
export type ImportFormat = "flagd" | "unleash" | "duckduckgo";

const importers: Readonly<Record<ImportFormat, (files: readonly ForeignFile[], report: LossReport) => Drafted>> = {
  flagd: importFlagd,
  unleash: importUnleash,
  duckduckgo: importDuckDuckGo,
};

/** The names of all formats, for help texts and checks. */
export const importFormats: readonly ImportFormat[] = ["flagd", "unleash", "duckduckgo"];

/** What the source cannot say. */
export interface ImportOptions {
  /** Key of the project; `imported` where it is not given. */
  readonly project?: string;
  /** Environments that are given what the source says, the same for each; `production` where none are given. */
  readonly environments?: readonly string[];
  /** Team that owns all flags until somebody says better; `team-imported` where it is not given. */
  readonly owner?: string;
}

/** An input that could not be read; nothing of it was imported. */
export interface ImportProblem {
  readonly file: string;
  readonly message: string;
  readonly fix: string;
}

export interface Imported {
  /** Path and text: `sluice.yaml` and one file per flag, ready to commit. Sorted by path. */
  readonly files: ReadonlyMap<string, string>;
  /** In the order of the inputs. Empty only where every flag means the same as before. */
  readonly losses: readonly Loss[];
  readonly problems: readonly ImportProblem[];
  /** Flags imported, one file each. */
  readonly flags: number;
}

/** Inputs of one import. */
const INPUTS_MAX = 100;

/**
 * Foreign flag files to the files of one project. `input` is file name to text: names tell JSON from YAML, and platforms apart.
 * Nothing is approximated silently: what cannot be kept exactly is in `losses`, and rules without an exact equal are parked in a comment
 * of their flag, which then fails towards its off variant. Pure; never throws for bad input.
 */
export function importFlags(format: ImportFormat, input: ReadonlyMap<string, string>, options: ImportOptions = {}): Imported {
  const report = new LossReport();
  const problems: ImportProblem[] = [];
  const files: ForeignFile[] = [];
  for (const [name, text] of [...input].slice(0, INPUTS_MAX)) {
    const source = readSource(name, text);
    if (!source.ok) {
      problems.push({
        file: name,
        message: `${name} cannot be read: ${source.problem}.`,
        fix: "Mend the file, or export it again, and import it once more.",
      });
      continue;
    }
    if (source.value.comments > 0) report.add("", "input/comments", `${name} has ${source.value.comments} comments.`);
    files.push({ name, data: source.value.data });
  }
  if (input.size > INPUTS_MAX)
    problems.push({
      file: "",
      message: `There are ${input.size} files; the first ${INPUTS_MAX} were read.`,
      fix: "Import the others on their own.",
    });
  const drafted = importers[format](files, report);
  problems.push(...drafted.problems);
  const { project = "imported", environments = ["production"], owner = "team-imported" } = options;
  if (drafted.drafts.length > 0) report.add("", "flag/assumed", `All flags belong to ${owner}; ${drafted.kindWords}.`);
  return {
    ...repositoryOf(drafted.drafts, { project, environments, owner, attributes: drafted.attributes }, report),
    losses: report.losses,
    problems,
  };
}
