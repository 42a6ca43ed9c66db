import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { cellLook, cellNotes, cellWhen, cellWhy, cellWhyShort, type ReasonParts } from "../data/cell-sentences.ts";
import type { Cell } from "../data/release-data.ts";
import type { Customers } from "../data/use-customers.ts";
import { stateLooks } from "../state-words.ts";
import { Icon } from "./icon.tsx";
import { State } from "./state.tsx";

/** Rows drawn at once; a search finds the others. */
const ROWS_SHOWN = 100;

interface ReleaseCustomersProps {
  readonly cells: readonly Cell[];
  readonly customers: Customers;
  readonly parts: ReasonParts;
}

/** Every customer of a release, what it has and why; what several have in common is said once above them. */
export function ReleaseCustomers({ cells, customers, parts }: ReleaseCustomersProps): ReactElement {
  const [wanted, setWanted] = useState("");
  const named = cells.map((cell) => ({ cell, name: customers.nameOf(cell.customer) }));
  const found = named.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()));
  const notes = cellNotes(cells, parts, customers.nameOf);
  return (
    <section className="card table" aria-labelledby="customers">
      <div className="table-head">
        <h2 id="customers">
          Customers {cells.length} <small className="dim">{countsOf(cells)}</small>
        </h2>
        <label className="search small-search">
          <span className="hidden-label">Find a customer</span>
          <input type="search" placeholder="Find a customer" value={wanted} onChange={(event) => setWanted(event.target.value)} />
        </label>
      </div>
      {notes.length > 0 && (
        <ul className="table-notes" aria-label="What several customers have in common">
          {notes.map(({ state, text }) => (
            <li key={text}>
              <span className={`state ${stateLooks[state].colour}`}>
                <Icon name={stateLooks[state].icon} />
              </span>
              {text}
            </li>
          ))}
        </ul>
      )}
      <table className="cells">
        <thead>
          <tr>
            <th>Customer</th>
            <th>State</th>
            <th>Since or next</th>
            <th>Why</th>
            <th>Looked after by</th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, ROWS_SHOWN).map(({ cell, name }) => (
            <tr key={cell.customer}>
              <td>
                <a className="name" href={to("customer", { id: cell.customer })}>
                  {name}
                </a>
              </td>
              <td>
                <State state={cellLook(cell)} />
              </td>
              <td>{cellWhen(cell, parts.nowMs)}</td>
              <td className="muted">
                <Why cell={cell} parts={parts} name={name} />
              </td>
              <td className="muted">{customers.ownerOf(cell.customer)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > ROWS_SHOWN && <p className="pad dim small">{found.length - ROWS_SHOWN} more; type a name to find one.</p>}
      {found.length === 0 && <p className="empty dim">{cells.length === 0 ? "No customer is registered yet." : `No customer is called "${wanted}".`}</p>}
    </section>
  );
}

/** "On 9, Scheduled 29, On hold 2" */
function countsOf(cells: readonly Cell[]): string {
  const counts = new Map<string, number>();
  for (const cell of cells) {
    const { word } = stateLooks[cellLook(cell)];
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([word, n]) => `${word} ${n}`)
    .join(", ");
}

interface WhyProps extends Pick<ReleaseCustomersProps, "parts"> {
  readonly cell: Cell;
  readonly name: string;
}

/** The short reason; the whole one opens where part of it is said above. */
function Why({ cell, parts, name }: WhyProps): ReactElement {
  const [short, long] = [cellWhyShort(cell, parts), cellWhy(cell, parts)];
  if (short === long) return <>{long}</>;
  return (
    <details className="why">
      <summary>
        {short === "" ? "Why" : short}
        <span className="hidden-label">, the whole reason for {name}</span>
      </summary>
      <p>{long}.</p>
    </details>
  );
}
