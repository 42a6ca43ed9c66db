import type { Problem, RevertedFlag, RevertOutcome, WaitingRevertView } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import {
  decideEndRevert,
  decideRevert,
  type Decisions,
  decideWaitingRevert,
  endRevert,
  type EnvironmentDecisions,
  type FileChange,
  keyNow,
  may,
  type RevertEffect,
  revertInForce,
  type RevertTarget,
  type WaitingRevert,
  withRevert,
} from "@sluice/releases";
import { type EnlargedFlag, enlargedBetween, formFilesAt, segmentFilesAt, touchedBetween, treeOf } from "@sluice/snapshot";
import type { Person, Store } from "@sluice/store";
import { accountNames } from "./account-names.ts";
import { askingOf } from "./asking.ts";
import type { ControlPlane } from "./control-plane.ts";
import { compileTwo, customerChanges, type TwoWorlds } from "./customer-changes.ts";
import { reasonsAt } from "./reasons.ts";
import { sampleChanges } from "./samples/sample-changes.ts";
import type { SampledContexts } from "./samples/sampled-contexts.ts";

interface RevertParts {
  readonly world: Pick<World, "clock" | "random">;
  readonly plane: ControlPlane;
  readonly store: Pick<Store, "customers" | "accounts" | "readAt">;
  /** Absent where nothing is ever sampled. */
  readonly samples?: Pick<SampledContexts, "sampled"> | undefined;
}

/** A revert as somebody asks for it: of a flag, or of a segment. */
export interface RevertAsked {
  readonly command: string;
  readonly environment: string;
  readonly flag?: string | undefined;
  readonly segment?: string | undefined;
  readonly toSeq: number;
  readonly dryRun?: boolean | undefined;
  readonly reason?: string | undefined;
}

/** Earlier adopted forms of flags and segments, served by decision (semantics 22). */
export class Reverts {
  readonly #parts: RevertParts;

  constructor(parts: RevertParts) {
    this.#parts = parts;
  }

