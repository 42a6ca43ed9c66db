import type { ReactElement } from "react";
import type { Health, OneSourceHealth } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import { lengthOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { State } from "./state.tsx";

/** Every repository that flags come from: whether it is read, what is served of it, and what is wrong with its newest commit. */
export function SourceSettings({ health }: { readonly health: Health | undefined }): ReactElement {
  const source = health?.source;
  const { further = [] } = source ?? {};
  return (
    <section className="card" aria-labelledby="sync">
      <h2 id="sync">
        {further.length === 0 ? "Repository" : "Repositories"}
        <span className="space" />
        {source !== undefined && <WholeState sources={[source, ...further]} />}
      </h2>
      {source === undefined ? (
        <p className="pad dim">Nothing is known of the repository yet.</p>
      ) : (
        <ul className="rows">
          <SourceRow name={further.length === 0 ? undefined : "Main"} source={source} />
          {further.map((one) => (
            <SourceRow key={one.name} name={one.name} source={one} />
          ))}
        </ul>
      )}
      {further.length > 0 && (
        <p className="pad dim small foot">
          Each is read by itself: while one is behind, its flags stay as they are and all others go on. A kill needs none of them.
        </p>
      )}
    </section>
  );
}

function WholeState({ sources }: { readonly sources: readonly OneSourceHealth[] }): ReactElement {
  const behind = sources.filter((source) => !isWell(source)).length;
  return <State state={behind === 0 ? "inStep" : "behind"} more={behind === 0 || sources.length === 1 ? undefined : `${behind} of ${sources.length}`} />;
}

function SourceRow({ name, source }: { readonly name: string | undefined; readonly source: OneSourceHealth }): ReactElement {
  const { at, trouble, github, held, problems } = source;
  return (
    <li className="row repository">
      {name !== undefined && (
        <p className="repository-name">
          <b>{name}</b>
          <State state={isWell(source) ? "inStep" : "behind"} />
        </p>
      )}
      {at !== undefined && <p className="muted small">{at}</p>}
      <p className="dim small">{servedWords(source)}</p>
      {trouble !== undefined && <Note message={`It cannot be read: ${trouble}`} />}
      {held !== undefined && (
        <Note
          message={
            held.startsWith("branch-gone")
              ? "Its branch is gone. Its flags stay until an admin lets that through."
              : `Commit ${held.slice(0, 7)} removes many flags: it waits until an admin lets it through.`
          }
        />
      )}
      {github !== undefined && (
        <p className={github.trouble === undefined ? "dim small" : "problem small"}>
          {github.trouble === undefined ? "Pull requests are checked at GitHub" : `Pull requests are not checked: ${github.trouble}`}
        </p>
      )}
      {problems.length > 0 && <Mistakes problems={problems} />}
    </li>
  );
}

/** Mistakes shown of one repository; the others are counted. */
const SHOWN_MAX = 5;

function Mistakes({ problems }: Pick<OneSourceHealth, "problems">): ReactElement {
  const more = problems.length - SHOWN_MAX;
  return (
    <>
      {problems.slice(0, SHOWN_MAX).map(({ file, line, column, message }) => (
        <Note key={`${file} ${line} ${column} ${message}`} message={message} place={`${file}:${line}:${column}`} />
      ))}
      <p className="muted small">
        {more > 0 && `And ${count(more, "more mistake", "more mistakes")}. `}These flags stay at their last good form; all others are served as they stand.
      </p>
    </>
  );
}

function Note({ message, place }: { readonly message: string; readonly place?: string }): ReactElement {
  return (
    <p className="note warn">
      <Icon name="warn" />
      <span>
        {message} {place !== undefined && <code className="block">{place}</code>}
      </span>
    </p>
  );
}

const isWell = ({ trouble, github, held, problems }: OneSourceHealth): boolean =>
  trouble === undefined && github?.trouble === undefined && held === undefined && problems.length === 0;

function servedWords({ commit, ageMs }: OneSourceHealth): ReactElement {
  const looked = ageMs === undefined ? "not looked at yet" : ageMs < 60_000 ? "looked at less than a minute ago" : `looked at ${lengthOf(ageMs)} ago`;
  return (
    <>
      {commit === undefined ? (
        "No commit yet"
      ) : (
        <>
          Serves <code>{commit.slice(0, 10)}</code>
        </>
      )}
      , {looked}
    </>
  );
}
