import { createHash } from "node:crypto";
import { type ChangePlanView, type PlannedChangeView, type PlannedCounts, type PlannedSamples, type Problem } from "@sluice/contract";
import { isDefinitionPath, sourcePlace } from "@sluice/definitions";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import {
  applyEvent,
  type CommitSummary,
  decideAdopt,
  type Decisions,
  ENDED,
  type FileChange,
  type HeldCommit,
  killsOf,
  type KeptFlag,
  sourceState,
} from "@sluice/releases";
import {
  compileEnvironment,
  countsOf,
  followersOf,
  type PlannedChange,
  planOf,
  projectChangesOf,
  type ReadProject,
  summariseCommit,
  treeOf,
} from "@sluice/snapshot";
import type { Store } from "@sluice/store";
import { askedLately } from "./adoption.ts";
import type { ControlPlane } from "./control-plane.ts";
import { customerChanges, type TwoWorlds } from "./customer-changes.ts";
import { type Sampled, sampleChanges } from "./samples/sample-changes.ts";
import { CONTEXT_DAYS, type SampledContexts } from "./samples/sampled-contexts.ts";

interface ChangePlanParts {
  readonly world: Pick<World, "clock">;
  readonly plane: ControlPlane;
  readonly store: Pick<Store, "askedSince" | "customers">;
  /** Absent where nothing is ever sampled. */
  readonly samples?: Pick<SampledContexts, "sampled"> | undefined;
}

/** Stands for the commit, the person and the command of something that has none. */
const PLANNED = "planned";

/** Why a flag whose file goes is served on. */
const STAYS: Readonly<Partial<Record<KeptFlag["why"], string>>> = {
  deletedWhileKilled: "Its file goes, and it stays as it is served: it is killed.",
  deletedWhileExposed: "Its file goes, and it stays as it is served: a release that is not over gives it to somebody.",
  deletedWhileAsked: "Its file goes, and it stays as it is served until no program has asked for it for 30 days.",
};

/** Whom a plan counts: registered customers, and by environment what is sampled of contexts. */
interface Counted {
  readonly registry: Registry;
  readonly sampled: ReadonlyMap<string, Sampled>;
}

type Registry = Awaited<ReturnType<Store["customers"]>>;

/** A change laid upon what is adopted now. */
interface LaidUpon {
  readonly decisions: Decisions;
  readonly files: readonly FileChange[];
  readonly asked: Readonly<Record<string, ReadonlySet<string>>>;
  readonly read: ReadProject;
  /** The further source that alone changes; absent for the main one, or several. */
  readonly source?: string;
}

/** What would be decided if the change were merged, and everything of it let through that waits. */
interface Merged {
  readonly decisions: Decisions;
  /** The commit would remove so much that it waits as a whole first. */
  readonly held?: Pick<HeldCommit, "removed" | "of" | "moves">;
}

/** What a change of definition files would mean, thought through with everything that people have decided. Nothing is adopted or kept. */
export class ChangePlans {
  readonly #parts: ChangePlanParts;

  constructor(parts: ChangePlanParts) {
    this.#parts = parts;
  }

