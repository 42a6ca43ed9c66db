import type { ReactElement } from "react";
import type { ConflictView } from "../data/edit-data.ts";

interface ConflictProps {
  readonly conflicts: readonly ConflictView[];
  readonly isBusy: boolean;
  /** Looks at the change again, on what is there now. */
  readonly again: () => void;
  readonly drop: () => void;
}

/** Somebody changed the same places meanwhile: both sides, and the two ways on. Nothing is ever written over what was not seen. */
export function ConflictCard({ conflicts, isBusy, again, drop }: ConflictProps): ReactElement {
  return (
    <section className="card" aria-label="Changed meanwhile" role="alert">
      <h2>Somebody changed the same lines meanwhile</h2>
      <p className="pad">Nothing was sent. This is what stands there now beside what you want.</p>
      {conflicts.map(({ path, before, mine, theirs }, index) => (
        <div className="conflict" key={index}>
          <code className="pad">{path}</code>
          <dl>
            <div>
              <dt>Theirs, in Git now</dt>
              <dd>
                <pre>{theirs === "" ? "Nothing: it was taken away." : theirs}</pre>
              </dd>
            </div>
            <div>
              <dt>Yours</dt>
              <dd>
                <pre>{mine === "" ? "Nothing: it is taken away." : mine}</pre>
              </dd>
            </div>
            <div>
              <dt>What both began from</dt>
              <dd>
                <pre>{before === "" ? "Nothing." : before}</pre>
              </dd>
            </div>
          </dl>
        </div>
      ))}
      <div className="pad foot buttons">
        <button type="button" className="button primary" disabled={isBusy} onClick={again}>
          Put yours on top: show it first
        </button>
        <button type="button" className="button" onClick={drop}>
          Keep theirs
        </button>
      </div>
    </section>
  );
}
