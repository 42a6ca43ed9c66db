import * as z from "zod";
import { isMachineCommand, KILL_TARGETS } from "@sluice/releases";
import type { Problem } from "./error-catalogue.ts";

/** Keys of flags, ids and environments: far above any style's limit, far below what could hurt. */
const NAME_CHARS_MAX = 200;
export const name: z.ZodString = z.string().min(1).max(NAME_CHARS_MAX);
/** As the log has it, of whoever: of characters that every database and hash takes as they are. */
export const loggedCommand: z.ZodString = z
  .string()
  .min(8)
  .max(100)
  .regex(/^[\x21-\x7e]+$/, "is of printable ASCII without spaces");
/** Whoever asks makes it, and it is a key of the log for ever: none that Sluice will want for a decision of its own. */
export const command: z.ZodString = loggedCommand.refine(
  (text) => !isMachineCommand(text),
  "has a form that Sluice keeps for its own decisions: choose another, best a random one",
);
/** Names of outcomes, as guards name them. */
export const outcomeName: z.ZodString = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
/** No NUL, which PostgreSQL takes nowhere, no other control character and no half of a character. */
export const PLAIN: RegExp = /^[^\p{Cc}\p{Cs}]*$/u;
/** Keys that no flag can have are left out: one of them must not keep the others from being noted. */
export const plainOnly = (keys: readonly string[]): readonly string[] => keys.filter((key) => PLAIN.test(key));
export const words: z.ZodString = z.string().max(2_000);
/** What people are to click on: an address of the web, and nothing that a browser would run. */
export const link: z.ZodString = words
  .regex(/^https?:\/\/[\x21-\x7e]+$/, "is no link: one begins with https:// or http:// and has no spaces")
  .refine((text) => URL.canParse(text), "is no address that could be opened");

export const killScope = z.strictObject({
  customers: z.array(z.string().max(64)).max(1_000).optional(),
  segment: name.optional(),
  services: z.array(name).max(1_000).optional(),
  versions: z.string().max(200).optional(),
});

/** What a bulk kill is aimed at, instead of flags by name. */
export const killTarget = z.strictObject({ kind: z.enum(KILL_TARGETS), name });

/** `POST /api/kills`. */
const killFields = z.strictObject({
  command,
  environment: name,
  flags: z.array(name).min(1).max(500).optional(),
  of: killTarget.optional(),
  scope: killScope.optional(),
  /** Customers by the key that applications send; the server puts their hashes into the scope. */
  customers: z.array(name).min(1).max(1_000).optional(),
  reason: words.optional(),
  incident: link.optional(),
  reviewAtMs: z.number().int().positive().optional(),
});

export const killBody = killFields
  .refine(({ flags, of }) => (flags === undefined) !== (of === undefined), { path: ["flags"], error: "is needed, or `of`, and not both" })
  .refine(({ scope, customers }) => scope?.customers === undefined || customers === undefined, {
    path: ["customers"],
    error: "is given, and scope.customers too: name customers by key or by hash, not both",
  });

/** `POST /api/drills`. */
export const drillBody = z.strictObject({ command, environment: name });
/** `POST /api/kills/:id/lift`, `POST /api/kills/:id/refuse-lift`. */
export const liftBody = z.strictObject({ command, reason: words.optional() });
/** `POST /api/kills/:id/keep`: for how long it does not ask again, at most 90 days. */
export const keepKillBody = z.strictObject({ command, hours: z.number().int().min(1).max(2_160), reason: words.optional() });
/** `POST /api/kills/:id/undo` and others that only need to be told apart. */
export const commandBody = z.strictObject({ command });
export const signInBody = z.strictObject({ email: z.string().min(3).max(200).regex(PLAIN), password: z.string().min(1).max(200) });
export const firstSignInBody = z.strictObject({
  once: z.string().min(16).max(200),
  email: z.email().max(200),
  name: z.string().trim().min(1).max(100).regex(PLAIN, "holds a control character"),
  password: z.string().min(12).max(200),
});

