import type { ChangesView, DraftView, EditBody, Problem, SaveDraft, SentChange, SentState } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import type { PendingChange, Person, Store } from "@sluice/store";
import { refuse } from "./refusal.ts";

const DAY_MS = 86_400_000;
/** Somebody who comes back from a holiday finds what they had begun. */
const DRAFT_MS = 30 * DAY_MS;
const SENT_MS = 90 * DAY_MS;
/** Drafts of one person: more are not read any more by anybody. */
const DRAFTS_MAX = 20;
/** Changes kept in all; the oldest that were sent go first. */
const KEPT_MAX = 2_000;
const SENT_SHOWN_MAX = 200;

/** What is kept of a change. `sending`: it is on its way, and whoever asks again looks where it got to. */
type Kept =
  | { readonly kind: "draft"; readonly title?: string; readonly edits: readonly EditBody[] }
  | { readonly kind: "sending" | "sent"; readonly change: SentChange };

interface SentChangesParts {
  readonly world: Pick<World, "clock">;
  readonly store: Pick<Store, "pendingChanges" | "savePendingChange" | "erasePendingChanges">;
}

/** Drafts of people and changes that were sent, in the store: they survive restarts, and end by themselves. */
export class SentChanges {
  readonly #parts: SentChangesParts;

  constructor(parts: SentChangesParts) {
    this.#parts = parts;
  }

  async #all(): Promise<readonly { readonly row: PendingChange; readonly kept: Kept }[]> {
    const nowMs = this.#parts.world.clock.nowMs();
    const rows = await this.#parts.store.pendingChanges();
    const all = rows.map((row) => ({ row, kept: JSON.parse(row.content) as Kept }));
    const isOver = ({ row, kept }: (typeof all)[number]): boolean => row.atMs + (kept.kind === "draft" ? DRAFT_MS : SENT_MS) < nowMs;
    const sent = all.filter(({ kept }) => kept.kind !== "draft").toSorted((a, b) => b.row.atMs - a.row.atMs);
    const over = new Set([...all.filter(isOver), ...sent.slice(KEPT_MAX)].map(({ row }) => row.id));
    if (over.size > 0) await this.#parts.store.erasePendingChanges([...over]);
    return all.filter(({ row }) => !over.has(row.id));
  }

  /** One's own drafts, and what anybody sent, newest first. */
  async list(person: Person): Promise<Omit<ChangesView, "isOn">> {
    const all = (await this.#all()).toSorted((a, b) => b.row.atMs - a.row.atMs);
    const drafts = all.flatMap(({ row, kept }): readonly DraftView[] =>
      kept.kind === "draft" && row.account === person.id
        ? [
            {
              draft: row.id,
              ...(kept.title === undefined ? {} : { title: kept.title }),
              edits: kept.edits,
              flags: flagsOf(kept.edits),
              atMs: row.atMs,
              untilMs: row.atMs + DRAFT_MS,
            },
          ]
        : [],
    );
    return { drafts, sent: all.flatMap(({ kept }) => (kept.kind === "sent" ? [kept.change] : [])).slice(0, SENT_SHOWN_MAX) };
  }

  /** Keeps a draft under an id that its first command gives, so that the same request twice is one. Problems: unknownChange, tooMany. */
  async saveDraft(
    person: Person,
    id: string,
    { draft, title, edits }: SaveDraft,
  ): Promise<Result<{ readonly draft: string; readonly untilMs: number }, Problem>> {
    const own = (await this.#all()).filter(({ row, kept }) => kept.kind === "draft" && row.account === person.id);
    if (draft !== undefined && !own.some(({ row }) => row.id === draft)) return unknownDraft(draft);
    const key = draft ?? id;
    if (!own.some(({ row }) => row.id === key) && own.length >= DRAFTS_MAX)
      return refuse("tooMany", `You have ${DRAFTS_MAX} drafts.`, "Send or discard one of them first.");
    const atMs = this.#parts.world.clock.nowMs();
    await this.#save({ id: key, account: person.id, atMs }, { kind: "draft", edits, ...(title === undefined ? {} : { title }) });
    return { ok: true, value: { draft: key, untilMs: atMs + DRAFT_MS } };
  }

  /** Problem: unknownChange. */
  async discard(person: Person, draft: string): Promise<Result<undefined, Problem>> {
    const own = (await this.#all()).some(({ row, kept }) => kept.kind === "draft" && row.account === person.id && row.id === draft);
    if (!own) return unknownDraft(draft);
    await this.#parts.store.erasePendingChanges([draft]);
    return { ok: true, value: undefined };
  }

  /** What was sent, or is on its way, under this id. */
  async find(id: string): Promise<{ readonly change: SentChange; readonly isOnItsWay: boolean } | undefined> {
    const kept = (await this.#all()).find(({ row }) => row.id === id)?.kept;
    return kept === undefined || kept.kind === "draft" ? undefined : { change: kept.change, isOnItsWay: kept.kind === "sending" };
  }

  /** Kept before it is pushed: whatever happens then, whoever asks again finds it. */
  keep(person: Pick<Person, "id">, change: SentChange, kind: "sending" | "sent"): Promise<void> {
    return this.#save({ id: change.change, account: person.id, atMs: change.atMs }, { kind, change });
  }

  async forget(id: string): Promise<void> {
    await this.#parts.store.erasePendingChanges([id]);
  }

  /** Those whose review is not over. */
  async open(): Promise<readonly SentChange[]> {
    return (await this.#all()).flatMap(({ kept }) => (kept.kind === "sent" && kept.change.state === "open" ? [kept.change] : []));
  }

  /** What became of a change. */
  async note(change: string, state: SentState): Promise<void> {
    const found = (await this.#all()).find(({ row }) => row.id === change);
    if (found?.kept.kind === "sent") await this.#save(found.row, { kind: "sent", change: { ...found.kept.change, state } });
  }

  #save({ id, account, atMs }: Omit<PendingChange, "content">, kept: Kept): Promise<void> {
    return this.#parts.store.savePendingChange({ id, account, atMs, content: JSON.stringify(kept) });
  }
}

const flagsOf = (edits: readonly EditBody[]): readonly string[] => [...new Set(edits.flatMap((edit) => ("flag" in edit ? [edit.flag] : [])))].sort();

const unknownDraft = (draft: string): Result<never, Problem> =>
  refuse("unknownChange", `You have no draft ${JSON.stringify(draft)}.`, "It was sent, discarded or became too old. Begin it anew.");
