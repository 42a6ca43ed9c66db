import type { JsonValue } from "@sluice/evaluation";
import * as z from "zod";
import { command, PLAIN } from "./bodies.ts";

/** Wishes of one change: what a person reads before it is sent. */
export const EDITS_MAX = 50;
const RULES_MAX = 200;
/** All of a change, in bytes of its body. */
export const EDIT_BYTES: number = 256 << 10;

const name = z.string().min(1).max(200).regex(PLAIN, "holds a control character");
const line = (chars: number): z.ZodString => z.string().trim().min(1).max(chars).regex(PLAIN, "holds a control character");
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "is a date such as 2026-12-31");
const json: z.ZodType<JsonValue> = z.json();

const rule = z.union([
  z.strictObject({ keep: z.number().int().nonnegative() }),
  z.strictObject({ id: line(100).optional(), description: line(1_000).optional(), if: json.optional(), serve: json }),
]);

/** One wish. What people decided at run time is named by its id; the server says what that means for the files. */
export const editBody = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("facts"),
    flag: name,
    set: z.strictObject({
      description: line(2_000).optional(),
      owner: line(200).optional(),
      ticket: line(200).nullable().optional(),
      expires: date.nullable().optional(),
      tags: z.array(line(100)).max(50).optional(),
    }),
  }),
  z.strictObject({ kind: z.literal("variants"), flag: name, set: z.record(name, json) }),
  z.strictObject({ kind: z.literal("serving"), flag: name, environment: name, default: name.optional(), rules: z.array(rule).max(RULES_MAX).optional() }),
  z.strictObject({ kind: z.literal("killToFile"), kill: name }),
  z.strictObject({ kind: z.literal("revertToFile"), revert: name }),
  z.strictObject({ kind: z.literal("takeBack"), flag: name, environment: name }),
  z.strictObject({ kind: z.literal("releaseToDefault"), release: name }),
]);
export type EditBody = z.infer<typeof editBody>;

const edits = z.array(editBody).min(1).max(EDITS_MAX);
/** Where a change was made on: what `POST /api/changes/preview` said. */
const base = z.strictObject({
  commit: z.string().regex(/^[0-9a-f]{40,64}$/, "is a commit"),
  files: z.record(
    z.string().min(1).max(500),
    z.string().regex(/^(?:[0-9a-f]{40,64})?$/, "is the id of a content, or nothing for a file that there is not yet"),
  ),
});

/** `POST /api/changes/preview`. */
export const previewChangeBody = z.strictObject({ edits });
/** `POST /api/changes`. `draft`: the draft that it was, which ends. */
export const submitChangeBody = z.strictObject({ command, edits, base, title: line(72).optional(), draft: name.optional() });
/** `POST /api/drafts`: a new one, or with `draft` as it is from here on. */
export const saveDraftBody = z.strictObject({ command, draft: name.optional(), title: line(72).optional(), edits });

export type SubmitChange = z.infer<typeof submitChangeBody>;
export type SaveDraft = z.infer<typeof saveDraftBody>;
