import type { EditBody, Problem } from "@sluice/contract";
import { FACTS, type FlagEdit } from "@sluice/definitions";
import type { Result } from "@sluice/evaluation";
import { type Action, type Decisions, didYouMean, type FileChange, may, type Role, rolesThatMay } from "@sluice/releases";
import type { ReadProject } from "@sluice/snapshot";
import { treeOf } from "@sluice/snapshot";
import { refuse } from "./refusal.ts";

/** One wish about one flag's file, as the log and the project make of it what somebody asked for. */
export interface Wish {
  readonly flag: string;
  readonly edit: FlagEdit | FormWish;
  /** `facts`, or the environments whose serving it changes. */
  readonly touches: readonly string[];
  /** The decision that it puts into the file. */
  readonly decision?: string;
  /** For the subject of the commit, behind the flag's key. */
  readonly words: string;
}

/** The flag as it is served in one environment, from files that were adopted before. */
export interface FormWish {
  readonly kind: "form";
  readonly environment: string;
  readonly blobs: readonly FileChange[];
}

interface Known {
  readonly decisions: Decisions;
  readonly read: ReadProject;
  readonly role: Role;
}

const ACTIONS: Readonly<Record<EditBody["kind"], Action>> = {
  facts: "editFacts",
  variants: "editServing",
  serving: "editServing",
  killToFile: "makePermanent",
  revertToFile: "makePermanent",
  takeBack: "makePermanent",
  releaseToDefault: "endRelease",
};

/** What these wishes come to. Problems: notAllowed, and what they name that is not there or must not go to Git. */
export function wishesOf(edits: readonly EditBody[], known: Known): Result<readonly Wish[], Problem> {
  const wishes: Wish[] = [];
  for (const edit of edits) {
    const action = ACTIONS[edit.kind];
    if (!may(known.role, action))
      return refuse("notAllowed", `The role ${known.role} may not do this.`, `Ask somebody who may: ${rolesThatMay(action).join(", ")}.`);
    const found = wishOf(edit, known);
    if (!found.ok) return found;
    wishes.push(...found.value);
  }
  return { ok: true, value: wishes };
}

function wishOf(edit: EditBody, known: Known): Result<readonly Wish[], Problem> {
  const { decisions, read } = known;
  switch (edit.kind) {
    case "facts":
      return one({ flag: edit.flag, edit: { kind: "facts", set: edit.set }, touches: [FACTS], words: Object.keys(edit.set).join(", ") });
    case "variants":
      return one({ flag: edit.flag, edit: { kind: "variants", set: edit.set }, touches: Object.keys(decisions.environments), words: "variants" });
    case "serving": {
      const { flag, environment, rules } = edit;
      if (decisions.environments[environment] === undefined)
        return refuse(
          "unknownEnvironment",
          `There is no environment ${JSON.stringify(environment)}.`,
          didYouMean(environment, Object.keys(decisions.environments)),
        );
      const said = read(treeOf(decisions.files)).flags.get(flag)?.form(environment);
      const usual = edit.default ?? said?.default ?? said?.off ?? "off";
      return one({ flag, edit: { kind: "serving", environment, default: usual, rules }, touches: [environment], words: `what ${environment} serves` });
    }
    case "killToFile":
      return killToFile(edit.kill, known);
    case "revertToFile": {
      const own = Object.values(decisions.environments).flatMap(({ reverts }) => reverts.entriesSorted().map(([, revert]) => revert));
      const revert = own.find(({ id }) => id === edit.revert);
      if (revert === undefined) return refuse("unknownRevert", `There is no revert ${edit.revert} in force.`, "Look at Drift for those that are.");
      return one(formWish(revert, { decision: revert.id, words: `as it is served in ${revert.environment}` }));
    }
    case "takeBack": {
      const { flag, environment } = edit;
      const kept = decisions.environments[environment]?.kept.get(flag);
      if (kept?.why !== "enlargement") return refuse("notWaiting", `Nothing of ${flag} waits in ${environment}.`, "Look at Drift for what does.");
      return one(kept.blobs.length === 0 ? offWish(flag, environment, known) : formWish(kept, { words: `as it is served in ${environment}` }));
    }
    case "releaseToDefault":
      return releaseToDefault(edit.release, decisions);
  }
}

const one = (wish: Wish): Result<readonly Wish[], Problem> => ({ ok: true, value: [wish] });

function formWish(
  { flag, environment, blobs }: { readonly flag: string; readonly environment: string; readonly blobs: readonly FileChange[] },
  more: Pick<Wish, "words" | "decision">,
): Wish {
  return { flag, edit: { kind: "form", environment, blobs }, touches: [environment], ...more };
}

/** Off for everybody there, whatever rules say: what a kill serves. */
function offWish(flag: string, environment: string, { decisions, read }: Known): Wish {
  const off = read(treeOf(decisions.files)).flags.get(flag)?.form(environment)?.off ?? "off";
  return { flag, edit: { kind: "serving", environment, default: off, rules: [] }, touches: [environment], words: `off in ${environment}` };
}

function killToFile(id: string, known: Known): Result<readonly Wish[], Problem> {
  for (const [environment, { kills }] of Object.entries(known.decisions.environments)) {
    const kill = kills.get(id);
    if (kill === undefined) continue;
    if (kill.scope !== undefined)
      return refuse(
        "changeRefused",
        "This kill is for some customers, services or versions only, and such a kill never goes to Git.",
        "Put the customers into a runtime list that the flag's file names, or keep the kill.",
      );
    return { ok: true, value: kill.flags.map((flag) => ({ ...offWish(flag, environment, known), decision: id })) };
  }
  return refuse("unknownKill", `There is no kill ${id} in force.`, "Look at Kill for those that are.");
}

function releaseToDefault(id: string, decisions: Decisions): Result<readonly Wish[], Problem> {
  const release = decisions.releases.get(id);
  if (release === undefined) return refuse("unknownRelease", `There is no release ${id}.`, "Look at Releases for those that there are.");
  const { content, phase } = release;
  if (phase !== "completed")
    return refuse("wrongPhase", `“${content.title}” is not complete: not everybody has it.`, "Wait until its last wave has started, or edit the flag itself.");
  const { environment, flags } = content;
  return {
    ok: true,
    value: flags.map(({ flag, serve }): Wish => ({
      flag,
      edit: { kind: "serving", environment, default: serve, rules: [] },
      touches: [environment],
      decision: id,
      words: `${serve} for everybody in ${environment}`,
    })),
  };
}
