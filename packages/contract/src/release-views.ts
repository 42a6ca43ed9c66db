import type {
  ApprovingRole,
  Cell,
  CellState,
  ContentChange,
  Freeze,
  Hold,
  NeededVersion,
  ReleaseContent,
  ReleasePhase,
  ReleaseState,
  WhyDecide,
} from "@sluice/releases";

/** How many customers are in each state. */
export type CellCounts = Readonly<Partial<Record<CellState["state"], number>>>;

/** One wave as people see it. */
export interface WaveView {
  readonly name: string;
  readonly phase: "pending" | "live" | "passed";
  /** When it begins, or began. */
  readonly startsAtMs: number;
  /** When the last of its customers has it, where that is later. */
  readonly lastAtMs?: number;
  readonly bakeMs: number;
  /** True where each customer's own clock decides. */
  readonly local: boolean;
  /** Customers who belong to it, and how many of them have it. */
  readonly customers: number;
  readonly exposed: number;
  /** Of those who do not have it: moved by a hold. */
  readonly held: number;
  readonly everybody: boolean;
  /** The freeze in which it would begin, at `wishedAtMs`: it is asked about then, or moved behind the freeze. */
  readonly frozen?: { readonly policy: Freeze["policy"]; readonly wishedAtMs: number; readonly untilMs: number };
}

/** Customers of one wave who get it at one instant, if nobody decides otherwise. */
export interface PlannedStarts {
  /** Its index. */
  readonly wave: number;
  readonly atMs: number;
  readonly customers: number;
  /** Those of them whom a hold moved here. */
  readonly held: number;
  /** Where the wave goes by each customer's own clock: the clock of one whose turn this is, an IANA time zone. */
  readonly zone?: string;
}

/** What became of a release until now. */
export interface ReleaseCourse {
  /** Who was given it at each instant, soonest first: with a wave, or early where none is named. No kill takes anything from this. */
  readonly given: readonly { readonly wave?: number; readonly atMs: number; readonly customers: number }[];
  /** From how many of them kills take it, and since when, soonest first. */
  readonly killed: readonly { readonly sinceMs: number; readonly customers: number }[];
}

/** `GET /api/releases/:id`, and each of `GET /api/releases`. */
export interface ReleaseView {
  readonly release: string;
  readonly phase: ReleasePhase;
  readonly content: ReleaseContent;
  readonly contentHash: string;
  readonly pausedBy?: "person" | "kill";
  /** Kills in force that take one of its flags from everybody: nobody can go on with it, or plan it, before they are lifted. */
  readonly killedBy: readonly string[];
  readonly undecided?: NonNullable<ReleaseState["undecided"]>;
  readonly undecidedWave?: number;
  readonly approvals: ReleaseState["approvals"];
  /** Roles that are asked: they have not agreed to this plan, or their word ends before its next start. */
  readonly missingApprovals: readonly ApprovingRole[];
  /** Since the last edit; why in words is in `GET /api/releases/:id/approvals`. */
  readonly changesAsked: ReleaseState["changesAsked"];
  readonly waves: readonly WaveView[];
  /** What is ahead, soonest first, as the calendar has it; of a draft, and where nothing starts before a person decides, as the plan has it. */
  readonly starts: readonly PlannedStarts[];
  readonly counts: CellCounts;
  /** Versions that it needs and that do not run in its environment: nothing of it starts before. */
  /** The drill that its next wave waits for, if that reaches everybody, as things are; absent where none is missing. */
  readonly missingDrill?: Extract<WhyDecide, { readonly why: "drillMissing" }>;
  readonly missingVersions: readonly NeededVersion[];
  /** The next instant at which it reaches somebody new, if nobody decides otherwise. */
  readonly nextAtMs?: number;
  readonly editedBy?: string;
  /** Account id of whoever answers for it. */
  readonly owner: string;
  /** Since when that account is gone, where it is: nobody answers for the release until somebody takes it over. */
  readonly ownerGoneAtMs?: number;
  /** Of one release alone: what those are called whose account ids are above; without those whose account is gone. */
  readonly people?: Readonly<Record<string, string>>;
  /** Of one release alone. */
  readonly course?: ReleaseCourse;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly endedAtMs?: number;
}

/** What somebody can do now that nobody has done yet. */
export type WaitsFor =
  | { readonly kind: "approval"; readonly as: ApprovingRole; readonly release: ReleaseView }
  /** This person owns or last edited it, and somebody asks for a change before they agree. */
  | { readonly kind: "change"; readonly release: ReleaseView }
  | { readonly kind: "decision"; readonly release: ReleaseView }
  | { readonly kind: "paused"; readonly release: ReleaseView }
  /** The account of whoever answered for it, called `owner`, is gone, and this person may take it over. */
  | { readonly kind: "noOwner"; readonly release: ReleaseView; readonly owner?: string };

