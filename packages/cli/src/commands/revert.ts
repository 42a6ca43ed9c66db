import type { PastForm, RevertOutcome } from "@sluice/contract";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { connect, newCommand, type ServerConnection, type ServerOptions, tokenOption, urlOption } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";
import { revertPlan } from "./revert-plan.ts";

interface RevertOptions extends ServerOptions {
  readonly environment: string;
  readonly to?: string;
  readonly end?: string;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

/** What is reverted, as the command line names it. */
const KINDS = ["flag", "segment"] as const;
type Kind = (typeof KINDS)[number];

interface Target {
  readonly kind: Kind;
  readonly key: string;
}

const isKind = (word: string): word is Kind => (KINDS as readonly string[]).includes(word);

export function registerRevert(program: Command, terminal: Terminal): void {
  program
    .command("revert")
    .description(
      "serve an earlier adopted form of a flag or of a segment now, until Git agrees, or go back to an earlier plan of a release; without --to: list them",
    )
    .argument("<what>", "key of a flag; or `flag`, `segment` or `plan` before what follows")
    .argument("[key]", "key of the flag or segment, id of the release")
    .option("-e, --environment <key>", "where", "production")
    .option("--to <version>", "a version or commit as listed, or `previous`")
    .option("--end <revert>", "end this revert instead: follow Git again")
    .option("--dry-run", "with --to: say what it would do, and do nothing")
    .option("-r, --reason <text>", "why, for the log")
    .addOption(urlOption)
    .addOption(tokenOption)
    .option("--json", "print one JSON object")
    .action((what: string, key: string | undefined, options: RevertOptions) =>
      what === "plan" && key !== undefined ? revertPlan(connect(options), key, { options, terminal }) : revert(targetOf(what, key), options, terminal),
    );
}

function targetOf(what: string, key: string | undefined): Target {
  if (key === undefined) return { kind: "flag", key: what };
  if (isKind(what)) return { kind: what, key };
  throw new CommandFailed({
    code: "cli/unknown-kind",
    message: `"${what}" is nothing that can be reverted.`,
    fix: `Write sluice revert flag ${key}, sluice revert segment ${key}, or plan and the id of a release.`,
    exitCode: 2,
  });
}

/** As it is written on the command line. */
const wordsOf = ({ kind, key }: Target): string => (kind === "flag" ? key : `${kind} ${key}`);

async function revert(target: Target, options: RevertOptions, terminal: Terminal): Promise<void> {
  const server = connect(options);
  const command = newCommand();
  const { kind, key } = target;
  if (options.end !== undefined) {
    await server.post(`/api/reverts/${encodeURIComponent(options.end)}/end`, { command });
    if (options.json) terminal.json({ [kind]: key, ended: options.end });
    else terminal.out(`Revert ${options.end} has ended: ${wordsOf(target)} follows Git again.`);
    return;
  }
  const { history } = await server.get<{ readonly history: readonly PastForm[] }>(`/api/${kind}s/${encodeURIComponent(key)}`);
  if (options.to === undefined) {
    if (options.json) terminal.json({ [kind]: key, history });
    else
      for (const form of history)
        terminal.out(
          `${String(form.seq).padStart(6)}  ${form.commit.slice(0, 7)}  ${new Date(form.atMs).toISOString().slice(0, 16)}Z  ${form.author}: ${form.subject}`,
        );
    return;
  }
  const form = formNamed(options.to, history, target);
  const { environment, reason, dryRun } = options;
  const done = await revertTo(server, {
    command,
    environment,
    [kind]: key,
    toSeq: form.seq,
    ...(dryRun === true ? { dryRun } : {}),
    ...(reason === undefined ? {} : { reason }),
  });
  if (options.json) terminal.json({ [kind]: key, environment, toSeq: form.seq, commit: form.commit, ...done });
  else say(target, { form, environment, done }, terminal);
}

interface Done {
  readonly form: PastForm;
  readonly environment: string;
  readonly done: RevertOutcome;
}

function say(target: Target, { form, environment, done }: Done, terminal: Terminal): void {
  const as = `${wordsOf(target)} in ${environment} to how it was in ${form.commit.slice(0, 7)} ("${form.subject}")`;
  switch (done.outcome) {
    case "dryRun":
      return sayPlan(`Would revert ${as}.`, done, terminal);
    case "waits":
      terminal.out(`${paint(terminal, "yellow", "Waits")}: the revert of ${as} gives ${flagsOf(done)} to more people.`);
      terminal.out(paint(terminal, "dim", `Product or an admin lets it through on the page Home (${done.revert ?? ""}).`));
      return;
    case "nothing":
      terminal.out(`Nothing to do: ${wordsOf(target)} is served so in ${environment} already.`);
      return;
    case "reverted":
      terminal.out(`${paint(terminal, "yellow", "Reverted")} ${as}.`);
      terminal.out(paint(terminal, "dim", `It stays so until Git agrees, or: sluice revert ${wordsOf(target)} --end ${done.revert ?? ""}`));
  }
}

const flagsOf = ({ enlarges }: RevertOutcome): string => enlarges.map(({ flag }) => flag).join(", ");

function sayPlan(first: string, { flags, files, enlarges, waits }: RevertOutcome, terminal: Terminal): void {
  terminal.out(first);
  if (flags.length === 0) terminal.out("  No flag is served otherwise by it.");
  for (const { flag, of, gain, lose, others, unknown = [], samples } of flags) {
    const counts = of === 0 ? "no customer is registered to be counted" : `of ${of} customers ${gain} gain, ${lose} lose, ${others} get something else`;
    const contexts = samples === undefined || samples.asked === 0 ? "" : `; of ${samples.asked} sampled contexts ${samples.changes} get something else`;
    terminal.out(
      `  ${flag}: ${counts}${contexts}${unknown.length === 0 ? "" : `; it also depends on ${unknown.join(", ")}, which customers alone do not tell`}`,
    );
  }
  for (const { flag, why } of enlarges) terminal.out(`  ${paint(terminal, "yellow", "more people")} may get ${flag}: ${why.join(" ")}`);
  if (waits) terminal.out("  It would wait for product or an admin.");
  for (const { path, served, wanted } of files) {
    terminal.out(`  ${path}`);
    for (const line of linesOf(served, wanted)) terminal.out(`    ${paint(terminal, line.startsWith("+") ? "green" : "red", line)}`);
  }
}

/** Lines that are taken away and those that come, in the order of the files. */
function linesOf(served: string, wanted: string): readonly string[] {
  const [gone, come] = [served.trimEnd().split("\n"), wanted.trimEnd().split("\n")];
  return [...gone.filter((line) => !come.includes(line)).map((line) => `- ${line}`), ...come.filter((line) => !gone.includes(line)).map((line) => `+ ${line}`)];
}

function formNamed(to: string, history: readonly PastForm[], target: Target): PastForm {
  const newestFirst = [...history].sort((a, b) => b.seq - a.seq);
  const found = to === "previous" ? newestFirst[1] : newestFirst.find((form) => String(form.seq) === to || (to.length >= 4 && form.commit.startsWith(to)));
  if (found) return found;
  throw new CommandFailed({
    code: "cli/unknown-form",
    message: to === "previous" ? `${target.key} has had one form only: there is nothing earlier.` : `${target.key} has no form "${to}".`,
    fix: `sluice revert ${wordsOf(target)} lists them.`,
    exitCode: 2,
  });
}

const revertTo = (server: ServerConnection, body: Readonly<Record<string, unknown>>): Promise<RevertOutcome> => server.post("/api/reverts", body);
