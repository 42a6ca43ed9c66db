import type { ReactElement } from "react";
import type { FormerKey } from "@sluice/contract";
import { longDay, whenOf } from "../data/when.ts";

/** For how long a name is answered that nobody asks for, once its file does not name it: as for a deleted flag. */
const ASKED_WITHIN_MS = 30 * 24 * 3_600_000;

/** Names that the flag had before, when somebody last asked for each, and when it can go. */
export function FormerKeys({ keys, nowMs }: { readonly keys: readonly FormerKey[]; readonly nowMs: number }): ReactElement {
  return (
    <>
      {keys.map((former) => (
        <p className="small muted" key={former.key}>
          Also answers to <code>{former.key}</code>, {askedWords(former, nowMs)}
        </p>
      ))}
    </>
  );
}

function askedWords({ lastAskedMs }: FormerKey, nowMs: number): string {
  if (lastAskedMs === undefined) return "which no program has asked for: it can be taken out of the file.";
  const asked = `last asked for ${whenOf(lastAskedMs, nowMs)}`;
  if (nowMs - lastAskedMs >= ASKED_WITHIN_MS) return `${asked}: it can be taken out of the file.`;
  return `${asked}. It can be taken out of the file on ${longDay(lastAskedMs + ASKED_WITHIN_MS)}, if no program asks for it until then.`;
}