  /** `wanted`: text by path, `null` for a file that goes. Refusal: badRequest, of a path that no definition can have. */
  async of(wanted: Readonly<Record<string, string | null>>): Promise<Result<ChangePlanView, Problem>> {
    const stray = Object.keys(wanted).find((path) => !isDefinitionPath(path) || /(?:^|\/)\.\.?(?:\/|$)/.test(path));
    if (stray !== undefined) return { ok: false, problem: notADefinition(stray) };
    const { plane, store } = this.#parts;
    await plane.freshen();
    const { decisions, texts } = plane;
    await texts.need(decisions);
    const registry = await store.customers();
    const sampled = await this.#sampled(decisions);
    const asked = await askedLately(store, decisions, this.#parts.world.clock.nowMs());
    const fresh = new Map<string, string>();
    const files = withFiles(treeOf(decisions.files), wanted, (text, id) => {
      if (id !== undefined && texts.text(id) === text) return id;
      const own = `planned-${createHash("sha256").update(text).digest("hex")}`;
      fresh.set(own, text);
      return own;
    });
    return {
      ok: true,
      value: texts.reading(fresh, (read) => this.#plan({ decisions, files, asked, read, ...onlySource(Object.keys(wanted)) }, { registry, sampled })),
    };
  }

  async #sampled(decisions: Decisions): Promise<ReadonlyMap<string, Sampled>> {
    const found = new Map<string, Sampled>();
    for (const environment of Object.keys(decisions.environments)) {
      const sampled = await this.#parts.samples?.sampled(environment);
      if (sampled !== undefined) found.set(environment, sampled);
    }
    return found;
  }

  #plan(laid: LaidUpon, counted: Counted): ChangePlanView {
    const { decisions, files, read, source } = laid;
    const fetched = { commit: PLANNED, ...(source === undefined ? {} : { source }), files, waitsForPeople: true };
    const summary = summariseCommit(decisions, fetched, read);
    const merged = this.#merged(laid, summary);
    const [before, after] = [read(treeOf(decisions.files)), read(files)];
    const broken = new Set(summary.broken.map(({ flag }) => flag));
    const own = planOf({ before, after }, []).filter(({ flag }) => !broken.has(flag));
    const changes = [...own, ...followers({ proposed: merged.decisions, read }, own)];
    const worlds = { current: decisions, proposed: merged.decisions, read };
    const counts = this.#counts(worlds, changes, counted.registry);
    const samples = sampleCounts(worlds, changes, counted);
    return {
      ...(decisions.commit === undefined ? {} : { commit: decisions.commit }),
      customers: counted.registry.length,
      ...(samples.size === 0 ? {} : { sampledDays: CONTEXT_DAYS }),
      project: projectChangesOf({ before, after }),
      broken: [...broken].sort(),
      ...(merged.held === undefined ? {} : { held: merged.held }),
      changes: changes.map((change): PlannedChangeView => {
        const { environment, flag, how, isSame } = change;
        const waits = summary.enlarging.find((each) => each.environment === environment && each.flag === flag)?.why ?? [];
        const [customers, contexts] = [counts.get(placeOf(change)), samples.get(placeOf(change))];
        const kept = merged.decisions.environments[environment]?.kept.get(flag)?.why;
        const stays = kept === undefined ? undefined : STAYS[kept];
        const variants = new Set(Object.keys(after.flags.get(flag)?.form(environment)?.variants ?? { on: true, off: false }));
        return {
          environment,
          flag,
          how,
          isSame,
          waits,
          notes: stays === undefined ? [...change.notes, ...(isSame ? [] : this.#notes(decisions, change, variants))] : [stays],
          ...(customers === undefined ? {} : { counts: customers }),
          ...(contexts === undefined || isSame ? {} : { samples: contexts }),
          page: waits.length > 0 ? "/#/home" : `/#/flag?flag=${encodeURIComponent(flag)}`,
        };
      }),
    };
  }

  /** By the rules of adoption themselves. Then what waits for a person is let through: a plan says what it would come to. */
  #merged({ decisions, asked }: LaidUpon, summary: CommitSummary): Merged {
    const salts = Object.fromEntries(summary.environments.map((environment) => [environment, PLANNED]));
    const wish = { command: PLANNED, atMs: this.#parts.world.clock.nowMs(), by: PLANNED, summary, asked, salts };
    const first = after(decisions, decideAdopt(decisions, wish));
    const { held } = sourceState(first, summary.source);
    const isHeld = held?.commit === PLANNED;
    const adopted = isHeld ? after(first, decideAdopt(first, { ...wish, command: `${PLANNED} accepted`, accept: { role: "admin" } })) : first;
    const environments = Object.entries(adopted.environments).map(([environment, own]) => {
      const flags = own.kept.entriesSorted().flatMap(([flag, { why }]) => (why === "enlargement" ? [flag] : []));
      return [environment, { ...own, kept: flags.reduce((kept, flag) => kept.delete(flag), own.kept) }] as const;
    });
    return {
      decisions: { ...adopted, environments: Object.fromEntries(environments) },
      ...(isHeld ? { held: { removed: held.removed, of: held.of, ...(held.moves === undefined ? {} : { moves: held.moves }) } } : {}),
    };
  }

  #counts(
    { current, proposed, read }: Omit<TwoWorlds, "environment">,
    changes: readonly PlannedChange[],
    registry: Registry,
  ): ReadonlyMap<string, PlannedCounts> {
    const nowMs = this.#parts.world.clock.nowMs();
    const counts = new Map<string, PlannedCounts>();
    for (const environment of new Set(changes.map((change) => change.environment))) {
      const flags = changes.filter((change) => change.environment === environment).map(({ flag }) => flag);
      const changed = customerChanges({ current, proposed, environment, read }, flags, registry);
      if (changed === undefined) continue;
      const held = heldNow(current, environment, nowMs);
      for (const flag of flags) {
        const who = changed.who.get(flag) ?? [];
        const unknown = who.length > 0 && who.length === registry.length ? [] : changed.unknown(flag);
        counts.set(placeOf({ environment, flag }), {
          ...countsOf(who, registry.length),
          onHold: who.filter(({ name }) => held.has(name)).length,
          ...(unknown.length === 0 ? {} : { unknown }),
        });
      }
    }
    return counts;
  }

  /** What people have decided about the flag, and what of it the change would take away. */
  #notes(decisions: Decisions, { environment, flag, how }: PlannedChange, variants: ReadonlySet<string>): readonly string[] {
    const notes: string[] = [];
    if (killsOf(decisions, environment, flag).length > 0) notes.push("It is killed now: the change is seen when the kill is lifted.");
    for (const [, { content, phase }] of decisions.releases.entriesSorted()) {
      const given =
        content.environment === environment && !ENDED.includes(phase) && phase !== "draft" ? content.flags.find((one) => one.flag === flag) : undefined;
      if (given === undefined) continue;
      const isLost = how === "goes" || !variants.has(given.serve);
      // Notes go to Git hosts, and a title may name a customer: the page that the plan links to has it.
      notes.push(`A release that is not over gives ${given.serve} of it${isLost ? ", which would be gone" : ""}.`);
    }
    const nowMs = this.#parts.world.clock.nowMs();
    const pinned = (decisions.environments[environment]?.pins.entriesSorted() ?? []).filter(([, pin]) => pin.flag === flag && nowMs < pin.untilMs);
    const lost = pinned.filter(([, { serve }]) => how === "goes" || !variants.has(serve)).length;
    if (lost > 0) notes.push(`${lost === 1 ? "One customer is" : `${lost} customers are`} pinned to a variant that would be gone.`);
    return notes;
  }
}

