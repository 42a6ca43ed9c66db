import { lowerFlag, lowerSegment } from "@sluice/definitions";
import { compileSnapshot, type Context, describe, evaluate, explain, nearestNames, SNAPSHOT_FORMAT, type Snapshot } from "@sluice/evaluation";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { parseFolder } from "../flag-folder.ts";
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
        const { snapshot, customerPath } = snapshotOf(flag, options);
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

function snapshotOf(flag: string, options: EvalOptions): { readonly snapshot: Snapshot; readonly customerPath: string } {
  const { parsed, folder } = parseFolder(options.folder);
  const environments = parsed.project?.environments.map(({ key }) => key) ?? [];
  if (!environments.includes(options.environment)) {
    const [near] = nearestNames(options.environment, environments, 1);
    throw new CommandFailed({
      code: "unknownEnvironment",
      message: `${folder} has no environment "${options.environment}".`,
      fix: near === undefined ? `It has ${environments.join(", ") || "none; run sluice validate"}.` : `Did you mean ${near}?`,
      exitCode: 2,
    });
  }
  if (!parsed.flags.has(flag)) {
    const isBroken = parsed.brokenFlags.some((broken) => broken.flag === flag);
    const near = nearestNames(flag, parsed.flags.keys(), 3);
    throw new CommandFailed({
      code: "unknownFlag",
      message: isBroken ? `The flag "${flag}" has mistakes.` : `There is no flag "${flag}" here.`,
      fix: isBroken ? "sluice validate names them." : near.length === 0 ? "sluice validate counts what there is." : `Did you mean ${near.join(" or ")}?`,
      exitCode: isBroken ? 1 : 2,
    });
  }
  const flags = Object.fromEntries(
    [...parsed.flags].flatMap(([key, definition]) => {
      const form = lowerFlag(definition, options.environment);
      return form === undefined ? [] : [[key, form] as const];
    }),
  );
  const segments = Object.fromEntries([...parsed.segments].map(([key, segment]) => [key, lowerSegment(segment)]));
  const customerPath = parsed.project?.customer ?? "customer";
  return {
    snapshot: { format: SNAPSHOT_FORMAT, environment: options.environment, epoch: "folder", seq: 0, salt: "folder", customer: customerPath, segments, flags },
    customerPath,
  };
}

function readContext(options: EvalOptions, customerPath: string): Context {
  let given: unknown = {};
  try {
    given = options.context === undefined ? {} : JSON.parse(options.context);
  } catch (error) {
    throw new CommandFailed(
      {
        code: "cli/bad-context",
        message: `--context is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
        fix: 'Write it like \'{"plan":"pro"}\'.',
        exitCode: 2,
      },
      { cause: error },
    );
  }
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new CommandFailed({ code: "cli/bad-context", message: "--context is not a JSON object.", fix: 'Write it like \'{"plan":"pro"}\'.', exitCode: 2 });
  return {
    ...given,
    ...(options.user === undefined ? {} : { targetingKey: options.user }),
    ...(options.customer === undefined ? {} : { [customerPath]: options.customer }),
  };
}
