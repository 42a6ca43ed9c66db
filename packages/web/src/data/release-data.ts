/** The console's view of releases on the wire (docs/protocol.md, section Releases). */
export type Phase = "draft" | "planned" | "inProgress" | "paused" | "needsDecision" | "completed" | "cancelled" | "rolledBack";
export type Role = "engineer" | "product" | "marketing" | "customerSuccess" | "admin" | "auditor";

export interface Audience {
  readonly tracks?: readonly string[];
  readonly tags?: readonly string[];
  readonly customers?: readonly string[];
  readonly share?: number;
}

export interface WavePlan {
  readonly name: string;
  readonly audience: Audience;
  readonly start: { readonly atMs: number } | { readonly local: string };
  readonly bakeMs: number;
}

export interface ReleasePlan {
  readonly title: string;
  readonly why?: string;
  readonly owner?: string;
  readonly environment: string;
  readonly flags: readonly { readonly flag: string; readonly serve: string }[];
  readonly risk: "invisible" | "minor" | "visible" | "workflowChanging";
  readonly zone: string;
  readonly waves: readonly WavePlan[];
  readonly needs?: readonly { readonly service: string; readonly version: string }[];
  readonly approvals?: readonly Role[];
}

export type WhyDecide =
  | { readonly why: "missed"; readonly dueAtMs: number }
  | { readonly why: "approvalMissing"; readonly roles: readonly Role[] }
  | { readonly why: "deploymentMissing"; readonly service: string; readonly version: string }
  | { readonly why: "bakeNotOver"; readonly overAtMs: number }
  | { readonly why: "flagInvalid"; readonly flag: string }
  | { readonly why: "frozen"; readonly freeze: string };

export type CellState =
  | { readonly state: "notIncluded" }
  | { readonly state: "scheduled"; readonly atMs: number }
  | { readonly state: "held"; readonly atMs: number; readonly untilMs: number }
  | { readonly state: "earlyAccess"; readonly sinceMs: number; readonly untilMs?: number }
  | { readonly state: "on"; readonly sinceMs: number }
  | { readonly state: "offKilled"; readonly sinceMs: number; readonly kill: string }
  | { readonly state: "needsDecision" };

export type CellReason =
  | { readonly kind: "draft" }
  | { readonly kind: "ended"; readonly how: string; readonly atMs?: number }
  | { readonly kind: "noWave" }
  | { readonly kind: "wave"; readonly wave: number; readonly wishedAtMs: number }
  | { readonly kind: "moved"; readonly by: { readonly kind: "hold" | "freeze" | "closedHours"; readonly untilMs?: number } }
  | { readonly kind: "started"; readonly wave: number; readonly atMs: number }
  | { readonly kind: "optedIn"; readonly atMs: number }
  | { readonly kind: "registeredLater"; readonly wave: number }
  | { readonly kind: "killed"; readonly kill: string; readonly atMs: number }
  | { readonly kind: "paused"; readonly by: "person" | "kill" }
  | { readonly kind: "waitsForApproval"; readonly roles: readonly Role[] }
  | { readonly kind: "undecided"; readonly why: readonly WhyDecide[] };

export interface Cell {
  readonly customer: string;
  readonly release: string;
  readonly state: CellState;
  readonly reasons: readonly CellReason[];
}

export interface WaveView {
  readonly name: string;
  readonly phase: "pending" | "live" | "passed";
  readonly startsAtMs: number;
  readonly lastAtMs?: number;
  readonly bakeMs: number;
  readonly local: boolean;
  readonly customers: number;
  readonly exposed: number;
  readonly held: number;
  readonly everybody: boolean;
}

export interface ReleaseView {
  readonly release: string;
  readonly phase: Phase;
  readonly content: ReleasePlan & { readonly owner: string };
  readonly contentHash: string;
  readonly pausedBy?: "person" | "kill";
  readonly undecided?: readonly WhyDecide[];
  readonly undecidedWave?: number;
  readonly approvals: readonly { readonly role: Role; readonly by?: string; readonly contentHash: string; readonly atMs: number }[];
  readonly missingApprovals: readonly Role[];
  readonly waves: readonly WaveView[];
  readonly counts: Readonly<Partial<Record<CellState["state"], number>>>;
  readonly nextAtMs?: number;
  readonly editedBy?: string;
  readonly changedAtMs: number;
}

export interface HomeView {
  readonly waiting: readonly { readonly kind: "approval" | "decision" | "paused"; readonly as?: Role; readonly release: ReleaseView }[];
  readonly ahead: readonly { readonly atMs: number; readonly release: string; readonly title: string; readonly wave: string; readonly customers: number }[];
  readonly rolling: readonly ReleaseView[];
  readonly drafts: readonly ReleaseView[];
  readonly deploys: number;
  readonly releases: number;
}

export interface DryRun {
  readonly view: ReleaseView;
  readonly steps: readonly { readonly atMs: number; readonly customers: readonly string[] }[];
  readonly conflicts: readonly (
    | { readonly kind: "held"; readonly customers: readonly string[] }
    | { readonly kind: "asks"; readonly wave: number; readonly customers: number }
    | { readonly kind: "flag"; readonly problem: string }
    | { readonly kind: "twoWorkflowChanges"; readonly release: string; readonly title: string; readonly customers: number }
  )[];
}

export interface CustomerListing {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly owner?: string;
  readonly zone?: string;
  readonly track: string;
  readonly tags: readonly string[];
}

export interface HoldListing {
  readonly id: string;
  readonly environment: string;
  readonly customers: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface FreezeListing {
  readonly id: string;
  readonly environment: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly policy: "ask" | "shift";
}
