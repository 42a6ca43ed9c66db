import { canonicalJson, changesFor, compileSnapshot, describe, describeChange, explainChange, type Snapshot, whoChanges } from "@sluice/evaluation";
import type { Command } from "commander";
import { readEverybody } from "../everybody.ts";
import { type ContextOptions, readContext } from "../folder-snapshot.ts";
import { readSide } from "../snapshot-side.ts";
import { paint, type Terminal } from "../terminal.ts";

interface DiffOptions extends ContextOptions {
  readonly environment: string;
  readonly contexts?: string;
  readonly flag?: string;
  readonly json?: boolean;
}

/** Names that one flag's line shows. */
const NAMES_SHOWN = 10;

/** `diff` tells who gets something else after a change: one context, everybody of a file, or flags by flag. */
export function registerDiff(program: Command, terminal: Terminal): void {
  program
    .command("diff")
    .description("who gets something else: between two folders, or two snapshots")
    .argument("<before>", "folder that holds sluice.yaml, or a snapshot's JSON file")
    .argument("[after]", "the same, as it is or would be now", ".")
    .option("-e, --environment <key>", "where", "production")
    .option("-c, --context <json>", "attributes of one person or customer")
    .option("-u, --user <key>", "targetingKey")
    .option("--customer <key>", "key of the customer")
    .option("--contexts <file>", 'everybody: a JSON list of contexts, each with a "name" if it has one')
    .option("--flag <key>", "with one context: every step of this flag, before and after")
    .option("--json", "print one JSON object")
    .action((before: string, after: string, options: DiffOptions) => {
      const [was, is] = [readSide(before, options.environment), readSide(after, options.environment)];
      const lines = linesOf(was, is, options);
      if (options.json) terminal.json(lines.json);
      else for (const line of lines.text.length === 0 ? [paint(terminal, "green", "Nobody gets anything else.")] : lines.text) terminal.out(line);
    });
}

function linesOf(was: Snapshot, is: Snapshot, options: DiffOptions): { readonly text: readonly string[]; readonly json: unknown } {
  const [before, after] = [compileSnapshot(was), compileSnapshot(is)];
  if (options.contexts !== undefined) {
    const flags = whoChanges(before, after, readEverybody(options.contexts));
    return { text: flags.map(({ flag, asked, who }) => `${flag}: ${who.length} of ${asked}: ${namesOf(who.map(({ name }) => name))}`), json: { flags } };
  }
  if (options.context === undefined && options.user === undefined && options.customer === undefined) {
    const flags = changedForms(was, is);
    return { text: flags.map(({ flag, how }) => `${flag} ${how}`), json: { flags } };
  }
  const context = readContext(options, is.customer ?? "customer");
  if (options.flag !== undefined) {
    const traces = explainChange(before, after, { flag: options.flag, context });
    return { text: ["Before:", ...describe(traces.before), "After:", ...describe(traces.after)], json: traces };
  }
  const changes = changesFor(before, after, context);
  return { text: changes.map(describeChange), json: { changes } };
}

const namesOf = (names: readonly string[]): string =>
  `${names.slice(0, NAMES_SHOWN).join(", ")}${names.length > NAMES_SHOWN ? `, and ${names.length - NAMES_SHOWN} more` : ""}`;

interface FormChange {
  readonly flag: string;
  readonly how: "comes" | "goes" | "changes";
}

/** Flags whose rules differ, whoever is asked; a segment that changed counts for whatever leads to it. */
function changedForms(was: Snapshot, is: Snapshot): readonly FormChange[] {
  const changed = changedSegments(was, is);
  return [...new Set([...Object.keys(was.flags), ...Object.keys(is.flags)])].sort().flatMap((flag): readonly FormChange[] => {
    const [a, b] = [was.flags[flag], is.flags[flag]];
    if (a === undefined || b === undefined) return [{ flag, how: a === undefined ? "comes" : "goes" }];
    return canonicalJson(a) === canonicalJson(b) && !names(b, changed) ? [] : [{ flag, how: "changes" }];
  });
}

const names = (form: unknown, segments: ReadonlySet<string>): boolean => {
  const text = canonicalJson(form);
  return [...segments].some((id) => text.includes(canonicalJson(["segment", id])));
};

function changedSegments(was: Snapshot, is: Snapshot): ReadonlySet<string> {
  const forms = Object.entries({ ...was.segments, ...is.segments });
  const changed = new Set(forms.filter(([id]) => canonicalJson(was.segments?.[id] ?? null) !== canonicalJson(is.segments?.[id] ?? null)).map(([id]) => id));
  for (let size = -1; size < changed.size;) {
    size = changed.size;
    for (const [id, form] of forms) if (names(form, changed)) changed.add(id);
  }
  return changed;
}
