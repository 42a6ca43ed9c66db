import { count } from "./counting.ts";
import type { ChangePreview, EditBody, SentChange } from "./edit-data.ts";
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
  return told.map(({ flag, environment, counts, waits, notes }) => {
    const where = `${flagName(flag)} in ${nameOf(environment)}`;
    const who =
      counts === undefined
        ? `${where} changes.`
        : counts.changes === 0
          ? counts.unknown === undefined
            ? `${where}: no customer gets anything else.`
            : `${where}: no customer as a whole gets anything else; some of their people may.`
          : `${where}: ${counts.changes} of ${count(plan.customers, "customer")} would get something else (${counts.gets.map(([variant, n]) => `${n} ${variant}`).join(", ")}).`;
    return [who, ...(waits.length > 0 ? ["It waits for product or an admin before anybody gets it."] : []), ...notes].join(" ");
  });
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
