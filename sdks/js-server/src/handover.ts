import { type Compiled, type Context, evaluate, type JsonValue, type Result, snapshotOf } from "@sluice/evaluation";
import { shownContext } from "./context-token.ts";

/** One flag as a page gets it. */
export interface HandoverAnswer {
  readonly value: JsonValue;
  readonly variant: string;
  readonly reason: string;
}

/** What a server renders a page with, for the page to begin with: its person's answers, and no word about the person. */
export interface Handover {
  readonly environment: string;
  readonly epoch: string;
  readonly seq: number;
  /** The subject of a token for the same context. */
  readonly subject: string;
  readonly answers: Readonly<Record<string, HandoverAnswer>>;
}

/** Made once for each version: finding them takes as long as there are flags. */
const pageKeys = new WeakMap<Compiled, readonly string[]>();

/** The answers of the flags that browsers may see. A problem says why the context cannot be shown by a page. */
export function handoverOf(compiled: Compiled, context: Context): Result<Handover, string> {
  const shown = shownContext(context);
  if (!shown.ok) return shown;
  const keys = pageKeys.get(compiled) ?? keysForPages(compiled);
  pageKeys.set(compiled, keys);
  const answers: [string, HandoverAnswer][] = [];
  for (const key of keys) {
    const { value, variant, reason } = evaluate(compiled, key, context);
    if (value !== undefined && variant !== undefined) answers.push([key, { value, variant, reason }]);
  }
  const { epoch, seq } = compiled.version;
  return { ok: true, value: { environment: compiled.environment, epoch, seq, subject: shown.value.sub, answers: Object.fromEntries(answers) } };
}

function keysForPages(compiled: Compiled): readonly string[] {
  const { flags } = snapshotOf(compiled);
  return Object.keys(flags)
    .filter((key) => flags[key]?.browser === true)
    .sort();
}
