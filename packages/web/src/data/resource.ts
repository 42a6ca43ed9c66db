import { useEffect, useState } from "react";
import { Refused, send } from "./requests.ts";

/** What a page waits for: nothing yet, the thing, or why not. */
export interface Resource<T> {
  readonly value?: T;
  readonly problem?: Refused;
}

/** Asks once per path and again when `version` changes; an answer that comes late for an older path is dropped. */
export function useResource<T>(path: string, version: number): Resource<T> {
  const [resource, setResource] = useState<Resource<T>>({});
  useEffect(() => {
    let gone = false;
    send<T>("GET", path).then(
      (value) => !gone && setResource({ value }),
      (error: unknown) => !gone && setResource({ problem: error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Reload the page.") }),
    );
    return () => {
      gone = true;
    };
  }, [path, version]);
  return resource;
}
