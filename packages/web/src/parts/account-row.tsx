import { type ReactElement, useState } from "react";
import { useAct } from "../data/act.ts";
import { type AskFor, withCommand } from "../data/ask-for.ts";
import { count } from "../data/counting.ts";
import type { AccountListing, Invited } from "../data/release-data.ts";
import { roleNames, roleWord } from "../data/role-words.ts";
import { whenOf } from "../data/when.ts";
import type { StateWord } from "../state-words.ts";
import { State } from "./state.tsx";
import { ProblemNote } from "./problem-note.tsx";

interface RowProps {
  readonly account: AccountListing;
  readonly mayManage: boolean;
  readonly isMe: boolean;
  readonly changed: () => void;
  readonly invited: AskFor<Invited>;
}

const looks: Readonly<Record<AccountListing["state"], StateWord>> = { active: "active", invited: "invited", locked: "locked", removed: "removed" };

/** One account, and for admins what they can change of it. */
export function AccountRow({ account, mayManage, isMe, changed, invited }: RowProps): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const { name, role, state, email, lockedUntilMs, sessions, tokens } = account;
  const signedIn = sessions === undefined ? "" : `signed in on ${count(sessions, "browser")}, ${count(tokens ?? 0, "personal token")}`;
  return (
    <li className={state === "removed" ? "person gone" : "person"}>
      <span className="person-name">
        <b>
          {name}
          {isMe ? " (you)" : ""}
        </b>
        {email && <small>{email}</small>}
      </span>
      <span>{roleWord(role)}</span>
      <span>
        <State state={looks[state]} more={state === "locked" && lockedUntilMs !== undefined ? `until ${whenOf(lockedUntilMs, Date.now())}` : undefined} />
        {signedIn !== "" && state !== "removed" && <small className="dim">{signedIn}</small>}
      </span>
      {mayManage && (
        <button type="button" className="button" aria-expanded={isOpen} aria-label={`Change ${name}`} onClick={() => setOpen(!isOpen)}>
          Change
        </button>
      )}
      {mayManage && isOpen && <Changes account={account} isMe={isMe} invited={invited} changed={changed} close={() => setOpen(false)} />}
    </li>
  );
}

interface ChangesProps extends Pick<RowProps, "account" | "isMe" | "invited" | "changed"> {
  readonly close: () => void;
}

function Changes({ account, isMe, invited, changed, close }: ChangesProps): ReactElement {
  const act = useAct(changed);
  const [role, setRole] = useState<string>(account.role);
  const [isRemoving, setRemoving] = useState(false);
  const path = `/api/accounts/${encodeURIComponent(account.id)}`;
  const run = (step: string, body: object = {}): void => void act.run(`${path}/${step}`, body).then((isDone) => isDone && close());
  return (
    <div className="changes stack">
      <form
        className="role-form"
        onSubmit={(event) => {
          event.preventDefault();
          run("role", { role });
        }}
      >
        <label className="field">
          Role
          <select value={role} onChange={(event) => setRole(event.target.value)}>
            {Object.entries(roleNames).map(([each, title]) => (
              <option key={each} value={each}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="button primary" disabled={act.isBusy || role === account.role}>
          {role === account.role ? "Keep the role" : `Make ${account.name} ${roleWord(role)}`}
        </button>
        <p className="muted small">It holds from the next thing {isMe ? "you do" : "they do"}; nobody is signed out. It can be changed back.</p>
      </form>
      <div className="buttons">
        {account.state === "locked" && (
          <button type="button" className="button" disabled={act.isBusy} onClick={() => run("unlock")}>
            Let {account.name} sign in now
          </button>
        )}
        {!isMe && (
          <button type="button" className="button" disabled={invited.isBusy} onClick={() => void invited.ask(`${path}/invite-again`, withCommand({}))}>
            {account.state === "invited" ? "Make a new link; the old one ends" : "Make a link for a new password; the old one and every sign-in end"}
          </button>
        )}
        <button type="button" className="button" disabled={act.isBusy} onClick={() => run("sign-out")}>
          Sign out everywhere
        </button>
        {!isRemoving && (
          <button type="button" className="button danger" onClick={() => setRemoving(true)}>
            Remove …
          </button>
        )}
      </div>
      {isRemoving && (
        <div className="confirm">
          <p>
            {account.name} cannot sign in any more, and every personal token ends. What {isMe ? "you" : "they"} decided stays, with the name. This cannot be
            undone; a new invitation makes a new account.
          </p>
          <div className="buttons">
            <button type="button" className="button danger" disabled={act.isBusy} onClick={() => run("remove")}>
              Remove {account.name}
            </button>
            <button type="button" className="button" onClick={() => setRemoving(false)}>
              Leave it
            </button>
          </div>
        </div>
      )}
      <ProblemNote problem={act.problem} />
    </div>
  );
}
