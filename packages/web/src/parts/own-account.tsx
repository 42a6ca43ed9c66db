import { type FormEvent, type ReactElement, useState } from "react";
import { useAct } from "../data/act.ts";
import { useAskFor } from "../data/ask-for.ts";
import type { Me } from "../data/console-data.ts";
import type { TokenListing } from "../data/release-data.ts";
import { useResource } from "../data/resource.ts";
import { roleWord } from "../data/role-words.ts";
import { dayOf, zoneName } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { Shown } from "./shown.tsx";
import { ProblemNote } from "./problem-note.tsx";

/** Oneself: who one is here, the password, and tokens for the command line. */
export function OwnAccount({ me }: { readonly me: Me }): ReactElement {
  return (
    <section className="card" aria-labelledby="you">
      <h2 id="you">You</h2>
      <p className="pad">
        <b>{me.account.name}</b>, {roleWord(me.account.role)}
        <span className="dim block">{me.account.email}</span>
      </p>
      <Password />
      <Tokens />
    </section>
  );
}

function Password(): ReactElement {
  const [isChanged, setChanged] = useState(false);
  const changed = useAskFor<object>(() => setChanged(true));
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    setChanged(false);
    const form = new FormData(event.currentTarget);
    event.currentTarget.reset();
    void changed.ask("/api/me/password", { current: form.get("current"), password: form.get("password") });
  };
  return (
    <details className="foot">
      <summary>Change your password</summary>
      <form className="stack pad" onSubmit={submit}>
        <label className="field">
          Password now
          <input name="current" type="password" required autoComplete="current-password" />
        </label>
        <label className="field">
          New password <small>12 characters at least</small>
          <input name="password" type="password" required minLength={12} maxLength={200} autoComplete="new-password" />
        </label>
        <button type="submit" className="button" disabled={changed.isBusy}>
          Change it and sign out everywhere else
        </button>
        <ProblemNote problem={changed.problem} />
        {isChanged && (
          <p className="note ok" role="status">
            <Icon name="check" />
            Changed. Every other browser of yours is signed out.
          </p>
        )}
      </form>
    </details>
  );
}

/** The last instant that a date can be made of (ECMA-262, 21.4.1.1). */
const LAST_DATE_MS = 8.64e15;
const lengths = [7, 30, 90, 366] as const;

function Tokens(): ReactElement {
  const [changes, setChanges] = useState(0);
  const changed = (): void => setChanges((before) => before + 1);
  const tokens = useResource<{ readonly tokens: readonly TokenListing[] }>("/api/me/tokens", changes);
  const made = useAskFor<TokenListing & { readonly secret: string }>(changed);
  const act = useAct(changed);
  const [days, setDays] = useState("30");
  return (
    <details className="foot">
      <summary>Personal tokens, for the command line</summary>
      <div className="stack pad">
        <Shown resource={tokens} what="your tokens">
          {({ tokens: all }) => (
            <ul className="tokens">
              {all.map(({ token, expiresAtMs }) => (
                <li key={token}>
                  <span>
                    <code>{token}</code>{" "}
                    <span className="dim">{expiresAtMs > LAST_DATE_MS ? "does not end by itself" : `ends ${dayOf(expiresAtMs, Date.now())}`}</span>
                  </span>
                  <button
                    type="button"
                    className="button"
                    disabled={act.isBusy}
                    aria-label={`End ${token} now`}
                    onClick={() => void act.run("/api/me/tokens/end", { token })}
                  >
                    End it now
                  </button>
                </li>
              ))}
              {all.length === 0 && <li className="dim">You have none.</li>}
            </ul>
          )}
        </Shown>
        {made.answer && (
          <ShownOnce title={`Your token, until ${dayOf(made.answer.expiresAtMs, Date.now())}, ${zoneName}.`} secret={made.answer.secret} forget={made.forget} />
        )}
        <ProblemNote problem={made.problem ?? act.problem} />
        <div className="role-form">
          <label className="field">
            Works for
            <select value={days} onChange={(event) => setDays(event.target.value)}>
              {lengths.map((each) => (
                <option key={each} value={each}>
                  {each} days
                </option>
              ))}
            </select>
          </label>
          <button type="button" className="button" disabled={made.isBusy} onClick={() => void made.ask("/api/me/tokens", { days: Number(days) })}>
            Make a token
          </button>
        </div>
      </div>
    </details>
  );
}
