import type { ApprovalHistory } from "@sluice/contract";
import { approvalEndMs, contentChanges, type LoggedEvent, type ReleaseContent, type ReleaseState } from "@sluice/releases";
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
