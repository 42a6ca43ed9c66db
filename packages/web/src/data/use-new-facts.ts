import { useState } from "react";
import type { EditableFlag, EditBody } from "./edit-data.ts";

/** A flag's words, owner, ticket, tags and end, as they are typed. `tags` have commas between them. */
export interface FactWords {
  readonly description: string;
  readonly owner: string;
  readonly ticket: string;
  readonly expires: string;
  readonly tags: string;
}

/** What is said about a flag, while it is written. */
export interface NewFacts {
  readonly words: FactWords;
  readonly put: (more: Partial<FactWords>) => void;
  /** Only what differs from the file. */
  readonly edits: readonly EditBody[];
}

export function useNewFacts(flag: string, known: EditableFlag): NewFacts {
  const [words, setWords] = useState<FactWords>({
    description: known.description,
    owner: known.owner,
    ticket: known.ticket ?? "",
    expires: known.expires ?? "",
    tags: known.tags.join(", "),
  });
  const { owner, expires } = words;
  const [description, ticket] = [words.description.trim(), words.ticket.trim()];
  const tags = words.tags
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
  const set = {
    ...(description === known.description ? {} : { description }),
    ...(owner === known.owner ? {} : { owner }),
    ...(ticket === (known.ticket ?? "") ? {} : { ticket: ticket === "" ? null : ticket }),
    ...(expires === (known.expires ?? "") ? {} : { expires: expires === "" ? null : expires }),
    ...(tags.join() === known.tags.join() ? {} : { tags }),
  };
  return {
    words,
    put: (more) => setWords((before) => ({ ...before, ...more })),
    edits: Object.keys(set).length === 0 ? [] : [{ kind: "facts", flag, set }],
  };
}
