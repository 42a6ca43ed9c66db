import { dateOf, dayAt, type Day, dayOf, type HomeTime, homeTime, moveDates, workDay } from "./demo-days.ts";
import { type Draw, drawsOf, measured, quantile } from "./demo-draws.ts";
import { type Engineer, ENGINEERS, KEEPER } from "./demo-engineers.ts";
import { changesOf, type FlagChange, type FlagLife } from "./demo-flag-life.ts";
import { RETIRED_EXPERIMENTS, RETIRED_RELEASES } from "./demo-retired-flags.ts";

/** The files of the demo company's repository are as they were on this day, a Tuesday; what they say of their lives is moved with it. */
const TODAY: Day = dayOf("2026-11-24");
const YEAR_DAYS = 364;
const WEEK_DAYS = 7;
const START: Day = TODAY - YEAR_DAYS;
/** Weeks are moved whole, so that nobody works on a Sunday. */
const LAST: Day = TODAY - 1;
/** Flags that were there before the repository. */
const BEFORE_DAYS = 70;
const LIVES_DRAWN_MAX = 200;
/** A tenth of the flags is given up before anybody has it. */
const GIVEN_UP_SHARE = 0.1;
/** The first of a team writes most of what it owns. */
const FIRST_SHARE = 0.55;
const OPENS_MINUTE = 8 * 60 + 30;
const OPEN_MINUTES = 9 * 60;
const DAY_MINUTES = 24 * 60;
const PAUSE_MINUTES = 25;
const PROJECT = "sluice.yaml";

