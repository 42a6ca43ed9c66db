import type { ReactElement } from "react";
import { useAct } from "../data/act.ts";
import { to } from "../data/address.ts";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import type { EnlargementView } from "../data/release-data.ts";
import { listOf } from "../data/list-words.ts";
import { WaitsToBeLetThrough } from "./waits-to-be-let-through.tsx";

/** Names in the sentence; the rest is counted. */
const NAMED = 4;

interface EnlargementRowProps {
  readonly enlargement: EnlargementView;
  /** What people call its environment. */
  readonly where: string;
  readonly decided: () => void;
}

/** A merged change that gives something to more people: it waits for somebody who may say that they get it. */
export function EnlargementRow({ enlargement, where, decided }: EnlargementRowProps): ReactElement {
  const { flag, environment, form, why, author, subject, commit } = enlargement;
  const act = useAct(decided);
  return (
    <WaitsToBeLetThrough
      icon="ask"
      what="Merged, and not given to anybody yet"
      title={
        <>
          <a href={to("flag", { flag })}>{flagName(flag)}</a> in {where}
        </>
      }
      act={act}
      path="/api/enlargements"
      body={{ environment, flag, form }}
    >
      {reach(enlargement)} {why.join(" ")}{" "}
      <span className="dim">
        {author === undefined ? "" : `${author}: `}
        {subject ?? ""} ({commit.slice(0, 7)})
      </span>
    </WaitsToBeLetThrough>
  );
}

/** Whom it would reach, as far as customers' own keys tell. */
function reach({ customers: { of, changes, named } }: EnlargementView): string {
  if (changes === 0) return "No registered customer as a whole gets something else; some of their people may.";
  const names = named.slice(0, NAMED);
  const more = changes - names.length;
  return `${count(changes, "customer", "customers")} of ${of} would get something else at once: ${listOf(more > 0 ? [...names, `${more} more`] : names)}.`;
}
