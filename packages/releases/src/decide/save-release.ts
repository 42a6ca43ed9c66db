import { canonicalJson, type Result } from "@sluice/evaluation";
import { AUDIENCE_CUSTOMERS_MAX, TRACKS } from "../customer/customer.ts";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import {
  ACTIVE_RELEASES_MAX,
  BAKE_MS_MAX,
  type ReleaseContent,
  RELEASE_FLAGS_MAX,
  RELEASE_NEEDS_MAX,
  RELEASE_WAVES_MAX,
  RISKS,
  TITLE_CHARS_MAX,
  type WaveContent,
} from "../plan/release-content.ts";
import { ENDED, type ReleaseState } from "../plan/release-state.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { instantOf, isInstant, isLocalTime, isZone } from "../schedule/zone-time.ts";
import { type Asking, personalOf, refusalOf, repetitionOf, unknownEnvironment } from "./asking.ts";
import { killedFlag } from "./killed-flag.ts";
import { takenFlag } from "./taken-flag.ts";
import { namesOf } from "../rename/aliases.ts";
import { contentNow } from "../rename/facts-now.ts";

export interface SaveReleaseWish extends Asking {
  /** The id of a new release, made by the caller, or of the one that is edited. */
  readonly release: string;
  readonly content: ReleaseContent;
  /** SHA-256 of the canonical content. */
  readonly contentHash: string;
  /** The hash that the editor saw; absent for a new release. Another one means that somebody was quicker. */
  readonly expectedHash?: string;
}

/**
 * Save a release: a new one as a draft, or an edit, which voids the approvals given to the content before. Waves that are live cannot be
 * edited, nor the flags once somebody has them. The same command again is `[]`.
 * Refusals: notAllowed, unknownEnvironment, unknownRelease, wrongPhase, staleContent, badPlan (with the field), flagTaken, stillKilled, tooMany, reasonTooLong.
 */
export function decideSaveRelease(decisions: Decisions, asked: SaveReleaseWish): Result<readonly Proposal[], Refusal> {
  const wish = { ...asked, content: contentNow(asked.content, decisions.aliases) };
  const repetition = repetitionOf(decisions, wish.command, { kind: "releaseSaved", ...(wish.expectedHash === undefined ? {} : { id: wish.release }) });
  if (repetition !== undefined) return repetition;
  const known = decisions.releases.get(wish.release);
  const refusal =
    refusalOf(wish, known === undefined || known.phase === "draft" ? "draftRelease" : "planRelease") ??
    unknownEnvironment(decisions, wish.content.environment) ??
    refuseEdit(decisions, known, wish) ??
    refuseCount(decisions, known) ??
    refuseContent(wish.content);
  if (refusal !== undefined) return refused(refusal);
  if (known?.contentHash === wish.contentHash || isSameRenamed(decisions, known, wish)) return granted([]);
  const { release, content, contentHash } = wish;
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: { kind: "releaseSaved", release, content, contentHash } }]);
}

function refuseEdit(decisions: Decisions, known: ReleaseState | undefined, wish: SaveReleaseWish): Refusal | undefined {
  const { content, expectedHash } = wish;
  if (known === undefined)
    return expectedHash === undefined
      ? undefined
      : { code: "unknownRelease", field: "release", message: "There is no such release.", fix: "Look at the list of releases." };
  if (ENDED.includes(known.phase))
    return { code: "wrongPhase", message: `This release is ${known.phase}: nothing of it changes any more.`, fix: "Make a new release." };
  if (expectedHash !== known.contentHash)
    return {
      code: "staleContent",
      message: "Somebody has edited this release since you opened it.",
      fix: "Look at the release as it is now, then make your change again.",
    };
  if (content.environment !== known.content.environment && known.phase !== "draft")
    return badPlan("environment", "The environment of a release that is planned cannot change.", "Make a new release for the other environment.");
  const live = known.waves.findLastIndex(({ phase }) => phase === "live");
  const isSame = (index: number): boolean => isEqual(content.waves[index], known.content.waves[index]);
  const touched = known.waves.findIndex((_, index) => index <= live && !isSame(index));
  if (touched >= 0) return badPlan(`waves.${touched}`, `Wave ${touched + 1} is live: it cannot be edited.`, "Change the waves behind it.");
  if (isEqual(content.flags, known.content.flags)) return undefined;
  if (live >= 0 || known.optIns.size > 0)
    return badPlan("flags", "The flags of a release that somebody has cannot change.", "Make a new release for other flags.");
  if (known.phase === "draft") return undefined;
  // One that is paused is edited, to be rid of what is killed among other things, and asked again when somebody goes on with it.
  return takenFlag(decisions, wish.release, content) ?? (known.phase === "paused" ? undefined : killedFlag(decisions, content));
}

/** After a rename the same plan has another hash: whoever agreed to it has agreed to this one. */
function isSameRenamed({ aliases }: Decisions, known: ReleaseState | undefined, { content }: SaveReleaseWish): boolean {
  return content.flags.some(({ flag }) => namesOf(aliases, flag).length > 1) && isEqual(known?.content, content);
}

