import * as z from "zod";
import { command, PLAIN } from "./bodies.ts";

const name = z.string().min(1).max(200);
/** Ids of one change, as `LIST_CHANGE_IDS_MAX` says; the decision says it in words. */
const IDS_MAX = 10_000;
const ids = z.array(z.string().min(1).max(200).regex(PLAIN, "holds a control character")).max(IDS_MAX).default([]);

/** `POST /api/lists/:key`: ids join and leave a runtime list of one environment; with `dryRun` what that would do, and nothing else. */
export const changeListBody = z.strictObject({
  command,
  environment: name,
  add: ids,
  remove: ids,
  dryRun: z.boolean().default(false),
  reason: z.string().max(2_000).optional(),
});
/** `POST /api/list-changes/:id`: let a change through that waits, or say no to it. */
export const decideListChangeBody = z.strictObject({ command, environment: name, isAccepted: z.boolean(), reason: z.string().max(2_000).optional() });

/** Bytes of a change: 10,000 ids of 200 characters, most of them of one byte. */
export const LIST_BYTES: number = 4 << 20;
