import * as z from "zod";
import { command } from "./bodies.ts";

const name = z.string().min(1).max(200);
const words = z.string().max(2_000);
/** One line of text that every database takes: no control character, none that turns the direction of writing, no half of a character. */
const line = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u, "holds a control character");

/** Base64 characters of the largest CSV: 8 MiB of file. */
export const CSV_BASE64_CHARS_MAX: number = Math.ceil((8 * 2 ** 20) / 3) * 4;

/** `POST /api/customers`: a new customer, or with its id an edit, which says everything. A key is never edited. */
export const saveCustomerBody = z.strictObject({
  command,
  customer: name.optional(),
  key: line.min(1),
  name: line.trim().min(1),
  /** IANA name; absent where nobody knows it. */
  zone: name.optional(),
  track: z.enum(["internal", "early", "standard", "late"]),
  tags: z.array(line.min(1).max(100)).max(50).default([]),
  /** Account id; absent where nobody looks after the customer. */
  owner: name.optional(),
  reason: words.optional(),
});
/** `POST /api/customers/import`: with `dryRun` what a CSV would change; without, exactly that, bound by the `hash` that the dry run gave. */
export const importCustomersBody = z.strictObject({
  command,
  base64: z.base64().max(CSV_BASE64_CHARS_MAX),
  dryRun: z.boolean(),
  hash: z.string().max(64).optional(),
  reason: words.optional(),
});
/** `POST /api/customers/:id/erase`: its name, key and contacts are deleted for good; what was decided stays, nameless. */
export const eraseCustomerBody = z.strictObject({ command, reason: words.optional() });
/** `POST /api/customers/:id/merge`: this one is gone afterwards, and `into` stays as it is. */
export const mergeCustomerBody = z.strictObject({ command, into: name, reason: words.optional() });
