import { dateOf, dayOf, type Day } from "./demo-days.ts";
import { type Draw, measured, pick, quantile } from "./demo-draws.ts";

/** A flag of the demo company: its file at the end, and the days between which it was there. */
export interface FlagLife {
  readonly key: string;
  readonly text: string;
  readonly born: Day;
  /** The day of its removal, or the last of the history. */
  readonly end: Day;
  readonly isRemoved: boolean;
}

/** One change of a flag. */
export interface FlagChange {
  /** With the part of the day as a fraction, where it is urgent. */
  readonly day: number;
  readonly subject: string;
  readonly body: string;
  /** Absent where the flag is removed. */
  readonly text: string | undefined;
  /** Made by whoever is on duty, at any hour. */
  readonly isUrgent?: true;
}

/** A flag file taken apart into what changes over a flag's life and what does not. */
interface Parts {
  readonly head: string;
  /** `expires:` with its extensions, or `reviewBy:`. */
  readonly life: string;
  readonly middle: string;
  readonly production: string;
  readonly staging: string;
}

interface Step {
  readonly day: number;
  readonly says: string;
  readonly body: string;
  readonly to: Partial<Pick<Parts, "life" | "production" | "staging">>;
  readonly isUrgent?: true;
}

const EXTENSION_DAYS = 60;
/** Some are prolonged as soon as it is known that they take longer. */
const PROLONGED_DAYS = 14;
/** As the style guide allows. */
const EXTENSIONS_MAX = 2;
/** Days between two looks at a flag that stays. */
const REVIEW_DAYS: Readonly<Record<string, number>> = { ops: 170, permission: 350 };
/** Shares of customers that ramps pass through. */
const LADDER = [1, 2, 5, 10, 20, 30, 50, 60, 75, 90] as const;
/** Of the flags that reached somebody, those that were paused once: 160 pauses that ended to 423 growing shares. */
const PAUSED_SHARE = 0.3;
/** What an ops flag takes away comes back sooner than a feature that has to be mended. */
const OPS_PAUSE_SHARE = 0.15;
const OPS_PAUSES_MAX = 3;
const EARLY_SHARE = 0.6;

const HARM = [
  "Two customers see it twice.",
  "It is slow on older phones.",
  "Support hears of it since this morning.",
  "Errors went from one in ten thousand to one in two hundred.",
  "The release before it must be mended first.",
  "It asks for a right that guests do not have.",
  "What was written without a network is lost.",
] as const;
const LOAD = [
  "The queue is twenty minutes long.",
  "The provider says an hour, so it will be three.",
  "Response times are ten times what they were.",
  "It is month end.",
  "The disk of the second node is being replaced.",
] as const;
const LATER = [
  "One customer still works the old way.",
  "The old way is in one more mobile release.",
  "Half of the team was on holiday.",
  "The texts in three languages are missing.",
  "It waits for a decision of product.",
] as const;

const plain = (variant: string): string => ` { default: ${variant} }\n`;
const ruled = (id: string, lines: string): string => `\n    rules:\n      - id: ${id}\n${lines}    default: off\n`;
const shareOf = (percent: number): string => ruled("ramp", `        serve: { share: ${percent}, of: on, by: customer }\n`);
const EARLY: string = ruled("early-access", "        if: { segment: early-access }\n        serve: on\n");

/** Throws where the file is not of the demo's own shape. */
function partsOf(text: string): Parts {
  const life = /^(?:expires:.*\n(?:extensions:.*\n)?|reviewBy:.*\n)/m.exec(text);
  const production = text.indexOf("\n  production:") + "\n  production:".length;
  const staging = text.indexOf("  staging:") + "  staging:".length;
  if (life === null || production < life.index || staging < production) throw new Error(`a flag of the demo has another shape:\n${text}`);
  return {
    head: text.slice(0, life.index),
    life: life[0],
    middle: text.slice(life.index + life[0].length, production),
    production: text.slice(production, staging - "  staging:".length),
    staging: text.slice(staging),
  };
}

const textOf = ({ head, life, middle, production, staging }: Parts): string => `${head}${life}${middle}${production}  staging:${staging}`;
const field = (text: string, name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1];

