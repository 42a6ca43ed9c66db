import type { Audience } from "../customer/customer.ts";
import type { Role } from "../policy.ts";

/** How much of a change a release is for those who use the product. */
export type Risk = "invisible" | "minor" | "visible" | "workflowChanging";

export const RISKS: readonly Risk[] = ["invisible", "minor", "visible", "workflowChanging"];

/** Roles whose agreement a release can ask for. */
export type ApprovingRole = Extract<Role, "engineer" | "product" | "marketing" | "customerSuccess">;

/**
 * When a wave begins: an instant, the same for everybody, or a wall-clock time that each customer's own zone turns into an instant
 * (`2026-12-01T09:00`, without zone).
 */
export type WaveStart = { readonly atMs: number } | { readonly local: string };

export interface WaveContent {
  readonly name: string;
  readonly audience: Audience;
  readonly start: WaveStart;
  /** How long the wave is watched before the next one may begin, in milliseconds. */
  readonly bakeMs: number;
}

/** A minimum version of a service that must run before a wave may begin. SemVer 2.0.0. */
export interface NeededVersion {
  readonly service: string;
  readonly version: string;
}

/** Hours in which starts are allowed; outside them a start moves to the next opening. */
export interface OpenHours {
  /** ISO weekdays, 1 is Monday. */
  readonly days: readonly number[];
  /** Minutes after midnight, `from` < `to` ≤ 1440. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** What people agree to: the whole plan of one release. An edit makes a new content with another hash. */
export interface ReleaseContent {
  readonly title: string;
  readonly why?: string;
  /** Account id of the one person who answers for it. */
  readonly owner: string;
  readonly environment: string;
  readonly flags: readonly { readonly flag: string; readonly serve: string }[];
  readonly risk: Risk;
  /** IANA zone of instants shown, of open hours, and of customers without a zone. */
  readonly zone: string;
  readonly waves: readonly WaveContent[];
  readonly needs?: readonly NeededVersion[];
  readonly approvals?: readonly ApprovingRole[];
  readonly openHours?: OpenHours;
  /** From here on a customer may opt in; absent: nobody may. */
  readonly earlyAccessFromMs?: number;
}

/** Limits of one release: each list is shown on one page and travels in one event. */
export const RELEASE_FLAGS_MAX = 50;
export const RELEASE_WAVES_MAX = 50;
export const RELEASE_NEEDS_MAX = 50;
export const TITLE_CHARS_MAX = 120;
/** Longest bake: a quarter of a year. */
export const BAKE_MS_MAX: number = 92 * 24 * 3_600_000;
/** Releases that are neither completed nor ended. */
export const ACTIVE_RELEASES_MAX = 500;
