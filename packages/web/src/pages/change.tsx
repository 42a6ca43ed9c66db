import { type ReactElement, useEffect, useState } from "react";
import { to } from "../data/address.ts";
import type { EnvironmentListing } from "../data/console-data.ts";
import type { ChangesView, DraftView, EditableFlag, EditBody } from "../data/edit-data.ts";
import { editWords } from "../data/edit-sentences.ts";
import { flagName } from "../data/flag-name.ts";
import { useResource } from "../data/resource.ts";
import { type Changing, useChanging } from "../data/use-changing.ts";
import { ChangePreviewCard } from "../parts/change-preview.tsx";
import { ConflictCard } from "../parts/conflict-card.tsx";
import { FlagForm } from "../parts/flag-form.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { SentNote } from "../parts/sent-note.tsx";
import { Empty, Shown } from "../parts/shown.tsx";

interface ChangeProps {
  readonly values: URLSearchParams;
  readonly environments: readonly EnvironmentListing[];
  readonly mayServe: boolean;
}

/** A change from its first word to its commit: what to change, what that does, and what became of it. */
export function Change({ values, environments, mayServe }: ChangeProps): ReactElement {
  const flag = values.get("flag") ?? undefined;
  const draft = values.get("draft") ?? undefined;
  const given = editsIn(values.get("edits"));
  const known = useResource<EditableFlag>(flag === undefined ? undefined : `/api/flags/${encodeURIComponent(flag)}/editable`, 0);
  const changes = useResource<ChangesView>("/api/changes", 0);
  const nameOf = (key: string): string => environments.find((each) => each.key === key)?.name ?? key;
  const kept = changes.value?.drafts.find((one) => one.draft === draft);
  return (
    <Shown resource={changes} what="the change">
      {({ isOn }) => {
        if (!isOn)
          return (
            <Empty title="Here the files themselves are edited">
              <p className="muted">The definitions of this server are a folder: save a file, and it is served.</p>
            </Empty>
          );
        if (flag !== undefined)
          return (
            <Shown resource={known} what={`the file of ${flagName(flag)}`}>
              {(editable) => <Course title={`Change ${flagName(flag)}`} form={{ flag, known: editable, mayServe }} draft={kept} given={[]} nameOf={nameOf} />}
            </Shown>
          );
        const edits = kept?.edits ?? given;
        if (edits.length === 0)
          return (
            <Empty title="There is nothing to change here">
              <p className="muted">It was sent or discarded, or it became too old. Begin on the page of a flag.</p>
            </Empty>
          );
        return <Course title={kept?.title ?? "Put it into the file"} draft={kept} given={edits} nameOf={nameOf} />;
      }}
    </Shown>
  );
}

interface CourseProps {
  readonly title: string;
  readonly form?: { readonly flag: string; readonly known: EditableFlag; readonly mayServe: boolean };
  readonly draft: DraftView | undefined;
  readonly given: readonly EditBody[];
  readonly nameOf: (environment: string) => string;
}

function Course({ title, form, draft, given, nameOf }: CourseProps): ReactElement {
  const changing = useChanging(draft);
  const { preview, conflicts, sent, look } = changing;
  // What is given is shown at once; a form is looked at when it is filled.
  const isGiven = given.length > 0;
  useEffect(() => {
    if (isGiven) void look(given);
  }, [isGiven]);
  if (sent !== undefined) return <SentNote sent={sent} />;
  return (
    <>
      <h1>{title}</h1>
      {form !== undefined && <p className="muted intro">It becomes a change in Git under your name. You see what it does before it is sent.</p>}
      {isGiven && (
        <ul className="wishes muted">
          {given.map((edit, index) => (
            <li key={index}>{editWords(edit)}</li>
          ))}
        </ul>
      )}
      <div className={form === undefined ? "stack-wide" : "two changing"}>
        {form !== undefined && (
          <FlagForm
            {...form}
            nameOf={nameOf}
            isBusy={changing.isBusy}
            isShown={preview !== undefined || conflicts !== undefined}
            look={(edits) => void look(edits)}
          />
        )}
        <div className="stack-wide">
          {conflicts !== undefined && (
            <ConflictCard conflicts={conflicts} isBusy={changing.isBusy} again={() => void changing.again()} drop={() => location.assign(to("flags"))} />
          )}
          {preview !== undefined && <ChangePreviewCard preview={preview} nameOf={nameOf} />}
          {preview !== undefined && preview.files.length > 0 && preview.refusals.length === 0 && <Sending changing={changing} title={preview.title} />}
          {changing.saved !== undefined && (
            <p className="note" role="status">
              Kept as a draft. <a href={to("changes")}>Your drafts</a>
            </p>
          )}
          <ProblemNote problem={changing.problem} />
        </div>
      </div>
    </>
  );
}

/** The last word: what it is called, and where it goes. */
function Sending({ changing, title }: { readonly changing: Changing; readonly title: string }): ReactElement {
  const [words, setWords] = useState(title);
  return (
    <section className="card" aria-label="Send it">
      <form
        className="pad stack"
        onSubmit={(event) => {
          event.preventDefault();
          void changing.send(words);
        }}
      >
        <label className="field">
          In one line, for those who review it
          <input required maxLength={72} value={words} onChange={(event) => setWords(event.target.value)} />
        </label>
        <div className="buttons">
          <button type="submit" className="button primary" disabled={changing.isBusy}>
            {changing.preview?.way === "direct" ? "Change it now" : "Send it for review"}
          </button>
          <button type="button" className="button" disabled={changing.isBusy} onClick={() => void changing.keep(words)}>
            Keep it as a draft
          </button>
        </div>
      </form>
    </section>
  );
}

/** Edits that another page has put into the address. */
function editsIn(text: string | null): readonly EditBody[] {
  if (text === null) return [];
  try {
    const json: unknown = JSON.parse(text);
    return Array.isArray(json) ? (json as readonly EditBody[]) : [];
  } catch {
    return [];
  }
}
