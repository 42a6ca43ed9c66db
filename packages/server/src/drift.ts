import type { DriftEntry, DriftKind, DriftView, EditBody } from "@sluice/contract";
import { dateAt } from "@sluice/definitions";
import {
  actorWords,
  type Adoption,
  killReviewAtMs,
  type Decisions,
  type EnvironmentDecisions,
  type FileChange,
  heldWords,
  type KeptFlag,
} from "@sluice/releases";
import { flagsAsking, flagUnder, treeOf } from "@sluice/snapshot";
import type { Store } from "@sluice/store";
import { accountNames } from "./account-names.ts";
import type { ControlPlane } from "./control-plane.ts";
import { reasonsAt } from "./reasons.ts";

/** Entries listed. */
const LISTED_MAX = 500;
/** Flags named of one entry. */
const NAMED_MAX = 50;

interface DriftParts {
  readonly plane: ControlPlane;
  readonly store: Pick<Store, "accounts" | "readAt">;
}

/** An entry with what is looked up for those that are listed. */
type Found = Omit<DriftEntry, "owners" | "who" | "reason" | "flags" | "of"> & {
  readonly all: readonly string[];
  readonly by?: string | undefined;
  /** Place of the decision, where a person made it. */
  readonly seq?: number;
  /** Files of the form that is kept: what they say of a flag whose own file cannot be read. */
  readonly form?: readonly FileChange[];
};

/** Everything that is served and that Git does not say (semantics 25), in one environment or all, oldest first. Throws `StoreUnavailable`. */
export async function driftOf({ plane, store }: DriftParts, environment: string | undefined): Promise<DriftView> {
  const { decisions, texts } = plane;
  await texts.need(decisions);
  const flags = texts.read(treeOf(decisions.files)).flags;
  const found = foundIn(decisions, environment, (where, segment) => flagsAsking(plane.state(where)?.snapshot, segment));
  const listed = found.slice(0, LISTED_MAX);
  const names = await accountNames(store);
  const reasons = await reasonsAt(
    store,
    listed.flatMap(({ seq }) => (seq === undefined ? [] : [{ seq }])),
  );
  const drift = listed.map(({ all, by, seq, form, ...entry }): DriftEntry => {
    const owners = new Set(all.flatMap((flag) => flags.get(flag)?.owner ?? (form === undefined ? [] : (flagUnder(texts.read(form), flag)?.owner ?? []))));
    const reason = seq === undefined ? undefined : reasons.get(seq);
    return {
      ...entry,
      flags: all.slice(0, NAMED_MAX),
      of: all.length,
      owners: [...owners].sort(),
      ...(by === undefined ? {} : { who: names.get(by) ?? actorWords(by) }),
      ...(reason === undefined ? {} : { reason }),
    };
  });
  return { ...(decisions.commit === undefined ? {} : { commit: decisions.commit }), drift, of: found.length };
}

/** Flags that ask a segment there. */
type Asking = (environment: string, segment: string) => readonly string[];

/** Oldest first. */
function foundIn(decisions: Decisions, environment: string | undefined, asking: Asking): readonly Found[] {
  const environments = Object.entries(decisions.environments).filter(([key]) => environment === undefined || key === environment);
  const found = [
    ...heldCommit(decisions),
    ...environments.flatMap(([key, own]) => driftIn(key, own, (segment) => asking(key, segment))),
    ...keptIn(decisions, environments),
  ];
  return found.sort((a, b) => a.sinceMs - b.sinceMs);
}

/** Entries of one kind in one environment: how many, and since when the oldest. */
export interface DriftCount {
  readonly environment: string;
  readonly kind: DriftKind;
  readonly entries: number;
  readonly oldestMs: number;
}

/** All of it, counted by environment and kind; a held commit is of every environment. */
export function driftCounts(decisions: Decisions): readonly DriftCount[] {
  const counts = new Map<string, DriftCount>();
  for (const { kind, environments, sinceMs } of foundIn(decisions, undefined, () => []))
    for (const environment of environments.length === 0 ? Object.keys(decisions.environments) : environments) {
      const place = `${environment} ${kind}`;
      const known = counts.get(place) ?? { environment, kind, entries: 0, oldestMs: sinceMs };
      counts.set(place, { ...known, entries: known.entries + 1 });
    }
  return [...counts.values()].sort((a, b) => (`${a.environment} ${a.kind}` < `${b.environment} ${b.kind}` ? -1 : 1));
}

function heldCommit({ held, adoptions }: Decisions): readonly Found[] {
  if (held === undefined) return [];
  const sinceMs = adoptions.at(-1)?.atMs ?? 0;
  const what = `The commit ${held.commit} ${heldWords(held).join(", and ")}, so nothing of it is served.`;
  return [{ kind: "heldCommit", environments: [], all: [], sinceMs, what, cure: "An engineer or an admin lets it through, or a later commit takes it back." }];
}

