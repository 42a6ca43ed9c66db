import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import type { FlagListing } from "../data/console-data.ts";
import { kindNames } from "../data/flag-name.ts";

/** What the list is narrowed to; empty for everything. */
export interface FlagsShown {
  readonly owner: string;
  readonly kind: string;
}

export const flagsShown = (values: URLSearchParams): FlagsShown => ({ owner: values.get("owner") ?? "", kind: values.get("kind") ?? "" });
export const isShown = ({ owner, kind }: FlagListing, shown: FlagsShown): boolean =>
  (shown.owner === "" || owner === shown.owner) && (shown.kind === "" || kind === shown.kind);

/** Of one team, of one kind; each is an address, so that a narrowed list can be sent to somebody. */
export function FlagFilters({ flags, shown }: { readonly flags: readonly FlagListing[]; readonly shown: FlagsShown }): ReactElement {
  const owners = [...new Set(flags.flatMap(({ owner }) => owner ?? []))].sort((a, b) => a.localeCompare(b, "en"));
  const kinds = Object.entries(kindNames).filter(([kind]) => flags.some((flag) => flag.kind === kind));
  const count = (change: Partial<FlagsShown>): number => flags.filter((flag) => isShown(flag, { ...shown, ...change })).length;
  const address = (change: Partial<FlagsShown>): string =>
    to("flags", Object.fromEntries(Object.entries({ ...shown, ...change }).filter(([, value]) => value !== "")));
  if (owners.length < 2 && kinds.length < 2) return <></>;
  return (
    <div className="filters flag-filters" role="group" aria-label="Show only">
      {owners.length > 1 && (
        <select aria-label="Team" value={shown.owner} onChange={(event) => (location.hash = address({ owner: event.target.value }).slice(1))}>
          <option value="">Every team, {count({ owner: "" })}</option>
          {owners.map((owner) => (
            <option key={owner} value={owner}>
              {owner}, {count({ owner })}
            </option>
          ))}
        </select>
      )}
      {kinds.length > 1 &&
        [["", "Every kind"] as const, ...kinds].map(([kind, name]) => (
          <a key={kind} className="chip" href={address({ kind })} aria-current={shown.kind === kind ? "true" : undefined}>
            {name} <span className="dim">{count({ kind })}</span>
          </a>
        ))}
    </div>
  );
}