/** `POST /sdk/v1/confirm`. Unknown fields are ignored: a newer SDK may say more. */
export const confirmBody = z.object({
  instance: name,
  epoch: z.string().max(64),
  seq: z.number().int().nonnegative(),
  urgent: z.array(z.string().max(64)).max(1_000).default([]),
  asked: z.array(z.string().max(NAME_CHARS_MAX)).max(500).default([]).transform(plainOnly),
  unknown: z.array(z.string().max(NAME_CHARS_MAX)).max(500).default([]),
});

const count = z.number().int().nonnegative().max(1_000_000_000);

/** `POST /sdk/v1/telemetry`: what a process has seen since the batch before. Unknown fields are ignored: a newer SDK may say more. */
export const telemetryBody = z.object({
  instance: name,
  /** Grows by one with each: one that was taken already is not counted again. */
  batch: z.number().int().positive(),
  outcomes: z
    .array(
      z.object({
        flag: name,
        variant: name,
        outcome: outcomeName,
        customer: z.string().regex(/^[0-9a-f]{16}$/),
        ok: count,
        failed: count,
      }),
    )
    .max(1_000)
    .default([]),
  /** Counted and not sent, for want of memory. */
  droppedOutcomes: count.default(0),
  /** How often each answer was given. Without a variant it was the code's default, and `cause` says why. */
  answers: z
    .array(
      z.object({
        flag: z.string().min(1).max(NAME_CHARS_MAX),
        variant: z.string().max(NAME_CHARS_MAX).optional(),
        reason: z.enum(["DISABLED", "TARGETING_MATCH", "SPLIT", "STATIC", "DEFAULT", "ERROR"]),
        cause: z.enum(["unknownFlag", "wrongType", "noSnapshot"]).optional(),
        /** Its hash, where the application asked for counts by customer. */
        customer: z
          .string()
          .regex(/^[0-9a-f]{16}$/)
          .optional(),
        count,
      }),
    )
    .max(1_000)
    .default([]),
  /** Given and counted with no other, for want of memory. */
  droppedAnswers: count.default(0),
  /** What the process serves as it sends this. */
  applied: z.object({ epoch: z.string().max(64), seq: z.number().int().nonnegative() }).optional(),
});

/**
 * A batch as fan-out processes pass it on. `isOfPages`: it is what pages have said, each for the customer of its signed token alone; no SDK key says that
 * of a batch, because then many customers are one process's word.
 */
export const passedBatch = telemetryBody.extend({ isOfPages: z.boolean().optional() });

/** `POST /internal/v1/asked`. */
export const askedBody = z.object({ environment: name, keys: z.array(name).max(10_000).transform(plainOnly) });

export type KillBody = z.infer<typeof killBody>;
export type TelemetryBody = z.infer<typeof telemetryBody>;
export type PassedBatch = z.infer<typeof passedBatch>;
export type ConfirmBody = z.infer<typeof confirmBody>;

/** What stands behind the question mark of a request's URL. */
export const queryOf = ({ url }: { readonly url: string }): URLSearchParams => new URLSearchParams(url.split("?")[1] ?? "");

/** Reads a JSON body by its schema: the value, or a problem that names the field. */
export function readBody<T>(
  schema: z.ZodType<T>,
  bytes: Uint8Array,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem } {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return {
      ok: false,
      problem: { code: "badRequest", message: "The body is not JSON.", fix: "Send UTF-8 JSON with the header content-type: application/json." },
    };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".") ?? "";
  return {
    ok: false,
    problem: {
      code: "badRequest",
      message: `${field === "" ? "The body" : field}: ${issue?.message ?? "is not as expected"}.`,
      fix: "See docs/protocol.md for what this address takes.",
      ...(field === "" ? {} : { field }),
    },
  };
}
