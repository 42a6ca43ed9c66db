import { type FormEvent, type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { Refused, send } from "../data/requests.ts";
import { Icon } from "../parts/icon.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";

/** A one-time link: that of the first start says no more than its secret, an invitation whom it is for. */
export interface OneTimeLink {
  readonly once: string;
  readonly email: string;
  readonly name: string;
}

interface DoorProps {
  readonly link: OneTimeLink | undefined;
  /** Whoever is signed in while they open a link. */
  readonly signedInAs: string | undefined;
  readonly onSignedIn: () => void;
}

interface DoorWords {
  readonly title: string;
  readonly lead: string;
  readonly button: string;
}

function wordsOf(link: OneTimeLink | undefined): DoorWords {
  if (link === undefined) return { title: "Sign in", lead: "Deploy when you want, release when you can.", button: "Sign in" };
  if (link.email === "")
    return {
      title: "Make the first account",
      lead: "This link works once. Choose a password of at least twelve characters; the first account is an admin's and invites everybody else.",
      button: "Make the account and sign in",
    };
  return {
    title: link.name === "" ? "Your account" : `The account of ${link.name}`,
    lead: "This link works once. Choose a password of at least twelve characters.",
    button: "Set the password and sign in",
  };
}

/** The door: e-mail and password, or, with a one-time link, an account's first password. */
export function SignIn({ link, signedInAs, onSignedIn }: DoorProps): ReactElement {
  const [problem, setProblem] = useState<Refused>();
  const [busy, setBusy] = useState(false);
  const first = link !== undefined;
  const invited = link !== undefined && link.email !== "";
  const words = wordsOf(link);

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const wanted = (event.nativeEvent as SubmitEvent).submitter?.getAttribute("value") ?? "";
    const form = new FormData(event.currentTarget);
    const value = (name: string): string => {
      const given = form.get(name);
      return typeof given === "string" ? given : "";
    };
    setBusy(true);
    setProblem(undefined);
    try {
      if (first) await send("POST", "/api/first-sign-in", { once: link.once, email: value("email"), name: value("name"), password: value("password") });
      else await send("POST", "/api/sign-in", { email: value("email"), password: value("password") });
      if (wanted !== "") location.hash = wanted;
      onSignedIn();
    } catch (error) {
      setProblem(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Reload the page."));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="door">
      <div className="card">
        <div className="brand">
          <Icon name="mark" />
          Sluice
        </div>
        <h1>{words.title}</h1>
        <p className="muted">{words.lead}</p>
        {signedInAs !== undefined && <p className="muted small">{signedInAs} is signed in in this browser, and is signed out by this.</p>}
        <form onSubmit={(event) => void submit(event)}>
          {first && (
            <label className="field">
              Your name
              <input name="name" autoComplete="name" required maxLength={100} defaultValue={link.name} />
            </label>
          )}
          <label className="field">
            E-mail
            <input
              name="email"
              type="email"
              autoComplete="username"
              required
              maxLength={200}
              autoFocus={!first}
              readOnly={invited}
              {...(invited ? { defaultValue: link.email } : {})}
            />
          </label>
          <label className="field">
            Password {first && <small>at least 12 characters</small>}
            <input
              name="password"
              type="password"
              autoComplete={first ? "new-password" : "current-password"}
              required
              minLength={first ? 12 : 1}
              maxLength={200}
              autoFocus={invited}
            />
          </label>
          <ProblemNote problem={problem} />
          <button type="submit" className="button primary large" disabled={busy}>
            {busy ? "One moment …" : words.button}
          </button>
          {/* At night, on a phone, each touch on the way counts. */}
          {!first && (
            <button type="submit" className="button danger large" value={to("kill")} disabled={busy}>
              <Icon name="kill" />
              To the kill switch
            </button>
          )}
        </form>
      </div>
    </main>
  );
}
