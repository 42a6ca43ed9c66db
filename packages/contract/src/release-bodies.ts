import * as z from "zod";
import { command } from "./bodies.ts";

const NAME_CHARS_MAX = 200;
const name = z.string().min(1).max(NAME_CHARS_MAX);
const words = z.string().max(2_000);
const instant = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
/** Customers that one body may list. */
const CUSTOMERS_MAX = 10_000;

const audience = z.strictObject({
  tracks: z
    .array(z.enum(["internal", "early", "standard", "late"]))
    .min(1)
    .max(4)
    .optional(),
  tags: z.array(name).min(1).max(50).optional(),
  customers: z.array(name).min(1).max(CUSTOMERS_MAX).optional(),
  share: z.number().int().min(1).max(100_000).optional(),
});

const wave = z.strictObject({
  name: name.max(120),
  audience,
  start: z.union([z.strictObject({ atMs: instant }), z.strictObject({ local: z.string().max(19) })]),
  bakeMs: z.number().int().nonnegative(),
});

/** A release's plan as it travels; `decideSaveRelease` checks what it means. */
export const releaseContent = z.strictObject({
  title: z.string().max(200),
  why: words.optional(),
  owner: name,
  environment: name,
  flags: z.array(z.strictObject({ flag: name, serve: name })).max(50),
  risk: z.enum(["invisible", "minor", "visible", "workflowChanging"]),
  zone: name,
  waves: z.array(wave).max(50),
  needs: z
    .array(z.strictObject({ service: name, version: name }))
    .max(50)
    .optional(),
  approvals: z
    .array(z.enum(["engineer", "product", "marketing", "customerSuccess"]))
    .max(4)
    .optional(),
  openHours: z.strictObject({ days: z.array(z.number().int()).max(7), fromMinute: z.number().int(), toMinute: z.number().int() }).optional(),
  earlyAccessFromMs: instant.optional(),
});

/** `POST /api/releases`: a new release, or an edit of one. `owner` may be left out of a new one: whoever makes it owns it. */
export const saveReleaseBody = z.strictObject({
  command,
  release: name.optional(),
  expectedHash: z.string().max(64).optional(),
  content: releaseContent.extend({ owner: name.optional() }),
  reason: words.optional(),
});
/** `POST /api/releases/:id/revert`: to a plan as it was saved at that place of the log; with `dryRun` nothing happens. */
export const revertPlanBody = z.strictObject({
  command,
  toSeq: z.number().int().positive(),
  expectedHash: z.string().max(64),
  dryRun: z.boolean().optional(),
  reason: words.optional(),
});
/** `POST /api/releases/dry-run`. */
export const dryRunBody = z.strictObject({ release: name.optional(), content: releaseContent.extend({ owner: name.optional() }) });
/** `POST /api/releases/:id/plan`, `pause`, `resume`, `cancel`, `roll-back`. */
export const steerBody = z.strictObject({ command, reason: words.optional() });
/** `POST /api/releases/:id/approve`. */
export const approveBody = z.strictObject({
  command,
  as: z.enum(["engineer", "product", "marketing", "customerSuccess"]),
  contentHash: z.string().max(64),
  untilMs: instant.optional(),
  reason: words.optional(),
});
/** `POST /api/releases/:id/ask-change`: as an approval, and what should be another way. */
export const askChangeBody = approveBody.omit({ untilMs: true }).extend({ reason: words.min(1) });
/** `POST /api/releases/:id/move-wave`. */
export const moveWaveBody = z.strictObject({ command, wave: z.number().int().nonnegative(), startAtMs: instant, reason: words.optional() });
/** `POST /api/releases/:id/move-wave/dry-run`. */
export const dryMoveBody = z.strictObject({ wave: z.number().int().nonnegative(), startAtMs: instant });
/** `POST /api/releases/:id/opt-in` and `opt-out`. */
export const optInBody = z.strictObject({ command, customer: name, untilMs: instant.optional(), reason: words.optional() });
/** `POST /api/pins`. The customer by its id, or by the key that applications send. */
export const pinBody = z
  .strictObject({
    command,
    environment: name,
    flag: name,
    customer: name.optional(),
    customerKey: z.string().max(NAME_CHARS_MAX).optional(),
    serve: name,
    untilMs: instant,
    reason: words.min(1),
  })
  .refine(({ customer, customerKey }) => (customer === undefined) !== (customerKey === undefined), {
    path: ["customer"],
    message: "must be given, as `customer` or as `customerKey`, and not as both",
  });
/** `POST /api/holds`. */
export const holdBody = z.strictObject({
  command,
  environment: name,
  customers: z.array(name).min(1).max(CUSTOMERS_MAX),
  fromMs: instant,
  untilMs: instant,
  releases: z.array(name).max(500).optional(),
  risks: z
    .array(z.enum(["invisible", "minor", "visible", "workflowChanging"]))
    .max(4)
    .optional(),
  reason: words.min(1),
});
/** `POST /api/holds/dry-run`. */
export const dryHoldBody = holdBody.omit({ command: true, reason: true });
/** `POST /api/freezes`. */
export const freezeBody = z.strictObject({
  command,
  environment: name,
  fromMs: instant,
  untilMs: instant,
  policy: z.enum(["ask", "shift"]).default("ask"),
  reason: words.min(1),
});
/** `POST /api/deployments`: what a pipeline says after a deployment that succeeded. */
export const deploymentBody = z.strictObject({ command, service: name, environment: name, version: name, commit: z.string().max(64).optional() });
/** `POST /api/enlargements`: let through or refuse exactly the form that was looked at, by the `form` hash of the list. */
export const enlargementBody = z.strictObject({
  command,
  environment: name,
  flag: name,
  form: z.string().max(64),
  isAccepted: z.boolean(),
  reason: words.optional(),
});
