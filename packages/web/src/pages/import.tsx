import { type DragEvent, type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { count } from "../data/counting.ts";
import { type CustomerImport, useImport } from "../data/use-import.ts";
import { Icon } from "../parts/icon.tsx";
import { ImportOutcome } from "../parts/import-outcome.tsx";
import { Forbidden, Loading } from "../parts/shown.tsx";

const columns: readonly (readonly [name: string, what: string, isNeeded: boolean])[] = [
  ["key", "how your application calls the customer; finds whom a row is about", true],
  ["name", "how people call it", true],
  ["zone", "its time zone, such as Europe/Berlin", false],
  ["track", "ourselves, early, standard or late: when it usually gets things", false],
  ["tags", "words of your own, separated by ;", false],
  ["owner", "the e-mail of whoever looks after it", false],
];

/** A CSV of customers: first what it would change, line by line, then exactly that. */
export function Import({ mayChange }: { readonly mayChange: boolean }): ReactElement {
  const list = useImport();
  const { file, outcome, problem, isBusy } = list;
  return (
    <>
      <p className="over">
        <a href={to("customers")}>Customers</a> / Import
      </p>
      <h1 className="headline">{headline(list)}</h1>
      {!mayChange && (
        <Forbidden
          what="the import"
          problem={{ message: "You may look at customers, not change them.", fix: "Ask somebody in customer success or an admin." }}
        />
      )}
      {mayChange && (
        <div className="import">
          <div className="stack-wide">
            {outcome?.isDone !== true && <FileField list={list} />}
            {isBusy && outcome === undefined && <Loading what="what the list changes" />}
            {problem && (
              <section className="card pad stack" role="alert">
                <p className="note kill">
                  <Icon name="warn" />
                  <span>
                    <b>{problem.message}</b> {problem.fix}
                  </span>
                </p>
                {file && (
                  <button type="button" className="button" disabled={isBusy} onClick={list.again}>
                    Look at {file.name} again
                  </button>
                )}
              </section>
            )}
            {outcome && <ImportOutcome outcome={outcome} isBusy={isBusy} apply={list.apply} />}
          </div>
          <Columns />
        </div>
      )}
    </>
  );
}

function headline({ file, outcome, isBusy }: CustomerImport): string {
  if (outcome?.isDone) return `${count(outcome.added + outcome.changed, "customer is", "customers are")} imported.`;
  if (file === undefined) return "Import a list of customers";
  if (outcome === undefined) return isBusy ? `Looking at ${file.name} …` : file.name;
  const { added, changed, leftOut } = outcome;
  const kept = leftOut === 0 ? "" : ` ${count(leftOut, "row is", "rows are")} left out.`;
  if (added + changed === 0) return `This list changes nothing.${kept}`;
  return `This list adds ${count(added, "customer")} and changes ${changed}.${kept}`;
}

/** Choosing a file is enough: what it would change is asked for at once. */
function FileField({ list }: { readonly list: CustomerImport }): ReactElement {
  const [isOver, setOver] = useState(false);
  const dropped = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) list.choose(file);
  };
  return (
    <label
      className={isOver ? "file over" : "file"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
    >
      <Icon name="import" />
      <span>
        <b>{list.file === undefined ? "Choose a CSV file" : "Choose another file"}</b>
        <small>{list.file === undefined ? "or drop it here. You see what it changes before anything is saved." : list.file.name}</small>
      </span>
      <input
        type="file"
        accept=".csv,.tsv,.txt,text/csv,text/plain"
        disabled={list.isBusy}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) list.choose(file);
          // So that the same file, once corrected, can be chosen again.
          event.target.value = "";
        }}
      />
    </label>
  );
}

function Columns(): ReactElement {
  return (
    <aside className="card">
      <h2>What a list looks like</h2>
      <div className="pad stack">
        <p className="muted">
          A row for each customer, the first row with the names of the columns. Whoever is known by its key is changed, others are added. Customers that are not
          in the file stay as they are; nobody is removed.
        </p>
        <dl className="columns">
          {columns.map(([name, what, isNeeded]) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
              </dt>
              <dd>
                {what}
                {isNeeded ? " (needed)" : ""}
              </dd>
            </div>
          ))}
        </dl>
        <a className="button" href="/api/customers/export" download>
          <Icon name="download" />
          Download the list as it is now
        </a>
        <p className="dim small">Keep that file: importing it again is how an import is undone.</p>
      </div>
    </aside>
  );
}
