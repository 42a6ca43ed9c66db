import * as z from "zod";
import { command } from "./bodies.ts";

const name = z.string().min(1).max(200);

/** What a customer's own page may ask for: one release, taken or given back. */
const wish = z.strictObject({ command, release: name, wants: z.enum(["in", "out"]) });

/** `POST /browser/v1/early-access`. */
export const earlyAccessBody: typeof wish = wish;

/** `POST /internal/v1/early-access`: the same for the customer of a token that the public process has checked, by the customer's hash there. */
export const askedEarlyAccessBody = z.strictObject({
  environment: name,
  customerHash: z.string().regex(/^[0-9a-f]{16}$/),
  /** Who presses, as the application calls them. */
  person: z.string().max(200).optional(),
  wish: wish.optional(),
});

export type AskedEarlyAccess = z.infer<typeof askedEarlyAccessBody>;

/**
 * How one release stands with one customer, in the order in which a page shows them. `open`: can be taken now. `taken`: had early, can be
 * given back. `later`: can be taken from a day. `notReady`: what it needs does not run yet; `comesAtMs` is the plan's. `waits`: nothing new for this customer until a day. `off`: switched off for the moment.
 * `everybody`: on with a wave, so that there is nothing to give back.
 */
export const EARLY_STANDS = ["open", "taken", "later", "notReady", "waits", "off", "everybody"] as const;
export type EarlyStand = (typeof EARLY_STANDS)[number];

/** `GET /browser/v1/early-access`, and the answer to a wish. */
export const earlyAccessReply: z.ZodType<{ readonly offers: readonly EarlyOffer[] }> = z.looseObject({
  offers: z.array(
    z.looseObject({ release: z.string(), title: z.string(), stands: z.enum(EARLY_STANDS), sinceMs: z.number().optional(), comesAtMs: z.number().optional() }),
  ),
});

export interface EarlyOffer {
  readonly release: string;
  /** What customers get, as the plan says it. */
  readonly title: string;
  readonly stands: EarlyStand;
  /** Since when they have it. */
  readonly sinceMs?: number | undefined;
  /** When it comes by the plan, or when it can be taken. */
  readonly comesAtMs?: number | undefined;
}
