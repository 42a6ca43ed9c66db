import { type FormEvent, type ReactElement, useState } from "react";
import { Refused, send } from "../data/requests.ts";
import { Icon } from "../parts/icon.tsx";

/** The door: e-mail and password, or, with the one-time link of the first start, the first account. */
export function SignIn({ once, onSignedIn }: { readonly once?: string | undefined; readonly onSignedIn: () => void }): ReactElement {
  const [problem, setProblem] = useState<Refused>();
  const [busy, setBusy] = useState(false);
  const first = once !== undefined;

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = (name: string): string => {
      const given = form.get(name);
      return typeof given === "string" ? given : "";
    };
    setBusy(true);
    setProblem(undefined);
    try {
      if (first) await send("POST", "/api/first-sign-in", { once, email: value("email"), name: value("name"), password: value("password") });
      else await send("POST", "/api/sign-in", { email: value("email"), password: value("password") });
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
        <h1>{first ? "Make the first account" : "Sign in"}</h1>
        <p className="muted">
          {first
            ? "This link works once. Choose a password of at least twelve characters; the first account is an admin's and invites everybody else."
            : "Deploy when you want, release when you can."}
        </p>
        <form onSubmit={(event) => void submit(event)}>
          {first && (
            <label className="field">
              Your name
              <input name="name" autoComplete="name" required maxLength={100} />
            </label>
          )}
          <label className="field">
            E-mail
            <input name="email" type="email" autoComplete="username" required maxLength={200} autoFocus={!first} />
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
            />
          </label>
          {problem && (
            <p className="problem" role="alert">
              {problem.message} {problem.fix}
            </p>
          )}
          <button type="submit" className="button primary large" disabled={busy}>
            {busy ? "One moment …" : first ? "Make the account and sign in" : "Sign in"}
          </button>
        </form>
      </div>
    </main>
  );
}
