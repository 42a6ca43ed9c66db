import * as z from "zod";
import { name, outcomeName, plainOnly } from "./bodies.ts";

/** `GET /browser/v1/answers`: what one person gets, and nothing of why. Flags that are not for browsers are not in it. */
export const answersReply: z.ZodType<{
  readonly environment: string;
  readonly epoch: string;
  readonly seq: number;
  readonly answers: Readonly<Record<string, { readonly value: unknown; readonly variant: string; readonly reason: string }>>;
}> = z.looseObject({
  environment: z.string(),
  epoch: z.string(),
  seq: z.number(),
  answers: z.record(z.string(), z.looseObject({ value: z.unknown(), variant: z.string(), reason: z.string() })),
});

/** Outcomes of one kind that one page can have seen between two reports: what somebody does, not what a program makes up. */
const few = z.number().int().nonnegative().max(1_000);
/** Different outcomes, and keys that the page had no answer for, in one report. */
const PAGE_OUTCOMES_MAX = 100;
const PAGE_UNKNOWN_MAX = 20;

/**
 * `POST /browser/v1/telemetry`: what one page has seen since its report before. Whom it is about its token says, and nothing in here. Unknown fields are
 * ignored: a newer SDK may say more.
 */
export const pageReportBody = z.object({
  /** Drawn by the page; with `batch`, which grows by one, it tells a report that comes twice. */
  instance: z.string().regex(/^[\w-]{8,64}$/),
  batch: z.number().int().positive(),
  outcomes: z
    .array(z.object({ flag: name, variant: name, outcome: outcomeName, ok: few, failed: few }))
    .max(PAGE_OUTCOMES_MAX)
    .default([]),
  /** Counted and not sent, for want of room. */
  droppedOutcomes: few.default(0),
  /** Flags that the page asked for and had no answer for, each once in its life. */
  unknown: z.array(name).max(PAGE_UNKNOWN_MAX).default([]).transform(plainOnly),
});

export type PageReport = z.infer<typeof pageReportBody>;
