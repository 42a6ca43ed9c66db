import { type ReactElement, useState } from "react";
import { useAct } from "../data/act.ts";
import { count } from "../data/counting.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { Shown } from "./shown.tsx";

interface Notices {
  readonly mail?: { readonly waiting: number; readonly lastToldAtMs?: number; readonly trouble?: string };
}

/** How teams are told that one of their flags was killed, whether it works, and trying it. */
export function NoticeSettings({ version, mayTry }: { readonly version: number; readonly mayTry: boolean }): ReactElement {
  const nowMs = useNow();
  const [isSent, setSent] = useState(false);
  const notices = useResource<Notices>("/api/notices", version + (isSent ? 1 : 0));
  const act = useAct(() => setSent(true));
  return (
    <section className="card" aria-labelledby="mail-set">
      <h2 id="mail-set">E-mail</h2>
      <Shown resource={notices} what="how mail is sent">
        {({ mail }) =>
          mail === undefined ? (
            <p className="pad muted small">
              Nobody is told by mail. Start the server with <code>--mail</code>, and give teams a <code>mail:</code> in <code>sluice.yaml</code>.
            </p>
          ) : (
            <div className="pad stack">
              <p>
                A team is told when one of its flags is killed.
                <span className="dim block">
                  {mail.lastToldAtMs === undefined ? "Nobody had to be told since the start" : `The last was told ${whenOf(mail.lastToldAtMs, nowMs)}`}
                  {mail.waiting > 0 && `; ${count(mail.waiting, "kill")} still to be told`}.
                </span>
              </p>
              {mail.trouble !== undefined && (
                <p className="note warn">
                  <Icon name="warn" />
                  The mail host did not take one: {mail.trouble}
                </p>
              )}
              {mayTry && (
                <div className="buttons">
                  <button type="button" className="button" disabled={act.isBusy} onClick={() => void act.run("/api/notices/test", {})}>
                    Send one to me
                  </button>
                </div>
              )}
              {isSent && !act.problem && (
                <p className="note ok" role="status">
                  <Icon name="check" />
                  The mail host has taken it.
                </p>
              )}
              <ProblemNote problem={act.problem} />
            </div>
          )
        }
      </Shown>
    </section>
  );
}
