import type { ReactElement } from "react";
import type { EditableFlag, EditBody } from "../data/edit-data.ts";
import { type NewFacts, useNewFacts } from "../data/use-new-facts.ts";
import { useNewServing } from "../data/use-new-serving.ts";
import { useNewVariants } from "../data/use-new-variants.ts";
import { DayInput } from "./moment-input.tsx";
import { ServingFields } from "./serving-fields.tsx";
import { VariantFields } from "./variant-fields.tsx";

interface FlagFormProps {
  readonly flag: string;
  readonly known: EditableFlag;
  readonly mayServe: boolean;
  readonly nameOf: (environment: string) => string;
  readonly isBusy: boolean;
  /** What it does is shown already: the next step stands there. */
  readonly isShown: boolean;
  readonly look: (edits: readonly EditBody[]) => void;
}

/** A flag's facts and, for engineers, its values and what each environment gets. Only what is changed is sent. */
export function FlagForm({ flag, known, mayServe, nameOf, isBusy, isShown, look }: FlagFormProps): ReactElement {
  const facts = useNewFacts(flag, known);
  const variants = useNewVariants(flag, known);
  const serving = useNewServing(flag, known);
  const edits = [...facts.edits, ...variants.edits, ...serving.edits];
  const isUnsendable = (variants.problem ?? serving.problem) !== undefined;
  return (
    <form
      className="card"
      aria-label="What to change"
      onSubmit={(event) => {
        event.preventDefault();
        look(edits);
      }}
    >
      <h2>What to change</h2>
      <FactFields facts={facts} teams={known.teams} />
      {mayServe && known.type !== "boolean" && <VariantFields variants={variants} known={known} />}
      {mayServe && <ServingFields serving={serving} variants={variants.names} nameOf={nameOf} />}
      <div className="pad foot">
        <button type="submit" className={isShown ? "button" : "button primary"} disabled={isBusy || edits.length === 0 || isUnsendable}>
          See what it does
        </button>
        {edits.length === 0 && <span className="small dim"> Nothing is changed yet.</span>}
      </div>
    </form>
  );
}

function FactFields({ facts: { words, put }, teams }: { readonly facts: NewFacts; readonly teams: readonly string[] }): ReactElement {
  return (
    <div className="pad stack">
      <label className="field">
        What it is for
        <textarea
          required
          rows={3}
          maxLength={2_000}
          value={words.description}
          onChange={(event) => put({ description: event.target.value.replaceAll("\n", " ") })}
        />
      </label>
      <div className="pair">
        <label className="field">
          Owned by
          {teams.length === 0 ? (
            <input required maxLength={200} value={words.owner} onChange={(event) => put({ owner: event.target.value })} />
          ) : (
            <select value={words.owner} onChange={(event) => put({ owner: event.target.value })}>
              {[...new Set([words.owner, ...teams])].map((team) => (
                <option key={team}>{team}</option>
              ))}
            </select>
          )}
        </label>
        <label className="field">
          Ticket
          <input maxLength={200} value={words.ticket} onChange={(event) => put({ ticket: event.target.value })} />
        </label>
      </div>
      <div className="pair">
        <label className="field">
          Tags, with commas between them
          <input maxLength={500} value={words.tags} onChange={(event) => put({ tags: event.target.value })} />
        </label>
        <label className="field">
          Expires
          <DayInput value={words.expires} onChange={(event) => put({ expires: event.target.value })} />
        </label>
      </div>
    </div>
  );
}
