import type { ReactElement } from "react";
import { namesOf } from "../data/flag-words.ts";
import type { ReleaseView } from "../data/release-data.ts";

/** Which flags a release turns on: its title is what customers get, a flag's name is what is in code, and people meet both. */
export function TurnsOn({ content: { flags } }: Pick<ReleaseView, "content">): ReactElement {
  return (
    <span className="turns-on dim small">
      Release of the {flags.length === 1 ? "flag" : "flags"} <span className="flag-said">{namesOf(flags.map(({ flag }) => flag))}</span>
    </span>
  );
}
