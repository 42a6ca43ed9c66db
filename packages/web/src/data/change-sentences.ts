import type { ContentChange } from "@sluice/releases";
import { flagName } from "./flag-name.ts";
import { listOf } from "./list-words.ts";
import { roleNames } from "./role-words.ts";
import { fromField, lengthOf, whenOf } from "./when.ts";

type Start = Extract<ContentChange, { readonly what: "waveStart" }>["from"];
type Audience = Extract<ContentChange, { readonly what: "waveAudience" }>["from"];

const riskWords: Readonly<Record<string, string>> = {
  invisible: "nobody notices it",
  minor: "a small change",
  visible: "a change that people see",
  workflowChanging: "a change of how people work",
};

/** One difference between two plans, in a sentence. */
export function changeSentence(change: ContentChange, nameOf: (customer: string) => string, nowMs: number): string {
  switch (change.what) {
    case "title":
      return `It was called "${change.from}" and is called "${change.to}".`;
    case "why":
      return change.to === "" ? "The reason is taken out." : `The reason is now "${change.to}".`;
    case "risk":
      return `It counts as ${riskWord(change.to)}, not as ${riskWord(change.from)}.`;
    case "zone":
      return `Its times are in ${zoneCity(change.to)} time, not in ${zoneCity(change.from)} time.`;
    case "owner":
      return "Somebody else owns it.";
    case "flags":
      return flagSentence(change);
    case "waveAdded":
    case "waveRemoved":
    case "waveOrder":
    case "waveStart":
    case "waveAudience":
    case "waveBake":
      return waveSentence(change, nameOf, nowMs);
    case "approvals":
      return approvalSentence(change);
    case "needs":
      return needsSentence(change);
    case "openHours":
      return "The hours in which it may start are others.";
    case "earlyAccess":
      return "From when customers may ask for it early is another date.";
  }
}

type WaveChange = Extract<ContentChange, { readonly what: `wave${string}` }>;

function waveSentence(change: WaveChange, nameOf: (customer: string) => string, nowMs: number): string {
  switch (change.what) {
    case "waveAdded":
      return `${change.wave} is new.`;
    case "waveRemoved":
      return `${change.wave} is gone.`;
    case "waveOrder":
      return "The waves come in another order.";
    case "waveStart":
      return `${change.wave} moves from ${startWords(change.from, nowMs)} to ${startWords(change.to, nowMs)}.`;
    case "waveAudience":
      return `${change.wave} was for ${audienceWords(change.from, nameOf)} and is for ${audienceWords(change.to, nameOf)}.`;
    case "waveBake":
      return `${change.wave} is watched for ${lengthOf(change.toMs)} instead of ${lengthOf(change.fromMs)}.`;
  }
}

const riskWord = (risk: string): string => riskWords[risk] ?? risk;
const zoneCity = (zone: string): string => zone.split("/").at(-1)?.replaceAll("_", " ") ?? zone;
const turned = (how: string, flags: readonly string[]): string => (flags.length === 0 ? "" : `${how} ${listOf(flags.map(flagName))}.`);
const asked = (one: string, many: string, roles: readonly (keyof typeof roleNames)[]): string =>
  roles.length === 0 ? "" : `${listOf(roles.map((role) => roleNames[role]))} ${roles.length === 1 ? one : many}.`;

const needsSentence = ({ to }: Extract<ContentChange, { readonly what: "needs" }>): string =>
  to.length === 0 ? "It needs no version any more." : `It needs ${listOf(to.map(({ service, version }) => `${service} ${version}`))}.`;
const joined = (parts: readonly string[]): string => parts.filter((part) => part !== "").join(" ");
const flagSentence = ({ added, removed, served }: Extract<ContentChange, { readonly what: "flags" }>): string =>
  joined([turned("Turns on also", added), turned("No longer turns on", removed), turned("Turns on another way:", served)]);
const approvalSentence = ({ added, removed }: Extract<ContentChange, { readonly what: "approvals" }>): string =>
  joined([asked("is asked to agree too", "are asked to agree too", added), asked("is no longer asked", "are no longer asked", removed)]);

/** "Tue 8 Dec, 09:00", or with each customer's own clock. */
function startWords(start: Start, nowMs: number): string {
  return "atMs" in start ? whenOf(start.atMs, nowMs) : `${whenOf(fromField(start.local), nowMs)} where each customer is`;
}

function audienceWords({ tracks, tags, customers, share }: Audience, nameOf: (customer: string) => string): string {
  const names = (customers ?? []).slice(0, 4).map(nameOf);
  const more = (customers?.length ?? 0) - names.length;
  const parts = [
    ...(tracks === undefined ? [] : [`the ${listOf(tracks)} track${tracks.length === 1 ? "" : "s"}`]),
    ...(tags === undefined ? [] : [`those tagged ${listOf(tags)}`]),
    ...(customers === undefined ? [] : [listOf(more > 0 ? [...names, `${more} more`] : names)]),
    ...(share === undefined ? [] : [`${share / 1_000} % of the rest`]),
  ];
  return parts.length === 0 ? "everybody" : listOf(parts);
}
