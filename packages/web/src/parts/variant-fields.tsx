import type { ReactElement } from "react";
import type { EditableFlag } from "../data/edit-data.ts";
import { type NewVariants, type VariantDraft, valueOf } from "../data/use-new-variants.ts";

interface VariantsProps {
  readonly variants: NewVariants;
  readonly known: EditableFlag;
}

/** For engineers: the values that a flag can have, each under its name. */
export function VariantFields({ variants, known }: VariantsProps): ReactElement {
  return (
    <fieldset className="pad foot serving">
      <legend className="hidden-label">Its values</legend>
      <h3>Its values</h3>
      <ul className="variants">
        {variants.rows.map((row) => (
          <VariantRow key={row.id} row={row} known={known} change={(next) => variants.change(row.id, next)} />
        ))}
      </ul>
      <button type="button" className="button" onClick={variants.add}>
        Add a value
      </button>
      {variants.problem !== undefined && <p className="problem">{variants.problem}</p>}
    </fieldset>
  );
}

interface RowProps {
  readonly row: VariantDraft;
  readonly known: EditableFlag;
  /** Undefined: it goes. */
  readonly change: (next: VariantDraft | undefined) => void;
}

function VariantRow({ row, known, change }: RowProps): ReactElement {
  // A kill serves it whatever the rules say: it may have another value, and stays.
  const isOff = row.was !== undefined && row.name === known.off;
  return (
    <li>
      {row.was === undefined ? (
        <label className="field">
          Name
          <input maxLength={200} value={row.name} onChange={(event) => change({ ...row, name: event.target.value })} />
        </label>
      ) : (
        <span className="variant-name">
          <code>{row.name}</code>
          {isOff && <small className="dim">what a kill serves</small>}
        </span>
      )}
      <label className="field">
        {row.was === undefined ? "Value" : <span className="hidden-label">Value of {row.name}</span>}
        <ValueInput row={row} type={known.type} change={change} />
      </label>
      {!isOff && (
        <button type="button" className="button" aria-label={`Take out ${row.name === "" ? "the new value" : row.name}`} onClick={() => change(undefined)}>
          Take out
        </button>
      )}
    </li>
  );
}

function ValueInput({ row, type, change }: Pick<RowProps, "row" | "change"> & { readonly type: EditableFlag["type"] }): ReactElement {
  const shared = { maxLength: 20_000, "aria-invalid": valueOf(row.text, type) === undefined, value: row.text };
  if (type === "object")
    return (
      <textarea {...shared} rows={3} spellCheck={false} placeholder='{ "columns": 3 }' onChange={(event) => change({ ...row, text: event.target.value })} />
    );
  return <input {...shared} inputMode={type === "number" ? "decimal" : "text"} onChange={(event) => change({ ...row, text: event.target.value })} />;
}
