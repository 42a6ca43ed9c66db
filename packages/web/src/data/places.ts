import type { IconName } from "../state-words.ts";

/** A page that has a link of its own, in the rail, on the phone or in the palette. */
export interface Place {
  readonly page: string;
  readonly title: string;
  readonly icon: IconName;
  /** Where the rail shows it: people's work, engineers' work, or by itself. */
  readonly group: "people" | "engineers" | "kill";
  /** Pages inside it: its link is the current one on them too. */
  readonly inside?: readonly string[];
  /** The letter that opens it after `g`. */
  readonly key: string;
  /** Other words that somebody may look for it by. */
  readonly also?: string;
}

/** Every page with a link, in the order of the rail. */
export const places: readonly Place[] = [
  { page: "home", title: "Home", icon: "home", group: "people", key: "h", also: "waiting for you today" },
  { page: "releases", title: "Releases", icon: "release", group: "people", inside: ["release", "plan"], key: "r", also: "waves plans" },
  { page: "calendar", title: "Calendar", icon: "calendar", group: "people", key: "l", also: "week month dates waves holds freezes" },
  { page: "customers", title: "Customers", icon: "customer", group: "people", inside: ["customer", "import"], key: "c" },
  { page: "lists", title: "Lists", icon: "list", group: "people", inside: ["list"], key: "i", also: "members who is in add remove" },
  { page: "approvals", title: "Approvals", icon: "inbox", group: "people", key: "a", also: "agree inbox change asked" },
  { page: "flags", title: "Flags", icon: "flag", group: "engineers", inside: ["flag"], key: "f" },
  { page: "segments", title: "Segments", icon: "person", group: "engineers", inside: ["segment"], key: "m", also: "groups audiences rules revert" },
  {
    page: "changes",
    title: "Changes",
    icon: "import",
    group: "engineers",
    inside: ["change"],
    key: "e",
    also: "edits drafts pull requests reviews git commits",
  },
  { page: "drift", title: "Drift", icon: "drift", group: "engineers", key: "d", also: "git differs reverts sync waits broken" },
  { page: "audit", title: "Audit", icon: "log", group: "engineers", inside: ["log"], key: "u", also: "decisions history export verify log" },
  { page: "settings", title: "Settings", icon: "settings", group: "engineers", key: "s", also: "people roles accounts keys environments sync" },
  { page: "kill", title: "Kill", icon: "kill", group: "kill", key: "k", also: "switch off lift emergency" },
];

const placesByPage: ReadonlyMap<string, Place> = new Map(places.map((place) => [place.page, place]));

/** What each role looks at most beside what everybody does; the calendar for the others. */
const ownPages: Readonly<Record<string, string>> = { engineer: "flags", customerSuccess: "customers", auditor: "audit" };

/** Those that a phone's bar has room for; the others are a press further. */
export const phonePlaces = (role: string): readonly Place[] =>
  ["home", "releases", ownPages[role] ?? "calendar", "approvals", "kill"].flatMap((page) => placesByPage.get(page) ?? []);

const inner: Readonly<Record<string, string>> = {
  release: "Release",
  plan: "Plan a release",
  customer: "Customer",
  import: "Import customers",
  list: "List",
  flag: "Flag",
  segment: "Segment",
  change: "Change",
};

/** What a page is called in the window's title and above the page. */
export const titleOf = (page: string): string => inner[page] ?? placeOf(page)?.title ?? "Sluice";

/** The place that a page belongs to. */
export const placeOf = (page: string): Place | undefined => places.find((place) => place.page === page || place.inside?.includes(page) === true);
