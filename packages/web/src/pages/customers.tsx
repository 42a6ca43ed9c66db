import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import type { CustomerListing } from "../data/release-data.ts";
import { useCustomers } from "../data/use-customers.ts";
import { zoneTitle } from "../data/when.ts";
import { Icon } from "../parts/icon.tsx";
import { Empty, Shown } from "../parts/shown.tsx";

/** Rows drawn at once; a search finds the others. */
const ROWS_SHOWN = 200;

export const trackNames: Readonly<Record<string, string>> = { internal: "ourselves", early: "early", standard: "standard", late: "late" };

/** Every customer, found by name, key, tag or who looks after them. */
export function CustomersPage({ version, mayChange }: { readonly version: number; readonly mayChange: boolean }): ReactElement {
  const [wanted, setWanted] = useState("");
  const customers = useCustomers(version);
  const all = customers.value?.customers ?? [];
  const words = wanted.trim().toLowerCase();
  const found = all.filter(({ name, key, tags, track, zone = "", ownerName = "" }) =>
    `${name} ${key} ${track} ${tags.join(" ")} ${zone} ${ownerName}`.toLowerCase().includes(words),
  );
  return (
    <>
      <div className="top">
        <h1>Customers</h1>
        <span className="dim small">{all.length}</span>
        <span className="space" />
        {mayChange && (
          <a className="button" href={to("import")}>
            Import a list
          </a>
        )}
      </div>
      <label className="search">
        <Icon name="find" />
        <span className="hidden-label">Find a customer</span>
        <input type="search" placeholder="Name, key, tag or who looks after them" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      </label>
      <Shown resource={customers} what="the customers">
        {() => (all.length === 0 ? <NoCustomer mayChange={mayChange} /> : <List found={found} wanted={wanted} />)}
      </Shown>
    </>
  );
}

function NoCustomer({ mayChange }: { readonly mayChange: boolean }): ReactElement {
  return (
    <Empty title="No customer yet">
      <p className="muted">Import a list as CSV, or let your CRM send them: then releases reach them by name, and holds too.</p>
      {mayChange && (
        <a className="button" href={to("import")}>
          Import a list
        </a>
      )}
    </Empty>
  );
}

function List({ found, wanted }: { readonly found: readonly CustomerListing[]; readonly wanted: string }): ReactElement {
  if (found.length === 0)
    return (
      <Empty title={`Nobody is called "${wanted}"`}>
        <p className="muted">Names, keys, tracks, tags and those who look after them are searched.</p>
      </Empty>
    );
  return (
    <section className="card table">
      <table className="customers">
        <thead>
          <tr>
            <th>Customer</th>
            <th>Track</th>
            <th>Their clock</th>
            <th>Tags</th>
            <th>Looked after by</th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, ROWS_SHOWN).map((customer) => (
            <tr key={customer.id}>
              <td>
                <a className="name" href={to("customer", { id: customer.id })}>
                  {customer.name}
                </a>
                <span className="key">{customer.key}</span>
              </td>
              <td>{trackNames[customer.track] ?? customer.track}</td>
              <td className="muted" title={customer.zone}>
                {customer.zone === undefined ? "not said" : zoneTitle(customer.zone)}
              </td>
              <td className="muted">{customer.tags.join(", ")}</td>
              <td className="muted">{customer.ownerName ?? (customer.owner === undefined ? "nobody" : "somebody who is gone")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > ROWS_SHOWN && <p className="pad dim small">{found.length - ROWS_SHOWN} more; type to find one.</p>}
    </section>
  );
}
