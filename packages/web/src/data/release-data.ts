/** What pages of releases read and write: the types of the contract and of the domain, under the names that pages use. */
export type {
  AccountListing,
  ApprovalHistory,
  CalendarStart,
  CalendarView,
  Conflict,
  CustomerCell,
  CustomerListing,
  CustomersImport,
  DryHold,
  DryMove,
  DryRun,
  EnlargementView,
  HoldsReply,
  HoldView,
  HomeView,
  Invited,
  SdkKeyMade,
  LogVerified,
  PinnableView,
  PinsView,
  PinView,
  ReleaseView,
  TokenListing,
} from "@sluice/contract";
export type { ApprovingRole, Cell, CellReason, CellState, Freeze, ReleasePhase, WaveContent, WhyDecide } from "@sluice/releases";
import type { ReleaseContent } from "@sluice/releases";

/** A plan as it is written on the page: whoever saves a new one owns it. */
export type PlanDraft = Omit<ReleaseContent, "owner"> & { readonly owner?: string };
