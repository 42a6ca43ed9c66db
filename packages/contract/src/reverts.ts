import * as z from "zod";
import { type PlannedSamples, plannedSamples } from "./change-plan.ts";
import { command, name, words } from "./bodies.ts";

/** `POST /api/reverts`: of a flag, or of a segment for every flag that asks it. With `dryRun` nothing happens. */
export const revertBody = z
  .strictObject({
    command,
    environment: name,
    flag: name.optional(),
    segment: name.optional(),
    toSeq: z.number().int().positive(),
    dryRun: z.boolean().optional(),
    reason: words.optional(),
  })
  .refine(({ flag, segment }) => (flag === undefined) !== (segment === undefined), { path: ["flag"], error: "is needed, or `segment`, and not both" });

/** `POST /api/reverts/:id/decide`: of one that waits. */
export const decideRevertBody = z.strictObject({ command, environment: name, isAccepted: z.boolean(), reason: words.optional() });

/** What a revert does to one flag, for registered customers asked with nothing but their key. */
export interface RevertedFlag {
  readonly flag: string;
  /** Customers asked. */
  readonly of: number;
  /** Customers that get something and got the off variant, or nothing. */
  readonly gain: number;
  /** Customers that get the off variant, or nothing, and got something. */
  readonly lose: number;
  /** Customers that get something else. */
  readonly others: number;
  /** Attributes that decide too and that are not known of customers, by name: more may change than are counted. Absent: none. */
  readonly unknown?: readonly string[] | undefined;
  /** Absent where no context is sampled there. */
  readonly samples?: PlannedSamples | undefined;
}

/** One file as it is served now and as it would be; `""` where there is none. */
export interface RevertedFile {
  readonly path: string;
  readonly served: string;
  readonly wanted: string;
}

/** The answer to `POST /api/reverts`. */
export interface RevertOutcome {
  /** `waits`: it gives a release to more people, and somebody with the role decides. `nothing`: that form is in force, or waits, already. */
  readonly outcome: "dryRun" | "reverted" | "waits" | "nothing";
  /** Its id, once it is in force or waits. */
  readonly revert?: string | undefined;
  readonly seq?: number | undefined;
  /** Whether it would wait, or waits, for somebody else. */
  readonly waits: boolean;
  /** Release flags that more people would get, and why that is not ruled out. */
  readonly enlarges: readonly { readonly flag: string; readonly why: readonly string[] }[];
  /** Flags that are served otherwise by it; of a dry run alone. */
  readonly flags: readonly RevertedFlag[];
  /** What differs in the files; of a dry run alone. */
  readonly files: readonly RevertedFile[];
}

const enlarges = z.array(z.looseObject({ flag: z.string(), why: z.array(z.string()) }));
const revertedFlags = z.array(
  z.looseObject({
    flag: z.string(),
    of: z.number(),
    gain: z.number(),
    lose: z.number(),
    others: z.number(),
    unknown: z.array(z.string()).optional(),
    samples: plannedSamples.optional(),
  }),
);
const revertedFiles = z.array(z.looseObject({ path: z.string(), served: z.string(), wanted: z.string() }));

export const revertedReply: z.ZodType<RevertOutcome> = z.looseObject({
  outcome: z.enum(["dryRun", "reverted", "waits", "nothing"]),
  revert: z.string().optional(),
  seq: z.number().optional(),
  waits: z.boolean(),
  enlarges,
  flags: revertedFlags,
  files: revertedFiles,
});

/** A revert that gives a release to more people, until somebody decides. */
export interface WaitingRevertView {
  readonly revert: string;
  readonly environment: string;
  readonly flag?: string | undefined;
  readonly segment?: string | undefined;
  readonly toSeq: number;
  readonly askedAtMs: number;
  /** By name; absent once erased. */
  readonly askedBy?: string | undefined;
  readonly reason?: string | undefined;
  /** Flags that more people would get, as things are now. */
  readonly enlarges: readonly { readonly flag: string; readonly why: readonly string[] }[];
  /** Customers that would get one of them and do not have it, as far as their keys tell. */
  readonly gain: number;
  readonly of: number;
  /** Flags that are served otherwise by it, as things are now. */
  readonly flags: readonly RevertedFlag[];
  /** What differs in the files. */
  readonly files: readonly RevertedFile[];
}

/** `GET /api/reverts`: those that wait, the oldest first. */
export const revertsReply = z.looseObject({
  waiting: z.array(
    z.looseObject({
      revert: z.string(),
      environment: z.string(),
      flag: z.string().optional(),
      segment: z.string().optional(),
      toSeq: z.number(),
      askedAtMs: z.number(),
      askedBy: z.string().optional(),
      reason: z.string().optional(),
      enlarges,
      gain: z.number(),
      of: z.number(),
      flags: revertedFlags,
      files: revertedFiles,
    }),
  ),
});

/** A form that was adopted: by which commit, whose, and when. */
export interface PastForm {
  readonly seq: number;
  readonly source?: string | undefined;
  readonly commit: string;
  readonly author: string;
  readonly subject: string;
  /** Of the commit. */
  readonly atMs: number;
  readonly adoptedAtMs: number;
}

/** A segment as `GET /api/segments` lists it. */
export interface SegmentListing {
  readonly key: string;
  readonly description?: string | undefined;
  /** True where people decide at run time who is in it, too. */
  readonly isRuntimeList: boolean;
  /** By environment: flags that ask it in what is served, and the id of the revert in force. */
  readonly environments: readonly { readonly environment: string; readonly flags: readonly string[]; readonly revert?: string | undefined }[];
}

/** `GET /api/segments/:key`: its file as adopted, and every form it had, the newest first. */
export interface SegmentDetail extends SegmentListing {
  readonly file: string;
  readonly definition: string;
  readonly history: readonly PastForm[];
}

const listing = {
  key: z.string(),
  description: z.string().optional(),
  isRuntimeList: z.boolean(),
  environments: z.array(z.looseObject({ environment: z.string(), flags: z.array(z.string()), revert: z.string().optional() })),
};
export const segmentsReply = z.looseObject({ segments: z.array(z.looseObject(listing)) });
export const segmentReply = z.looseObject({
  ...listing,
  file: z.string(),
  definition: z.string(),
  history: z.array(
    z.looseObject({
      seq: z.number(),
      source: z.string().optional(),
      commit: z.string(),
      author: z.string(),
      subject: z.string(),
      atMs: z.number(),
      adoptedAtMs: z.number(),
    }),
  ),
});