/** `GET /api/home`. */
export interface HomeView {
  readonly waiting: readonly WaitsFor[];
  /** Plans for which this person has asked for a change: they wait for whoever edits them, and can still be agreed to. */
  readonly asked: readonly { readonly as: ApprovingRole; readonly release: ReleaseView }[];
  /** Starts within two days, soonest first: who gets it at that instant, as the calendar has it. */
  readonly ahead: readonly { readonly atMs: number; readonly release: string; readonly title: string; readonly wave: string; readonly customers: number }[];
  readonly rolling: readonly ReleaseView[];
  readonly drafts: readonly ReleaseView[];
  /** Customers who are registered. */
  readonly customers: number;
  /** Deployments of the last 24 hours, and releases that reached somebody in them. */
  readonly deploys: number;
  /** The last deployment of each service in these hours, newest first; the first of them. */
  readonly deployed: readonly { readonly service: string; readonly environment: string; readonly version: string; readonly atMs: number }[];
  readonly releases: number;
}

/** One of `GET /api/pins`. */
export interface PinView {
  readonly pin: string;
  readonly environment: string;
  readonly flag: string;
  /** Its id, and its name and key where the registry has it still. */
  readonly customer: string;
  readonly name?: string;
  readonly key?: string;
  readonly serve: string;
  readonly atMs: number;
  readonly untilMs: number;
  /** The release whose early access let it through. */
  readonly release?: string;
  /** Name of whoever placed it and answers for it; the account's id where the account is gone. */
  readonly who?: string;
  /** Absent once erased. */
  readonly reason?: string;
  /** Whether whoever asks may take it off. */
  readonly mayEnd: boolean;
}

/** `GET /api/pins?customer=&customerKey=&flag=`: those that end soonest first, at most 200 of `of`. */
export interface PinsView {
  readonly pins: readonly PinView[];
  readonly of: number;
}

/** `GET /api/customers/:id/pinnable`: what whoever asks could pin for this customer now; by environment and flag. */
export interface PinnableView {
  readonly flags: readonly { readonly environment: string; readonly flag: string; readonly variants: readonly string[] }[];
}

/** Something about a plan that people should know before they mean it. */
export type Conflict =
  /** A hold moves them: the first fifty of `of`. */
  | { readonly kind: "held"; readonly customers: readonly string[]; readonly of: number }
  /** It will not start by itself, and why. `held`: those of its customers whom a hold moves. */
  | { readonly kind: "asks"; readonly wave: number; readonly customers: number; readonly held: number; readonly why: readonly WhyDecide[] }
  | { readonly kind: "flag"; readonly problem: string }
  /** Killed for everybody now: it cannot be planned before that is lifted. */
  | { readonly kind: "killed"; readonly flags: readonly string[] }
  /** Waves on each customer's clock go by the plan's own zone for these, who have none: the first fifty of `of`. */
  | { readonly kind: "noZone"; readonly customers: readonly string[]; readonly of: number; readonly zone: string }
  /** Nobody is left for this wave. */
  | { readonly kind: "nobody"; readonly wave: number }
  | { readonly kind: "twoWorkflowChanges"; readonly release: string; readonly title: string; readonly customers: number };

/** `POST /api/releases/dry-run`: what a plan would do if it were meant now. */
export interface DryRun {
  readonly view: ReleaseView;
  readonly conflicts: readonly Conflict[];
  /** Who gets it when: one line for each instant, soonest first. */
  readonly steps: readonly { readonly atMs: number; readonly customers: readonly string[] }[];
  /** Counts of the release as it is planned now, where it is an edit. */
  readonly before?: CellCounts;
}

/** One instant of one wave, and who it is for. */
export interface CalendarStart {
  readonly release: string;
  readonly title: string;
  readonly environment: string;
  readonly phase: ReleasePhase;
  readonly wave: number;
  readonly waveName: string;
  readonly atMs: number;
  /** `asks`: it was to start then, and waits for a person. */
  readonly kind: "started" | "planned" | "asks";
  readonly customers: readonly string[];
  /** Those of them whom a hold moved here. */
  readonly held: readonly string[];
  /** Those of them who had it, and from whom a kill takes it now. */
  readonly killed: readonly string[];
}

/** `GET /api/calendar?fromMs=&untilMs=`. */
export interface CalendarView {
  readonly nowMs: number;
  readonly starts: readonly CalendarStart[];
  readonly holds: readonly HoldView[];
  readonly freezes: readonly Freeze[];
  /** Customers who have neither a start nor a hold within it, and a start after it. */
  readonly later: number;
}

