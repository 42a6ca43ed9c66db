import type { ChangePlanView, PlannedCounts } from "@sluice/contract";
import { type AdoptedProject, type PlannedChange, planOf, readerOf } from "@sluice/snapshot";
import { readEverybody } from "./everybody.ts";
import { connect, type ServerOptions } from "./server-connection.ts";

/** Longest that a plan of a large change may take the server. */
const SERVER_PLAN_MS = 60_000;

/** One change, with the page where it is decided where a server was asked. */
export type Planned = Omit<PlannedChange, "counts"> & {
  readonly counts?: (Omit<PlannedCounts, "onHold"> & { readonly onHold?: number }) | undefined;
  readonly link?: string;
};

/** What was found, and by what: a plan must say how much it knows. */
export interface Counted {
  readonly changes: readonly Planned[];
  readonly basis: string;
  readonly asked?: number;
  readonly commit?: string | undefined;
  readonly held?: ChangePlanView["held"];
}

export interface TwoFolders {
  readonly old: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, string>;
}

/** Whom to count: the customers of a server, the contexts of a file, or nobody. */
export interface PlanBasis extends ServerOptions {
  readonly contexts?: string;
}

/** What a change of files means, by whatever basis is given. Throws `CommandFailed` where a server that is named cannot be asked. */
export async function planChange(basis: PlanBasis, two: TwoFolders): Promise<Counted> {
  return asksServer(basis) ? planOfServer(basis, two) : planOfFiles(basis, two);
}

/** A server is asked where it is named: the key in some folder is no reason to send files to whatever listens on this machine. */
function asksServer({ url, token, contexts }: PlanBasis): boolean {
  return contexts === undefined && (url ?? token ?? process.env["SLUICE_URL"] ?? process.env["SLUICE_TOKEN"]) !== undefined;
}

function planOfFiles({ contexts }: PlanBasis, { old, files }: TwoFolders): Counted {
  const everybody = contexts === undefined ? [] : readEverybody(contexts);
  const changes = planOf({ before: projectOf(old), after: projectOf(files) }, everybody);
  return contexts === undefined
    ? { changes, basis: "Nobody was counted: this is by the flags' rules. For counts, give --contexts, or --url and --token of a server." }
    : { changes, asked: everybody.length, basis: `Counted over the ${everybody.length} contexts of ${contexts}; what people have decided is not in it.` };
}

async function planOfServer(options: PlanBasis, { old, files }: TwoFolders): Promise<Counted> {
  const paths = [...new Set([...old.keys(), ...files.keys()])].filter((path) => old.get(path) !== files.get(path));
  const server = connect(options);
  const plan = await server.post<ChangePlanView>(
    "/api/plan",
    { files: Object.fromEntries(paths.map((path) => [path, files.get(path) ?? null])) },
    SERVER_PLAN_MS,
  );
  return {
    changes: plan.changes.map(({ page, ...change }) => ({ ...change, ...(change.isSame ? {} : { link: server.url + page }) })),
    asked: plan.customers,
    commit: plan.commit,
    ...(plan.held === undefined ? {} : { held: plan.held }),
    basis: `Counted over the ${plan.customers} customers of ${server.url}, by their key alone: rules on anything else count as for nobody.`,
  };
}

function projectOf(files: ReadonlyMap<string, string>): AdoptedProject {
  return readerOf((path) => files.get(path))([...files.keys()].map((path) => [path, path] as const));
}

/** Lines of the whole plan; texts from files stand in code quotes where Markdown is meant. */
export function planLines({ changes, basis, held }: Counted, isMarkdown: boolean): readonly string[] {
  const whole = held === undefined ? [] : [`It removes ${held.removed} of ${held.of} flags: as a whole it waits until an admin lets the commit through.`];
  const lines = changes.flatMap((change) => {
    const { environment, flag, notes, waits, link } = change;
    const where = isMarkdown ? `- **\`${flag}\`** in ${environment}` : `${flag} in ${environment}`;
    const more = [...(waits.length === 0 ? [] : ["Waits for a person to decide."]), ...waits, ...notes, ...(link === undefined ? [] : [link])];
    return [`${where}: ${wordsOf(change)}`, ...more.map((line) => (isMarkdown ? `  - ${line}` : `    ${line}`))];
  });
  return changes.every(({ isSame }) => isSame) ? [...lines, "No one changes."] : [...whole, ...lines, basis];
}

function wordsOf({ how, isSame, counts }: Planned): string {
  if (isSame) return "no one changes.";
  if (counts === undefined) {
    const said = { comes: "it is new.", goes: "it goes.", changes: "who gets what may change.", follows: "who gets what may change." } as const;
    return said[how];
  }
  const { asked, changes, gets, onHold = 0 } = counts;
  if (changes === 0) return `none of the ${asked} asked would get anything else.`;
  const held = onHold === 0 ? "" : ` ${onHold} of them ${onHold === 1 ? "is" : "are"} on hold.`;
  return `${changes} of ${asked} would get something else: ${gets.map(([variant, count]) => `${count} ${variant}`).join(", ")}.${held}`;
}
