import { execFileSync } from "node:child_process";
import { until } from "../../faults/rig/running.ts";
import type { Journey } from "./rig.ts";

/** The repository of a journey as a Git host has it, and somebody who reviews and merges what comes there. */
export class Reviews {
  readonly #journey: Journey;
  readonly #work: string;

  /** A host takes pushes to its branch; the repository of the journeys is somebody's clone otherwise. */
  constructor(journey: Journey) {
    this.#journey = journey;
    this.#work = `${journey.repository}-work`;
    this.git(journey.repository, "config", "receive.denyCurrentBranch", "updateInstead");
    this.git(journey.repository, "clone", "--quiet", journey.repository, this.#work);
  }

  git(folder: string, ...args: readonly string[]): string {
    return execFileSync("git", ["-C", folder, "-c", "user.name=Rita Review", "-c", "user.email=rita@example.com", ...args], { encoding: "utf8" }).trimEnd();
  }

  /** What stands in the host's repository. */
  host(...args: readonly string[]): string {
    return this.git(this.#journey.repository, ...args);
  }

  /** Branches that the console made. */
  get branches(): readonly string[] {
    return this.host("for-each-ref", "--format=%(refname:short)", "refs/heads/sluice").split("\n").filter(Boolean);
  }

  /** Merges a branch; goes on when it is served. */
  async merge(branch: string): Promise<void> {
    this.git(this.#work, "fetch", "--quiet", "origin");
    this.git(this.#work, "checkout", "--quiet", "-B", "main", "origin/main");
    this.git(this.#work, "merge", "--quiet", "--no-ff", "-m", `Merge ${branch}`, `origin/${branch}`);
    this.git(this.#work, "push", "--quiet", "origin", "main");
    const head = this.git(this.#work, "rev-parse", "HEAD");
    await fetch(`${this.#journey.url}/hooks/git`, { method: "POST" });
    await until("the merge is adopted", async () => ((await this.#journey.ask("uma", "/api/drift")).body["commit"] === head ? true : undefined));
    await this.#journey.settled();
  }
}