/** Not by the text as it came: a plan that was read from a checkpoint has its parts in another order. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b));
}

function refuseCount({ releases }: Decisions, known: ReleaseState | undefined): Refusal | undefined {
  if (known !== undefined || releases.size < ACTIVE_RELEASES_MAX) return undefined;
  const active = releases.entriesSorted().filter(([, { phase }]) => !ENDED.includes(phase)).length;
  if (active < ACTIVE_RELEASES_MAX) return undefined;
  return { code: "tooMany", message: `${ACTIVE_RELEASES_MAX} releases are not completed yet.`, fix: "Complete or cancel some of them first." };
}

const badPlan = (field: string, message: string, fix: string): Refusal => ({ code: "badPlan", field, message, fix });

function refuseContent(content: ReleaseContent): Refusal | undefined {
  const { title, flags, risk, zone, waves, needs = [], openHours } = content;
  if (title.trim() === "" || title.length > TITLE_CHARS_MAX)
    return badPlan("title", `A title has 1 to ${TITLE_CHARS_MAX} characters.`, "Say in a few words what customers get.");
  if (flags.length === 0 || flags.length > RELEASE_FLAGS_MAX)
    return badPlan("flags", `A release has 1 to ${RELEASE_FLAGS_MAX} flags.`, "Choose the flags that it turns on.");
  const twice = flags.find(({ flag }, index) => flags.findIndex((each) => each.flag === flag) !== index);
  if (twice !== undefined) return badPlan("flags", `The flag ${twice.flag} is listed twice.`, "List each flag once.");
  if (!RISKS.includes(risk)) return badPlan("risk", `There is no risk class ${JSON.stringify(risk)}.`, `Choose one of ${RISKS.join(", ")}.`);
  if (!isZone(zone)) return badPlan("zone", `There is no time zone ${JSON.stringify(zone)}.`, "Use a name of the IANA database, such as Europe/Berlin.");
  if (waves.length === 0 || waves.length > RELEASE_WAVES_MAX)
    return badPlan("waves", `A release has 1 to ${RELEASE_WAVES_MAX} waves.`, "Add at least one wave.");
  if (needs.length > RELEASE_NEEDS_MAX) return badPlan("needs", `A release needs at most ${RELEASE_NEEDS_MAX} versions.`, "Name the services that matter.");
  if (openHours !== undefined && !isOpenHours(openHours))
    return badPlan("openHours", "Open hours need at least one weekday (1–7) and an end after the beginning.", "For example days 1–5, from 08:00 to 18:00.");
  const blank = needs.find(({ service, version }) => service.trim() === "" || version.trim() === "");
  if (blank !== undefined) return badPlan("needs", "A needed version names a service and a version.", "Fill in both, or take it out.");
  if (content.earlyAccessFromMs !== undefined && !isInstant(content.earlyAccessFromMs))
    return badPlan("earlyAccessFromMs", "Early access begins at no instant.", "Give a date before the year 10000, or leave it out.");
  return waves.map(refuseWave).find((refusal) => refusal !== undefined) ?? refuseOrder(content);
}

/** Waves are monotone by planned start (invariant 8), on the release's own clock. */
function refuseOrder({ waves, zone }: ReleaseContent): Refusal | undefined {
  const starts = waves.map(({ start }) => ("atMs" in start ? start.atMs : instantOf(start.local, zone)));
  const early = starts.findIndex((start, index) => index > 0 && start < (starts[index - 1] ?? 0));
  if (early < 0) return undefined;
  return badPlan(`waves.${early}.start`, `Wave ${early + 1} begins before wave ${early}.`, "Put the waves in the order in which they begin.");
}

function isOpenHours({ days, fromMinute, toMinute }: NonNullable<ReleaseContent["openHours"]>): boolean {
  const isMinute = (minute: number): boolean => Number.isInteger(minute) && minute >= 0 && minute <= 1440;
  return (
    days.length > 0 && days.every((day) => Number.isInteger(day) && day >= 1 && day <= 7) && isMinute(fromMinute) && isMinute(toMinute) && fromMinute < toMinute
  );
}

function refuseWave({ audience, start, bakeMs, name }: WaveContent, index: number): Refusal | undefined {
  const field = `waves.${index}`;
  if (name.trim() === "" || name.length > TITLE_CHARS_MAX) return badPlan(`${field}.name`, `Wave ${index + 1} needs a name.`, "Say who it is for.");
  if (!(Number.isSafeInteger(bakeMs) && bakeMs >= 0 && bakeMs <= BAKE_MS_MAX))
    return badPlan(`${field}.bakeMs`, `The bake of wave ${index + 1} is not between 0 and 92 days.`, "Say how long it is watched.");
  const isStart = "atMs" in start ? isInstant(start.atMs) : isLocalTime(start.local);
  if (!isStart) return badPlan(`${field}.start`, `Wave ${index + 1} has no start that a clock can show.`, "Give a date and a time.");
  const { tracks = [], customers = [], share } = audience;
  if (tracks.some((track) => !TRACKS.includes(track)))
    return badPlan(`${field}.audience`, `Wave ${index + 1} names a track that does not exist.`, `Tracks are ${TRACKS.join(", ")}.`);
  if (customers.length > AUDIENCE_CUSTOMERS_MAX)
    return badPlan(`${field}.audience`, `Wave ${index + 1} lists more than ${AUDIENCE_CUSTOMERS_MAX} customers.`, "Use a tag instead of a list.");
  if (share !== undefined && !(Number.isInteger(share) && share > 0 && share <= 100_000))
    return badPlan(`${field}.audience`, `The share of wave ${index + 1} is not above 0 and at most 100 %.`, "Give a part of the customers that are left.");
  return undefined;
}
