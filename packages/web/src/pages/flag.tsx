import { Fragment, type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import type { BlastRadius, EnvironmentListing, FlagDetail, FlagListing, KillListing } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import type { ChangesView } from "../data/edit-data.ts";
import { flagName, flagNamed } from "../data/flag-name.ts";
import type { ConsoleState } from "../data/live-console.ts";
import { useResource } from "../data/resource.ts";
import { killAction } from "../data/role-words.ts";
import type { PinsView } from "../data/release-data.ts";
import { FlagCommits } from "../parts/flag-commits.tsx";
import { FormerKeys } from "../parts/former-keys.tsx";
import { GuardRows } from "../parts/guard-rows.tsx";
import { Icon } from "../parts/icon.tsx";
import { sinceSentence } from "../parts/kills-in-force.tsx";
import { PastForms } from "../parts/past-forms.tsx";
import { PinRows } from "../parts/pin-rows.tsx";
import { Shown } from "../parts/shown.tsx";
import { State } from "../parts/state.tsx";

interface FlagPageProps {
  readonly console: ConsoleState;
  readonly flagKey: string;
  readonly reload: () => Promise<void>;
  /** Whether this person's role allows an action. */
  readonly can: (action: string) => boolean;
}

export function Flag({ console: shown, flagKey: asked, reload, can }: FlagPageProps): ReactElement {
  const [version, setVersion] = useState(0);
  // An address from before a rename leads to the flag as it is called now.
  const listing = flagNamed(shown.flags, asked);
  const flagKey = listing?.key ?? asked;
  const detail = useResource<FlagDetail>(`/api/flags/${encodeURIComponent(flagKey)}`, version);
  const pins = useResource<PinsView>(`/api/pins?flag=${encodeURIComponent(flagKey)}`, version);
  const name = flagName(flagKey);
  const changed = async (): Promise<void> => {
    await reload();
    setVersion((before) => before + 1);
  };
  return (
    <div className="stack">
      <div className="top flag-top">
        <div>
          <h1>{name}</h1>
          <code className="dim">{flagKey}</code>
        </div>
        <span className="buttons">
          {can("editFacts") && (
            <a className="button" href={to("change", { flag: flagKey })}>
              Change
            </a>
          )}
          {can(killAction(listing?.kind ?? "release")) && !isKilledEverywhere(listing) && (
            <a className="button kill-button" href={to("kill", { flag: flagKey })}>
              <Icon name="kill" />
              Kill {name}
            </a>
          )}
        </span>
      </div>
      {asked !== flagKey && (
        <p className="note">
          <Icon name="flag" />
          <span>
            <code>{asked}</code> is called <code>{flagKey}</code> now.
          </span>
        </p>
      )}
      <OpenChanges flagKey={flagKey} version={version} />
      {listing?.description && <p className="lead muted">{listing.description}</p>}
      {listing && <About listing={listing} />}
      {listing && <WhereItIsOn listing={listing} environments={shown.environments} kills={shown.kills} />}
      <GuardRows environments={shown.environments} version={shown.decided} shows={({ flag }) => flag === flagKey} />
      {pins.value && <PinRows title="Pinned for" pins={pins.value} about="flag" nowMs={Date.now()} changed={() => void changed()} />}
      <Shown resource={detail} what={`the definition of ${name}`}>
        {(known) => (
          <div className="two">
            <section className="card" aria-label="Definition">
              <h2>{known.file}</h2>
              <pre className="source">{known.definition}</pre>
              {known.parts.map(({ file, definition }) => (
                <Fragment key={file}>
                  <h2>{file}</h2>
                  <pre className="source">{definition}</pre>
                </Fragment>
              ))}
              <FormerKeys keys={known.formerKeys} nowMs={Date.now()} />
            </section>
            <div className="stack-wide">
              <PastForms
                of={{ flag: flagKey }}
                name={name}
                history={known.history}
                environments={shown.environments}
                reverts={Object.fromEntries(shown.environments.map(({ key }) => [key, listing?.environments[key]?.revert]))}
                mayRevert={can("revert")}
                changed={() => void changed()}
              />
              <FlagCommits flagKey={flagKey} version={version} of={known.parts.length === 0 ? "Its file" : "Its files"} />
            </div>
          </div>
        )}
      </Shown>
    </div>
  );
}

/** Nothing is left to kill. */
function isKilledEverywhere(listing: FlagListing | undefined): boolean {
  const states = Object.values(listing?.environments ?? {});
  return states.length > 0 && states.every(({ state }) => state === "killed");
}

/** Changes of this flag that wait for their review. */
function OpenChanges({ flagKey, version }: { readonly flagKey: string; readonly version: number }): ReactElement {
  const changes = useResource<ChangesView>("/api/changes", version);
  const open = (changes.value?.sent ?? []).filter(({ state, flags }) => state === "open" && flags.includes(flagKey));
  return (
    <>
      {open.map(({ change, title, who, link, branch }) => (
        <p className="note" key={change}>
          <Icon name="clock" />
          <span>
            {who} changed it: “{title}” waits for its review{branch === undefined ? "" : ` on ${branch}`}. <a href={link ?? to("changes")}>Look at it</a>
          </span>
        </p>
      ))}
    </>
  );
}

interface WhereItIsOnProps {
  readonly listing: FlagListing;
  readonly environments: readonly EnvironmentListing[];
  readonly kills: readonly KillListing[];
}

function WhereItIsOn({ listing, environments, kills }: WhereItIsOnProps): ReactElement {
  return (
    <ul className="where">
      {environments.map((environment) => (
        <Where
          key={environment.key}
          listing={listing}
          environment={environment}
          kills={kills.filter((kill) => kill.environment === environment.key && kill.flags.includes(listing.key))}
        />
      ))}
    </ul>
  );
}

/** One environment: on or not, for how many customers, by which releases, and who runs there. */
interface WhereProps {
  readonly listing: FlagListing;
  readonly environment: EnvironmentListing;
  /** In force here. */
  readonly kills: readonly KillListing[];
}

function Where({ listing, environment, kills }: WhereProps): ReactElement {
  const query = new URLSearchParams({ environment: environment.key, flag: listing.key });
  const here = listing.environments[environment.key];
  const blast = useResource<BlastRadius>(`/api/blast-radius?${query.toString()}`, 0);
  const releases = blast.value?.releases ?? [];
  return (
    <li className="card">
      <span className="small dim">{environment.name}</span>
      <State state={here?.state ?? "absent"} />
      {kills.map((kill) => (
        <span key={kill.kill} className="small">
          {sinceSentence(kill, Date.now())}
        </span>
      ))}
      {blast.value?.customers !== undefined && (
        <span className="small">
          For <b>{count(blast.value.customers, "customer")}</b>, by what was released or pinned
        </span>
      )}
      {releases.map(({ release, title }) => (
        <span key={release} className="small">
          In the release{" "}
          <a className="link" href={to("release", { id: release })}>
            {title}
          </a>
        </span>
      ))}
      <span className="small dim">
        {environment.instances === 0
          ? "no process connected"
          : `${count(environment.instances, "process", "processes")}: ${(blast.value?.services ?? []).map(({ service }) => service).join(", ")}`}
      </span>
      {(environment.relays ?? []).map(({ relay, connected, instances }) => (
        <span key={relay} className="small dim">
          {connected
            ? `${count(instances, "process", "processes")} behind the relay ${relay}`
            : `the relay ${relay} is cut off, ${count(instances, "process", "processes")} behind it`}
        </span>
      ))}
    </li>
  );
}

const kinds: Readonly<Record<FlagListing["kind"], string>> = {
  release: "Release flag: temporary, for bringing something to customers",
  experiment: "Experiment: temporary, to find out what is better",
  ops: "Operations flag: stays, for those who run it",
  permission: "Permission flag: stays, for who may have it",
};

function About({ listing }: { readonly listing: FlagListing }): ReactElement {
  return (
    <p className="facts-line muted">
      <span>{kinds[listing.kind]}</span>
      {listing.owner !== undefined && (
        <span>
          Owned by <b>{listing.owner}</b>
        </span>
      )}
      {(listing.tags ?? []).map((tag) => (
        <a key={tag} href={to("kill", { of: "tag", name: tag })}>
          {tag}
        </a>
      ))}
      {listing.dependants.length > 0 && (
        <span>
          {count(listing.dependants.length, "flag needs", "flags need")} it:{" "}
          {listing.dependants.map((key, index) => (
            <span key={key}>
              {index > 0 && (index === listing.dependants.length - 1 ? " and " : ", ")}
              <a href={to("flag", { flag: key })}>{flagName(key)}</a>
            </span>
          ))}
        </span>
      )}
    </p>
  );
}
