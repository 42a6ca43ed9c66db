import { createHash } from "node:crypto";
import type { Conflict, CustomerCell, DryMove, DryRun, Problem, ReleaseView } from "@sluice/contract";
import { canonicalJson, type Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import {
  type Cell,
  applyEvent,
  cellOf,
  cellsOf,
  decideMoveWave,
  decideSaveRelease,
  type Decisions,
  ENDED,
  type FlagProblem,
  givenState,
  killsForAll,
  membersByWave,
  PersistentMap,
  refuseEarly,
  type ReleaseContent,
  type ReleaseState,
  type WaveState,
  type WhyDecide,
} from "@sluice/releases";
import type { Person } from "@sluice/store";
import type { ControlPlane } from "../control-plane.ts";
import type { PastDecisions } from "./past-decisions.ts";
import { courseOf } from "./release-course.ts";
import { countCells } from "./release-tally.ts";
import { viewOf } from "./release-view.ts";

/** What releases need of the control plane. */
export interface ReleasesParts {
  readonly world: Pick<World, "clock" | "random">;
  readonly decisions: () => Decisions;
  readonly flagProblem: FlagProblem;
  readonly past: Pick<PastDecisions, "at">;
  readonly decide: ControlPlane["decide"];
}

/** What `POST /api/releases` asks for. */
export interface SaveWish {
  readonly command: string;
  readonly release?: string | undefined;
  readonly expectedHash?: string | undefined;
  readonly content: Omit<ReleaseContent, "owner"> & { readonly owner?: string };
  readonly reason?: string | undefined;
}

/** Two releases that change the work of the same customer within this time are one too many. */
const CLOSE_MS = 5 * 24 * 3_600_000;
/** Customers named one by one; the rest is counted. */
const CONFLICTS_MAX = 50;

/** Releases as the API reads and changes them: view, decide, append. */
export class Releases {
  readonly #parts: ReleasesParts;

  constructor(parts: ReleasesParts) {
    this.#parts = parts;
  }

  /** Every release as it is now, by id. */
  views(): readonly ReleaseView[] {
    const { nowMs } = this.#time;
    const decisions = this.#parts.decisions();
    return decisions.releases.entriesSorted().map(([, release]) => viewOf(decisions, release, nowMs, this.#parts.flagProblem));
  }

  get #time(): { readonly nowMs: number; readonly atMs: number } {
    const nowMs = this.#parts.world.clock.nowMs();
    return { nowMs, atMs: nowMs };
  }

  list(): readonly ReleaseView[] {
    return this.views().toSorted(
      (a, b) =>
        Number(ENDED.includes(a.phase)) - Number(ENDED.includes(b.phase)) ||
        (a.nextAtMs ?? Number.MAX_SAFE_INTEGER) - (b.nextAtMs ?? Number.MAX_SAFE_INTEGER) ||
        b.changedAtMs - a.changedAtMs,
    );
  }

  one(id: string): ReleaseView | undefined {
    const { decisions, flagProblem } = this.#parts;
    const release = decisions().releases.get(id);
    if (release === undefined) return undefined;
    const { nowMs } = this.#time;
    return { ...viewOf(decisions(), release, nowMs, flagProblem), course: courseOf(decisions(), release, nowMs, flagProblem) };
  }

  /** What every customer has of a release at `atMs`, as predicted now. */
  cells(id: string, atMs: number | undefined): readonly Cell[] | undefined {
    const { decisions, flagProblem } = this.#parts;
    const release = decisions().releases.get(id);
    return release === undefined ? undefined : cellsOf(decisions(), release, { ...this.#time, atMs: atMs ?? this.#time.atMs }, flagProblem);
  }

  /** What one customer has of every release that is no draft, at `atMs`: as predicted now, or as it was. Throws `StoreUnavailable` for a past time. */
  async ofCustomer(customer: string, atMs: number | undefined): Promise<readonly CustomerCell[]> {
    const { decisions, flagProblem, past } = this.#parts;
    const { nowMs } = this.#time;
    const isPast = atMs !== undefined && atMs < nowMs;
    const then = isPast ? await past.at(atMs) : decisions();
    if (!then.customers.has(customer)) return [];
    const time = isPast ? { nowMs: atMs, atMs } : { nowMs, atMs: atMs ?? nowMs };
    return then.releases
      .entriesSorted()
      .filter(([, { phase }]) => phase !== "draft")
      .map(([, release]) => ({
        ...cellOf(then, { release, customer, ...time }, flagProblem),
        title: release.content.title,
        phase: release.phase,
        waves: release.content.waves.map(({ name }) => ({ name })),
      }))
      .map((cell) => (atMs === undefined ? { ...cell, ...earlyOf(then, cell, nowMs) } : cell));
  }

  async save(person: Person, wish: SaveWish): Promise<Result<{ readonly release: string; readonly seq?: number }, Problem>> {
    const { world, decide } = this.#parts;
    const release = wish.release ?? `r${hex(world.random.bytes(5))}`;
    const content = this.#owned(person, wish);
    const contentHash = hashOf(content);
    const done = await decide(wish.command, async (decisions) =>
      decideSaveRelease(decisions, {
        command: wish.command,
        atMs: world.clock.nowMs(),
        by: person.id,
        role: person.role,
        release,
        content,
        contentHash,
        ...(wish.expectedHash === undefined ? {} : { expectedHash: wish.expectedHash }),
        ...(wish.reason === undefined ? {} : { reason: wish.reason }),
      }),
    );
    return done.ok ? { ok: true, value: { release: this.#parts.decisions().commands.get(wish.command)?.id ?? release, ...done.value } } : done;
  }

  #owned(person: Person, { content, release }: Pick<SaveWish, "content" | "release">): ReleaseContent {
    const known = release === undefined ? undefined : this.#parts.decisions().releases.get(release);
    return { ...content, owner: content.owner ?? known?.content.owner ?? person.id };
  }

  /** What this plan would do if it were meant now. Nothing is decided. Refused as saving it would be. */
  dryRun(person: Person, wish: Pick<SaveWish, "content" | "release">): Result<DryRun, Problem> {
    const { world, decisions, flagProblem } = this.#parts;
    const now = decisions();
    const content = this.#owned(person, wish);
    const known = wish.release === undefined ? undefined : now.releases.get(wish.release);
    const asking = { command: "dry-run", atMs: world.clock.nowMs(), by: person.id, role: person.role };
    const id = wish.release ?? "dry-run";
    const contentHash = hashOf(content);
    const decided = decideSaveRelease(now, {
      ...asking,
      release: id,
      content,
      contentHash,
      ...(known === undefined ? {} : { expectedHash: known.contentHash }),
    });
    if (!decided.ok) return decided;
    const fresh = content.waves.map((_, index): WaveState => known?.waves[index] ?? { phase: "pending", shiftMs: 0, exposed: PersistentMap.empty() });
    const imagined: ReleaseState = {
      ...(known ?? { approvals: [], changesAsked: [], optIns: PersistentMap.empty(), createdAtMs: asking.atMs }),
      id,
      content,
      contentHash,
      waves: fresh,
      phase: known?.phase === "inProgress" ? "inProgress" : "planned",
      changedAtMs: asking.atMs,
      // Approvals are asked for afterwards: what would happen is told as if they were given.
      approvals: (content.approvals ?? []).map((role) => ({ role, contentHash, atMs: asking.atMs, untilMs: Number.MAX_SAFE_INTEGER })),
    };
    const view = viewOf(now, imagined, this.#time.nowMs, flagProblem);
    const before = known === undefined ? undefined : countCells(cellsOf(now, known, this.#time, flagProblem));
    const steps = stepsOf(cellsOf(now, imagined, this.#time, flagProblem));
    return { ok: true, value: { view, steps, conflicts: this.#conflicts(imagined), ...(before === undefined ? {} : { before }) } };
  }

  /** What moving a wave would do if it were meant now. Nothing is decided. Refused as the move would be. */
  dryMove(person: Person, wish: { readonly release: string; readonly wave: number; readonly startAtMs: number }): Result<DryMove, Problem> {
    const { decisions, flagProblem } = this.#parts;
    const now = decisions();
    const { nowMs } = this.#time;
    const decided = decideMoveWave(now, { command: "dry-run", atMs: nowMs, by: person.id, role: person.role, ...wish });
    if (!decided.ok) return decided;
    const before = now.releases.get(wish.release);
    // Its place and hashes are made by the store; nothing that is read here depends on them.
    const unplaced = { seq: now.seq + 1, epoch: now.epoch, personalHash: "", prevHash: "", hash: "" };
    const after = decided.value.reduce((sofar, proposal) => applyEvent(sofar, { ...proposal, ...unplaced }), now).releases.get(wish.release);
    if (before === undefined || after === undefined)
      return { ok: false, problem: { code: "unknownRelease", message: "There is no such release.", fix: "Look at the list of releases." } };
    const turns = (release: ReleaseState): ReadonlyMap<string, number> =>
      new Map(cellsOf(now, release, this.#time, flagProblem).flatMap((cell) => startIn(cell)));
    const [was, becomes] = [turns(before), turns(after)];
    const moved = [...becomes].flatMap(([customer, atMs]) => {
      const before = was.get(customer);
      return before === undefined ? [] : [atMs - before];
    });
    const waves = [before, after].map((release) => viewOf(now, release, nowMs, flagProblem).waves);
    return {
      ok: true,
      value: {
        title: before.content.title,
        waves: before.content.waves.map(({ name }, index) => ({
          name,
          fromMs: waves[0]?.[index]?.startsAtMs ?? nowMs,
          toMs: waves[1]?.[index]?.startsAtMs ?? nowMs,
        })),
        earlier: moved.filter((ms) => ms < 0).length,
        later: moved.filter((ms) => ms > 0).length,
        same: moved.filter((ms) => ms === 0).length,
        again: becomes.size - moved.length,
        conflicts: this.#conflicts(after),
      },
    };
  }

  #conflicts(release: ReleaseState): readonly Conflict[] {
    const { decisions, flagProblem } = this.#parts;
    const now = decisions();
    const { content } = release;
    const end = Number.MAX_SAFE_INTEGER;
    const cells = cellsOf(now, release, { nowMs: this.#time.nowMs, atMs: end }, flagProblem);
    const starts = cellsOf(now, release, this.#time, flagProblem);
    const held = starts.filter((cell) => givenState(cell).state === "held");
    const conflicts: Conflict[] = content.flags.flatMap(({ flag, serve }): Conflict[] => {
      const problem = flagProblem(content.environment, flag, serve);
      return problem === undefined ? [] : [{ kind: "flag", problem }];
    });
    const killed = killsForAll(
      now,
      content.environment,
      content.flags.map(({ flag }) => flag),
    ).flatMap((kill) => content.flags.flatMap(({ flag }) => (kill.flags.includes(flag) ? [flag] : [])));
    if (killed.length > 0) conflicts.push({ kind: "killed", flags: [...new Set(killed)] });
    if (held.length > 0) conflicts.push({ kind: "held", customers: held.slice(0, CONFLICTS_MAX).map(({ customer }) => customer), of: held.length });
    return [...conflicts, ...membersIn(now, release), ...asksIn(cells), ...this.#closeChanges(release, starts)];
  }

  /** Other releases that change the work of the same customers within five days. */
  #closeChanges(release: ReleaseState, cells: readonly Cell[]): readonly Conflict[] {
    if (release.content.risk !== "workflowChanging") return [];
    const { decisions, flagProblem } = this.#parts;
    const now = decisions();
    const mine = new Map(cells.flatMap((cell) => startIn(cell)));
    return now.releases.entriesSorted().flatMap(([id, other]): Conflict[] => {
      if (id === release.id || other.content.risk !== "workflowChanging" || ENDED.includes(other.phase) || other.phase === "draft") return [];
      const close = cellsOf(now, other, this.#time, flagProblem).filter((cell) => {
        const [state, customer] = [givenState(cell), cell.customer];
        const at = "atMs" in state ? state.atMs : "sinceMs" in state ? state.sinceMs : undefined;
        const own = mine.get(customer);
        return at !== undefined && own !== undefined && Math.abs(at - own) < CLOSE_MS;
      });
      return close.length === 0 ? [] : [{ kind: "twoWorkflowChanges", release: id, title: other.content.title, customers: close.length }];
    });
  }
}

/** Waves that reach nobody, and customers of waves by each customer's clock of whom nobody has said what their clock is. */
function membersIn(decisions: Decisions, release: ReleaseState): readonly Conflict[] {
  const { waves, zone } = release.content;
  const members = membersByWave(decisions, release);
  const isAhead = (wave: number): boolean => release.waves[wave]?.phase !== "live";
  const empty = waves.flatMap((_, wave): readonly Conflict[] => (isAhead(wave) && (members[wave] ?? []).length === 0 ? [{ kind: "nobody", wave }] : []));
  const unknown = waves.flatMap(({ start }, wave) =>
    "local" in start && isAhead(wave) ? (members[wave] ?? []).filter((id) => decisions.customers.get(id)?.zone === undefined) : [],
  );
  return unknown.length === 0 ? empty : [...empty, { kind: "noZone", customers: unknown.slice(0, CONFLICTS_MAX), of: unknown.length, zone }];
}

/** Waves that wait for a person at the end of all times, in their order. */
function asksIn(cells: readonly Cell[]): readonly Conflict[] {
  const asks = new Map<number, { customers: number; held: number; readonly why: readonly WhyDecide[] }>();
  for (const cell of cells) {
    if (givenState(cell).state !== "needsDecision") continue;
    const why = cell.reasons.flatMap((reason) => (reason.kind === "undecided" ? reason.why : []));
    for (const reason of cell.reasons) {
      if (reason.kind !== "wave") continue;
      const asked = asks.get(reason.wave) ?? { customers: 0, held: 0, why };
      asked.customers += 1;
      if (cell.reasons.some((each) => each.kind === "moved" && each.by.kind === "hold")) asked.held += 1;
      asks.set(reason.wave, asked);
    }
  }
  return [...asks].sort(([a], [b]) => a - b).map(([wave, { customers, held, why }]) => ({ kind: "asks", wave, customers, held, why }));
}

/** Whether this customer could have it before its wave, or has it, by the gates that a press of the button meets. */
function earlyOf(decisions: Decisions, cell: Cell, nowMs: number): Pick<CustomerCell, "early"> {
  const release = decisions.releases.get(cell.release);
  const fromMs = release?.content.earlyAccessFromMs;
  const { state } = givenState(cell);
  if (fromMs === undefined || state === "on" || state === "offKilled") return {};
  if (state === "earlyAccess") return { early: { fromMs, isTaken: true } };
  const refusal = refuseEarly(decisions, release, { customer: cell.customer, atMs: nowMs });
  if (refusal?.code === "wrongPhase") return {};
  return { early: { fromMs, isTaken: false, ...(refusal === undefined ? {} : { refusal: { message: refusal.message, fix: refusal.fix } }) } };
}

function stepsOf(cells: readonly Cell[]): DryRun["steps"] {
  const byInstant = new Map<number, string[]>();
  for (const [customer, atMs] of cells.flatMap((cell) => startIn(cell))) {
    const same = byInstant.get(atMs);
    if (same === undefined) byInstant.set(atMs, [customer]);
    else same.push(customer);
  }
  return [...byInstant].map(([atMs, customers]) => ({ atMs, customers })).sort((a, b) => a.atMs - b.atMs);
}

/** When the customer's start is, where it is still to come. */
function startIn(cell: Cell): readonly (readonly [customer: string, atMs: number])[] {
  const state = givenState(cell);
  return "atMs" in state ? [[cell.customer, state.atMs]] : [];
}

const hashOf = (content: ReleaseContent): string => createHash("sha256").update(canonicalJson(content)).digest("hex");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
