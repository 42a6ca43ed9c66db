import { useState } from "react";
import type { ChangePreview, ChangeSent, ConflictView, DraftView, EditBody, SentChange } from "./edit-data.ts";
import { newCommand, Refused, send } from "./requests.ts";

/** A change on its way: looked at, sent or kept, and what came of it. */
export interface Changing {
  readonly isBusy: boolean;
  readonly preview?: ChangePreview;
  readonly conflicts?: readonly ConflictView[];
  /** `nothing`: the files said it already. */
  readonly sent?: SentChange | "nothing";
  readonly saved?: string;
  readonly problem?: Refused;
  readonly look: (edits: readonly EditBody[]) => Promise<void>;
  /** The same edits, on what is there now. */
  readonly again: () => Promise<void>;
  readonly send: (title: string) => Promise<void>;
  readonly keep: (title: string) => Promise<void>;
}

interface Seen {
  readonly edits: readonly EditBody[];
  readonly preview: ChangePreview;
  /** One for each look: sent twice it is one change. */
  readonly command: string;
}

/** `draft`: the one that it began as; sending ends it. */
export function useChanging(draft: DraftView | undefined): Changing {
  const [isBusy, setBusy] = useState(false);
  const [seen, setSeen] = useState<Seen>();
  const [conflicts, setConflicts] = useState<readonly ConflictView[]>();
  const [sent, setSent] = useState<SentChange | "nothing">();
  const [saved, setSaved] = useState<string>();
  const [problem, setProblem] = useState<Refused>();
  const work = async (doing: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await doing();
    } catch (error) {
      setProblem(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again."));
    } finally {
      setBusy(false);
    }
  };
  const look = (edits: readonly EditBody[]): Promise<void> =>
    work(async () => {
      const preview = await send<ChangePreview>("POST", "/api/changes/preview", { edits });
      setSeen({ edits, preview, command: newCommand() });
      setConflicts(undefined);
    });
  const sendIt = (title: string): Promise<void> =>
    work(async () => {
      if (seen === undefined) return;
      const ended = draft ?? (saved === undefined ? undefined : { draft: saved });
      const body = { command: seen.command, edits: seen.edits, base: seen.preview.base, title, ...(ended === undefined ? {} : { draft: ended.draft }) };
      const done = await send<ChangeSent>("POST", "/api/changes", body);
      if (done.outcome === "conflict") setConflicts(done.conflicts);
      else setSent(done.outcome === "sent" ? done.change : "nothing");
    });
  const keep = (title: string): Promise<void> =>
    work(async () => {
      if (seen === undefined) return;
      const known = draft?.draft ?? saved;
      const kept = await send<{ readonly draft: string }>("POST", "/api/drafts", {
        command: newCommand(),
        edits: seen.edits,
        title,
        ...(known === undefined ? {} : { draft: known }),
      });
      setSaved(kept.draft);
    });
  return {
    isBusy,
    look,
    again: () => look(seen?.edits ?? []),
    send: sendIt,
    keep,
    ...(seen === undefined || conflicts !== undefined ? {} : { preview: seen.preview }),
    ...(conflicts === undefined ? {} : { conflicts }),
    ...(sent === undefined ? {} : { sent }),
    ...(saved === undefined ? {} : { saved }),
    ...(problem === undefined ? {} : { problem }),
  };
}
