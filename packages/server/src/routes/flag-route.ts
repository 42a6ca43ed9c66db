import { type FlagCommits, type FormerKey, type FoundRoute, jsonReply, type Problem, problemReply } from "@sluice/contract";
import { partPlace, sourcePlace } from "@sluice/definitions";
import type { Result } from "@sluice/evaluation";
import type { HttpReply } from "@sluice/ports";
import { didYouMean, keyNow, namesOf, sourceState } from "@sluice/releases";
import { type AdoptedFlag, treeOf } from "@sluice/snapshot";
import type { Store } from "@sluice/store";
import type { ControlPlane } from "../control-plane.ts";
import { pastForms } from "../past-forms.ts";
import { type PastCommit, SourceUnreachable } from "../source/source.ts";

/** Commits of one file that a page lists. */
const COMMITS_SHOWN = 20;

/** What is known of one flag; `undefined` for a route of somebody else. */
export async function flagReply(
  { plane, store }: { readonly plane: ControlPlane; readonly store: Pick<Store, "lastAsked"> },
  { route, values }: FoundRoute,
): Promise<HttpReply | undefined> {
  const key = values["key"] ?? "";
  switch (`${route.method} ${route.path}`) {
    case "GET /api/flags/:key":
      return definitionReply({ plane, store }, key);
    case "GET /api/flags/:key/commits":
      return commitsReply(plane, key);
    default:
      return undefined;
  }
}

/** `GET /api/flags/:key`: the definition as adopted, and every form it had, newest first. */
async function definitionReply(
  { plane, store }: { readonly plane: ControlPlane; readonly store: Pick<Store, "lastAsked"> },
  asked: string,
): Promise<HttpReply> {
  const { texts } = plane;
  const found = await flagIn(plane, asked);
  if (!found.ok) return problemReply(found.problem);
  const flag = found.value;
  const { decisions } = plane;
  const [key, ...formerKeys] = namesOf(decisions.aliases, keyNow(decisions.aliases, asked));
  const paths = flag.files.map(([path]) => path).filter((path) => path !== "sluice.yaml");
  const history = await pastForms(plane, paths);
  const textOf = (path: string): string => texts.text(decisions.files.get(path) ?? "") ?? "";
  const [file, ...parts] = ownFiles(flag);
  return jsonReply(200, {
    key,
    file,
    kind: flag.kind,
    definition: textOf(file),
    parts: parts.map((part) => ({ environment: partPlace(part)?.environment ?? "", file: part, definition: textOf(part) })),
    history,
    diagnostics: [file, ...parts].flatMap((one) => plane.adoption.problemsOf(one)),
    formerKeys: await Promise.all(formerKeys.map((name) => formerKey(store, name))),
  });
}

/** The flag's file, and those that hold what single environments serve. */
function ownFiles({ path, files }: AdoptedFlag): readonly [string, ...string[]] {
  return [path, ...files.flatMap(([other]) => (partPlace(other) === undefined ? [] : [other]))];
}

/** When anybody last asked for a flag by this name. */
async function formerKey(store: Pick<Store, "lastAsked">, key: string): Promise<FormerKey> {
  const asked = await store.lastAsked(key);
  return { key, ...(asked.length === 0 ? {} : { lastAskedMs: Math.max(...asked.map(({ atMs }) => atMs)) }) };
}

/** `GET /api/flags/:key/commits`: who changed its files in Git, when and why, newest first, up to the commit that is adopted. */
async function commitsReply(plane: ControlPlane, key: string): Promise<HttpReply> {
  const found = await flagIn(plane, key);
  if (!found.ok) return problemReply(found.problem);
  const { path } = found.value;
  const { source } = sourcePlace(path);
  const none = { file: path, commits: [], isMore: false };
  try {
    const [own, tip] = [plane.adoption.source(source), sourceState(plane.decisions, source).commit ?? ""];
    // One by one, for Git follows one file alone to the names that it had before.
    const pasts = await Promise.all(ownFiles(found.value).map((file) => own.past(tip, [file], COMMITS_SHOWN + 1)));
    if (pasts.includes(undefined)) return jsonReply(200, { ...none, unavailable: "notKept" } satisfies FlagCommits);
    const [only, ...others] = pasts;
    const commits = others.length === 0 ? (only ?? []) : newestFirst(pasts.flatMap((past) => past ?? []));
    const known = { file: path, commits: commits.slice(0, COMMITS_SHOWN), isMore: commits.length > COMMITS_SHOWN };
    return jsonReply(200, known satisfies FlagCommits);
  } catch (error) {
    if (!(error instanceof SourceUnreachable)) throw error;
    return jsonReply(200, { ...none, unavailable: "noAnswer" } satisfies FlagCommits);
  }
}

/** Each commit once. Those of one file are in Git's order already, which stays where two are of one second. */
function newestFirst(commits: readonly PastCommit[]): readonly PastCommit[] {
  return [...new Map(commits.map((one) => [one.commit, one])).values()].sort((a, b) => b.atMs - a.atMs);
}

async function flagIn({ decisions, texts }: ControlPlane, key: string): Promise<Result<AdoptedFlag, Problem>> {
  await texts.need(decisions);
  const { flags } = texts.read(treeOf(decisions.files));
  const flag = flags.get(keyNow(decisions.aliases, key));
  if (flag !== undefined) return { ok: true, value: flag };
  const message = `There is no flag ${JSON.stringify(key)} with a valid definition.`;
  return { ok: false, problem: { code: "unknownFlag", message, fix: didYouMean(key, flags.keys()) } };
}
