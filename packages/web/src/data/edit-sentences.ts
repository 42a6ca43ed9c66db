import { count } from "./counting.ts";
import type { ChangePreview, EditBody, PlannedSamples, SentChange } from "./edit-data.ts";
import { flagName } from "./flag-name.ts";

const factWords: Readonly<Record<string, string>> = {
  description: "what it is for",
  owner: "who owns it",
  ticket: "its ticket",
  expires: "when it expires",
  tags: "its tags",
};

/** One wish of a change, in words. */
export function editWords(edit: EditBody): string {
  switch (edit.kind) {
    case "facts":
      return `${flagName(edit.flag)}: ${Object.keys(edit.set)
        .map((field) => factWords[field] ?? field)
        .join(", ")}`;
    case "variants":
      return `${flagName(edit.flag)}: the values of ${Object.keys(edit.set).join(", ")}`;
    case "serving":
      return `${flagName(edit.flag)}: what ${edit.environment} gets`;
    case "killToFile":
      return "What a kill switched off stays off by its file";
    case "revertToFile":
      return "What was reverted to stands in its file";
    case "takeBack":
      return `${flagName(edit.flag)}: a merged change that waits in ${edit.environment} is taken back`;
    case "releaseToDefault":
      return "What a release brought is what everybody gets by the file";
  }
}

/** What a change means, one sentence for each feature and environment that gets something else. */
export function planSentences({ plan }: ChangePreview, nameOf: (environment: string) => string): readonly string[] {
  if (plan === undefined) return [];
  const told = plan.changes.filter(({ isSame, counts }) => !isSame || (counts?.changes ?? 0) > 0);
  if (told.length === 0) return ["No customer gets anything else by it."];
  return told.map(({ flag, environment, counts, samples, waits, notes }) => {
    const where = `${flagName(flag)} in ${nameOf(environment)}`;
    const who =
      counts === undefined
        ? `${where} changes.`
        : counts.changes === 0
          ? counts.unknown === undefined
            ? `${where}: no customer gets anything else.`
            : `${where}: no customer as a whole gets anything else; some of their people may.`
          : `${where}: ${counts.changes} of ${count(plan.customers, "customer")} would get something else (${counts.gets.map(([variant, n]) => `${n} ${variant}`).join(", ")}).`;
    return [
      who,
      ...(samples === undefined ? [] : [sampleSentence(samples)]),
      ...(waits.length > 0 ? ["It waits for product or an admin before anybody gets it."] : []),
      ...notes,
    ].join(" ");
  });
}

/** Of the contexts that applications show a sample of: people of customers, not customers. */
function sampleSentence({ asked, changes, untold }: PlannedSamples): string {
  const told =
    changes === 0
      ? `Of what applications last asked with, none of ${count(asked, "sample")} gets anything else.`
      : `Of what applications last asked with, about ${changes} of ${count(asked, "sample")} would get something else.`;
  return untold === 0 ? told : `${told} Of ${untold} more it cannot be told.`;
}

/** Where a change is that was sent, in a sentence. */
export function sentSentence({ state, way, branch }: Pick<SentChange, "state" | "way" | "branch">): string {
  switch (state) {
    case "open":
      return `Waits for its review${branch === undefined ? "" : ` on the branch ${branch}`}.`;
    case "merged":
      return way === "direct" ? "It is in Git, and served from there." : "Reviewed and merged: it is served from Git.";
    case "closed":
      return "Closed without a merge: nothing of it is served.";
  }
}
