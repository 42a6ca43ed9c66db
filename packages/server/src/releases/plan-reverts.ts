import type { PastPlanView, PlanReverted, Problem } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { contentChanges, decideRevertPlan, type ReleaseState } from "@sluice/releases";
import type { Person, Store } from "@sluice/store";
import { askingOf } from "../asking.ts";
import { pastPlansOf, type SavedPlan } from "./approval-history.ts";
import type { Releases, ReleasesParts } from "./releases.ts";

interface PlanRevertParts extends Pick<ReleasesParts, "decisions" | "decide"> {
  readonly world: Pick<World, "clock" | "random">;
  readonly store: Store;
  readonly releases: Pick<Releases, "dryRun">;
}

interface PlanRevertWish {
  readonly command: string;
  readonly toSeq: number;
  readonly expectedHash: string;
  readonly dryRun?: boolean | undefined;
  readonly reason?: string | undefined;
}

/** Plans shown: of one that was saved more often the audit has the others. */
const PLANS_MAX = 50;

/** Earlier plans of releases: they live in the log and nowhere else. */
export class PlanReverts {
  readonly #parts: PlanRevertParts;

  constructor(parts: PlanRevertParts) {
    this.#parts = parts;
  }

  /** Every plan that was saved, the newest first, with how each differs from the one of now and whose agreement would count again. */
  async list(release: ReleaseState, person: Person): Promise<readonly PastPlanView[]> {
    const plans = await pastPlansOf(this.#parts.store, release.id);
    return plans
      .toReversed()
      .slice(0, PLANS_MAX)
      .map((plan) => this.#view(release, plan, person));
  }

  /** Goes back to an earlier plan; with `dryRun` says what that would come to. */
  async revert(person: Person, id: string, wish: PlanRevertWish): Promise<Result<PlanReverted, Problem>> {
    const { store, decide, decisions, world, releases } = this.#parts;
    const plans = await pastPlansOf(store, id);
    const past = plans.find(({ seq }) => seq === wish.toSeq);
    const release = decisions().releases.get(id);
    const planned = { release: id, toSeq: wish.toSeq, past, expectedHash: wish.expectedHash, ...askingOf(world, person, wish) };
    const told = past === undefined || release === undefined ? { changes: [], agreed: [] } : this.#view(release, past, person);
    if (wish.dryRun === true) {
      const decided = decideRevertPlan(decisions(), planned);
      if (!decided.ok) return decided;
      const dry = past === undefined ? undefined : releases.dryRun(person, { release: id, content: past.content });
      if (dry?.ok === false) return dry;
      return { ok: true, value: { changes: told.changes, agreed: told.agreed, ...(dry === undefined ? {} : { dry: dry.value }) } };
    }
    const done = await decide(wish.command, async (now) => decideRevertPlan(now, planned));
    return done.ok ? { ok: true, value: { changes: told.changes, agreed: told.agreed, ...done.value } } : done;
  }

  #view({ content, contentHash }: ReleaseState, plan: SavedPlan, person: Person): PastPlanView {
    const nowMs = this.#parts.world.clock.nowMs();
    const { seq, atMs, who } = plan;
    const counts = plan.approvals.filter(({ by, untilMs }) => by !== person.id && untilMs > nowMs);
    return {
      seq,
      atMs,
      ...(who === undefined ? {} : { who }),
      isNow: plan.contentHash === contentHash,
      changes: contentChanges(content, plan.content),
      agreed: counts.map(({ role, untilMs }) => ({ role, untilMs })),
    };
  }
}
