import type { ListChanged } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import { newCommand, Refused, send } from "../data/requests.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";

/** Ids of one change, as the server takes them. */
const IDS_MAX = 10_000;

interface ChangeListProps {
  readonly list: string;
  readonly environment: string;
  /** Attribute path of its ids. */
  readonly by: string;
  readonly changed: () => void;
}

type Verb = "add" | "remove";

/** A field for one id or ten thousand, pasted one a line: first what they would do, then exactly that. */
export function ChangeList({ list, environment, by, changed }: ChangeListProps): ReactElement {
  const [text, setText] = useState("");
  const [verb, setVerb] = useState<Verb>("add");
  const [told, setTold] = useState<ListChanged>();
  const [problem, setProblem] = useState<Refused>();
  const [isBusy, setBusy] = useState(false);
  const ids = idsIn(text);
  const edit = (change: () => void): void => {
    change();
    setTold(undefined);
    setProblem(undefined);
  };
  const ask = async (dryRun: boolean): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const body = { command: newCommand(), environment, [verb]: ids, dryRun };
    try {
      const done = await send<ListChanged>("POST", `/api/lists/${encodeURIComponent(list)}`, body);
      setTold(done);
      if (!dryRun) {
        setText("");
        changed();
      }
    } catch (error) {
      setProblem(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again."));
    } finally {
      setBusy(false);
    }
  };
  const isLooked = told?.outcome === "dryRun";
  return (
    <section className="card" aria-labelledby="change">
      <h2 id="change">Put people in, or take them out</h2>
      <div className="pad stack">
        <label className="field">
          One a line{" "}
          <small>
            {by === "targetingKey"
              ? "keys of users, as your application sends them"
              : by === "customer"
                ? "keys of customers, as on their pages"
                : `what your application sends as ${by}`}
          </small>
          <textarea rows={6} value={text} onChange={(event) => edit(() => setText(event.target.value))} spellCheck={false} />
        </label>
        <fieldset className="radios">
          <legend className="hidden-label">What to do with them</legend>
          {(["add", "remove"] as const).map((each) => (
            <label key={each}>
              <input type="radio" name="verb" checked={verb === each} onChange={() => edit(() => setVerb(each))} /> {each === "add" ? "Put in" : "Take out"}
            </label>
          ))}
        </fieldset>
        {ids.length > IDS_MAX && (
          <p className="note warn">
            <Icon name="warn" />
            These are {ids.length}; {IDS_MAX} go at once here. The command line takes more: sluice list add {list} --file ids.txt
          </p>
        )}
        <div className="buttons">
          <button
            type="button"
            className={isLooked ? "button" : "button primary"}
            disabled={isBusy || ids.length === 0 || ids.length > IDS_MAX}
            onClick={() => void ask(true)}
          >
            {ids.length === 0 ? "See what it would do" : `See what ${count(ids.length, "line")} would do`}
          </button>
          {isLooked && told.added + told.removed > 0 && (
            <button type="button" className="button primary" disabled={isBusy} onClick={() => void ask(false)}>
              {told.waits ? "Ask for it" : verb === "add" ? `Put ${told.added} in` : `Take ${told.removed} out`}
            </button>
          )}
        </div>
        {told && <p role="status">{sentenceOf(told, verb)}</p>}
        <ProblemNote problem={problem} />
      </div>
    </section>
  );
}

/** Lines without what spreadsheets put around them; each once. */
const idsIn = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(/[\r\n\t]+/)
      .map((line) => line.trim().replace(/^"(.*)"$/, "$1"))
      .filter((line) => line !== ""),
  ),
];

function sentenceOf({ outcome, added, removed, members, enlarges, waits }: ListChanged, verb: Verb): string {
  const n = verb === "add" ? added : removed;
  const flags = enlarges.map(({ flag }) => flagName(flag)).join(", ");
  const more = enlarges.length === 0 ? "Nobody gets a release by that." : `By that more people get ${flags}.`;
  if (outcome === "nothing" || (outcome === "dryRun" && n === 0)) return "All of that is so already: nothing changes.";
  if (outcome === "waits") return "It waits for product or an admin, since it gives a release to more people.";
  if (outcome === "changed") return `Done: the list has ${count(members, "member")} now.`;
  const what = verb === "add" ? count(n, "joins", "join") : count(n, "leaves", "leave");
  return `${what}, so that the list has ${count(members, "member")}. ${more}${waits ? " It will wait for product or an admin." : ""}`;
}
