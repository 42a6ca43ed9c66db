import type { HeldCommit } from "@sluice/releases";
import * as z from "zod";

/** Files of one change: a pull request larger than this is read by rule, not by customer. */
const FILES_MAX = 2_000;
/** All of a change's files together, in bytes. */
export const CHANGE_BYTES_MAX: number = 4 << 20;

/** `POST /api/plan`: definition files as they would be, by their path in the folder of `sluice.yaml`; `null` for one that goes. */
export const changePlanBody = z.strictObject({
  files: z
    .record(
      z.string().min(1).max(500),
      z
        .string()
        .max(1 << 20)
        .nullable(),
    )
    .refine((files) => Object.keys(files).length <= FILES_MAX, {
      error: `holds more than ${FILES_MAX} files`,
    }),
});

/** How many of the registered customers would get something else, and what. Never who. */
export interface PlannedCounts {
  readonly asked: number;
  readonly changes: number;
  /** Of those that change, how many are on hold now. */
  readonly onHold: number;
  readonly gets: readonly (readonly [variant: string, count: number])[];
  /** Attributes that decide too and that are not known of customers, by name: more may change than are counted. Absent: none, or all change. */
  readonly unknown?: readonly string[] | undefined;
}

/**
 * How many of the environment's sampled contexts would get something else, and what: of what applications ask with, as far as `sluice.yaml`
 * declares it. Never what a context holds, and never a customer.
 */
export interface PlannedSamples {
  readonly asked: number;
  readonly changes: number;
  readonly gets: readonly (readonly [variant: string, count: number])[];
  /** Contexts beside those asked: the flag looks into a value of them that is known as a hash alone. */
  readonly untold: number;
  /** Attributes that decide too and that are not sampled, by name. */
  readonly unknown?: readonly string[] | undefined;
}

/** What a change of files would mean for one flag in one environment, with everything that people have decided. */
export interface PlannedChangeView {
  readonly environment: string;
  readonly flag: string;
  readonly how: "comes" | "goes" | "changes" | "follows";
  readonly isSame: boolean;
  readonly waits: readonly string[];
  readonly notes: readonly string[];
  readonly counts?: PlannedCounts | undefined;
  /** Absent where no context is sampled there. */
  readonly samples?: PlannedSamples | undefined;
  /** The page of the console where it is seen or decided, from its root. */
  readonly page: string;
}

/** The answer to `POST /api/plan`. */
export interface ChangePlanView {
  /** The commit that the change was laid upon: the one that is adopted now. */
  readonly commit?: string | undefined;
  readonly customers: number;
  readonly changes: readonly PlannedChangeView[];
  /** What changes beyond single flags, in sentences: who decides, which environments there are, where the customer is read from. */
  readonly project?: readonly string[] | undefined;
  /** Days within which sampled contexts were last seen; absent where none was asked. */
  readonly sampledDays?: number | undefined;
  /** Flags whose files cannot be read: they would go on as they are served. */
  readonly broken: readonly string[];
  /** The commit would remove so many of the flags, or take so much from under decisions, that it waits as a whole for an admin. */
  readonly held?: Pick<HeldCommit, "removed" | "of" | "moves"> | undefined;
}

export const plannedSamples: z.ZodType<PlannedSamples> = z.looseObject({
  asked: z.number(),
  changes: z.number(),
  gets: z.array(z.tuple([z.string(), z.number()])),
  untold: z.number(),
  unknown: z.array(z.string()).optional(),
});
const counts = z.looseObject({
  asked: z.number(),
  changes: z.number(),
  onHold: z.number(),
  gets: z.array(z.tuple([z.string(), z.number()])),
  unknown: z.array(z.string()).optional(),
});
export const changePlanReply: z.ZodType<ChangePlanView> = z.looseObject({
  commit: z.string().optional(),
  customers: z.number(),
  changes: z.array(
    z.looseObject({
      environment: z.string(),
      flag: z.string(),
      how: z.enum(["comes", "goes", "changes", "follows"]),
      isSame: z.boolean(),
      waits: z.array(z.string()),
      notes: z.array(z.string()),
      counts: counts.optional(),
      samples: plannedSamples.optional(),
      page: z.string(),
    }),
  ),
  project: z.array(z.string()).optional(),
  sampledDays: z.number().optional(),
  broken: z.array(z.string()),
  held: z
    .looseObject({
      removed: z.number(),
      of: z.number(),
      moves: z
        .looseObject({ gone: z.array(z.string()).readonly().exactOptional(), customer: z.looseObject({ was: z.string(), is: z.string() }).exactOptional() })
        .exactOptional(),
    })
    .optional(),
});
