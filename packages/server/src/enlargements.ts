import { createHash } from "node:crypto";
import type { EnlargementView, Problem } from "@sluice/contract";
import { partPlace, sourcePlace } from "@sluice/definitions";
import { canonicalJson, type Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { decideEnlargement, type Decisions, type FileChange, type KeptFlag, sourceState } from "@sluice/releases";
import { commitNames, enlargementsIn, flagUnder, treeOf } from "@sluice/snapshot";
import type { Person, Store } from "@sluice/store";
import type { ControlPlane } from "./control-plane.ts";
import { customerChanges } from "./customer-changes.ts";

/** Waiting changes that are shown; more than a day's merges. */
const SHOWN_MAX = 200;
/** Customers named of those who would get something; the rest is counted. */
const NAMED_MAX = 20;

interface EnlargementParts {
  readonly world: Pick<World, "clock">;
  readonly plane: ControlPlane;
  readonly store: Pick<Store, "customers">;
}

/** Changes from Git that give a release to more people, and wait for somebody with the role (semantics 10). */
export class Enlargements {
  readonly #parts: EnlargementParts;

  constructor(parts: EnlargementParts) {
    this.#parts = parts;
  }

  /** Those that wait, then those that were refused and still differ from Git; by environment and flag. */
  async list(): Promise<readonly EnlargementView[]> {
    const { plane } = this.#parts;
    const { decisions, texts } = plane;
    const waiting = waitingIn(decisions);
    if (waiting.length === 0) return [];
    await texts.need(decisions);
    const tree = texts.read(treeOf(decisions.files));
    const reasons = enlargementsIn(
      decisions,
      { before: tree, after: tree, names: commitNames(decisions, { before: tree, after: tree, hidden: [] }) },
      texts.read,
    );
    const shown = waiting.toSorted((a, b) => Number(a.refused ?? false) - Number(b.refused ?? false)).slice(0, SHOWN_MAX);
    const registry = await this.#parts.store.customers();
    const commits = await this.#commits(shown);
    return shown.map((kept): EnlargementView => {
      const { flag, environment, waits = [], blobs } = kept;
      const why = reasons.find((each) => each.flag === flag && each.environment === environment)?.why ?? [];
      const named = this.#customers(kept, registry);
      return {
        flag,
        environment,
        form: formHash(waits),
        isRefused: kept.refused === true,
        why,
        ...(blobs.length === 0 ? {} : { served: this.#definition({ flag, environment }, blobs) }),
        wanted: this.#definition({ flag, environment }, waits),
        ...(commits.get(sourceOfForm(waits)) ?? { commit: "" }),
        customers: { of: registry.length, changes: named.length, named: named.slice(0, NAMED_MAX) },
      };
    });
  }

  decide(
    person: Person,
    wish: {
      readonly command: string;
      readonly environment: string;
      readonly flag: string;
      readonly form: string;
      readonly isAccepted: boolean;
      readonly reason?: string | undefined;
    },
  ): Promise<Result<{ readonly seq?: number }, Problem>> {
    const { plane, world } = this.#parts;
    const { reason, form, ...rest } = wish;
    return plane.decide(wish.command, async (decisions) => {
      const waits = decisions.environments[wish.environment]?.kept.get(wish.flag)?.waits ?? [];
      return decideEnlargement(decisions, {
        ...rest,
        // Another hash is another form, which nobody waits for: no list of files is this one.
        form: formHash(waits) === form ? waits : [],
        atMs: world.clock.nowMs(),
        by: person.id,
        role: person.role,
        ...(reason === undefined ? {} : { reason }),
      });
    });
  }

  /** Registered customers who would get something else, asked with nothing but their key: attributes of their users are not known here. */
  #customers({ flag, environment }: KeptFlag, registry: Awaited<ReturnType<Store["customers"]>>): readonly string[] {
    const { decisions, texts } = this.#parts.plane;
    const own = decisions.environments[environment];
    if (own === undefined) return [];
    const proposed = { ...decisions, environments: { ...decisions.environments, [environment]: { ...own, kept: own.kept.delete(flag) } } };
    const changes = customerChanges({ current: decisions, proposed, environment, read: texts.read }, [flag], registry)?.who.get(flag) ?? [];
    const names = new Map(registry.map(({ id, name }) => [id, name]));
    return changes.map(({ name }) => names.get(name) ?? name);
  }

  /** Of the file that says what the environment serves: the flag's own, or one that holds the environment alone. */
  #definition({ flag, environment }: Pick<KeptFlag, "flag" | "environment">, files: readonly FileChange[]): string {
    const { texts } = this.#parts.plane;
    const own = flagUnder(texts.read(files), flag)?.path;
    const path = files.find(([each]) => partPlace(each)?.environment === environment)?.[0] ?? own;
    return texts.text(files.find(([each]) => each === path)?.[1] ?? "") ?? "";
  }

  /** What is adopted of each source that has something waiting. */
  async #commits(shown: readonly KeptFlag[]): Promise<ReadonlyMap<string | undefined, Pick<EnlargementView, "commit" | "author" | "subject">>> {
    const { adoption, decisions } = this.#parts.plane;
    const sources = [...new Set(shown.map(({ waits = [] }) => sourceOfForm(waits)))];
    return new Map(
      await Promise.all(
        sources.map(async (source) => {
          const { commit = "" } = sourceState(decisions, source);
          const story = await adoption.source(source).story(commit);
          return [source, { commit, ...(story === undefined ? {} : { author: story.author, subject: story.subject }) }] as const;
        }),
      ),
    );
  }
}

/** Of the flag's own file: its segments may be another's. */
const sourceOfForm = (files: readonly FileChange[]): string | undefined => sourcePlace(files.find(([path]) => path.startsWith("flags/"))?.[0] ?? "").source;

function waitingIn({ environments }: Decisions): readonly KeptFlag[] {
  return Object.entries(environments)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { kept }]) => kept.entriesSorted().flatMap(([, one]) => (one.why === "enlargement" ? [one] : [])));
}

const formHash = (files: readonly FileChange[]): string => createHash("sha256").update(canonicalJson(files)).digest("hex");
