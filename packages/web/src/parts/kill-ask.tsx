import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import type { BlastRadius, EnvironmentListing } from "../data/console-data.ts";
import { flagName } from "../data/flag-name.ts";
import { type KillAim, questionOf } from "../data/kill-aim.ts";
import { keyOf, type KillSession } from "../data/kill-session.ts";
import { noTerms, saidIn, scopeIn } from "../data/kill-terms.ts";
import type { ConsoleState } from "../data/live-console.ts";
import { listOf } from "../data/list-words.ts";
import { useResource } from "../data/resource.ts";
import { useCustomers } from "../data/use-customers.ts";
import { usePaused } from "../data/use-paused.ts";
import { Icon } from "./icon.tsx";
import { KillTermsFields } from "./kill-terms-fields.tsx";
import { PressAndHold } from "./press-and-hold.tsx";
import { ProblemNote } from "./problem-note.tsx";

/** The sentence about a kill names so many of what goes off with it, and counts the rest. */
const NAMED_IN_SENTENCE = 3;

/** The question was understood and its answer is no, as a kill's would be. One that fails, or is answered by nobody, keeps nobody from killing. */
const NO: ReadonlySet<number> = new Set([400, 403, 404, 409]);

interface KillAskProps {
  readonly aim: KillAim;
  readonly environment: EnvironmentListing;
  readonly shown: ConsoleState;
  readonly session: KillSession;
  readonly address: URLSearchParams;
}

/** What one kill would take away, and the button that does it; for whom, until when and about which incident is folded away. */
export function KillAsk({ aim: whole, environment, shown, session, address }: KillAskProps): ReactElement {
  const [terms, setTerms] = useState(noTerms);
  const scope = scopeIn(terms);
  const aim: KillAim = scope === undefined ? whole : { ...whole, scope };
  const blast = useResource<BlastRadius>(`/api/blast-radius?${usePaused(questionOf(aim, environment.key))}`, 0);
  const [reason, setReason] = useState("");
  const { flag, name } = aim;
  const killed = flag?.environments[environment.key]?.state === "killed";
  const there = (key: string): string => to("kill", { ...Object.fromEntries(address), environment: key });
  const isRefused = blast.problem !== undefined && NO.has(blast.problem.status);
  const isSending = session.sending?.key === keyOf(aim, environment.key);
  return (
    <section className="card step" aria-label="What it takes away">
      <p className="over">
        {flag ? `The flag ${name}` : name.charAt(0).toUpperCase() + name.slice(1)} {flag && <code>{flag.key}</code>}
      </p>
      <fieldset className="environments">
        <legend className="hidden-label">Environment</legend>
        {shown.environments.map((one) => (
          <label key={one.key}>
            <input type="radio" name="environment" checked={one.key === environment.key} onChange={() => (location.hash = there(one.key).slice(1))} />
            {one.name}
          </label>
        ))}
      </fieldset>
      {isRefused ? (
        <ProblemNote problem={blast.problem} />
      ) : (
        <p className="blast">
          {blast.value?.sentence ??
            `Killing it takes ${name} away in ${environment.name}, from ${scope === undefined ? "everyone" : "those"} who ${scope === undefined ? "has" : "have"} it now.`}
        </p>
      )}
      <Notes aim={aim} blast={blast.value} killed={killed} />
      {!killed && (
        <>
          <KillTermsFields terms={terms} change={setTerms} question={questionOf(whole, environment.key)}>
            <label className="field">
              Why <small>you can also say later</small>
              <input value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
            </label>
          </KillTermsFields>
          <PressAndHold
            label={`Kill ${name} in ${environment.name}${scope === undefined ? "" : " for some"}`}
            busy={isSending ? (session.sending?.isAgain === true ? "Sending again …" : "Sending …") : undefined}
            disabled={isRefused}
            onHeld={() => void session.kill(aim, environment.key, saidIn(terms, reason, Date.now()))}
          />
        </>
      )}
      <ProblemNote problem={session.problem} />
    </section>
  );
}

function Notes({ aim, blast, killed }: { readonly aim: KillAim; readonly blast: BlastRadius | undefined; readonly killed: boolean }): ReactElement {
  return (
    <div className="notes">
      {aim.flag?.description && (
        <p className="note">
          <Icon name="flag" />
          {aim.flag.description}
        </p>
      )}
      {blast && (aim.flag === undefined || blast.flags.length > 1) && blast.flags.length > 0 && (
        <p className="note">
          <Icon name="flag" />
          <span>
            It kills {blast.flags.length === 1 ? "the flag" : "the flags"} {blast.flags.map(flagName).join(", ")}.
          </span>
        </p>
      )}
      {blast?.who !== undefined && blast.who.length > 0 && <WhoLoses who={blast.who} of={blast.customers ?? blast.who.length} />}
      {blast && blast.dependants.length > NAMED_IN_SENTENCE && (
        <p className="note warn">
          <Icon name="warn" />
          All that goes off with it: {blast.dependants.map(flagName).join(", ")}.
        </p>
      )}
      {killed && (
        <p className="note kill">
          <Icon name="kill" />
          It is killed here already: nobody has it, and there is nothing left to kill.
        </p>
      )}
    </div>
  );
}

/** Who loses it, by name where they are few, before anything is killed. */
function WhoLoses({ who, of }: { readonly who: readonly string[]; readonly of: number }): ReactElement {
  const { value, nameOf } = useCustomers(0);
  if (value === undefined) return <></>;
  const names = who.map(nameOf);
  return (
    <p className="note">
      <Icon name="customer" />
      <span>
        {of === 1 ? "Loses" : "Lose"} it: {listOf(of > names.length ? [...names, `${of - names.length} more`] : names)}.
      </span>
    </p>
  );
}
