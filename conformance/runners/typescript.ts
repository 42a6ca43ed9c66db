// The TypeScript evaluator behind the runner protocol (conformance/PROTOCOL.md): reads requests from standard input, writes replies.
import { createInterface } from "node:readline";
import {
  compilePatch,
  compileSnapshot,
  compileUrgent,
  type Compiled,
  customerHash,
  decodePatch,
  decodeUrgentKill,
  evaluate,
  noSnapshot,
  openSnapshot,
  slot,
  snapshotOf,
  type UrgentKill,
} from "@sluice/evaluation";
import type { Reply, Request } from "../protocol.ts";

let compiled: Compiled | undefined;
let urgent: readonly UrgentKill[] = [];

/** What cannot be read is left out: a list of urgent kills is read one by one, as a stream brings them. */
function readUrgent(texts: readonly string[]): readonly UrgentKill[] {
  return texts.flatMap((text) => {
    const decoded = decodeUrgentKill(text);
    return decoded.ok ? [decoded.value] : [];
  });
}

function reply(request: Request): Reply {
  switch (request.do) {
    case "load": {
      const snapshot = openSnapshot(Buffer.from(request.snapshot));
      urgent = readUrgent(request.urgent);
      compiled = snapshot.ok ? compileSnapshot(snapshot.value, { asker: request.asker, urgent }) : undefined;
      return { ok: snapshot.ok && urgent.length === request.urgent.length };
    }
    case "patch": {
      const patch = decodePatch(request.patch);
      const next = patch.ok && compiled !== undefined ? compilePatch(compiled, patch.value, urgent) : undefined;
      if (next?.ok === true) compiled = next.value;
      return { ok: next?.ok === true };
    }
    case "urgent":
      urgent = readUrgent(request.urgent);
      if (compiled !== undefined) compiled = compileUrgent(compiled, urgent);
      return { ok: urgent.length === request.urgent.length };
    case "ask": {
      const context = typeof request.context === "object" && request.context !== null ? { ...request.context } : {};
      return { answer: compiled === undefined ? noSnapshot : evaluate(compiled, request.flag, context) };
    }
    case "slot":
      return { slot: slot(request.salt, request.unit) };
    case "hash":
      return { hash: customerHash(request.salt, request.key) };
  }
}

// A snapshot that was patched must still be writable: nothing else looks at it here.
for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  process.stdout.write(`${JSON.stringify(reply(JSON.parse(line) as Request))}\n`);
  if (compiled !== undefined && line.startsWith('{"do":"patch"')) snapshotOf(compiled);
}
