import type { ChangePlanView } from "@sluice/contract";
import { type AdoptedProject, planOf, planOfServer, projectChangesOf, readerOf, type ToldPlan } from "@sluice/snapshot";
import { readEverybody } from "./everybody.ts";
import { connect, namesServer, type ServerOptions } from "./server-connection.ts";

/** Longest that a plan of a large change may take the server. */
const SERVER_PLAN_MS = 60_000;

export interface TwoFolders {
  readonly old: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, string>;
}

/** Whom to count: the customers of a server, the contexts of a file, or nobody. */
export interface PlanBasis extends ServerOptions {
  readonly contexts?: string;
}

/** What a change of files means, by whatever basis is given. Throws `CommandFailed` where a server that is named cannot be asked. */
export async function planChange(basis: PlanBasis, two: TwoFolders): Promise<ToldPlan> {
  return asksServer(basis) ? askServer(basis, two) : planOfFiles(basis, two);
}

function asksServer(basis: PlanBasis): boolean {
  return basis.contexts === undefined && namesServer(basis);
}

function planOfFiles({ contexts }: PlanBasis, { old, files }: TwoFolders): ToldPlan {
  const everybody = contexts === undefined ? [] : readEverybody(contexts);
  const two = { before: projectOf(old), after: projectOf(files) };
  const [changes, project] = [planOf(two, everybody), projectChangesOf(two)];
  return contexts === undefined
    ? { changes, project, basis: "Nobody was counted: this is by the flags' rules. For counts, give --contexts, or --url and --token of a server." }
    : {
        changes,
        project,
        asked: everybody.length,
        basis: `Counted over the ${everybody.length} contexts of ${contexts}; what people have decided is not in it.`,
      };
}

async function askServer(options: PlanBasis, { old, files }: TwoFolders): Promise<ToldPlan> {
  const paths = [...new Set([...old.keys(), ...files.keys()])].filter((path) => old.get(path) !== files.get(path));
  const server = connect(options);
  const plan = await server.post<ChangePlanView>(
    "/api/plan",
    { files: Object.fromEntries(paths.map((path) => [path, files.get(path) ?? null])) },
    SERVER_PLAN_MS,
  );
  return planOfServer(plan, server.url);
}

function projectOf(files: ReadonlyMap<string, string>): AdoptedProject {
  return readerOf((path) => files.get(path))([...files.keys()].map((path) => [path, path] as const));
}