  /** Serves it as it was adopted at an earlier place of the log, now, or once somebody has let it through; with `dryRun` says what that would do. */
  async revert(person: Person, asked: RevertAsked): Promise<Result<RevertOutcome, Problem>> {
    const { plane, world } = this.#parts;
    const { command, environment, toSeq } = asked;
    const of: RevertTarget = asked.segment === undefined ? { flag: asked.flag ?? "" } : { segment: asked.segment };
    const revert = `r${[...world.random.bytes(5)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    let enlarges: readonly EnlargedFlag[] = [];
    let form: readonly FileChange[] | undefined;
    const decide = async (decisions: Decisions): Promise<ReturnType<typeof decideRevert>> => {
      await plane.texts.needAdoption(decisions, toSeq);
      await plane.texts.need(decisions);
      form = this.#formAt(decisions, { environment, of, toSeq });
      enlarges =
        form === undefined ? [] : this.#enlarges(decisions, environment, (own) => withForm(own, decisions, { environment, of, toSeq, blobs: form ?? [] }));
      const effect = this.#effect(environment, enlarges);
      return decideRevert(decisions, { ...of, environment, toSeq, revert, form, effect, ...askingOf(world, person, asked) });
    };
    if (asked.dryRun === true) {
      await plane.freshen();
      const { decisions } = plane;
      const decided = await decide(decisions);
      if (!decided.ok) return decided;
      const waits = this.#waits(person, environment, enlarges);
      if (form === undefined) return { ok: true, value: { outcome: "dryRun", waits, enlarges, flags: [], files: [] } };
      const proposed = changed(decisions, environment, (own) => withForm(own, decisions, { environment, of, toSeq, blobs: form ?? [] }));
      const flags = await this.#flags({ current: decisions, proposed, environment, read: plane.texts.read });
      return { ok: true, value: { outcome: "dryRun", waits, enlarges, flags, files: this.#files(decisions, { environment, of, form }) } };
    }
    const done = await plane.decide(command, decide);
    if (!done.ok) return done;
    const known = plane.decisions.commands.get(command);
    const own = plane.decisions.environments[environment];
    const inForce = "flag" in of ? own?.reverts.get(keyNow(plane.decisions.aliases, of.flag)) : own?.segmentReverts.get(of.segment);
    const outcome = known === undefined ? "nothing" : known.kind === "revertAsked" ? "waits" : "reverted";
    const id = known?.id ?? inForce?.id;
    return {
      ok: true,
      value: { outcome, waits: outcome === "waits", enlarges, flags: [], files: [], ...(id === undefined ? {} : { revert: id }), ...done.value },
    };
  }

  /** Follows Git again. */
  end(person: Person, revert: string, command: string): Promise<Result<{ readonly seq?: number }, Problem>> {
    const { plane, world } = this.#parts;
    return plane.decide(command, async (decisions) => {
      const found = revertInForce(decisions, revert);
      await plane.texts.need(decisions);
      const enlarges = found === undefined ? [] : this.#enlarges(decisions, found.environment, (own) => endRevert(own, revert));
      return decideEndRevert(decisions, { revert, effect: this.#effect(found?.environment ?? "", enlarges), ...askingOf(world, person, { command }) });
    });
  }

  /** Lets a revert through that waits, or says no to it. */
  decide(
    person: Person,
    revert: string,
    wish: { readonly command: string; readonly environment: string; readonly isAccepted: boolean; readonly reason?: string | undefined },
  ): Promise<Result<{ readonly seq?: number }, Problem>> {
    const { plane, world } = this.#parts;
    const { environment, isAccepted } = wish;
    return plane.decide(wish.command, async (decisions) =>
      decideWaitingRevert(decisions, { revert, environment, isAccepted, ...askingOf(world, person, wish) }),
    );
  }

  /** Those that wait, the oldest first. */
  async waiting(): Promise<readonly WaitingRevertView[]> {
    const { plane, store } = this.#parts;
    const { decisions } = plane;
    const all = Object.values(decisions.environments)
      .flatMap(({ revertsWaiting }) => revertsWaiting.entriesSorted().map(([, one]) => one))
      .sort((a, b) => a.seq - b.seq);
    if (all.length === 0) return [];
    await plane.texts.need(decisions);
    const [registry, names, reasons] = [await store.customers(), await accountNames(store), await reasonsAt(store, all)];
    return all.map((waiting): WaitingRevertView => {
      const { id, environment, toSeq, atMs, seq, by } = waiting;
      const worlds = { current: decisions, proposed: changed(decisions, environment, (own) => withRevert(own, waiting)), environment, read: plane.texts.read };
      const enlarges = enlargedBetween(worlds, plane.texts.read);
      const flags = this.#counted(worlds, touchedBetween(worlds, worlds.read), registry);
      const enlarged = new Set(enlarges.map(({ flag }) => flag));
      const of = "flag" in waiting ? { flag: waiting.flag } : { segment: waiting.segment };
      const [asker, reason] = [by === undefined ? undefined : names.get(by), reasons.get(seq)];
      return {
        revert: id,
        environment,
        ...of,
        toSeq,
        askedAtMs: atMs,
        ...(asker === undefined ? {} : { askedBy: asker }),
        ...(reason === undefined ? {} : { reason }),
        enlarges,
        gain: Math.max(0, ...flags.map(({ flag, gain }) => (enlarged.has(flag) ? gain : 0))),
        of: registry.length,
        flags,
        files: this.#files(decisions, { environment, of, form: waiting.blobs }),
      };
    });
  }

  #formAt(decisions: Decisions, { environment, of, toSeq }: Target): readonly FileChange[] | undefined {
    const { read } = this.#parts.plane.texts;
    return "flag" in of
      ? formFilesAt(decisions, { seq: toSeq, environment, flag: of.flag }, read)
      : segmentFilesAt(decisions, { seq: toSeq, segment: of.segment }, read);
  }

  #enlarges(decisions: Decisions, environment: string, by: (own: EnvironmentDecisions) => EnvironmentDecisions): readonly EnlargedFlag[] {
    if (decisions.environments[environment] === undefined) return [];
    return enlargedBetween({ current: decisions, proposed: changed(decisions, environment, by), environment }, this.#parts.plane.texts.read);
  }

  #effect(environment: string, enlarges: readonly EnlargedFlag[]): RevertEffect {
    const { plane } = this.#parts;
    const project = plane.texts.read(treeOf(plane.decisions.files));
    return { enlarges: enlarges.map(({ flag }) => flag), isGuarded: plane.waitsForPeople && project.decidedByPeople.includes(environment) };
  }

  #waits(person: Person, environment: string, enlarges: readonly EnlargedFlag[]): boolean {
    return enlarges.length > 0 && this.#effect(environment, enlarges).isGuarded && !may(person.role, "acceptEnlargement");
  }

  async #flags(worlds: TwoWorlds): Promise<readonly RevertedFlag[]> {
    const touched = touchedBetween(worlds, worlds.read);
    const registry = await this.#parts.store.customers();
    const sampled = await this.#parts.samples?.sampled(worlds.environment);
    const keys = registry.map(({ key }) => key);
    const samples = sampled === undefined ? undefined : sampleChanges(worlds, touched, sampled, keys);
    return this.#counted(worlds, touched, registry).map((counted) => {
      const told = samples?.get(counted.flag);
      return told === undefined ? counted : { ...counted, samples: told };
    });
  }

  #counted(worlds: TwoWorlds, flags: readonly string[], registry: Awaited<ReturnType<Store["customers"]>>): readonly RevertedFlag[] {
    const changes = customerChanges(worlds, flags, registry);
    const two = compileTwo(worlds, new Set(flags));
    if (changes === undefined || two === undefined) return [];
    return flags.map((flag): RevertedFlag => {
      const who = changes.who.get(flag) ?? [];
      const [was, is] = [two.before.flags[flag], two.after.flags[flag]].map((form) => form?.off ?? "off");
      const isOff = (variant: string | undefined, off: string | undefined): boolean => variant === undefined || variant === off;
      const gain = who.filter(({ before, after }) => isOff(before.variant, was) && !isOff(after.variant, is)).length;
      const lose = who.filter(({ before, after }) => !isOff(before.variant, was) && isOff(after.variant, is)).length;
      const unknown = who.length > 0 && who.length === registry.length ? [] : changes.unknown(flag);
      return { flag, of: registry.length, gain, lose, others: who.length - gain - lose, ...(unknown.length === 0 ? {} : { unknown }) };
    });
  }

  /** The files of the form that are another now, as they are served and as they would be. */
  #files(decisions: Decisions, { environment, of, form }: Omit<Target, "toSeq"> & { readonly form: readonly FileChange[] }): RevertOutcome["files"] {
    const { texts } = this.#parts.plane;
    const served = new Map(this.#servedFiles(decisions, { environment, of }));
    const wanted = new Map(form);
    return [...new Set([...wanted.keys(), ...served.keys()])]
      .filter((path) => path !== "sluice.yaml" && served.get(path) !== wanted.get(path))
      .sort()
      .map((path) => ({ path, served: texts.text(served.get(path) ?? "") ?? "", wanted: texts.text(wanted.get(path) ?? "") ?? "" }));
  }

  #servedFiles({ environments, files, aliases }: Decisions, { environment, of }: Omit<Target, "toSeq">): readonly FileChange[] {
    const { read } = this.#parts.plane.texts;
    const [own, adopted] = [environments[environment], read(treeOf(files))];
    if ("segment" in of) return own?.segmentReverts.get(of.segment)?.blobs ?? adopted.segments.get(of.segment)?.files ?? [];
    const flag = keyNow(aliases, of.flag);
    return own?.reverts.get(flag)?.blobs ?? own?.kept.get(flag)?.blobs ?? adopted.flags.get(flag)?.files ?? [];
  }
}

interface Target {
  readonly environment: string;
  readonly of: RevertTarget;
  readonly toSeq: number;
}

const changed = (decisions: Decisions, environment: string, by: (own: EnvironmentDecisions) => EnvironmentDecisions): Decisions => {
  const own = decisions.environments[environment];
  return own === undefined ? decisions : { ...decisions, environments: { ...decisions.environments, [environment]: by(own) } };
};

/** As if the revert were in force, the newest of all decisions. */
function withForm(
  own: EnvironmentDecisions,
  { seq, aliases }: Decisions,
  { of, blobs, ...where }: Target & { readonly blobs: WaitingRevert["blobs"] },
): EnvironmentDecisions {
  const target = "flag" in of ? { flag: keyNow(aliases, of.flag) } : of;
  return withRevert(own, { id: "", ...where, ...target, blobs, seq: seq + 1, atMs: 0 });
}
