import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import { count } from "../data/counting.ts";
import type { CustomersImport } from "../data/release-data.ts";
import { Icon } from "./icon.tsx";

interface OutcomeProps {
  readonly outcome: CustomersImport;
  readonly isBusy: boolean;
  readonly apply: () => void;
}

const fieldNames: Readonly<Record<CustomersImport["rows"][number]["changes"][number]["field"], string>> = {
  name: "Name",
  zone: "Time zone",
  track: "Track",
  tags: "Tags",
  owner: "Looked after by",
};

/** What a list would change, or has: counts, then what is wrong with it by line, then who changes. */
export function ImportOutcome({ outcome, isBusy, apply }: OutcomeProps): ReactElement {
  const { isDone, added, changed, unchanged, leftOut, encoding, separator, ignoredColumns } = outcome;
  return (
    <>
      <section className="card" aria-label={isDone ? "What was imported" : "What it would change"} aria-live="polite">
        <dl className="counts">
          <Fact n={added} what={isDone ? "added" : "would be added"} />
          <Fact n={changed} what={isDone ? "changed" : "would change"} />
          <Fact n={unchanged} what={isDone ? "stayed as they were" : "stay as they are"} />
          <Fact n={leftOut} what={isDone ? "rows were left out" : "rows are left out"} look={leftOut > 0 ? "ask" : undefined} />
        </dl>
        <p className="pad dim small foot">
          Read as {encoding}, separated by {separatorName(separator)}.
          {ignoredColumns.length > 0 && ` ${count(ignoredColumns.length, "column is", "columns are")} not used: ${ignoredColumns.join(", ")}.`}
        </p>
        {isDone ? (
          <div className="pad buttons foot">
            <a className="button primary" href={to("customers")}>
              See all customers
            </a>
            <a className="button" href={to("plan")}>
              Plan a release for them
            </a>
          </div>
        ) : (
          <div className="pad buttons foot">
            <button type="button" className="button primary" disabled={isBusy || added + changed === 0} onClick={apply}>
              {added + changed === 0 ? "Nothing to import" : `Import ${count(added + changed, "customer")}`}
            </button>
            {leftOut > 0 && <p className="muted small">The {count(leftOut, "row")} below can be corrected in the file, and the file chosen again.</p>}
          </div>
        )}
      </section>
      <Problems outcome={outcome} />
      <Rows outcome={outcome} />
    </>
  );
}

const separatorName = (separator: string): string => ({ ",": "commas", ";": "semicolons", "\t": "tabs" })[separator] ?? separator;

function Fact({ n, what, look }: { readonly n: number; readonly what: string; readonly look?: "ask" | undefined }): ReactElement {
  return (
    <div className={look}>
      <dt>{what}</dt>
      <dd>{n.toLocaleString("en-GB")}</dd>
    </div>
  );
}

function Problems({ outcome: { problems, leftOut, remarks } }: Pick<OutcomeProps, "outcome">): ReactElement {
  if (problems.length === 0) return <></>;
  const more = leftOut + remarks - problems.length;
  return (
    <section className="card table" aria-labelledby="import-problems">
      <h2 id="import-problems">Worth a look</h2>
      <table className="by-line">
        <thead>
          <tr>
            <th>Line</th>
            <th>What</th>
            <th>What to do</th>
          </tr>
        </thead>
        <tbody>
          {problems.map(({ line, column, kind, message, fix }) => (
            <tr key={`${line} ${column ?? 0} ${message}`}>
              <td>
                <b>{line}</b>
                {column === undefined ? "" : <span className="dim">, column {column}</span>}
              </td>
              <td>
                <span className={kind === "leftOut" ? "state ask" : "state plain"}>
                  <Icon name={kind === "leftOut" ? "warn" : "check"} />
                  {kind === "leftOut" ? "Left out" : "Imported"}
                </span>
                <span className="wrapped">{message}</span>
              </td>
              <td className="muted">{fix}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p className="pad dim small">{count(more, "more line", "more lines")} like these. Correct these first and choose the file again.</p>}
    </section>
  );
}

function Rows({ outcome: { rows, added, changed } }: Pick<OutcomeProps, "outcome">): ReactElement {
  if (rows.length === 0) return <></>;
  const more = added + changed - rows.length;
  return (
    <section className="card table" aria-labelledby="import-rows">
      <h2 id="import-rows">Who changes</h2>
      <table className="by-line">
        <thead>
          <tr>
            <th>Line</th>
            <th>Customer</th>
            <th>Change</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ line, key, name, kind, changes }) => (
            <tr key={line}>
              <td>{line}</td>
              <td>
                <b>{name}</b>
                <span className="key">{key}</span>
              </td>
              <td className="muted">
                {kind === "added"
                  ? "New"
                  : changes
                      .map(({ field, from, to: next }) => `${fieldNames[field]}: ${from === "" ? "none" : from} → ${next === "" ? "none" : next}`)
                      .join("; ")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p className="pad dim small">and {count(more, "more customer")}.</p>}
    </section>
  );
}
