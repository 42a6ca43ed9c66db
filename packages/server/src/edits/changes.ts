import { createHash } from "node:crypto";
import {
  type ChangePreview,
  type ChangeSent,
  type ChangesView,
  type ConflictView,
  type EditableFlag,
  type EditBody,
  type EditWayWord,
  type Problem,
  type SaveDraft,
  type SentChange,
  type SubmitChange,
} from "@sluice/contract";
import { FACTS, sourcePlace } from "@sluice/definitions";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import type { Person, Store } from "@sluice/store";
import type { ChangePlans } from "../change-plans.ts";
import type { ControlPlane } from "../control-plane.ts";
import { SourceRefused, SourceUnreachable } from "../source/source.ts";
import type { GitDesk } from "./adapters/git-desk.ts";
import { linesPutIn, namedIn } from "./customer-names.ts";
import { DefinitionFiles, type DefinitionsAt, type FileEdit } from "./definitions-at.ts";
import { type EditPlace, EditPlaces } from "./edit-places.ts";
import type { Editing, EditingBySource } from "./editing.ts";
import { authorOf, branchOf, messageOf, reviewBody, titleOf } from "./change-words.ts";
import { refuse } from "./refusal.ts";
import { SentChanges } from "./sent-changes.ts";
import { type Wish, wishesOf } from "./wishes.ts";

/** How often a push is tried again where somebody else was quicker. */
const TRIES_MAX = 5;
/** Changes that wait for their turn; each takes a second or two. */
const WAITING_MAX = 20;
/** States of reviews are asked for anew at most this often. */
const STATES_EVERY_MS = 5_000;

interface ChangesParts {
  readonly world: Pick<World, "clock" | "log">;
  readonly plane: ControlPlane;
  readonly store: Pick<Store, "customers" | "pendingChanges" | "savePendingChange" | "erasePendingChanges">;
  readonly plans: ChangePlans;
  /** Empty where definitions are a folder: there the files themselves are edited. */
  readonly editing: EditingBySource;
}

/** A change as it stands on the branch's newest commit. */
interface Worked {
  readonly place: EditPlace;
  readonly at: DefinitionsAt;
  readonly edits: readonly FileEdit[];
  readonly wishes: readonly Wish[];
}