/** `POST /api/releases/:id/move-wave/dry-run`: what a move would do if it were meant now. */
export interface DryMove {
  readonly title: string;
  /** Every wave in its order: when it begins now, and when it would. */
  readonly waves: readonly { readonly name: string; readonly fromMs: number; readonly toMs: number }[];
  readonly earlier: number;
  readonly later: number;
  /** Those who wait for it already and get it when they would have. */
  readonly same: number;
  /** Those who wait for a person now, and would have a start again. */
  readonly again: number;
  readonly conflicts: readonly Conflict[];
}

/** `GET /api/releases/:id/approvals`: what people agreed to before, and what they asked for since the last edit. */
export interface ApprovalHistory {
  /** The last agreement of each role that is asked. `changes`: how the plan differs from what it agreed to; absent where it is this very plan. */
  readonly agreed: readonly {
    readonly role: ApprovingRole;
    readonly atMs: number;
    readonly untilMs: number;
    readonly who?: string;
    readonly changes?: readonly ContentChange[];
  }[];
  readonly asked: readonly { readonly role: ApprovingRole; readonly atMs: number; readonly who?: string; readonly reason?: string }[];
  /** Name of whoever edited it last, and so edits it next. */
  readonly editor?: string;
  /** False where the log was too long to be read to its start. */
  readonly isWhole: boolean;
}

/** One of `GET /api/releases/:id/plans`: a plan as it was saved. */
export interface PastPlanView {
  /** Place in the log. */
  readonly seq: number;
  readonly atMs: number;
  /** By whom; absent once erased. */
  readonly who?: string;
  readonly isNow: boolean;
  /** What going back to it would change in the plan of now. */
  readonly changes: readonly ContentChange[];
  /** Whose agreement to exactly this plan would count again, for whoever asks. */
  readonly agreed: readonly { readonly role: ApprovingRole; readonly untilMs: number }[];
}

/** The answer to `POST /api/releases/:id/revert`. */
export interface PlanReverted extends Pick<PastPlanView, "changes" | "agreed"> {
  readonly seq?: number;
  /** Of a dry run: what the plan would come to. */
  readonly dry?: DryRun;
}

/** One of `GET /api/customers/:id/releases`. */
export interface CustomerCell extends Cell {
  readonly title: string;
  readonly phase: ReleasePhase;
  readonly waves: readonly { readonly name: string }[];
  /** Of now alone: having it before its wave. Absent where nobody may, and where it has it with its wave. */
  readonly early?: EarlyCell;
}

/** Early access of one customer to one release. */
export interface EarlyCell {
  readonly fromMs: number;
  /** It has it early, and may give it back. */
  readonly isTaken: boolean;
  /** Why it cannot have it now; absent where it can. */
  readonly refusal?: { readonly message: string; readonly fix: string };
}

/** `POST /api/holds/dry-run`, `GET /api/holds/:id/lift/dry-run`: starts that would move, and what the customers keep. */
export interface DryHold {
  /** Without `toMs` where the start would wait for a person. */
  readonly moves: readonly { readonly release: string; readonly title: string; readonly customer: string; readonly fromMs: number; readonly toMs?: number }[];
  /** All moves, also those that are not listed. */
  readonly moved: number;
  /** Releases that these customers have and keep, each counted for each customer. */
  readonly keeps: number;
}

/** A hold as pages tell it. */
export interface HoldView extends Omit<Hold, "by" | "seq"> {
  /** Name of whoever placed it; the account's id where the account is gone, absent once erased. */
  readonly who?: string;
  /** Absent once erased. */
  readonly reason?: string;
}

/** `GET /api/holds?customer=`: those that end last first, at most 5,000 of `of`. */
export interface HoldsReply {
  readonly holds: readonly HoldView[];
  readonly of: number;
}
/** `GET /api/freezes`. */
export interface FreezesReply {
  readonly freezes: readonly Freeze[];
}

/** One of `GET /api/enlargements`: what Git says gives a release to more people, and is not served until a person decides. */
export interface EnlargementView {
  readonly flag: string;
  readonly environment: string;
  /** Of the form that waits: a decision is about this one and no other. */
  readonly form: string;
  /** A person has said no; it stays so until the file changes. */
  readonly isRefused: boolean;
  /** Why it is not proved harmless, in sentences. */
  readonly why: readonly string[];
  /** The file that says what the environment serves, as it is served; absent where nothing is. */
  readonly served?: string;
  readonly wanted: string;
  /** The commit that is served, this flag excepted. */
  readonly commit: string;
  readonly author?: string;
  readonly subject?: string;
  /** Registered customers who would get something else, asked by their key alone; users' attributes may let more or fewer through. */
  readonly customers: { readonly of: number; readonly changes: number; readonly named: readonly string[] };
}
