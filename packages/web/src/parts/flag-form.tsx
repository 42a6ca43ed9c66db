import { type ReactElement, useState } from "react";
import type { EditableFlag, EditBody } from "../data/edit-data.ts";
import { useNewServing } from "../data/use-new-serving.ts";
import { DayInput } from "./moment-input.tsx";
import { ServingFields } from "./serving-fields.tsx";

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

/** A flag's facts and, for engineers, what each environment gets. Only what is changed is sent. */
export function FlagForm({ flag, known, mayServe, nameOf, isBusy, isShown, look }: FlagFormProps): ReactElement {
  const [description, setDescription] = useState(known.description);
  const [owner, setOwner] = useState(known.owner);
  const [ticket, setTicket] = useState(known.ticket ?? "");
  const [expires, setExpires] = useState(known.expires ?? "");
  const [tags, setTags] = useState(known.tags.join(", "));
  const serving = useNewServing(flag, known);
  const wanted = tags
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
  const set = {
    ...(description.trim() === known.description ? {} : { description: description.trim() }),
    ...(owner === known.owner ? {} : { owner }),
    ...(ticket.trim() === (known.ticket ?? "") ? {} : { ticket: ticket.trim() === "" ? null : ticket.trim() }),
    ...(expires === (known.expires ?? "") ? {} : { expires: expires === "" ? null : expires }),
    ...(wanted.join() === known.tags.join() ? {} : { tags: wanted }),
  };
  const edits: readonly EditBody[] = [...(Object.keys(set).length === 0 ? [] : [{ kind: "facts" as const, flag, set }]), ...serving.edits];
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
      <div className="pad stack">
        <label className="field">
          What it is for
          <textarea required rows={3} maxLength={2_000} value={description} onChange={(event) => setDescription(event.target.value.replaceAll("\n", " "))} />
        </label>
        <div className="pair">
          <label className="field">
            Owned by
            {known.teams.length === 0 ? (
              <input required maxLength={200} value={owner} onChange={(event) => setOwner(event.target.value)} />
            ) : (
              <select value={owner} onChange={(event) => setOwner(event.target.value)}>
                {[...new Set([owner, ...known.teams])].map((team) => (
                  <option key={team}>{team}</option>
                ))}
              </select>
            )}
          </label>
          <label className="field">
            Ticket
            <input maxLength={200} value={ticket} onChange={(event) => setTicket(event.target.value)} />
          </label>
        </div>
        <div className="pair">
          <label className="field">
            Tags, with commas between them
            <input maxLength={500} value={tags} onChange={(event) => setTags(event.target.value)} />
          </label>
          <label className="field">
            Expires
            <DayInput value={expires} onChange={(event) => setExpires(event.target.value)} />
          </label>
        </div>
      </div>
      {mayServe && <ServingFields serving={serving} variants={known.variants} nameOf={nameOf} />}
      <div className="pad foot">
        <button type="submit" className={isShown ? "button" : "button primary"} disabled={isBusy || edits.length === 0 || serving.problem !== undefined}>
          See what it does
        </button>
        {edits.length === 0 && <span className="small dim"> Nothing is changed yet.</span>}
      </div>
    </form>
  );
}
