import type { ListListing, ListsReply } from "@sluice/contract";
import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import type { EnvironmentListing } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf } from "../data/when.ts";
import { Icon } from "../parts/icon.tsx";
import { Empty, Shown } from "../parts/shown.tsx";
import { WaitingLists } from "../parts/waiting-lists.tsx";

interface ListsProps {
  readonly version: number;
  readonly environments: readonly EnvironmentListing[];
  /** Whether this person lets through what gives a release to more people. */
  readonly mayAccept: boolean;
}

/** Every runtime list: how many are in it, who changed it last, which flags ask it, and what waits for somebody's word. */
export function Lists({ version, environments, mayAccept }: ListsProps): ReactElement {
  const nowMs = useNow();
  const lists = useResource<ListsReply>("/api/lists", version);
  return (
    <Shown resource={lists} what="the lists">
      {({ lists: all, waiting }) => {
        const keys = [...new Set(all.map(({ list }) => list))];
        return (
          <>
            <h1 className={waiting.length === 0 ? undefined : "headline"}>
              {waiting.length === 0 ? "Lists" : `${count(waiting.length, "change waits", "changes wait")} for somebody's word.`}
            </h1>
            <p className="muted intro">Who is in a group, such as pilot customers or staff. Features can be given to the people on a list.</p>
            <WaitingLists waiting={waiting} mayAccept={mayAccept} nowMs={nowMs} done={lists.again ?? (() => {})} />
            {keys.length === 0 && (
              <Empty title="No list yet">
                <p className="muted">
                  An engineer adds a list to the repository once, with its name and what it is for; from then on, who is in it is decided here.
                </p>
              </Empty>
            )}
            <ul className="lists">
              {keys.map((list) => (
                <OneList key={list} list={list} listings={all.filter((each) => each.list === list)} environments={environments} nowMs={nowMs} />
              ))}
            </ul>
          </>
        );
      }}
    </Shown>
  );
}

interface OneListProps {
  readonly list: string;
  readonly listings: readonly ListListing[];
  readonly environments: readonly EnvironmentListing[];
  readonly nowMs: number;
}

function OneList({ list, listings, environments, nowMs }: OneListProps): ReactElement {
  const [first] = listings;
  const nameOf = (key: string): string => environments.find((each) => each.key === key)?.name ?? key;
  return (
    <li className="card">
      <h2>
        {flagName(list)} <code className="key">{list}</code>
      </h2>
      {first?.description !== undefined && <p className="pad muted">{first.description}</p>}
      <ul className="rows foot">
        {listings.map(({ environment, members, changedAtMs, changedBy, flags }) => (
          <li key={environment}>
            <a className="row list-place" href={to("list", { list, environment })}>
              <span>{nameOf(environment)}</span>
              <span>
                <b>{members === 0 ? "Nobody is in it" : count(members, "member")}</b>
                <small>{changedAtMs === undefined ? "" : `Changed ${whenOf(changedAtMs, nowMs)}${changedBy === undefined ? "" : ` by ${changedBy}`}. `}</small>
                <small>{usedBy(flags)}</small>
              </span>
              <Icon name="right" />
            </a>
          </li>
        ))}
      </ul>
    </li>
  );
}

/** Which features a list decides about. */
export const usedBy = (flags: readonly string[]): string =>
  flags.length === 0 ? "No feature is given by it yet." : `${flags.map(flagName).join(", ")} ${flags.length === 1 ? "is" : "are"} given by it.`;
