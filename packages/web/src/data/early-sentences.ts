import type { ReleaseView } from "./release-data.ts";
import { listOf } from "./list-words.ts";
import { roleNames, versionList } from "./release-sentences.ts";
import { whenOf } from "./when.ts";

/** How early access to this release stands, in short. */
export function earlySentence({ content, phase, missingVersions }: ReleaseView, nowMs: number): string {
  const { earlyAccessFromMs } = content;
  if (earlyAccessFromMs === undefined) return "None: nobody gets it before their wave.";
  const when = whenOf(earlyAccessFromMs, nowMs);
  switch (phase) {
    case "draft":
      return `From ${when}, once it is planned.`;
    case "paused":
      return "Closed while the release is paused; whoever has it early keeps it.";
    case "completed":
    case "cancelled":
    case "rolledBack":
      return "Over, as the release is.";
    case "planned":
    case "inProgress":
    case "needsDecision":
      if (missingVersions.length > 0) return `From ${when}, once ${versionList(missingVersions)} ${missingVersions.length === 1 ? "runs" : "run"}.`;
      return earlyAccessFromMs <= nowMs ? `Open since ${when}.` : `Opens ${when}.`;
  }
}

/** Why a customer may have early what others do not get before somebody agrees: approvals are gates of waves, not of early access. */
export function besideApprovals(missing: ReleaseView["missingApprovals"]): string {
  return `Early access does not wait for ${listOf(missing.map((role) => roleNames[role]))}, who ${missing.length === 1 ? "decides" : "decide"} about the waves alone: whoever looks after a customer, or the customer itself, may switch it on.`;
}