/** Edits of definitions made without an editor: shown first, then a commit of the person who made them, on the branch or for a review. */
export class Changes {
  readonly #parts: ChangesParts;
  readonly #files: DefinitionFiles;
  readonly #sent: SentChanges;
  readonly #places: EditPlaces;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #statesAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ChangesParts) {
    this.#parts = parts;
    this.#files = new DefinitionFiles(parts.plane);
    this.#places = new EditPlaces(parts.plane, parts.editing);
    this.#sent = new SentChanges(parts);
  }

  /** What a change would do. Nothing is kept. Problems: those of the wishes, editingOff, sourceUnavailable, namesCustomer. */
  preview(person: Person, wanted: readonly EditBody[]): Promise<Result<ChangePreview, Problem>> {
    return this.#guarded<ChangePreview>(async () => {
      const worked = await this.#worked(person, wanted);
      if (!worked.ok) return worked;
      const { place, at, edits, wishes } = worked.value;
      const shown = await this.#shown(place.editing.desk, edits);
      const named = await this.#named(shown, edits);
      if (named !== undefined) return named;
      const changed = edits.filter((_, index) => shown[index]?.diff !== "");
      const { refusals, warnings } = this.#files.judged(at, changed, this.#parts.world.clock.nowMs());
      const plan = refusals.length > 0 || changed.length === 0 ? undefined : await this.#parts.plans.of(textsOf(changed));
      if (plan?.ok === false) return plan;
      return {
        ok: true,
        value: {
          base: { commit: at.commit, files: Object.fromEntries(edits.map(({ path }) => [path, at.ids.get(path) ?? ""])) },
          files: shown.filter(({ diff }) => diff !== ""),
          ...(plan === undefined ? {} : { plan: plan.value }),
          refusals,
          warnings,
          ...sourceOf(place),
          ...wayOf(at, wishes),
          title: titleOf(wishes),
        },
      };
    });
  }

  /** What may be changed of a flag, as its file says it now. Problems: unknownFlag, changeRefused, editingOff, sourceUnavailable. */
  editable(flag: string): Promise<Result<EditableFlag, Problem>> {
    return this.#guarded(async () => {
      const place = this.#places.of([flag]);
      return place.ok ? this.#files.editable(await this.#files.at(place.value, await tipOf(place.value)), flag) : place;
    });
  }

  /** Sends a change to Git. The same command again is the same change. Problems: as of `preview`, changeRefused, tooOften. */
  submit(person: Person, wish: SubmitChange): Promise<Result<ChangeSent, Problem>> {
    if (this.#waiting >= WAITING_MAX)
      return Promise.resolve(
        refuse("tooOften", `${WAITING_MAX} changes are on their way to Git already.`, "Send it again in a moment; nothing of it is lost."),
      );
    this.#waiting += 1;
    const mine = this.#turn.then(() => this.#guarded(() => this.#submit(person, wish)));
    this.#turn = mine.catch(() => {}).finally(() => (this.#waiting -= 1));
    return mine;
  }

  /** One's own drafts and what was sent, with what became of it. */
  async list(person: Person): Promise<ChangesView> {
    const { isOn } = this.#places;
    if (isOn) await this.#lookAtReviews();
    return { isOn, ...(await this.#sent.list(person)) };
  }

  /** Keeps a draft: nothing of it is in Git before it is sent. Problems: those of the wishes, editingOff, unknownChange, tooMany, namesCustomer. */
  saveDraft(person: Person, wish: SaveDraft): Promise<Result<{ readonly draft: string; readonly untilMs: number }, Problem>> {
    return this.#guarded(async () => {
      const known = this.#wishes(person, wish.edits);
      return known.ok ? this.#sent.saveDraft(person, `d${digest(person.id, wish.command)}`, wish) : known;
    });
  }

  /** Problem: unknownChange. */
  discard(person: Person, draft: string): Promise<Result<undefined, Problem>> {
    return this.#sent.discard(person, draft);
  }

  /** A source that does not answer is a reason to try again, and no fault of anybody's here. */
  async #guarded<T>(work: () => Promise<Result<T, Problem>>): Promise<Result<T, Problem>> {
    const { plane, world } = this.#parts;
    if (!this.#places.isOn)
      return refuse(
        "editingOff",
        "The definitions of this server are a folder, not a Git repository.",
        "Edit the files themselves: they are served as they are saved.",
      );
    try {
      await plane.freshen();
      await plane.texts.need(plane.decisions);
      return await work();
    } catch (error) {
      if (!(error instanceof SourceUnreachable || error instanceof SourceRefused)) throw error;
      world.log.warn("change.source", { why: error.message });
      return refuse(
        "sourceUnavailable",
        `Git does not answer as it should: ${error.message}.`,
        "Nothing is lost: try again in a moment. What is served goes on, and a kill needs no Git.",
      );
    }
  }

  #wishes({ role }: Person, wanted: readonly EditBody[]): Result<readonly Wish[], Problem> {
    const { decisions, texts } = this.#parts.plane;
    return wishesOf(wanted, { decisions, read: texts.read, role });
  }

  async #worked(person: Person, wanted: readonly EditBody[]): Promise<Result<Worked, Problem>> {
    const wishes = this.#wishes(person, wanted);
    if (!wishes.ok) return wishes;
    const place = this.#places.of(wishes.value.map(({ flag }) => flag));
    if (!place.ok) return place;
    const at = await this.#files.at(place.value, await tipOf(place.value));
    const edits = await this.#files.edited(at, wishes.value);
    return edits.ok ? { ok: true, value: { place: place.value, at, edits: edits.value, wishes: wishes.value } } : edits;
  }

  #shown(desk: GitDesk, edits: readonly FileEdit[]): Promise<readonly { readonly path: string; readonly diff: string }[]> {
    return Promise.all(edits.map(async ({ path, before = NOTHING, after = NOTHING }) => ({ path, diff: await desk.diff(before, after) })));
  }

  /** A problem where what would go to Git names a registered customer, whoever typed it. */
  async #named(shown: readonly { readonly diff: string }[], edits: readonly FileEdit[], title = ""): Promise<Result<never, Problem> | undefined> {
    const already = edits.map(({ before }) => decode(before)).join("\n");
    const found = namedIn([title, ...shown.map(({ diff }) => linesPutIn(diff))].join("\n"), await this.#parts.store.customers(), already);
    return found === undefined
      ? undefined
      : refuse(
          "namesCustomer",
          `The change names the customer ${found}, and customers' names never go to Git.`,
          "Put them into a runtime list (page Lists) and name the list, or say it without the name.",
        );
  }

  async #submit(person: Person, wish: SubmitChange): Promise<Result<ChangeSent, Problem>> {
    const id = `c${digest(person.id, wish.command)}`;
    const known = await this.#again(person, id);
    if (known !== undefined) return { ok: true, value: { outcome: "sent", change: known } };
    const wishes = this.#wishes(person, wish.edits);
    if (!wishes.ok) return wishes;
    const found = this.#places.of(wishes.value.map(({ flag }) => flag));
    if (!found.ok) return found;
    const place = found.value;
    const made = await this.#files.at(place, wish.base.commit);
    const stray = Object.entries(wish.base.files).find(([path, blob]) => (made.ids.get(path) ?? "") !== blob);
    if (stray !== undefined)
      return refuse("badRequest", `base.files: ${stray[0]} was not that at ${wish.base.commit.slice(0, 7)}.`, "Send what the preview said, or look again.");
    const own = await this.#files.edited(made, wishes.value);
    if (!own.ok) return own;
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const at = await this.#files.at(place, await tipOf(place));
      const merged = await this.#merged(place.editing.desk, at, made, own.value);
      if (!merged.ok) return { ok: true, value: { outcome: "conflict", conflicts: merged.problem } };
      const sent = await this.#send({ person, wish, id, worked: { place, at, edits: merged.value, wishes: wishes.value } });
      if (sent !== "moved") return sent;
    }
    return refuse("sourceUnavailable", "The branch moves faster than the change can follow.", "Send it again in a moment; nothing of it is lost.");
  }

  /** Onto what the branch has now: what only one side changed is taken, what both changed differently is a conflict. */
  async #merged(
    desk: GitDesk,
    at: DefinitionsAt,
    made: DefinitionsAt,
    own: readonly FileEdit[],
  ): Promise<Result<readonly FileEdit[], readonly ConflictView[]>> {
    const edits: FileEdit[] = [];
    const conflicts: ConflictView[] = [];
    for (const edit of own) {
      const { path, before, after } = edit;
      if (at.ids.get(path) === made.ids.get(path)) {
        edits.push(edit);
        continue;
      }
      const theirs = at.ids.has(path) ? (await this.#files.bytes(at, [path])).get(path) : undefined;
      // Where one side has no such file there are no lines to bring together.
      if (before === undefined || after === undefined || theirs === undefined) {
        if (after !== undefined || theirs !== undefined) conflicts.push({ path, before: decode(before), mine: decode(after), theirs: decode(theirs) });
        continue;
      }
      const merged = await desk.merge(before, after, theirs);
      if (merged.isClean) edits.push({ path, before: theirs, after: merged.bytes });
      else conflicts.push(...merged.conflicts.map((conflict) => ({ path, ...conflict })));
    }
    return conflicts.length === 0 ? { ok: true, value: edits } : { ok: false, problem: conflicts };
  }

  async #send({ person, wish, id, worked }: Sending): Promise<Result<ChangeSent, Problem> | "moved"> {
    const { place, at, wishes } = worked;
    const { editing } = place;
    const { desk } = editing;
    const shown = await this.#shown(desk, worked.edits);
    const edits = worked.edits.filter((_, index) => shown[index]?.diff !== "");
    if (edits.length === 0) return { ok: true, value: { outcome: "nothing" } };
    const named = await this.#named(shown, worked.edits, wish.title);
    if (named !== undefined) return named;
    const atMs = this.#parts.world.clock.nowMs();
    const [refusal] = this.#files.judged(at, edits, atMs).refusals;
    if (refusal !== undefined) return refuse("changeRefused", `${refusal.file}:${refusal.line}: ${refusal.message}`, refusal.fix ?? "Say it otherwise.");
    const plan = await this.#parts.plans.of(textsOf(edits));
    const title = wish.title ?? titleOf(wishes);
    const author = authorOf(person);
    const message = messageOf({ title, id, author, wishes, ...(plan.ok ? { plan: plan.value } : {}) });
    const files = new Map(edits.map(({ path, after }) => [sourcePlace(path).path, after]));
    const commit = await desk.commit({ parent: at.commit, files, author, committer: editing.committer, message, atMs });
    const flags = [...new Set(wishes.map(({ flag }) => flag))].sort();
    const change: SentChange = { change: id, ...sourceOf(place), title, flags, who: person.name, atMs, way: wayOf(at, wishes).way, commit, state: "open" };
    await this.#sent.keep(person, change, "sending");
    const branch = branchOf(person, wishes, id);
    const pushed = await this.#push(editing, change, { branch, body: reviewBody(plan.ok ? plan.value : undefined, author) });
    if (pushed === "moved") return "moved";
    if (!pushed.ok) {
      await this.#sent.forget(id);
      return pushed;
    }
    await this.#sent.keep(person, pushed.value, "sent");
    if (wish.draft !== undefined) await this.#sent.discard(person, wish.draft);
    this.#parts.world.log.info("change.sent", { change: id, commit, way: pushed.value.way });
    if (pushed.value.way === "direct") this.#parts.plane.adoption.poll([place.name]);
    return { ok: true, value: { outcome: "sent", change: pushed.value } };
  }

  /** Onto the branch where the project lets it; where the host does not, for a review, which says so. */
  async #push(
    editing: Editing,
    change: SentChange,
    review: { readonly branch: string; readonly body: string },
  ): Promise<Result<SentChange, Problem> | "moved"> {
    const { desk } = editing;
    let instead: string | undefined;
    if (change.way === "direct") {
      const pushed = await desk.pushToBranch(change.commit);
      if (pushed.outcome === "moved") return "moved";
      if (pushed.outcome === "pushed") return { ok: true, value: { ...change, state: "merged" } };
      instead = `The branch ${desk.branch} takes no commit directly (${pushed.why}), so it goes for a review.`;
    }
    const { branch, body } = review;
    const pushed = await desk.pushNew(change.commit, branch);
    // Only this change makes a branch of this name: an earlier push of it came through, and its answer was lost.
    if (pushed.outcome === "moved" && (await desk.tips([branch])).get(branch) === undefined) return "moved";
    if (pushed.outcome === "refused")
      return refuse(
        "changeRefused",
        `The Git host does not take the branch ${branch}: ${pushed.why}.`,
        "Ask whoever looks after the repository to let Sluice push branches named sluice/….",
      );
    const at = pushed.outcome === "moved" ? ((await desk.tips([branch])).get(branch) ?? change.commit) : change.commit;
    const link = pushed.outcome === "pushed" ? pushed.link : undefined;
    const opened = await editing.pullRequests.open({ branch, title: change.title, body, ...(link === undefined ? {} : { link }) });
    return { ok: true, value: { ...change, commit: at, way: "review", branch, ...(instead === undefined ? {} : { instead }), ...opened } };
  }

  /** The change that this command sent before; one whose answer was lost is looked for in Git. */
  async #again(person: Person, id: string): Promise<SentChange | undefined> {
    const known = await this.#sent.find(id);
    if (known === undefined || !known.isOnItsWay) return known?.change;
    const { change } = known;
    const place = this.#places.named(change.source);
    if (place === undefined || !(await place.editing.desk.contains(await tipOf(place), change.commit))) return undefined;
    const merged: SentChange = { ...change, way: "direct", state: "merged" };
    await this.#sent.keep(person, merged, "sent");
    return merged;
  }

  /** Reviews that are over are told so; while the host does not answer they stay as they were. */
  async #lookAtReviews(): Promise<void> {
    const nowMs = this.#parts.world.clock.nowMs();
    if (nowMs < this.#statesAtMs + STATES_EVERY_MS) return;
    this.#statesAtMs = nowMs;
    const open = await this.#sent.open();
    for (const name of new Set(open.map(({ source }) => source))) {
      const place = this.#places.named(name);
      if (place !== undefined)
        await this.#lookAtReviewsOf(
          place,
          open.filter(({ source }) => source === name),
        );
    }
  }

  async #lookAtReviewsOf(place: EditPlace, open: readonly SentChange[]): Promise<void> {
    const { desk, pullRequests } = place.editing;
    try {
      const at = await this.#files.at(place, await tipOf(place));
      const tips = await desk.tips(open.flatMap(({ branch }) => branch ?? []));
      for (const change of open) {
        const told = change.pullRequest === undefined ? undefined : await pullRequests.stateOf(change.pullRequest);
        const isIn = told === "merged" || (await desk.contains(at.commit, change.commit)) || (await this.#isSquashed(place, at, change));
        const state = isIn ? "merged" : (told ?? (tips.has(change.branch ?? "") ? "open" : "closed"));
        if (state !== "open") await this.#sent.note(change.change, state);
      }
    } catch (error) {
      if (!(error instanceof SourceUnreachable || error instanceof SourceRefused)) throw error;
      this.#parts.world.log.info("change.states", { why: error.message });
    }
  }

  /** Hosts that squash make a commit of their own: then the branch has the very contents. */
  async #isSquashed(place: EditPlace, at: DefinitionsAt, { commit }: SentChange): Promise<boolean> {
    const [mine, before] = [await this.#files.at(place, commit), await this.#files.at(place, `${commit}^`)];
    const changed = [...new Set([...mine.ids.keys(), ...before.ids.keys()])].filter((path) => before.ids.get(path) !== mine.ids.get(path));
    return changed.length > 0 && changed.every((path) => at.ids.get(path) === mine.ids.get(path));
  }
}

