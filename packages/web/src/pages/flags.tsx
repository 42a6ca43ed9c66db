import { type ReactElement, useMemo, useState } from "react";
import { to } from "../data/address.ts";
import type { FlagListing, KillListing } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import { useResource } from "../data/resource.ts";
import { flagName, kindNames, matches } from "../data/flag-name.ts";
import type { ConsoleState } from "../data/live-console.ts";
import { killAction } from "../data/role-words.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf } from "../data/when.ts";
import { FlagFilters, flagsShown, isShown } from "../parts/flag-filters.tsx";
import { Icon } from "../parts/icon.tsx";
import { State } from "../parts/state.tsx";

/** More rows than this are cut off, and the page says so: nobody reads further, and a phone stays quick. */
const ROWS_MAX = 200;

interface FlagsProps {
  readonly console: ConsoleState;
  readonly values: URLSearchParams;
  /** Whether this person's role allows an action. */
  readonly can: (action: string) => boolean;
}

export function Flags({ console: shown, values, can }: FlagsProps): ReactElement {
  const [query, setQuery] = useState("");
  const only = flagsShown(values);
  const { owner, kind } = only;
  const found = useMemo(
    () =>
      shown.flags.filter(
        (flag) => isShown(flag, { owner, kind }) && matches(query, flag.key, flagName(flag.key), flag.description, flag.owner, ...(flag.aliases ?? [])),
      ),
    [shown.flags, query, owner, kind],
  );
  const isNarrowed = query !== "" || owner !== "" || kind !== "";
  const rows = found.slice(0, ROWS_MAX);
  return (
    <>
      <div className="top">
        <h1>Flags</h1>
        <span className="dim small">{isNarrowed ? `${found.length} of ${shown.flags.length}` : `${shown.flags.length} in use`}</span>
      </div>
      <label className="search">
        <Icon name="find" />
        <span className="hidden-label">Find a flag by name, key, words or owner</span>
        <input type="search" placeholder="Name, key, words or owner" value={query} onChange={(event) => setQuery(event.target.value)} />
      </label>
      <FlagFilters flags={shown.flags} shown={only} />
      <Unknown version={shown.decided} />
      <div className="card table">
        {rows.length === 0 ? (
          <NoFlags query={query} isNarrowed={isNarrowed} />
        ) : (
          <FlagTable rows={rows} environments={shown.environments} kills={shown.kills} can={can} />
        )}
      </div>
      {found.length > ROWS_MAX && <p className="small dim">The first {ROWS_MAX} are shown. Type a few letters to find the rest.</p>}
    </>
  );
}

interface UnknownKey {
  readonly environment: string;
  readonly key: string;
  readonly service?: string;
  readonly version?: string;
  readonly lastMs: number;
  readonly count?: number;
  readonly nearest: readonly string[];
}

/** Keys shown; more of them at once have one cause. */
const UNKNOWN_SHOWN = 5;
/** A process tells of a key that nobody knows within ten seconds; here it is to be seen within thirty. */
const UNKNOWN_AGAIN_MS = 15_000;

/** What applications ask for and nobody has defined: they answer their own defaults. */
function Unknown({ version }: { readonly version: number }): ReactElement {
  const nowMs = useNow(UNKNOWN_AGAIN_MS);
  const unknown = useResource<{ readonly keys: readonly UnknownKey[] }>("/api/unknown-keys", version + Math.floor(nowMs / UNKNOWN_AGAIN_MS));
  const keys = unknown.value?.keys ?? [];
  if (keys.length === 0) return <></>;
  return (
    <section className="banner" aria-label="Asked for and not defined">
      <b>{count(keys.length, "flag is", "flags are")} asked for and not defined;</b> whoever asks gets the default of the code.
      <ul>
        {keys.slice(0, UNKNOWN_SHOWN).map(({ environment, key, service, version: app, nearest, count: times = 0, lastMs }) => (
          <li key={environment + key}>
            <code>{key}</code> in {environment}
            {service === undefined ? "" : `, by ${service}${app === undefined ? "" : ` ${app}`}`}
            {times === 0 ? "" : `, ${count(times, "time", "times")}`}, last {whenOf(lastMs, nowMs)}.
            {nearest.length === 0 ? "" : ` Is ${nearest.join(" or ")} meant?`}
          </li>
        ))}
      </ul>
      {keys.length > UNKNOWN_SHOWN && <span className="small">and {keys.length - UNKNOWN_SHOWN} more</span>}
    </section>
  );
}

interface FlagTableProps extends Pick<ConsoleState, "environments" | "kills">, Pick<FlagsProps, "can"> {
  readonly rows: readonly FlagListing[];
}

function FlagTable({ rows, environments, kills, can }: FlagTableProps): ReactElement {
  const nowMs = useNow();
  return (
    <table className="flags">
      <thead>
        <tr>
          <th scope="col">Flag</th>
          {environments.map((environment) => (
            <th key={environment.key} scope="col" className={environment.protected ? "protected" : undefined}>
              {environment.name}
            </th>
          ))}
          <th scope="col">Kind</th>
          <th scope="col">Owner</th>
          <th scope="col">
            <span className="hidden-label">Kill</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((flag) => (
          <tr key={flag.key}>
            <td>
              <a className="name" href={to("flag", { flag: flag.key })}>
                {flagName(flag.key)}
              </a>
              <code className="key">{flag.key}</code>
            </td>
            {environments.map((environment) => {
              const here = flag.environments[environment.key];
              return (
                <td key={environment.key} className={environment.protected ? "protected" : undefined}>
                  <span className="environment-label">{environment.name}</span>
                  <State state={here?.state ?? "absent"} />
                  {here?.state === "killed" && (
                    <small>
                      {killedBy(
                        kills.find(({ kill }) => here.kills?.includes(kill) === true),
                        nowMs,
                      )}
                    </small>
                  )}
                  {here?.revert && <small>reverted</small>}
                  {here?.kept && <small>at its last good form</small>}
                </td>
              );
            })}
            <td className="only-wide">{kindNames[flag.kind]}</td>
            <td className="only-wide">{flag.owner}</td>
            <td>
              {can(killAction(flag.kind)) && (
                <a className="row-kill" href={to("kill", { flag: flag.key })} aria-label={`Kill ${flagName(flag.key)}`}>
                  Kill
                </a>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** "since today 08:03, by Dele Okafor" */
function killedBy(kill: KillListing | undefined, nowMs: number): string {
  if (kill?.atMs === undefined) return "just now";
  return `since ${whenOf(kill.atMs, nowMs)}${kill.by === undefined ? "" : `, by ${kill.by}`}`;
}

function NoFlags({ query, isNarrowed }: { readonly query: string; readonly isNarrowed: boolean }): ReactElement {
  if (isNarrowed)
    return (
      <div className="empty">
        <h2>{query === "" ? "No flag of this team and kind" : `No flag here is called “${query}”`}</h2>
        <p className="dim">Try fewer letters, a word of its description, or every team and kind.</p>
      </div>
    );
  return (
    <div className="empty">
      <h2>No flag yet</h2>
      <p className="dim">
        Add a file under <code>flags/</code> in the repository and commit it: <code>npx sluice init</code> writes the first one.
      </p>
    </div>
  );
}
