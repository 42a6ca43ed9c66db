import { compileSnapshot, describe, evaluate, explain } from "@sluice/evaluation";
import type { Command } from "commander";
import { readContext, snapshotOfFolder } from "../folder-snapshot.ts";
import { paint, type Terminal } from "../terminal.ts";

interface EvalOptions {
  readonly environment: string;
  readonly context?: string;
  readonly user?: string;
  readonly customer?: string;
  readonly folder: string;
  readonly json?: boolean;
}

/** `eval` prints a flag's answer for a context; `why` prints every step that led to it. Both read this folder, offline. */
export function registerEval(program: Command, terminal: Terminal): void {
  for (const [name, description] of [
    ["eval", "what a flag of this folder answers for a context"],
    ["why", "each step that leads to that answer, in plain words"],
  ] as const) {
    program
      .command(name)
      .description(description)
      .argument("<flag>", "key of the flag")
      .option("-e, --environment <key>", "where", "production")
      .option("-c, --context <json>", 'attributes, e.g. \'{"plan":"pro"}\'')
      .option("-u, --user <key>", "targetingKey")
      .option("--customer <key>", "key of the customer")
      .option("--folder <path>", "folder that holds sluice.yaml", ".")
      .option("--json", "print one JSON object")
      .action((flag: string, options: EvalOptions) => {
        const { snapshot, customerPath } = snapshotOfFolder(options.folder, options.environment, flag);
        const context = readContext(options, customerPath);
        const compiled = compileSnapshot(snapshot, {});
        const answer = evaluate(compiled, flag, context);
        const lines = describe(explain(compiled, flag, context));
        if (options.json)
          terminal.json(
            name === "eval" ? { flag, environment: options.environment, ...answer } : { flag, environment: options.environment, ...answer, steps: lines },
          );
        else if (name === "eval")
          terminal.out(
            `${paint(terminal, "bold", JSON.stringify(answer.value))}  ${answer.variant ?? ""}  ${paint(terminal, "dim", `${answer.reason}, ${answer.cause}${answer.by === undefined ? "" : ` ${answer.by}`}`)}`,
          );
        else for (const line of lines) terminal.out(line);
      });
  }
}