/** What a flag went through, in order, from its first form to its last: drawn from what was measured, and ending in exactly its file. */
export function changesOf(flag: FlagLife, draw: Draw): readonly FlagChange[] {
  const parts = partsOf(flag.text);
  const kind = field(flag.text, "kind") ?? "";
  const lives = kind === "release" || kind === "experiment" ? lifeSteps(flag, parts, draw) : reviewSteps(flag, parts, REVIEW_DAYS[kind] ?? 1);
  const off = field(flag.text, "off") ?? "off";
  const turns = kind === "release" ? releaseSteps(flag, parts, draw) : kind === "experiment" ? experimentSteps(flag, parts, draw) : [];
  const first: Parts = { ...parts, life: lives.first, staging: plain(off), production: turns.length > 0 ? plain(off) : parts.production };
  const steps = [
    { day: flag.born + 1, says: `${variantOf(parts.staging)} in staging`, body: "", to: { staging: parts.staging } },
    ...turns,
    ...lives.steps,
    ...(kind === "ops" ? opsPauses(flag, parts, draw) : []),
  ].sort((a, b) => a.day - b.day);
  return told(flag, first, steps);
}

function told(flag: FlagLife, first: Parts, steps: readonly Step[]): readonly FlagChange[] {
  const born = first.production === first.staging ? "a flag, off for everybody" : "a flag";
  const description = (field(flag.text, "description") ?? "").replaceAll(/^"|"$/g, "");
  const changes: FlagChange[] = [{ day: flag.born, subject: `${flag.key}: ${born}`, body: description, text: textOf(first) }];
  let state = first;
  for (const { day, says, body, to, isUrgent } of steps) {
    const next = { ...state, ...to };
    if (textOf(next) === textOf(state)) continue;
    state = next;
    changes.push({ day, subject: `${flag.key}: ${says}`, body, text: textOf(state), ...(isUrgent ? { isUrgent } : {}) });
  }
  if (flag.isRemoved) changes.push({ day: flag.end, subject: `${flag.key}: ${ending(flag)}`, body: "", text: undefined });
  return changes;
}

const variantOf = (environment: string): string => /default: ([\w-]+)/.exec(environment)?.[1] ?? "on";

function ending({ text, key }: FlagLife): string {
  if (field(text, "kind") === "experiment") return `removed, ${key.length % 2 === 0 ? "the new way won" : "it makes no difference"}`;
  return text.includes("production: { default: on }") ? "removed, everybody has it" : "removed, it was never turned on";
}

/** From off through early access and growing shares to what the file says, and sometimes off again for a while. */
function releaseSteps({ key, born, end, text }: FlagLife, { production }: Parts, draw: Draw): readonly Step[] {
  const isRamped = text.includes("\ntype: boolean\n") && (production === plain("on") || production.includes("- id: ramp"));
  if (production === plain("off")) return [];
  const days = end - born;
  const begins = born + Math.min(quantile(measured.internalDays, draw(`${key} internal`)), days * 0.3);
  const lasts = Math.min(quantile(measured.rampDays, draw(`${key} ramp`)), days * 0.4);
  const target = Number(/share: (\d+), of: on/.exec(production)?.[1] ?? 100);
  const wanted = isRamped ? Math.round(quantile(measured.rampSteps, draw(`${key} steps`))) - 1 : 0;
  const shares = Array.from({ length: wanted }, (_, index) => LADDER[Math.floor(((index + 1) * LADDER.length) / (wanted + 1))] ?? target);
  const growing = shares.filter((percent) => percent < target);
  const says = production === plain("on") ? "on for everybody" : isRamped ? `${target} % of the customers` : ruleWords(production);
  const steps: Step[] = growing.map((percent, index) => ({
    day: begins + (lasts * index) / growing.length,
    says: `${percent} % of the customers`,
    body: index === 0 ? "" : "Nothing unusual at the share before.",
    to: { production: shareOf(percent) },
  }));
  if (isRamped && draw(`${key} early`) < EARLY_SHARE)
    steps.unshift({ day: born + (begins - born) * 0.3, says: "on for early access", body: "", to: { production: EARLY } });
  steps.push({ day: begins + lasts, says, body: "", to: { production } });
  const paused =
    draw(`${key} paused`) < PAUSED_SHARE ? pause({ key, production, from: begins + lasts + 0.6, until: end, part: 1, off: "off", reasons: HARM }, draw) : [];
  return [...steps, ...paused];
}

function ruleWords(production: string): string {
  const rule = /- id: ([\w-]+)/.exec(production)?.[1];
  return rule === undefined ? `needs ${/flag: ([\w.-]+)/.exec(production)?.[1] ?? "another flag"}` : `on for ${rule.replaceAll("-", " ")}`;
}

