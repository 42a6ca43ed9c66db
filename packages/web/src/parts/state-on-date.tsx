import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { useCustomers } from "../data/use-customers.ts";
import { fromField, toField, whenOf } from "../data/when.ts";
import { MomentInput } from "./moment-input.tsx";

/** What did, or will, a customer see on a date: leads to the customer's page as of then. */
export function StateOnDate({ version }: { readonly version: number }): ReactElement {
  const customers = useCustomers(version);
  const [name, setName] = useState("");
  const [field, setField] = useState(() => toField(Date.now()));
  const known = customers.value?.customers.find((each) => each.name === name || each.key === name);
  const atMs = fromField(field);
  const isReady = known !== undefined && !Number.isNaN(atMs);
  return (
    <section className="card" aria-labelledby="on-date">
      <h2 id="on-date">Who sees what on a date?</h2>
      <div className="pad stack">
        <label className="field">
          Customer
          <input list="customers-known" value={name} placeholder="Name or key" autoComplete="off" onChange={(event) => setName(event.target.value)} />
        </label>
        <datalist id="customers-known">
          {(customers.value?.customers ?? []).slice(0, 500).map((customer) => (
            <option key={customer.id} value={customer.name} />
          ))}
        </datalist>
        <label className="field">
          Date and time
          <MomentInput value={field} onChange={(event) => setField(event.target.value)} />
        </label>
        <p className="muted small">What was, from the decisions made until then; what will be, if nobody decides otherwise.</p>
        {isReady ? (
          <a className="button" href={to("customer", { id: known.id, at: String(atMs) })}>
            Show {known.name}, {whenOf(atMs, Date.now())}
          </a>
        ) : (
          <button type="button" className="button" disabled>
            {name !== "" && known === undefined ? "No customer has that name" : "Choose a customer"}
          </button>
        )}
      </div>
    </section>
  );
}
