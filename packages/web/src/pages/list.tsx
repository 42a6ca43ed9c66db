import type { ListView } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import type { EnvironmentListing } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf } from "../data/when.ts";
import { ChangeList } from "../parts/change-list.tsx";
import { useEnvironmentShown } from "../parts/environment-chip.tsx";
import { Empty, Shown } from "../parts/shown.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { usedBy } from "./lists.tsx";

interface ListProps {
  /** `list` and `environment`. */
  readonly values: URLSearchParams;
  readonly version: number;
  readonly mayChange: boolean;
  readonly environments: readonly EnvironmentListing[];
}

/** One list in one environment: who is in it, whether somebody is, and the field to put people in or take them out. */
export function List({ values, version, mayChange, environments }: ListProps): ReactElement {
  const [list, environment] = [values.get("list") ?? "", values.get("environment") ?? "production"];
  const where = environments.find(({ key }) => key === environment)?.name;
  useEnvironmentShown(where === undefined ? undefined : environment);
  const nowMs = useNow();
  const [after, setAfter] = useState("");
  const query = new URLSearchParams({ environment, ...(after === "" ? {} : { after }) });
  const isUnknown = where === undefined && environments.length > 0;
  const view = useResource<ListView>(isUnknown ? undefined : `/api/lists/${encodeURIComponent(list)}?${query.toString()}`, version);
  if (isUnknown) return <NoSuchPlace list={list} environments={environments} />;
  return (
    <>
      <p className="over">
        <a href={to("lists")}>Lists</a> / {flagName(list)}
      </p>
      <Shown resource={view} what="the list">
        {(shown) => (
          <>
            <h1 className="headline">
              {flagName(list)} has {shown.members === 0 ? "nobody" : count(shown.members, "member")} in {where ?? environment}.
            </h1>
            <p className="muted intro">
              {shown.description}{" "}
              {shown.changedAtMs === undefined
                ? ""
                : `Changed ${whenOf(shown.changedAtMs, nowMs)}${shown.changedBy === undefined ? "" : ` by ${shown.changedBy}`}.`}{" "}
              {usedBy(shown.flags)}
            </p>
            <div className="import">
              <div className="stack-wide">
                {mayChange ? (
                  <ChangeList list={list} environment={environment} by={shown.by} changed={view.again ?? (() => {})} />
                ) : (
                  <p className="muted">Your role looks at lists. Product, Customer Success, engineering or an admin changes them.</p>
                )}
                <Members view={shown} next={setAfter} mayChange={mayChange} />
              </div>
              <Ask list={list} environment={environment} version={version} />
            </div>
          </>
        )}
      </Shown>
    </>
  );
}

/** An address that names no environment there is. */
function NoSuchPlace({ list, environments }: Pick<ListProps, "environments"> & { readonly list: string }): ReactElement {
  return (
    <Empty title="This address names no environment there is">
      <p className="muted">
        Choose one:{" "}
        {environments.map(({ key, name }) => (
          <a key={key} className="link" href={to("list", { list, environment: key })}>
            {name}{" "}
          </a>
        ))}
        or among <a href={to("lists")}>all lists</a>.
      </p>
    </Empty>
  );
}

interface MembersProps {
  readonly view: ListView;
  readonly next: (after: string) => void;
  readonly mayChange: boolean;
}

function Members({ view: { shown, members, after }, next, mayChange }: MembersProps): ReactElement {
  if (members === 0)
    return (
      <Empty title="Nobody is in it">
        <p className="muted">{mayChange ? "Put people in with the field above." : "Whoever is put in is listed here."}</p>
      </Empty>
    );
  return (
    <section className="card" aria-labelledby="members">
      <h2 id="members">Who is in it</h2>
      <ul className="rows list-members">
        {shown.map(({ hash, id, name }) => (
          <li key={hash}>
            {name ?? id ?? "Somebody whose name was erased"} {name !== undefined && id !== undefined && <small>{id}</small>}
          </li>
        ))}
      </ul>
      {after !== undefined && (
        <div className="pad">
          <button type="button" className="button" onClick={() => next(after)}>
            Show more of {members}
          </button>
        </div>
      )}
    </section>
  );
}

/** Whether one is in it: the answer to "why does Acme have this". */
function Ask({ list, environment, version }: { readonly list: string; readonly environment: string; readonly version: number }): ReactElement {
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState("");
  const path = `/api/lists/${encodeURIComponent(list)}?${new URLSearchParams({ environment, id: asked }).toString()}`;
  const { value, problem } = useResource<ListView>(asked === "" ? undefined : path, version);
  return (
    <aside className="card">
      <h2>Is somebody in it?</h2>
      <form
        className="pad stack"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(typed.trim());
        }}
      >
        <label className="field">
          Key of the customer or user
          <input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" spellCheck={false} />
        </label>
        <button type="submit" className="button" disabled={typed.trim() === ""}>
          Look
        </button>
        {value?.asked?.id === asked && asked !== "" && (
          <p role="status">
            <b>{asked}</b> is {value.asked.isMember ? "" : "not "}in the list.
          </p>
        )}
        <ProblemNote problem={problem} />
      </form>
    </aside>
  );
}
