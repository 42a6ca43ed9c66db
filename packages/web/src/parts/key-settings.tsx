import { type FormEvent, type ReactElement, useState } from "react";
import { useAct } from "../data/act.ts";
import { useAskFor, withCommand } from "../data/ask-for.ts";
import type { EnvironmentListing } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import type { SdkKeyMade } from "../data/release-data.ts";
import { useResource } from "../data/resource.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { Shown } from "./shown.tsx";

interface KeyListing {
  readonly key: string;
  readonly environment: string;
  readonly name: string;
}

interface KeySettingsProps {
  readonly version: number;
  readonly environments: readonly EnvironmentListing[];
  readonly mayManage: boolean;
}

/** Keys with which programs ask for flags: making one, ending one, and which are in use. Nobody can read a key from the server. */
export function KeySettings({ version, environments, mayManage }: KeySettingsProps): ReactElement {
  const [changes, setChanges] = useState(0);
  const changed = (): void => setChanges((before) => before + 1);
  const keys = useResource<{ readonly keys: readonly KeyListing[] }>("/api/sdk-keys", version + changes);
  const streams = useResource<{ readonly connected: Readonly<Record<string, number>> }>("/api/sdk-keys/connected", version + changes);
  const made = useAskFor<SdkKeyMade>(changed);
  return (
    <section className="card" aria-labelledby="keys-set">
      <h2 id="keys-set">Keys of your programs</h2>
      <Shown resource={keys} what="the keys">
        {({ keys: all }) => (
          <ul className="rows">
            {all.map((one) => (
              <KeyRow key={one.key} listing={one} connected={streams.value?.connected[one.key] ?? 0} mayManage={mayManage} changed={changed} />
            ))}
            {all.length === 0 && <li className="row dim">No key yet: make one, and give it to a program as SLUICE_SDK_KEY.</li>}
          </ul>
        )}
      </Shown>
      {made.answer && (
        <div className="pad foot">
          <ShownOnce
            title={`The key of ${made.answer.name} in ${made.answer.environment}. Give it to the program as SLUICE_SDK_KEY.`}
            secret={made.answer.secret}
            forget={made.forget}
          />
        </div>
      )}
      {made.problem && (
        <div className="pad">
          <ProblemNote problem={made.problem} />
        </div>
      )}
      {mayManage ? (
        <NewKey environments={environments} isBusy={made.isBusy} make={(body) => void made.ask("/api/sdk-keys", withCommand(body))} />
      ) : (
        <p className="pad dim small foot">Making and ending keys is for engineers and admins.</p>
      )}
    </section>
  );
}

interface KeyRowProps {
  readonly listing: KeyListing;
  readonly connected: number;
  readonly mayManage: boolean;
  readonly changed: () => void;
}

function KeyRow({ listing: { key, environment, name }, connected, mayManage, changed }: KeyRowProps): ReactElement {
  const [isAsking, setAsking] = useState(false);
  const act = useAct(changed);
  return (
    <li className="row environment key-row">
      <span className="key-name">
        <Icon name="key" />
        <span>
          <b>{name}</b>
          <span className="dim block">
            {environment}, <code>{key}</code>, {connected === 0 ? "nobody connected" : `${count(connected, "program")} connected`}
          </span>
        </span>
      </span>
      {mayManage && !isAsking && (
        <button type="button" className="button" aria-label={`End it: the key ${name} of ${environment}`} onClick={() => setAsking(true)}>
          End it
        </button>
      )}
      {isAsking && (
        <div className="stack key-end">
          <p className="note warn">
            <Icon name="warn" />
            {connected === 0
              ? "Nobody is connected with it now. A program that starts with it later is let in no more."
              : `${count(connected, "program")} connected with it ${connected === 1 ? "keeps" : "keep"} the last answers and ${connected === 1 ? "hears" : "hear"} of nothing more, not even of kills.`}{" "}
            This cannot be taken back.
          </p>
          <div className="buttons">
            <button type="button" className="button danger" disabled={act.isBusy} onClick={() => void act.run(`/api/sdk-keys/${key}/end`, {})}>
              End it for good
            </button>
            <button type="button" className="button" onClick={() => setAsking(false)}>
              Keep it
            </button>
          </div>
          <ProblemNote problem={act.problem} />
        </div>
      )}
    </li>
  );
}

interface NewKeyProps {
  readonly environments: readonly EnvironmentListing[];
  readonly isBusy: boolean;
  readonly make: (body: object) => void;
}

function NewKey({ environments, isBusy, make }: NewKeyProps): ReactElement {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    event.currentTarget.reset();
    make({ name: form.get("name"), environment: form.get("environment") });
  };
  return (
    <form className="invite new-key pad foot" onSubmit={submit}>
      <label className="field">
        Program
        <input name="name" required maxLength={60} autoComplete="off" placeholder="shop" />
      </label>
      <label className="field">
        Environment
        <select name="environment">
          {environments.map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="button primary" disabled={isBusy || environments.length === 0}>
        Make a key
      </button>
    </form>
  );
}
