import { utcText } from "@sluice/releases";
import type { KillScope } from "@sluice/evaluation";

/** A kill as its owners are told of it. */
export interface ToldKill {
  readonly kill: string;
  readonly environment: string;
  /** Flags that this team owns, then the others, each as people write them. */
  readonly own: readonly string[];
  readonly others: readonly string[];
  readonly scope?: KillScope | undefined;
  /** Somebody has lifted it meanwhile. */
  readonly isOver: boolean;
  readonly atMs: number;
  /** Who did it, in words. */
  readonly by: string;
  readonly reason?: string | undefined;
  readonly incident?: string | undefined;
  /** Kills of the last hour that this team was not told of one by one. */
  readonly unheard: number;
}

/** What is said, in plain text. */
export interface Notice {
  readonly subject: string;
  readonly text: string;
}

/** Flags that are named; the rest is counted. */
const NAMED_MAX = 20;
/** Of a reason: the page has it whole. */
const WORDS_MAX = 500;
const SUBJECT_MAX = 150;

/** What a team is told. Customers are counted and never named: mail leaves the house. `url`: where people reach the console; empty where nobody said. */
export function killNotice(told: ToldKill, team: string, url: string): Notice {
  const { kill, environment, own, others, scope, isOver, atMs, by, reason, incident, unheard } = told;
  const flags = [...own, ...others];
  const [is, be] = isOver ? ["was", "were"] : ["is", "are"];
  const are = flags.length === 1 ? `${flags[0] ?? ""} ${is}` : `${flags.length} flags ${be}`;
  const more = flags.length > NAMED_MAX ? [`and ${flags.length - NAMED_MAX} more`] : [];
  const lines = [
    `${are} switched off in ${environment}, ${scopeWords(scope)}.`,
    ...(flags.length === 1 ? [] : ["", ...flags.slice(0, NAMED_MAX).map((flag) => `- ${flag}${own.includes(flag) ? "" : " (of another team)"}`), ...more]),
    "",
    `By ${by}, ${utcText(atMs)}.`,
    ...(reason === undefined ? [] : [`Why: ${plain(reason, WORDS_MAX)}`]),
    ...(incident === undefined ? [] : [`Incident: ${plain(incident, WORDS_MAX)}`]),
    "",
    isOver ? "Somebody has lifted it meanwhile." : "It stays off until somebody lifts it, and asks for a look after a day.",
    url === "" ? `The kill is ${kill}: sluice kills shows whom it has reached.` : `Whom it has reached, and lifting it: ${url}/#/kill`,
    ...(unheard === 0
      ? []
      : ["", `${unheard === 1 ? "1 other kill" : `${unheard} other kills`} of your flags within the last hour came too quickly to be told one by one.`]),
    "",
    `You are told because ${team} owns ${own.length === 1 ? "it" : `${own.length} of them`} (mail: of the team in sluice.yaml).`,
  ];
  return { subject: plain(`${are} switched off in ${environment}`, SUBJECT_MAX), text: `${lines.join("\n")}\n` };
}

function scopeWords(scope: KillScope | undefined): string {
  if (scope === undefined) return "for everybody";
  if (scope.customers !== undefined) return `for ${scope.customers.length === 1 ? "1 customer" : `${scope.customers.length} customers`}`;
  return "for some only";
}

/** One line: what people write must not look like lines of ours. */
function plain(text: string, max: number): string {
  // oxlint-disable-next-line no-control-regex -- these are what it is about
  const line = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ").trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}
