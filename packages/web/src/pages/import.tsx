import type { CustomersImport } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { count } from "../data/counting.ts";
import { newCommand, Refused, send } from "../data/requests.ts";

/** Problems listed; the rest is counted. */
const PROBLEMS_SHOWN = 20;

/** A CSV of customers: first what it would change, then the change. */
export function Import(): ReactElement {
  const [file, setFile] = useState<File>();
  const [dry, setDry] = useState<CustomersImport>();
  const [problem, setProblem] = useState<Refused>();
  const [isBusy, setBusy] = useState(false);
  const run = async (dryRun: boolean): Promise<void> => {
    if (file === undefined) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const base64 = await asBase64(file);
      const done = await send<CustomersImport>("POST", "/api/customers/import", {
        command: newCommand(),
        base64,
        dryRun,
        ...(dryRun ? {} : { hash: dry?.hash }),
      });
      if (dryRun) setDry(done);
      else location.hash = to("customers");
    } catch (error) {
      setProblem(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again."));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <p className="over">
        <a href={to("customers")}>Customers</a> / import
      </p>
      <h1 className="headline">Import a list of customers</h1>
      <section className="card pad stack narrow">
        <p className="muted">
          A CSV with a row for each customer: key, name, time zone, track, tags, owner. Whoever is known by key is changed, others are added, nobody is removed.
        </p>
        <label className="field">
          File
          <input
            type="file"
            accept=".csv,text/csv,text/plain"
            onChange={(event) => {
              setFile(event.target.files?.[0]);
              setDry(undefined);
            }}
          />
        </label>
        {dry && (
          <div className="stack" aria-live="polite">
            <p className="fact">
              <b>{dry.added}</b> added
            </p>
            <p className="fact">
              <b>{dry.changed}</b> changed
            </p>
            <p className="fact">
              <b>{dry.unchanged}</b> stay as they are
            </p>
            {dry.leftOut > 0 && <p className="problem">{count(dry.leftOut, "row is", "rows are")} left out:</p>}
            <ul className="stack">
              {dry.problems.slice(0, PROBLEMS_SHOWN).map(({ line, message, fix }) => (
                <li key={`${line}${message}`} className="small">
                  <b>Line {line}</b> {message} {fix}
                </li>
              ))}
            </ul>
          </div>
        )}
        {problem && (
          <p className="problem" role="alert">
            {problem.message} {problem.fix}
          </p>
        )}
        <div className="buttons">
          <button type="button" className={dry ? "button" : "button primary"} disabled={isBusy || file === undefined} onClick={() => void run(true)}>
            See what it changes
          </button>
          {dry && (
            <button type="button" className="button primary" disabled={isBusy || dry.added + dry.changed === 0} onClick={() => void run(false)}>
              Import {count(dry.added + dry.changed, "customer")}
            </button>
          )}
        </div>
      </section>
    </>
  );
}

async function asBase64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}
