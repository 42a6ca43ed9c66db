import { useCallback, useEffect, useState } from "react";
import { Refused, send } from "./requests.ts";

/** What a page waits for: nothing yet, the thing, or why not. Both where it was there and cannot be asked for again: then it is as of `atMs`. */
export interface Resource<T> {
  readonly value?: T;
  readonly problem?: Refused;
  readonly atMs?: number;
  /** Asks again now. */
  readonly again?: () => void;
}

/** Asks once per path and again when `version` changes; an answer that comes late for an older path is dropped. Without a path nothing is asked. */
export function useResource<T>(path: string | undefined, version: number): Resource<T> {
  const [resource, setResource] = useState<Resource<T> & { readonly path?: string }>({});
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    let gone = false;
    send<T>("GET", path).then(
      (value) => !gone && setResource({ path, value, atMs: Date.now() }),
      (error: unknown) => {
        if (gone) return;
        const problem = error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Reload the page.");
        // What was read of this very path stays readable while nobody answers.
        setResource((before) => (before.path === path && problem.status === 0 ? { ...before, problem } : { path, problem }));
      },
    );
    return () => {
      gone = true;
    };
  }, [path, version, tries]);
  const again = useCallback(() => setTries((before) => before + 1), []);
  return { ...resource, again };
}