function sampleCounts(
  worlds: Omit<TwoWorlds, "environment">,
  changes: readonly PlannedChange[],
  { registry, sampled }: Counted,
): ReadonlyMap<string, PlannedSamples> {
  const keys = registry.map(({ key }) => key);
  const counts = new Map<string, PlannedSamples>();
  for (const [environment, contexts] of sampled) {
    const flags = changes.filter((change) => change.environment === environment && !change.isSame).map(({ flag }) => flag);
    const told = flags.length === 0 ? undefined : sampleChanges({ ...worlds, environment }, flags, contexts, keys);
    for (const [flag, count] of told ?? []) counts.set(placeOf({ environment, flag }), count);
  }
  return counts;
}

function onlySource(paths: readonly string[]): Pick<LaidUpon, "source"> {
  const [source, ...others] = new Set(paths.map((path) => sourcePlace(path).source));
  return source === undefined || others.length > 0 ? {} : { source };
}

const notADefinition = (path: string): Problem => ({
  code: "badRequest",
  message: `files: ${JSON.stringify(path)} is no definition file.`,
  fix: "Send sluice.yaml and YAML files below flags/, environments/, segments/, audiences/, plans/, policies/ or tests/, by their path in the folder of sluice.yaml.",
  field: "files",
});

const placeOf = ({ environment, flag }: { readonly environment: string; readonly flag: string }): string => `${environment} ${flag}`;

/** The tree with these files instead of its own, by path. */
function withFiles(
  tree: readonly FileChange[],
  wanted: Readonly<Record<string, string | null>>,
  idOf: (text: string, adopted: string | undefined) => string,
): readonly FileChange[] {
  const files = new Map(tree);
  for (const [path, text] of Object.entries(wanted)) {
    if (text === null) files.delete(path);
    else files.set(path, idOf(text, files.get(path)));
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Of flags that are served in a kept form, the definitions do not say what they wait for: what is served does. */
function followers({ proposed, read }: Pick<TwoWorlds, "proposed" | "read">, own: readonly PlannedChange[]): readonly PlannedChange[] {
  return [...new Set(own.map(({ environment }) => environment))].flatMap((environment) => {
    const served = compileEnvironment({ decisions: proposed, environment, read, seq: proposed.seq });
    return followersOf(
      environment,
      Object.entries(served?.flags ?? {}),
      own.filter((change) => change.environment === environment),
    );
  });
}

/** The decisions with what was decided on top of them; nothing of it is in any log. */
function after(decisions: Decisions, decided: ReturnType<typeof decideAdopt>): Decisions {
  let now = decisions;
  for (const proposal of decided.ok ? decided.value : [])
    now = applyEvent(now, { ...proposal, seq: now.seq + 1, epoch: now.epoch, personalHash: "", prevHash: "", hash: "" });
  return now;
}

/** Ids of customers for whom nothing new comes at this moment, whatever the release. */
function heldNow({ holds }: Decisions, environment: string, nowMs: number): ReadonlySet<string> {
  const held = holds
    .entriesSorted()
    .map(([, hold]) => hold)
    .filter(
      (hold) => hold.environment === environment && hold.releases === undefined && hold.risks === undefined && hold.fromMs <= nowMs && nowMs < hold.untilMs,
    );
  return new Set(held.flatMap(({ customers }) => customers));
}
