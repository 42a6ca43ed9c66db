import { appendFileSync, writeFileSync } from "node:fs";
import {
  codeOwnersOf,
  codeOwnersState,
  type Diagnostic,
  type ParsedProject,
  parseProject,
  quotedMarkdown,
  reportDiagnostics,
  staleCodeOwners,
} from "@sluice/definitions";
import { approvalsPart, missingApprovals } from "@sluice/github";
import { counted, isWhole, reviewReport } from "@sluice/snapshot";
import type { Command } from "commander";
import { planChange, type PlanBasis } from "../change-plan.ts";
import type { GivenCode } from "../code-look.ts";
import { codeOfChange } from "../code-of-change.ts";
import { CommandFailed } from "../failure.ts";
import { parseFolder } from "../flag-folder.ts";
import { changeUpon, codeOwnersFile, gitFolderOf } from "../git-facts.ts";
import { type PartOptions, partOf, withPartOptions } from "../part-options.ts";
import { ownPart, wholeOf } from "../project-part.ts";
import { type Approvals, approvalsOf } from "../pull-request-approvals.ts";
import { commentOn, pullRequestOf } from "../pull-request-comment.ts";
import type { Terminal } from "../terminal.ts";
import { hidesExpectations, junitOf } from "./test.ts";

interface ReviewOptions extends PlanBasis, PartOptions {
  readonly base: string;
  readonly report?: string;
  readonly sarif?: string;
  readonly codeQuality?: string;
  readonly junit?: string;
  readonly comment?: boolean;
  readonly approvals?: boolean;
  readonly modules?: boolean;
  readonly code?: GivenCode;
}

/** `review` says everything about a change of flag files in one run: for a pipeline, before it is merged. */
export function registerReview(program: Command, terminal: Terminal): void {
  withPartOptions(program.command("review"))
    .description("everything about a change of flag files, for a pipeline: mistakes, style, expectations, and what it means")
    .argument("[folder]", "folder that holds sluice.yaml, as it would be", ".")
    .requiredOption("--base <commit>", "the commit that it is to be merged into, such as origin/main")
    .option("--modules", "run the modules of the project's own rules: code of the change itself, so not where forks are reviewed with secrets")
    .option("--code [folder]", "look at this code: what the change brings of how it asks for these flags; without it at the folders that sluice.yaml names")
    .option("--report <file>", "append the report, in Markdown (in a GitHub workflow: the summary of the job)")
    .option("--sarif <file>", "write mistakes as SARIF, for code scanning")
    .option("--code-quality <file>", "write mistakes as GitLab's code-quality report")
    .option("--junit <file>", "write expectations as JUnit")
    .option("--comment", "keep one comment of the pull request up to date (GitHub; needs GITHUB_TOKEN)")
    .option("--approvals", "hold it against approvals: of sluice.yaml, and end with 1 while one is missing (GitHub; needs GITHUB_TOKEN)")
    .option("--contexts <file>", "whom to count: a JSON list of contexts; their names are not shown")
    .option("--url <url>", "count the customers of this server, with what people have decided there (SLUICE_URL)")
    .option("--token <token>", "personal token, of any role (SLUICE_TOKEN)")
    .addHelpText("after", "\nExample:\n  sluice review flags --base origin/main --sarif sluice.sarif --comment")
    .action((folder: string, options: ReviewOptions) => review(folder, options, terminal));
}

async function review(start: string, options: ReviewOptions, terminal: Terminal): Promise<void> {
  const { env } = process;
  const pull = options.comment === true || options.approvals === true ? pullRequestOf(env) : undefined;
  const part = await partOf(options);
  const { folder, files, parsed } = parseFolder(start, { base: options.base, runsModules: options.modules === true, part });
  const { diagnostics: code } = await codeOfChange(options.code, { folder, files, parsed, part, base: options.base, of: "disk" });
  const { tests } = parsed;
  const diagnostics = [...parsed.diagnostics, ...code];
  const prefix = gitFolderOf(folder)?.prefix ?? "";
  const two = changeUpon(folder, options.base, files);
  const isPlanned = isWhole(parsed) && (two.files === files || isWhole(ownPart(part, parseProject({ files: wholeOf(part, two.files) }))));
  const plan = isPlanned ? await planChange(options, { old: wholeOf(part, two.old), files: wholeOf(part, two.files) }) : undefined;
  if (env["GITHUB_ACTIONS"] === "true" && diagnostics.length > 0) terminal.out(reportDiagnostics(diagnostics, "github", prefix));
  writeReports(diagnostics, options, prefix);
  if (options.junit !== undefined) writeFileSync(options.junit, junitOf(tests, diagnostics.filter(hidesExpectations)));
  const approvals = options.approvals === true ? await approvalsOf(pull, { folder, old: wholeOf(part, two.old), parsed, plan }) : NONE;
  const report = reviewReport({ parsed: { ...parsed, diagnostics }, plan, prefix, parts: partsOf({ approvals, folder, parsed, prefix }) });
  terminal.out(report);
  const where = options.report ?? env["GITHUB_STEP_SUMMARY"];
  if (where !== undefined && where !== "") appendFileSync(where, `${report}\n`);
  if (pull !== undefined && options.comment === true) terminal.say(COMMENTED[await commentOn(pull, `review of ${prefix === "" ? "/" : prefix}`, report)]);
  mustBeFine(diagnostics, approvals);
}

function writeReports(diagnostics: readonly Diagnostic[], { sarif, codeQuality }: ReviewOptions, prefix: string): void {
  if (sarif !== undefined) writeFileSync(sarif, reportDiagnostics(diagnostics, "sarif", prefix));
  if (codeQuality !== undefined) writeFileSync(codeQuality, reportDiagnostics(diagnostics, "code-quality", prefix));
}

const COMMENTED = {
  created: "The pull request has the comment now.",
  updated: "The comment of the pull request says it now.",
  same: "The comment of the pull request says it already.",
  left: "No comment: this run may only read, as runs of forks do.",
} as const;

/** Throws `CommandFailed` for mistakes, and for approvals that are missing. */
function mustBeFine(diagnostics: readonly Diagnostic[], { states }: Approvals): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  if (errors > 0)
    throw new CommandFailed({ code: "review/mistakes", message: `${counted(errors, "mistake")}.`, fix: "Mend what is named above.", exitCode: 1 });
  const missing = missingApprovals(states);
  if (missing === 0) return;
  throw new CommandFailed({
    code: "review/approvals",
    message: `${counted(missing, "approval")} missing.`,
    fix: "Ask those named above to approve the pull request at GitHub, and run the job again.",
    exitCode: 1,
  });
}

const NONE: Approvals = { states: [], unseen: [] };

interface Parts {
  readonly approvals: Approvals;
  readonly folder: string;
  readonly parsed: ParsedProject;
  readonly prefix: string;
}

/** What the report says besides mistakes and the plan. */
function partsOf({ approvals: { states, unseen }, folder, parsed, prefix }: Parts): readonly string[] {
  const root = isWhole(parsed) ? gitFolderOf(folder)?.root : undefined;
  const owners = root === undefined ? undefined : codeOwnersFile(root);
  const isStale = owners !== undefined && codeOwnersState(owners.text, codeOwnersOf(parsed, prefix).lines) === "stale";
  const blind = unseen.map(
    (handle) => `⚠️ This token cannot see who is in ${quotedMarkdown(handle)}: name people by their login, or let the App or CODEOWNERS ask them.`,
  );
  return [...(states.length === 0 ? [] : [approvalsPart(states)]), ...blind, ...(isStale ? [`⚠️ ${staleCodeOwners(owners.path)}`] : [])];
}