function driftIn(environment: string, own: EnvironmentDecisions, asking: (segment: string) => readonly string[]): readonly Found[] {
  const kills = own.kills.entriesSorted().map(([, { id, flags, scope, atMs, by, seq, ...kill }]): Found => ({
    kind: "kill",
    environments: [environment],
    all: flags,
    sinceMs: atMs,
    by,
    seq,
    what:
      scope === undefined
        ? "Switched off for everybody, whatever its file says and releases give."
        : "Switched off for some, whatever its file says and releases give.",
    cure:
      scope === undefined
        ? "Lift the kill, or make it permanent: write into its file that it is off for everybody, and the kill ends with that commit."
        : "Lift the kill. It names some, so it never goes into a file.",
    kill: { id, reviewAtMs: killReviewAtMs({ ...kill, atMs }) },
    ...(scope === undefined ? { edits: [{ kind: "killToFile", kill: id }] } : {}),
  }));
  const reverts = own.reverts.entriesSorted().map(([, { id, flag, toSeq, atMs, seq }]): Found => ({
    kind: "revert",
    environments: [environment],
    all: [flag],
    sinceMs: atMs,
    seq,
    what: `Served as it was adopted at ${toSeq}, not as its file says.`,
    cure: "Put that form into the file; the revert ends when both agree, or when somebody ends it.",
    edits: [{ kind: "revertToFile", revert: id }],
  }));
  const segments = own.segmentReverts.entriesSorted().map(([, { id, segment, toSeq, atMs, seq }]): Found => ({
    kind: "revert",
    environments: [environment],
    segment,
    all: asking(segment),
    sinceMs: atMs,
    seq,
    what: `The segment ${segment} is served as it was adopted at ${toSeq}, not as its file says, to every flag that asks it.`,
    cure: `Put that form into the file; the revert ends when both agree, or by \`sluice revert segment ${segment} --end ${id}\`.`,
  }));
  const pins = own.pins.entriesSorted().map(([, { flag, serve, atMs, untilMs, by, seq }]): Found => ({
    kind: "pin",
    environments: [environment],
    all: [flag],
    sinceMs: atMs,
    by,
    seq,
    what: `One customer gets ${serve}, whatever the file says.`,
    cure: `It ends by itself on ${dateAt(untilMs)}, or when somebody takes it off. It names a customer, so it never goes into a file.`,
  }));
  return [...kills, ...reverts, ...segments, ...pins];
}

/** Flags that are served in an older form or not yet, each once for the environments in which it is so for the same reason. */
function keptIn({ adoptions }: Decisions, environments: readonly (readonly [string, EnvironmentDecisions])[]): readonly Found[] {
  const found = new Map<string, Found>();
  for (const [environment, { kept }] of environments)
    for (const [flag, one] of kept.entriesSorted()) {
      const words = keptWords(one);
      const sinceMs = keptSince(adoptions, { flag, environment, why: one.why });
      const edits: readonly EditBody[] = one.why === "enlargement" ? [{ kind: "takeBack", flag, environment }] : [];
      const known = found.get(`${flag} ${words.what}`);
      found.set(`${flag} ${words.what}`, {
        all: [flag],
        form: one.blobs,
        ...words,
        ...known,
        environments: [...(known?.environments ?? []), environment],
        sinceMs: Math.min(sinceMs, known?.sinceMs ?? sinceMs),
        ...(edits.length === 0 ? {} : { edits: [...(known?.edits ?? []), ...edits] }),
      });
    }
  return [...found.values()];
}

/** The first of the adoptions in a row, up to the newest, that kept it for this reason. */
function keptSince(adoptions: readonly Adoption[], { flag, environment, why }: Pick<KeptFlag, "flag" | "environment" | "why">): number {
  let sinceMs = adoptions.at(-1)?.atMs ?? 0;
  for (const { kept, atMs } of adoptions.toReversed()) {
    if (!kept.some((one) => one.flag === flag && one.environment === environment && one.why === why)) break;
    sinceMs = atMs;
  }
  return sinceMs;
}

/** A former key that its flag's file names no more. */
function formerKeyWords(why: KeptFlag["why"], key: string): { readonly kind: DriftKind; readonly what: string; readonly cure: string } {
  const what = `It is a former key of ${key} that no file names any more, and`;
  if (why === "deletedWhileKilled")
    return { kind: "deleted", what: `${what} ${key} is killed: it stays killed with it.`, cure: "Lift the kill when no program asks for it any more." };
  return {
    kind: "deleted",
    what: `${what} programs still ask for it: it goes on answering as ${key} does.`,
    cure: `Ask for ${key} in the code; 30 days after the last question it goes.`,
  };
}

function keptWords({ why, refused, blobs, aliasOf }: KeptFlag): { readonly kind: DriftKind; readonly what: string; readonly cure: string } {
  if (aliasOf !== undefined) return formerKeyWords(why, aliasOf);
  const served = blobs.length === 0 ? "it is not served yet" : "it stays as it was";
  switch (why) {
    case "enlargement":
      return refused === true
        ? {
            kind: "refused",
            what: `A merged change would give it to more people, and somebody said no: ${served}.`,
            cure: "Take the change back in Git, or let it through.",
          }
        : { kind: "enlargement", what: `A merged change would give it to more people: ${served}.`, cure: "Product or an admin lets it through or refuses it." };
    case "broken":
    case "brokenSegment":
    case "brokenProject": {
      const file = { broken: "Its file", brokenSegment: "A segment that it asks", brokenProject: "sluice.yaml" }[why];
      return { kind: "broken", what: `${file} has a mistake: ${served}.`, cure: "Mend the file; `sluice validate` names the line." };
    }
    case "deletedWhileKilled":
      return {
        kind: "deleted",
        what: "Its file is gone, and it is killed: it stays as it is served.",
        cure: "Lift the kill when no program asks for it any more.",
      };
    case "deletedWhileExposed":
      return {
        kind: "deleted",
        what: "Its file is gone, and a release still gives it: it stays as it is served.",
        cure: "End the release, or bring the file back.",
      };
    case "deletedWhileAsked":
      return {
        kind: "deleted",
        what: "Its file is gone, and programs still ask for it: it stays as it is served.",
        cure: "Take it out of the code; 30 days after the last question it goes.",
      };
    case "massRemoval":
      return { kind: "heldCommit", what: "Its file is gone with too many others at once.", cure: "An engineer or an admin lets the commit through." };
  }
}
