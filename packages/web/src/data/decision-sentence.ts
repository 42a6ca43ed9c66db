import { flagName } from "./flag-name.ts";

/** One event of the log as the API gives it. */
export interface LoggedDecision {
  readonly seq: number;
  readonly atMs: number;
  readonly facts: Readonly<Record<string, unknown>> & { readonly kind: string };
  readonly personal?: { readonly by: string; readonly reason?: string };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const names = (value: unknown): string => (Array.isArray(value) ? value.map((one) => flagName(String(one))).join(", ") : "");
const count = (value: unknown, one: string, many: string): string => {
  const n = Array.isArray(value) ? value.length : 0;
  return `${n} ${n === 1 ? one : many}`;
};

/** A decision in one sentence with names and counts; an unknown kind says its name rather than nothing. */
export function decisionSentence({ facts }: LoggedDecision): string {
  switch (facts.kind) {
    case "projectCreated":
      return "The project began";
    case "commitAdopted": {
      const kept = Array.isArray(facts["kept"]) && facts["kept"].length > 0 ? `, ${count(facts["kept"], "flag stays", "flags stay")} at an earlier form` : "";
      return `Commit ${text(facts["commit"]).slice(0, 7)} is served: ${count(facts["changed"], "file", "files")} changed${kept}`;
    }
    case "commitHeld":
      return `Commit ${text(facts["commit"]).slice(0, 7)} waits for a person: it removes ${String(facts["removed"])} of ${String(facts["of"])} flags`;
    case "flagsKilled":
      return `Killed ${names(facts["flags"])} in ${text(facts["environment"])}${facts["scope"] === undefined ? "" : ", for some only"}`;
    case "killLifted":
      return `${facts["undo"] === true ? "Undid" : "Lifted"} kill ${text(facts["kill"])} in ${text(facts["environment"])}`;
    case "flagReverted":
      return `Reverted ${flagName(text(facts["flag"]))} in ${text(facts["environment"])} to how it was at ${String(facts["toSeq"])}`;
    case "revertEnded":
      return `Followed Git again in ${text(facts["environment"])}`;
    case "epochStarted":
      return "A new epoch began";
    default:
      return facts.kind;
  }
}
