import { Command, CommanderError } from "commander";
import { registerCodeOwners } from "./commands/codeowners.ts";
import { registerCodegen } from "./commands/codegen.ts";
import { registerCustomers } from "./commands/customers.ts";
import { registerDeploy } from "./commands/deploy.ts";
import { registerDiff } from "./commands/diff.ts";
import { registerDrift } from "./commands/drift.ts";
import { registerEval } from "./commands/eval.ts";
import { registerExport } from "./commands/export.ts";
import { registerFmt } from "./commands/fmt.ts";
import { registerGitHubApp } from "./commands/github-app.ts";
import { registerImport } from "./commands/import.ts";
import { registerInit } from "./commands/init.ts";
import { registerKill } from "./commands/kill.ts";
import { registerDrill } from "./commands/drill.ts";
import { registerKillKey } from "./commands/kill-key.ts";
import { registerKills } from "./commands/kills.ts";
import { registerLift } from "./commands/lift.ts";
import { registerList } from "./commands/list.ts";
import { registerNew } from "./commands/new-flag.ts";
import { registerPin } from "./commands/pin.ts";
import { registerPlan } from "./commands/plan.ts";
import { registerPromote } from "./commands/promote.ts";
import { registerRename } from "./commands/rename.ts";
import { registerReview } from "./commands/review.ts";
import { registerRevert } from "./commands/revert.ts";
import { registerSchema } from "./commands/schema.ts";
import { registerKeys } from "./commands/keys.ts";
import { registerSigningKeys } from "./commands/signing-keys.ts";
import { registerSnapshot } from "./commands/snapshot.ts";
import { registerStyle } from "./commands/style.ts";
import { registerTest } from "./commands/test.ts";
import { registerTriggers } from "./commands/triggers.ts";
import { registerValidate } from "./commands/validate.ts";
import { CommandFailed, fileFailure } from "./failure.ts";
import { paint, type Terminal } from "./terminal.ts";

/** Adds one command to the program. The whole list is `registry` below, and what the caller adds. */
export type Register = (program: Command, terminal: Terminal) => void;

const registry: readonly Register[] = [
  registerInit,
  registerNew,
  registerValidate,
  registerFmt,
  registerStyle,
  registerSchema,
  registerTest,
  registerCodegen,
  registerCodeOwners,
  registerEval,
  registerDiff,
  registerPlan,
  registerPromote,
  registerRename,
  registerReview,
  registerGitHubApp,
  registerExport,
  registerImport,
  registerCustomers,
  registerDeploy,
  registerList,
  registerKill,
  registerKills,
  registerKillKey,
  registerDrill,
  registerLift,
  registerDrift,
  registerPin,
  registerRevert,
  registerKeys,
  registerSigningKeys,
  registerSnapshot,
  registerTriggers,
];

/** The `sluice` command, with the commands that start processes added by whoever can start them. */
export function createProgram(terminal: Terminal, more: readonly Register[]): Command {
  const program = new Command("sluice")
    .description("Feature flags as code: deploy when you want, release when you can.")
    .version("0.1.0")
    // Otherwise the `--version` of a command, such as a deployment's, would be this one.
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .configureOutput({ writeOut: (text) => terminal.out(text.trimEnd()), writeErr: (text) => terminal.say(text.trimEnd()) })
    .exitOverride();
  for (const register of [...registry, ...more]) register(program, terminal);
  nameOwnHelp(program, "sluice");
  return program;
}

/** Whoever asks a command wrongly is sent to its own help. */
function nameOwnHelp(command: Command, name: string): void {
  command.showHelpAfterError(`Ask for help: ${name} --help`);
  for (const one of command.commands) nameOwnHelp(one, `${name} ${one.name()}`);
}

/**
 * Runs one command line and gives its exit code: 0 done, 1 the answer is no (mistakes, refused), 2 asked wrongly, 3 the world failed.
 * A failure is one message and what to do; the stack only with SLUICE_DEBUG=1.
 */
export async function runProgram(program: Command, argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await program.parseAsync([...argv], { from: "user" });
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      // Commander has said it in words; whoever reads JSON gets it too.
      if (argv.includes("--json"))
        terminal.json({ error: { code: "usage", message: error.message.replace(/^error: /, ""), fix: "Ask for help with --help." } });
      return 2;
    }
    const failure = error instanceof CommandFailed ? error : fileFailure(error);
    if (failure !== undefined) {
      if (argv.includes("--json")) terminal.json({ error: { code: failure.code, message: failure.message, fix: failure.fix } });
      else terminal.say(`${paint(terminal, "red", "sluice:")} ${failure.message}${failure.fix === "" ? "" : `\n        ${failure.fix}`}`);
      if (process.env["SLUICE_DEBUG"] === "1") terminal.say(String(failure.stack));
      return failure.exitCode;
    }
    terminal.say(
      `sluice: this should not have happened: ${error instanceof Error ? error.message : String(error)}\n        Run it again with SLUICE_DEBUG=1 and report what it prints.`,
    );
    if (process.env["SLUICE_DEBUG"] === "1" && error instanceof Error) terminal.say(String(error.stack));
    return 3;
  }
}
