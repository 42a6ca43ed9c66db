import { applyEvent, decideAdopt, emptyDecisions } from "@sluice/releases";
import type { CommitSummary, Decisions, Facts, FileChange, LoggedEvent, Proposal } from "@sluice/releases";
import type { ReadProject } from "../adopted-project.ts";
import { advance, emptyState } from "../advance.ts";
import type { Advanced, EnvironmentState } from "../advance.ts";
import { summariseCommit } from "../commit-summary.ts";
import { jsonReader, Texts } from "./json-project.ts";

export const ENVIRONMENTS = ["production", "staging"] as const;

/** A log in memory with the environments that follow it, for tests: what store, server and fan-out do, without any of them. */
export class World {
  readonly texts: Texts = new Texts();
  readonly read: ReadProject;
  readonly events: LoggedEvent[] = [];
  readonly states: Map<string, EnvironmentState> = new Map(ENVIRONMENTS.map((name) => [name, emptyState(name)]));
  decisions: Decisions = emptyDecisions;

  /** `reader`: how files are read, where they are not the plain JSON of `jsonReader`. */
  constructor(reader: (texts: Texts) => ReadProject = jsonReader) {
    this.read = reader(this.texts);
    this.log({ kind: "projectCreated", project: "shop", salts: { production: "salt-p", staging: "salt-s" } });
  }

  /** Appends and returns what the event did to each environment, with the state before. */
  log(facts: Facts, by = "ada"): readonly { readonly before: EnvironmentState; readonly after: Advanced }[] {
    const seq = this.events.length + 1;
    const epoch = facts.kind === "epochStarted" ? facts.epoch : this.decisions.epoch || "e1";
    const event = { seq, epoch, atMs: seq * 1000, command: `c${seq}`, facts, personal: { by }, personalHash: "", prevHash: `h${seq - 1}`, hash: `h${seq}` };
    this.events.push(event);
    this.decisions = applyEvent(this.decisions, event);
    return [...this.states].map(([name, before]) => {
      const after = advance(before, { event, decisions: this.decisions }, this.read);
      this.states.set(name, after.state);
      return { before, after };
    });
  }

  propose(proposals: readonly Proposal[]): readonly { readonly before: EnvironmentState; readonly after: Advanced }[] {
    return proposals.flatMap(({ facts, personal }) => this.log(facts, personal.by));
  }

  summary(commit: string, tree: Readonly<Record<string, string>>): CommitSummary {
    return this.summaryOf(
      this.decisions,
      commit,
      Object.entries(tree).map(([path, text]): FileChange => [path, this.texts.put(text)]),
    );
  }

  summaryOf(decisions: Decisions, commit: string, files: readonly FileChange[]): CommitSummary {
    return summariseCommit(decisions, { commit, files, waitsForPeople: true }, this.read);
  }

  /** By environment: flags that an SDK asked for lately. */
  asked: Readonly<Record<string, ReadonlySet<string>>> = {};

  /** Fetches a tree of path → text as a commit; `accept`: a person lets it through should it be held. */
  commit(commit: string, tree: Readonly<Record<string, string>>, accept = false): ReturnType<World["log"]> {
    const wish = { command: `adopt ${commit} ${this.events.length}`, atMs: 0, by: "git", summary: this.summary(commit, tree), asked: this.asked, salts: {} };
    const first = decideAdopt(this.decisions, wish);
    if (!first.ok) throw new Error(first.problem.message);
    const done = this.propose(first.value);
    if (!accept || this.decisions.held?.commit !== commit) return done;
    const second = decideAdopt(this.decisions, { ...wish, command: `${wish.command} accepted`, accept: { role: "admin" } });
    if (!second.ok) throw new Error(second.problem.message);
    return [...done, ...this.propose(second.value)];
  }
}
