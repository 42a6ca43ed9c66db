import type { Diagnostic } from "../../diagnostic.ts";
import { BASELINE_FILE, readBaseline } from "../baseline.ts";
import { checkCode, type CodeInput, type CodeOutcome } from "./check-code.ts";

/** Code on one side of a change. */
export type CodeState = Pick<CodeInput, "known" | "files" | "baseline">;

/** A change of code, of flags that code asks for, or of both. */
interface CodeChange extends Pick<CodeInput, "guide"> {
  readonly before: CodeState;
  readonly after: CodeState;
}

/**
 * What a change brings: everything that is found at a line that it writes, and elsewhere what was not found before or has become worse. Code that only
 * moves to another file or line brings nothing.
 */
export function checkCodeChange({ guide, before, after }: CodeChange): readonly Diagnostic[] {
  const old = checkCode({ guide, ...before, baselineBefore: undefined });
  const known = before.baseline === undefined ? undefined : new Set(readBaseline(before.baseline).entries.keys());
  const now = checkCode({ guide, ...after, baselineBefore: known });
  return brought({ old, named: namesIn(before) }, { now, named: namesIn(after) });
}

type Named = (diagnostic: Diagnostic) => string;

/** What a finding says, with the text of its line: where both stand already, nobody has touched it. */
function namesIn({ files, baseline = "" }: CodeState): Named {
  const texts = new Map([...files.map(({ path, text }) => [path, text] as const), [BASELINE_FILE, baseline] as const]);
  const lines = new Map<string, readonly string[]>();
  return ({ file, line, code, severity, message }) => {
    const own = lines.get(file) ?? (texts.get(file) ?? "").split("\n");
    lines.set(file, own);
    return [code, severity, message, (own[line - 1] ?? "").trim()].join("\n");
  };
}

function brought(
  { old, named: oldName }: { readonly old: CodeOutcome; readonly named: Named },
  { now, named }: { readonly now: CodeOutcome; readonly named: Named },
): readonly Diagnostic[] {
  const isKnown = knownSizes(old);
  const single = now.diagnostics.filter((one) => !isKnown(one, now));
  const [here, anywhere] = [new Map<string, number>(), new Map<string, number>()];
  for (const one of old.diagnostics) count(here, `${one.file}\n${oldName(one)}`, 1);
  // In the same file first, so that of what was copied the copy is the new one.
  const rest = single.filter((one) => !taken(here, `${one.file}\n${named(one)}`));
  for (const [name, times] of here) count(anywhere, name.slice(name.indexOf("\n") + 1), times);
  return rest.filter((one) => !taken(anywhere, named(one)));
}

/** Whether a finding about a flag as a whole was told before of as much, and not as less. */
function knownSizes(old: CodeOutcome): (one: Diagnostic, now: CodeOutcome) => boolean {
  const known = new Map([...old.sizes].map(([one, { flag, size }]) => [flag, { size, isError: one.severity === "error" }] as const));
  return (one, now) => {
    const own = now.sizes.get(one);
    const before = own && known.get(own.flag);
    return own !== undefined && before !== undefined && own.size <= before.size && (one.severity === "warning" || before.isError);
  };
}

function count(counts: Map<string, number>, name: string, times: number): void {
  counts.set(name, (counts.get(name) ?? 0) + times);
}

function taken(counts: Map<string, number>, name: string): boolean {
  const left = counts.get(name) ?? 0;
  if (left > 0) counts.set(name, left - 1);
  return left > 0;
}
