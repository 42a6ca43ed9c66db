import { type ReactElement, useState } from "react";
import { count } from "../data/counting.ts";
import { type LogFormat, logFile, save } from "../data/log-file.ts";
import type { LogVerified } from "../data/release-data.ts";
import { Refused, send } from "../data/requests.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";

/** A check of a long log takes a while; it is asked for this often before a person is told to come back. */
const TRIES_MAX = 60;

/** Whether nothing was changed since it was written, and the log as a file. */
export function AuditTools({ mayExport }: { readonly mayExport: boolean }): ReactElement {
  return (
    <section className="card" aria-labelledby="check">
      <h2 id="check">Is it as it was written?</h2>
      <div className="pad stack">
        <p className="muted">Each decision carries a fingerprint of itself and of all before it. A change, a gap or a swap anywhere shows.</p>
        {mayExport ? (
          <>
            <Verify />
            <Export />
          </>
        ) : (
          <p className="note">
            <Icon name="hold" />
            Your role reads decisions; checking and exporting the whole log is for admins and auditors.
          </p>
        )}
      </div>
    </section>
  );
}

function Verify(): ReactElement {
  const [outcome, setOutcome] = useState<LogVerified>();
  const [problem, setProblem] = useState<Refused>();
  const [isBusy, setBusy] = useState(false);
  const check = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    setOutcome(undefined);
    try {
      for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
        const answer = await send<LogVerified>("GET", "/api/log/verify");
        setOutcome(answer);
        if (answer.isDone) break;
      }
    } catch (error) {
      setProblem(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again."));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div aria-live="polite">{outcome?.isDone === true && <Verdict outcome={outcome} />}</div>
      <ProblemNote problem={problem} />
      <button type="button" className="button primary" disabled={isBusy} onClick={() => void check()}>
        <Icon name="verified" />
        {isBusy ? "Checking every decision …" : "Check every decision"}
      </button>
    </>
  );
}

function Verdict({ outcome: { checked = 0, broken, head } }: { readonly outcome: LogVerified }): ReactElement {
  if (broken !== undefined)
    return (
      <p className="note kill">
        <Icon name="warn" />
        <span>
          <b>Decision {broken.seq} is not as it was written:</b> {broken.why}. Everything before it fits. Keep a copy of the database as it is, and compare it
          with a backup.
        </span>
      </p>
    );
  return (
    <div className="stack">
      <p className="note ok">
        <Icon name="verified" />
        <span>
          <b>All {count(checked, "decision")} are as they were written.</b> Whoever keeps the fingerprint below elsewhere can tell later that nothing before it
          was changed.
        </span>
      </p>
      {head && <code className="fingerprint">{head.hash}</code>}
    </div>
  );
}

function Export(): ReactElement {
  const [busy, setBusy] = useState<LogFormat>();
  const [parts, setParts] = useState(0);
  const [problem, setProblem] = useState<Refused>();
  const run = async (format: LogFormat): Promise<void> => {
    setBusy(format);
    setParts(0);
    setProblem(undefined);
    try {
      save(await logFile(format, setParts), `decisions.${format}`);
    } catch (error) {
      setProblem(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again."));
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <div className="stack">
      <div className="buttons">
        {(["jsonl", "csv"] as const).map((format) => (
          <button key={format} type="button" className="button" disabled={busy !== undefined} onClick={() => void run(format)}>
            <Icon name="download" />
            {busy === format ? `Part ${parts + 1} …` : format === "csv" ? "Export as CSV" : "Export as JSON Lines"}
          </button>
        ))}
      </div>
      <ProblemNote problem={problem} />
    </div>
  );
}