/** One commit of the demo's history. */
export interface DemoCommit extends HomeTime {
  readonly author: Engineer;
  readonly message: string;
  /** By path; undefined for a file that is removed. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

/** A commit before its time is known. */
interface Planned {
  readonly day: number;
  /** What its minute is drawn by; commits of one thing come in order. */
  readonly thing: string;
  readonly author: Engineer;
  readonly subject: string;
  readonly body: string;
  readonly isUrgent: boolean;
  readonly files: ReadonlyMap<string, string | undefined>;
}

/**
 * A year of the demo company's repository up to the files in `template`, oldest first: flags are made, ramped, paused, prolonged and removed
 * as often as in the public histories that were measured. The same seed gives the same commits in every week; they end in the week before
 * `todayMs`, and dates in the files are moved along. Throws where a file of the template is not of the demo's own shape.
 */
export function demoHistory(
  template: ReadonlyMap<string, string>,
  { seed, todayMs }: { readonly seed: string; readonly todayMs: number },
): readonly DemoCommit[] {
  const draw = drawsOf(seed);
  const moved = Math.floor((dayAt(todayMs) - TODAY) / WEEK_DAYS) * WEEK_DAYS;
  const flags = [...liveFlags(template), ...retiredFlags(template, draw)];
  const planned = [...flags.flatMap((flag) => flagCommits(flag, template, draw)), ...projectCommits(template)];
  const [before, after] = [planned.filter(({ day }) => day <= START), planned.filter(({ day }) => day > START)];
  const first: Planned = {
    day: START,
    thing: PROJECT,
    author: KEEPER,
    subject: "Flags as files, one each, out of the old settings table",
    body: "From here on a change of a flag is a change of code: reviewed, explained, and served a second later.",
    isUrgent: false,
    files: new Map([...[...template].filter(([path]) => path.startsWith("segments/")), ...before.flatMap(({ files }) => [...files])]),
  };
  return numbered(inTime([first, ...after], draw), moved);
}

const keyOf = (path: string): string => path.slice("flags/".length, -".yaml".length).replaceAll("/", ".");
const pathOf = (key: string): string => `flags/${key.replaceAll(".", "/")}.yaml`;
const areaOf = (key: string): string => key.split(".")[0] ?? "";
const ownerOf = (text: string): string => /^owner: (.*)$/m.exec(text)?.[1] ?? "";

function liveFlags(template: ReadonlyMap<string, string>): readonly FlagLife[] {
  return [...template]
    .filter(([path]) => path.startsWith("flags/"))
    .map(([path, text]) => ({ key: keyOf(path), text, born: dayOf(/^created: (.*)$/m.exec(text)?.[1] ?? ""), end: LAST, isRemoved: false }));
}

/** When a team was founded; the others were there from the beginning. */
const FOUNDED: Readonly<Record<string, Day>> = { "team-safety": START + 60, "team-accounts": START + 120 };

function retiredFlags(template: ReadonlyMap<string, string>, draw: Draw): readonly FlagLife[] {
  const owners = new Map([...template].filter(([path]) => path.startsWith("flags/")).map(([path, text]) => [areaOf(keyOf(path)), ownerOf(text)]));
  const kinds = [
    ["release", RETIRED_RELEASES],
    ["experiment", RETIRED_EXPERIMENTS],
  ] as const;
  return kinds.flatMap(([kind, areas]) =>
    Object.entries(areas).flatMap(([area, flags]) =>
      flags.map(([name, description]) => {
        const key = `${area}.${name}`;
        const owner = owners.get(area) ?? "";
        const { born, end } = lifeOf(key, FOUNDED[owner] ?? START - BEFORE_DAYS, draw);
        const production = kind === "experiment" ? HALVES : draw(`${key} given up`) < GIVEN_UP_SHARE ? " { default: off }\n" : " { default: on }\n";
        return { key, text: retiredText({ key, description, kind, owner, born, production }), born, end, isRemoved: true };
      }),
    ),
  );
}

const HALVES = "\n    rules:\n      - id: halves\n        serve: { split: { on: 50, off: 50 }, by: customer }\n    default: off\n";

interface RetiredText {
  readonly key: string;
  readonly description: string;
  readonly kind: "release" | "experiment";
  readonly owner: string;
  readonly born: Day;
  readonly production: string;
}

const retiredText = ({ key, description, kind, owner, born, production }: RetiredText): string =>
  `key: ${key}\ndescription: ${description}\nkind: ${kind}\nowner: ${owner}\ncreated: ${dateOf(born)}\nexpires: ${dateOf(born + 60)}\n` +
  `type: boolean\nvariants: { on: true, off: false }\noff: off\nenvironments:\n  production:${production}  staging: { default: on }\n`;

/** Born more often the later it is, since the company grows threefold, and gone within the year: of what is drawn, the first that is. */
function lifeOf(key: string, from: Day, draw: Draw): { readonly born: Day; readonly end: Day } {
  for (let tries = 0; tries < LIVES_DRAWN_MAX; tries += 1) {
    const grown = (Math.sqrt(1 + 8 * draw(`${key} born ${tries}`)) - 1) / 2;
    const born = workDay(from + 1 + grown * (LAST - from));
    const end = workDay(born + quantile(measured.lifeDays, draw(`${key} life ${tries}`)));
    if (end > Math.max(START + 1, born + 2) && end < LAST) return { born, end };
  }
  throw new Error(`no life was drawn for ${key}`);
}

function flagCommits(flag: FlagLife, template: ReadonlyMap<string, string>, draw: Draw): readonly Planned[] {
  const path = pathOf(flag.key);
  const expectations = path.replace(/^flags/, "tests");
  const expected = template.get(expectations);
  const changes = changesOf(flag, draw);
  const lastForm = changes.findLastIndex(({ text }, index) => text !== undefined && productionOf(text) !== productionOf(changes[index - 1]?.text));
  return changes.map((change, index) => ({
    day: change.day,
    thing: flag.key,
    author: authorOf(flag, change, draw),
    subject: change.subject,
    body: change.body,
    isUrgent: change.isUrgent === true,
    files: new Map([[path, change.text], ...(index === lastForm && expected !== undefined ? [[expectations, expected] as const] : [])]),
  }));
}

const productionOf = (text = ""): string => text.slice(text.indexOf("  production:"), text.indexOf("  staging:"));

function authorOf({ key, text }: FlagLife, { day, isUrgent }: FlagChange, draw: Draw): Engineer {
  const [first, ...others] = ENGINEERS[ownerOf(text)] ?? [KEEPER];
  // One of a team looks after a flag from its beginning to its end; whoever is on duty is anybody of it.
  const share = draw(isUrgent ? `${key} on duty ${Math.floor(day)}` : `${key} author`);
  if (share < FIRST_SHARE) return first;
  return others[Math.floor(((share - FIRST_SHARE) / (1 - FIRST_SHARE)) * others.length)] ?? first;
}

/** What changed of the project itself: teams, the style guide, who has early access. */
function projectCommits(template: ReadonlyMap<string, string>): readonly Planned[] {
  const now = template.get(PROJECT) ?? "";
  const undrilled = now.replace(/^# A kill that.*\ndrills:\n(?: .*\n)*/m, "");
  const drilled = /^drills:\n.*flag: ([\w.-]+)/m.exec(now)?.[1] ?? "";
  const drillBorn = dayOf(/^created: (.*)$/m.exec(template.get(pathOf(drilled)) ?? "")?.[1] ?? dateOf(LAST));
  const styled = undrilled.indexOf("style:\n");
  const unstyled = styled < 0 ? undrilled : undrilled.slice(0, styled);
  const without = (text: string, team: string): string => text.replace(new RegExp(`^ {2}${team}:.*\\n`, "m"), "");
  const forms: readonly (readonly [day: Day, subject: string, body: string, text: string])[] = [
    [START, "", "", without(without(unstyled, "team-safety"), "team-accounts")],
    [FOUNDED["team-safety"] ?? START, "Safety and equipment is a team of its own", "", without(unstyled, "team-accounts")],
    [FOUNDED["team-accounts"] ?? START, "Accounts and messages is a team of its own", "", unstyled],
    [START + 230, "The style guide holds for every flag", "Old flags were brought into line before; areas belong to teams.", undrilled],
    ...(drilled === "" ? [] : [[drillBorn + 1, "A kill is tried each week", "What is never used is not known to work.", now] as const]),
  ];
  const early = template.get("segments/early-access.yaml") ?? "";
  const members = [
    [START, "", early.replace(", brickline", "")],
    [START + 165, "Brickline has early access", early],
  ] as const;
  const common = { thing: PROJECT, author: KEEPER, isUrgent: false };
  return [
    ...forms.map(([day, subject, body, text]) => ({ ...common, day: workDay(day), subject, body, files: new Map([[PROJECT, text]]) })),
    ...members.map(([day, subject, text]) => ({ ...common, day: workDay(day), subject, body: "", files: new Map([["segments/early-access.yaml", text]]) })),
  ];
}

/** A commit and the minute since 1970 that a clock at the company's home shows. */
interface Timed {
  readonly commit: Planned;
  readonly minute: number;
}

/** Each at a time at which people work, or on duty at any; of one thing never two at once. */
function inTime(planned: readonly Planned[], draw: Draw): readonly Timed[] {
  const last = new Map<string, number>();
  return planned
    .map((commit): Timed => {
      const { day, thing, subject, isUrgent } = commit;
      const open = OPENS_MINUTE + Math.floor(draw(`${thing} minute of ${subject}`) * OPEN_MINUTES);
      const drawn = isUrgent ? Math.floor(day * DAY_MINUTES) : workDay(day) * DAY_MINUTES + open;
      const minute = Math.min(Math.max(drawn, (last.get(thing) ?? 0) + PAUSE_MINUTES), (LAST + 1) * DAY_MINUTES - 1);
      last.set(thing, minute);
      return { commit, minute };
    })
    .sort((a, b) => a.minute - b.minute);
}

function numbered(timed: readonly Timed[], moved: number): readonly DemoCommit[] {
  let reviews = 0;
  return timed.map(({ commit: { author, subject, body, isUrgent, files }, minute }) => {
    // What is urgent goes in at once and is looked at afterwards.
    const subjectOfAll = isUrgent ? subject : `${subject} (#${(reviews += 1)})`;
    return {
      ...homeTime(Math.floor(minute / DAY_MINUTES) + moved, minute % DAY_MINUTES),
      author,
      message: `${moveWords(subjectOfAll, moved)}\n${body === "" ? "" : `\n${body}\n`}`,
      files: new Map([...files].map(([path, text]) => [path, text === undefined ? undefined : moveDates(text, moved)])),
    };
  });
}

/** A subject that names a day. */
const moveWords = (subject: string, days: number): string => subject.replace(/\d{4}-\d{2}-\d{2}/, (date) => dateOf(dayOf(date) + days));
