import type { TriggerListing } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import { useAskFor, withCommand } from "../data/ask-for.ts";
import type { EnvironmentListing, FlagListing } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import { listOf } from "../data/list-words.ts";
import { useResource } from "../data/resource.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { Shown } from "./shown.tsx";

/** What sends the alert, as people call it; the words of `shape:` in sluice.yaml. */
const SHAPES: readonly (readonly [shape: string, title: string])[] = [
  ["alertmanager", "Alertmanager"],
  ["datadog", "Datadog"],
  ["grafana", "Grafana"],
  ["opsgenie", "Opsgenie"],
  ["pagerduty", "PagerDuty"],
  ["generic", "Something else (signed webhook)"],
];

interface TriggerSettingsProps {
  readonly version: number;
  readonly environments: readonly EnvironmentListing[];
  readonly flags: readonly FlagListing[];
  /** Whether this person may read secrets and make new ones. */
  readonly mayManage: boolean;
}

/** Alerts that may switch features off: which, where each is sent to, its secret, and the lines that arm another one. */
export function TriggerSettings({ version, environments, flags, mayManage }: TriggerSettingsProps): ReactElement {
  const triggers = useResource<{ readonly triggers: readonly TriggerListing[] }>("/api/triggers", version);
  const nameOf = (key: string): string => environments.find((one) => one.key === key)?.name ?? key;
  return (
    <section className="card" aria-labelledby="triggers-set">
      <h2 id="triggers-set">Alerts that may kill</h2>
      <Shown resource={triggers} what="the alerts">
        {({ triggers: all }) => (
          <ul className="rows">
            {all.map((one) => (
              <TriggerRow key={one.name} listing={one} where={nameOf(one.environment)} mayManage={mayManage} />
            ))}
            {all.length === 0 && <li className="row dim">No alert may switch anything off.</li>}
          </ul>
        )}
      </Shown>
      <NewTrigger environments={environments} flags={flags} />
    </section>
  );
}

function TriggerRow({ listing, where, mayManage }: { readonly listing: TriggerListing; readonly where: string; readonly mayManage: boolean }): ReactElement {
  const { name, flags, notArmed, perHour, path } = listing;
  const armed = flags.filter((flag) => !notArmed.includes(flag));
  const secret = useAskFor<{ readonly secret: string }>(() => undefined);
  const [isShown, setShown] = useState(false);
  const known = useResource<{ readonly secret: string }>(isShown ? `/api/triggers/${encodeURIComponent(name)}/secret` : undefined, 0);
  const value = secret.answer?.secret ?? known.value?.secret;
  return (
    <li className="row trigger">
      <b>{name}</b>
      <span className="muted">
        {armed.length === 0 ? "Kills nothing" : `Kills ${listOf(armed.map(flagName))}`} in {where}, at most {count(perHour, "time")} an hour.
        {notArmed.length > 0 && ` Not ${listOf(notArmed)}: unknown, or not for an alert to kill beside others.`}
      </span>
      <span className="small">
        Sent to <code>{location.origin + path}</code>
      </span>
      {mayManage && !isShown && (
        <span className="buttons">
          <button type="button" className="button" aria-label={`Show the secret of ${name}`} onClick={() => setShown(true)}>
            Show its secret
          </button>
        </span>
      )}
      {isShown && (
        <div className="once">
          <code>{value ?? "…"}</code>
          <div className="buttons">
            <button
              type="button"
              className="button"
              disabled={secret.isBusy}
              onClick={() => void secret.ask(`/api/triggers/${encodeURIComponent(name)}/secret`, withCommand({}))}
            >
              Make a new one
            </button>
            <button type="button" className="button" onClick={() => setShown(false)}>
              Hide it
            </button>
          </div>
          {secret.answer && <p className="small muted">The one before works for a day more.</p>}
          <ProblemNote problem={secret.problem ?? known.problem} />
        </div>
      )}
    </li>
  );
}

/** The lines of sluice.yaml that give an alert a name and arm features for it: what may switch off is reviewed like everything in Git. */
function NewTrigger({ environments, flags }: Pick<TriggerSettingsProps, "environments" | "flags">): ReactElement {
  const [name, setName] = useState("");
  const [shape, setShape] = useState("alertmanager");
  const [environment, setEnvironment] = useState("production");
  const [flag, setFlag] = useState("");
  const [isCopied, setCopied] = useState(false);
  const fits = /^[a-z0-9][a-z0-9-]{0,49}$/.test(name);
  const lines = `triggers:\n  ${name}: { shape: ${shape}, environment: ${environment}, flags: [${flag}], perHour: 6 }\n`;
  const killable = flags.filter(({ kind }) => kind === "release" || kind === "experiment");
  return (
    <div className="pad foot stack">
      <h3>Arm another</h3>
      <div className="fields">
        <label className="field">
          <span>Name of the alert</span>
          <input value={name} placeholder="on-call" maxLength={50} onChange={(event) => setName(event.target.value)} aria-describedby="trigger-name" />
          <small id="trigger-name">{name === "" || fits ? "Small letters, digits and dashes." : "Only small letters, digits and dashes, at most 50."}</small>
        </label>
        <label className="field">
          <span>Sent by</span>
          <select value={shape} onChange={(event) => setShape(event.target.value)}>
            {SHAPES.map(([key, title]) => (
              <option key={key} value={key}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Where</span>
          <select value={environment} onChange={(event) => setEnvironment(event.target.value)}>
            {environments.map((one) => (
              <option key={one.key} value={one.key}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Kills</span>
          <select value={flag} onChange={(event) => setFlag(event.target.value)}>
            <option value="">Choose a feature</option>
            {killable.map(({ key }) => (
              <option key={key} value={key}>
                {flagName(key)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {fits && flag !== "" ? (
        <>
          <pre className="source lines-for-git" aria-label="Lines for sluice.yaml">
            {lines}
          </pre>
          <p className="small muted">
            These lines go into sluice.yaml, where somebody reviews them. Once they are merged the alert stands above, with its address and its secret.
          </p>
          <span className="buttons">
            <button type="button" className="button" onClick={() => void navigator.clipboard?.writeText(lines).then(() => setCopied(true))}>
              <Icon name={isCopied ? "check" : "download"} />
              {isCopied ? "Copied" : "Copy the lines"}
            </button>
          </span>
        </>
      ) : (
        <p className="small muted">With a name and a feature, the lines for sluice.yaml stand here.</p>
      )}
    </div>
  );
}
