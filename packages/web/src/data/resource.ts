import { useCallback, useEffect, useRef, useState } from "react";
import { Refused, send } from "./requests.ts";

/** What a page waits for: nothing yet, the thing, or why not. Both where it was there and cannot be asked for again: then it is as of `atMs`. */
export interface Resource<T> {
  readonly value?: T;
  readonly problem?: Refused;
  readonly atMs?: number;
  /** Asks again now. */
  readonly again?: () => void;
}

/** One question that is under way; `stale` once what it asks about may have changed since. */
interface Question {
  readonly path: string;
  stale: boolean;
}

/**
 * Asks once per path and again when `version` changes; an answer that comes late for an older path is dropped. Without a path nothing is asked.
 * One question is under way at most: where the version changes meanwhile, its answer is shown and it is asked once more. Were it dropped
 * instead, a server that answers more slowly than the log grows would leave the page empty for good.
 */
export function useResource<T>(path: string | undefined, version: number): Resource<T> {
  const [resource, setResource] = useState<Resource<T> & { readonly path?: string }>({});
  const [tries, setTries] = useState(0);
  const asked = useRef<Question>(undefined);
  useEffect(() => {
    if (path === undefined) return;
    if (asked.current?.path === path) {
      asked.current.stale = true;
      return;
    }
    const question: Question = { path, stale: false };
    asked.current = question;
    const answered = (show: () => void): void => {
      if (asked.current !== question) return;
      asked.current = undefined;
      show();
      if (question.stale) setTries((before) => before + 1);
    };
    send<T>("GET", path).then(
      (value) => answered(() => setResource({ path, value, atMs: Date.now() })),
      (error: unknown) => {
        const problem = error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Reload the page.");
        // What was read of this very path stays readable while nobody answers.
        answered(() => setResource((before) => (before.path === path && problem.status === 0 ? { ...before, problem } : { path, problem })));
      },
    );
  }, [path, version, tries]);
  // A page that is left asks nothing more; one that asks for nothing now drops what it had asked.
  useEffect(() => () => void (asked.current = undefined), [path]);
  const again = useCallback(() => setTries((before) => before + 1), []);
  return { ...resource, again };
}
