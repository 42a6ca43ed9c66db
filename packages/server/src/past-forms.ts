import type { PastForm } from "@sluice/contract";
import { sourcePlace } from "@sluice/definitions";
import type { ControlPlane } from "./control-plane.ts";
import { type PastCommit, type Source, SourceUnreachable } from "./source/source.ts";

/** Forms shown: what changed more often has its history in Git. */
const FORMS_MAX = 50;

/** Every form that what stands in these files had, the newest first: by which commit it came, and when it was adopted. */
export function pastForms({ adoption, decisions }: ControlPlane, paths: readonly string[]): Promise<readonly PastForm[]> {
  const changed = decisions.adoptions.filter((adopted) => adopted.changed.some(([path]) => paths.includes(path)));
  return Promise.all(
    changed
      .toReversed()
      .slice(0, FORMS_MAX)
      .map(async ({ seq, commit, source, atMs }): Promise<PastForm> => {
        const story = await causeOf(
          adoption.source(source),
          commit,
          paths.filter((path) => sourcePlace(path).source === source),
        );
        return {
          seq,
          ...(source === undefined ? {} : { source }),
          commit: story?.commit ?? commit,
          author: story?.author ?? "",
          subject: story?.subject ?? "",
          atMs: story?.atMs ?? atMs,
          adoptedAtMs: atMs,
        };
      }),
  );
}

/**
 * The commit whose change came with an adoption: several commits may be adopted at once, and the first adoption takes a whole repository as
 * it is then, so the commit adopted may be about something else. Where Git does not tell, the one that was adopted.
 */
async function causeOf(source: Source, commit: string, paths: readonly string[]): Promise<PastCommit | undefined> {
  const [last] =
    (await source.past(commit, paths, 1).catch((error: unknown) => {
      if (error instanceof SourceUnreachable) return [];
      throw error;
    })) ?? [];
  if (last !== undefined) return last;
  const story = await source.story(commit);
  return story === undefined ? undefined : { commit, ...story };
}
