import type { ReactElement } from "react";
import { decisionGroups } from "../data/decision-kinds.ts";
import type { TitleOf } from "../data/decision-sentence.ts";
import { Icon } from "./icon.tsx";

interface FiltersProps {
  readonly asked: { readonly show: string; readonly by: string; readonly about: string };
  /** The name of whoever `asked.by` is. */
  readonly whose: string;
  readonly titleOf: TitleOf;
  readonly address: (change: Readonly<Record<string, string>>) => string;
}

/** What the log is narrowed to; each is an address, so that a narrowed log can be sent to somebody. */
export function AuditFilters({ asked: { show, by, about }, whose, titleOf, address }: FiltersProps): ReactElement {
  const groups = [{ id: "", title: "Everything" }, ...decisionGroups];
  return (
    <div className="filters" role="group" aria-label="Show only">
      {groups.map(({ id, title }) => (
        <a key={id} className="chip" href={address({ show: id })} aria-current={show === id ? "true" : undefined}>
          {title}
        </a>
      ))}
      {by !== "" && (
        <a className="chip only" href={address({ by: "" })} aria-label={`Only what ${whose} decided; show everybody again`}>
          by {whose} <Icon name="close" />
        </a>
      )}
      {about !== "" && (
        <a className="chip only" href={address({ about: "" })} aria-label={`Only what is about ${titleOf(about)}; show everything again`}>
          about {titleOf(about)} <Icon name="close" />
        </a>
      )}
    </div>
  );
}
