import type { ApprovalHistory } from "@sluice/contract";
import { type Approved, approvalEndMs, contentChanges, type LoggedEvent, type PastPlan, type ReleaseContent, type ReleaseState } from "@sluice/releases";
import type { Store } from "@sluice/store";
import { accountNames } from "../account-names.ts";

const READ_AT_ONCE = 1_000;
/** How far back it is looked for: a plan is agreed to within days, and a log of a busy company has some hundred decisions a day. */
const LOOKED_AT_MAX = 20_000;

/** What people agreed to before, how this plan differs from it, and what they asked to be changed since the last edit. */
export async function approvalHistoryOf(store: Store, { id, content, contentHash, editedBy }: ReleaseState): Promise<ApprovalHistory> {
  const { events, isWhole } = await eventsAbout(store, id);
  const names = await accountNames(store);
  const who = (event: LoggedEvent): { readonly who?: string } => {
    const by = event.personal?.by;
    return by === undefined ? {} : { who: names.get(by) ?? by };
  };
  const plans = new Map<string, ReleaseContent>();
  for (const { facts } of events) if (facts.kind === "releaseSaved") plans.set(facts.contentHash, facts.content);
  const agreed = (content.approvals ?? []).flatMap((role) => {
    const last = events.findLast(({ facts }) => facts.kind === "releaseApproved" && facts.role === role);
    if (last?.facts.kind !== "releaseApproved") return [];
    const before = plans.get(last.facts.contentHash);
    const isThis = last.facts.contentHash === contentHash;
    return [
      {
        role,
        atMs: last.atMs,
        untilMs: approvalEndMs(last.facts, last.atMs),
        ...who(last),
        ...(isThis || before === undefined ? {} : { changes: contentChanges(before, content) }),
      },
    ];
  });
  const edited = events.findLastIndex(({ facts }) => facts.kind === "releaseSaved");
  const asked = events
    .slice(edited + 1)
    .flatMap((event) =>
      event.facts.kind === "releaseChangeAsked"
        ? [{ role: event.facts.role, atMs: event.atMs, ...who(event), ...(event.personal?.reason === undefined ? {} : { reason: event.personal.reason }) }]
        : [],
    );
  return { agreed, asked, ...(editedBy === undefined ? {} : { editor: names.get(editedBy) ?? editedBy }), isWhole };
}

/** Every plan that was saved of a release, oldest first, with who agreed to it last; as far back as is looked. */
export async function pastPlansOf(store: Store, release: string): Promise<readonly SavedPlan[]> {
  const { events } = await eventsAbout(store, release);
  const names = await accountNames(store);
  return events.flatMap(({ facts, seq, atMs, personal }): readonly SavedPlan[] => {
    if (facts.kind !== "releaseSaved") return [];
    const { content, contentHash } = facts;
    const who = personal === undefined ? {} : { who: names.get(personal.by) ?? personal.by };
    return [{ seq, atMs, ...who, content, contentHash, approvals: approvalsOf(events, contentHash) }];
  });
}

/** A plan as it was saved: where in the log, when, and by whom. */
export interface SavedPlan extends PastPlan {
  readonly seq: number;
  readonly atMs: number;
  readonly who?: string;
}

/** Each role's last word for exactly this content. */
function approvalsOf(events: readonly LoggedEvent[], contentHash: string): readonly Approved[] {
  const last = new Map<string, Approved>();
  for (const { facts, atMs, personal } of events)
    if (facts.kind === "releaseApproved" && facts.contentHash === contentHash)
      last.set(facts.role, {
        role: facts.role,
        contentHash,
        atMs,
        untilMs: approvalEndMs(facts, atMs),
        ...(personal === undefined ? {} : { by: personal.by }),
      });
  return [...last.values()];
}

/** Events of one release, oldest first, back to its first or as far as is looked. */
async function eventsAbout(store: Store, release: string): Promise<{ readonly events: readonly LoggedEvent[]; readonly isWhole: boolean }> {
  const end = (await store.head()).seq;
  const floor = Math.max(0, end - LOOKED_AT_MAX);
  let events: LoggedEvent[] = [];
  for (let lowest = end; lowest > floor;) {
    const from = Math.max(floor, lowest - READ_AT_ONCE);
    const read = await store.read(from, lowest - from);
    events = [...read.filter(({ facts }) => "release" in facts && facts.release === release), ...events];
    lowest = from;
  }
  return { events, isWhole: floor === 0 };
}