interface Sending {
  readonly person: Person;
  readonly wish: SubmitChange;
  readonly id: string;
  readonly worked: Worked;
}

async function tipOf({ source }: EditPlace): Promise<string> {
  const tip = await source.fetch();
  if (tip === undefined) throw new SourceUnreachable("the branch is not there");
  return tip;
}

const sourceOf = ({ name }: EditPlace): { readonly source?: string } => (name === undefined ? {} : { source: name });
const NOTHING = new Uint8Array();
const decode = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const textsOf = (edits: readonly FileEdit[]): Readonly<Record<string, string | null>> =>
  Object.fromEntries(edits.map(({ path, after }) => [path, after === undefined ? null : decode(after)]));
const digest = (...parts: readonly string[]): string => createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);

function wayOf({ parsed }: DefinitionsAt, wishes: readonly Wish[]): { readonly way: EditWayWord; readonly why: string } {
  const touched = [...new Set(wishes.flatMap(({ touches }) => touches))];
  const reviewed = touched.filter((one) => parsed.project?.edits.get(one) !== "direct");
  const words = (names: readonly string[]): string => names.map((one) => (one === FACTS ? "a flag's facts" : `what ${one} serves`)).join(" and ");
  return reviewed.length === 0
    ? { way: "direct", why: `The project lets ${words(touched)} be changed directly.` }
    : { way: "review", why: `The project has ${words(reviewed)} reviewed.` };
}