function experimentSteps({ key, born, end }: FlagLife, { production }: Parts, draw: Draw): readonly Step[] {
  const day = born + Math.min(1 + draw(`${key} begins`) * 4, (end - born) * 0.5);
  return [{ day, says: "the experiment begins", body: "", to: { production } }];
}

interface Pause {
  readonly key: string;
  readonly production: string;
  readonly from: number;
  readonly until: number;
  /** Of the measured length. */
  readonly part: number;
  readonly off: string;
  readonly reasons: readonly [string, ...string[]];
}

/** Off, and on again; nothing where there is no time left for it. */
function pause({ key, production, from, until, part, off, reasons }: Pause, draw: Draw): readonly Step[] {
  const at = from + draw(`${key} paused at ${off}`) * (until - from) * 0.5;
  const days = (quantile(measured.pauseHours, draw(`${key} paused for ${off}`)) / 24) * part;
  if (at + days > until - 1) return [];
  return [
    { day: at, says: off === "off" ? "off" : `${off} for now`, body: pick(reasons, draw(`${key} why ${off}`)), to: { production: plain(off) }, isUrgent: true },
    { day: at + days, says: "on again", body: "", to: { production } },
  ];
}

/** What an ops flag is for, a few times a year: the second variant is the one that asks less. */
function opsPauses({ key, text, born, end }: FlagLife, { production }: Parts, draw: Draw): readonly Step[] {
  const off = /^variants:\s*\{\s*[\w-]+: [^,]+, ([\w-]+):/m.exec(text)?.[1] ?? /^variants:\n {2}[\w-]+:.*\n {2}([\w-]+):/m.exec(text)?.[1] ?? "off";
  const count = Math.floor(draw(`${key} pauses`) * (OPS_PAUSES_MAX + 1));
  const part = (end - born) / Math.max(count, 1);
  return Array.from({ length: count }, (_, index) =>
    pause(
      { key: `${key} ${index}`, production, from: born + 3 + part * index, until: born + part * (index + 1), part: OPS_PAUSE_SHARE, off, reasons: LOAD },
      draw,
    ),
  ).flat();
}

/** Prolonged a few days before it would have expired. */
function lifeSteps({ key, born, end }: FlagLife, { life }: Parts, draw: Draw): { readonly first: string; readonly steps: readonly Step[] } {
  const [, to, reason] = /^extensions: \[\{ to: (\S+), reason: (.*) \}\]$/m.exec(life) ?? [];
  const until = (count: number): string => dateOf(born + EXTENSION_DAYS * (count + 1));
  const first = `expires: ${until(0)}\n`;
  const soonest = Math.min(born + EXTENSION_DAYS - 4, end - 1 - draw(`${key} prolonged`) * PROLONGED_DAYS);
  if (to !== undefined) return { first, steps: [{ day: soonest, says: `kept until ${to}`, body: reason ?? "", to: { life } }] };
  if (life !== first) return { first: life, steps: [] };
  const count = Math.min(EXTENSIONS_MAX, Math.floor((end - born) / EXTENSION_DAYS));
  const reasons = Array.from({ length: count }, (_, index) => pick(LATER, draw(`${key} later ${index}`)));
  const steps = reasons.map((body, index): Step => {
    const extensions = reasons.slice(0, index + 1).map((why, nth) => `{ to: ${until(nth + 1)}, reason: ${why} }`);
    const extended = `expires: ${until(index + 1)}\nextensions: [${extensions.join(", ")}]\n`;
    return { day: born + EXTENSION_DAYS * (index + 1) - 4, says: `kept until ${until(index + 1)}`, body, to: { life: extended } };
  });
  return { first, steps };
}

/** Looked at again every half year, or every year. */
function reviewSteps({ born, end }: FlagLife, { life }: Parts, days: number): { readonly first: string; readonly steps: readonly Step[] } {
  const last = dayOf(life.replace("reviewBy: ", "").trim());
  const steps: Step[] = [];
  let review = last - days;
  for (; review > born && review <= end; review -= days)
    steps.unshift({ day: review, says: "reviewed, still needed", body: "", to: { life: `reviewBy: ${dateOf(review + days)}\n` } });
  return { first: `reviewBy: ${dateOf(review + days)}\n`, steps };
}
