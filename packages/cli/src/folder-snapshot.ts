import { lowerFlag, lowerSegment } from "@sluice/definitions";
import { type Context, nearestNames, SNAPSHOT_FORMAT, type Snapshot } from "@sluice/evaluation";
import { CommandFailed } from "./failure.ts";
import { parseFolder } from "./flag-folder.ts";

/** What a folder serves in one environment, without any decision; `flag`, where given, must be one of it. Throws `CommandFailed`. */
export function snapshotOfFolder(start: string, environment: string, flag?: string): { readonly snapshot: Snapshot; readonly customerPath: string } {
  const { parsed, folder } = parseFolder(start);
  const environments = parsed.project?.environments.map(({ key }) => key) ?? [];
  if (!environments.includes(environment)) {
    const [near] = nearestNames(environment, environments, 1);
    throw new CommandFailed({
      code: "unknownEnvironment",
      message: `${folder} has no environment "${environment}".`,
      fix: near === undefined ? `It has ${environments.join(", ") || "none; run sluice validate"}.` : `Did you mean ${near}?`,
      exitCode: 2,
    });
  }
  if (flag !== undefined && !parsed.flags.has(flag)) {
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
      const form = lowerFlag(definition, environment);
      return form === undefined ? [] : [[key, form] as const];
    }),
  );
  const segments = Object.fromEntries([...parsed.segments].map(([key, segment]) => [key, lowerSegment(segment)]));
  const customerPath = parsed.project?.customer ?? "customer";
  return {
    snapshot: { format: SNAPSHOT_FORMAT, environment, epoch: "folder", seq: 0, salt: "folder", customer: customerPath, segments, flags },
    customerPath,
  };
}

/** Whom a command line asks about. */
export interface ContextOptions {
  readonly context?: string;
  readonly user?: string;
  readonly customer?: string;
}

/** The context of a command line. Throws `CommandFailed`. */
export function readContext(options: ContextOptions, customerPath: string): Context {
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
