import { type FormEvent, type ReactElement, useState } from "react";
import { useAskFor, withCommand } from "../data/ask-for.ts";
import type { AccountListing, Invited } from "../data/release-data.ts";
import { useResource } from "../data/resource.ts";
import { roleNames } from "../data/role-words.ts";
import { whenOf, zoneName } from "../data/when.ts";
import { AccountRow } from "./account-row.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { Shown } from "./shown.tsx";

interface PeopleProps {
  readonly version: number;
  readonly mayManage: boolean;
  readonly me: string;
}

/** The page that an invitation opens. */
function linkOf({ once, account }: Invited, accounts: readonly AccountListing[]): string {
  const { email = "", name = "" } = accounts.find(({ id }) => id === account) ?? {};
  const query = new URLSearchParams({ once, ...(email === "" ? {} : { email, name }) });
  return `${location.origin}/#/first?${query.toString()}`;
}

/** Who has an account, what each may do, and inviting somebody. */
export function PeopleSettings({ version, mayManage, me }: PeopleProps): ReactElement {
  const [changes, setChanges] = useState(0);
  const accounts = useResource<{ readonly accounts: readonly AccountListing[] }>("/api/accounts", version + changes);
  const changed = (): void => setChanges((before) => before + 1);
  const invited = useAskFor<Invited>(changed);
  return (
    <section className="card table" aria-labelledby="people">
      <h2 id="people">People</h2>
      <Shown resource={accounts} what="the accounts">
        {({ accounts: all }) => (
          <ul className="people">
            {all.map((account) => (
              <AccountRow
                key={account.id}
                account={account}
                mayManage={mayManage && account.state !== "removed"}
                isMe={account.id === me}
                changed={changed}
                invited={invited}
              />
            ))}
            {all.length === 0 && <li className="empty dim">Nobody has an account yet.</li>}
          </ul>
        )}
      </Shown>
      {invited.answer && (
        <div className="pad foot">
          <ShownOnce
            title={`Send this link; it works once, until ${whenOf(invited.answer.expiresAtMs, Date.now())} ${zoneName}.`}
            secret={linkOf(invited.answer, accounts.value?.accounts ?? [])}
            forget={invited.forget}
          />
        </div>
      )}
      {invited.problem && (
        <p className="pad problem" role="alert">
          {invited.problem.message} {invited.problem.fix}
        </p>
      )}
      {mayManage ? (
        <Invite isBusy={invited.isBusy} invite={(body) => void invited.ask("/api/accounts", withCommand(body))} />
      ) : (
        <p className="pad dim small foot">Inviting people and giving roles is for admins.</p>
      )}
    </section>
  );
}

function Invite({ isBusy, invite }: { readonly isBusy: boolean; readonly invite: (body: object) => void }): ReactElement {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    invite({ name: form.get("name"), email: form.get("email"), role: form.get("role") });
    event.currentTarget.reset();
  };
  return (
    <form className="invite pad foot" onSubmit={submit}>
      <label className="field">
        Name
        <input name="name" required maxLength={100} autoComplete="off" />
      </label>
      <label className="field">
        E-mail
        <input name="email" type="email" required maxLength={200} autoComplete="off" />
      </label>
      <label className="field">
        Role
        <select name="role" defaultValue="product">
          {Object.entries(roleNames).map(([role, name]) => (
            <option key={role} value={role}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="button primary" disabled={isBusy}>
        Invite
      </button>
    </form>
  );
}
