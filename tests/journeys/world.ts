import type { JourneyCustomer } from "./rig.ts";

export const MINUTE = 60_000;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;
/** Tuesday 24 November 2026, 09:00 in Berlin. */
export const TUESDAY: number = Date.UTC(2026, 10, 24, 8);
/** A release flag that only decisions turn on in production, and that the demo application shows: a voice note in the diary. */
export const FLAG = "diary.voice-notes";
export const FILES: Readonly<Record<string, string>> = {
  "flags/diary/voice-notes.yaml": `key: diary.voice-notes
description: Lets people on site speak a diary entry and plays it back beside the text.
kind: release
owner: team-site
created: 2026-11-02
expires: 2027-02-28
type: boolean
environments:
  production: { default: off }
  staging: { default: on }
`,
};

/** What a plan of one flag needs, besides its waves. */
export const planOf = (title: string, more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  title,
  environment: "production",
  flags: [{ flag: FLAG, serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  ...more,
});

const ZONES = ["Europe/Berlin", "Europe/London", "America/Denver", "Asia/Kolkata", "Australia/Sydney", "America/Los_Angeles"];

/** 412 customers: 14 of the company's own, 62 on the early track, the rest standard, in six time zones; the demo application knows the first. */
export const MANY: readonly JourneyCustomer[] = Array.from({ length: 412 }, (_, index) => ({
  key: ["northgate-homes", "acme-build"][index] ?? `customer-${String(index).padStart(3, "0")}`,
  name: ["Northgate Homes", "Acme Build"][index] ?? `Customer ${String(index).padStart(3, "0")}`,
  zone: ZONES[index % ZONES.length] ?? "Europe/Berlin",
  track: index === 0 || (index >= 15 && index < 76) ? "early" : index >= 1 && index < 15 && index !== 1 ? "internal" : "standard",
}));
