import { canonicalJson, type JsonValue } from "@sluice/evaluation";
import type { TextEdit } from "../diagnostic.ts";
import { partPlace } from "../environment-part.ts";
import { jsonOf } from "../fields.ts";
import { FLAG_ORDER } from "../format-file.ts";
import { MARK } from "../unread-file.ts";
import type { Tree } from "../yaml-tree.ts";
import { editItems, type ItemWanted } from "./edit-list.ts";
import { contentEnd, entryEnd, lineEndOf, type MapTree, putEntry, removeEntry } from "./edit-map.ts";
import { asEntry, asPart, columnOf, environmentEntry, headerEnd } from "./environment-text.ts";
import type { Edited, FlagEdit, FlagFacts, RuleWanted } from "./flag-edit.ts";
import { treeIn } from "./read-map.ts";
import { flowOf, nameInFlow, textOnALine } from "./yaml-words.ts";

type Json = Readonly<Record<string, JsonValue>>;

/**
 * The text of a flag's file, or of a part of it, with these edits, in order. In a part the environment is the whole file. Every byte outside the fields they name stays: comments, line ends, indentation, quotes.
 * What the file then says is read again and held against what it should say, so an edit that cannot be made without loss is refused. Never throws.
 */
export function editFlagText(path: string, text: string, edits: readonly FlagEdit[]): Edited {
  let now = text;
  for (const edit of edits) {
    const done = editOnce(path, now, edit);
    if (!done.ok) return done;
    now = done.text;
  }
  return { ok: true, text: now };
}

/** What a definition file says, as plain JSON; `undefined` where it cannot be read. Never throws. */
export function fileJson(path: string, text: string): JsonValue | undefined {
  const tree = treeIn(path, text);
  return tree && jsonOf(tree);
}

function editOnce(path: string, text: string, edit: FlagEdit): Edited {
  const before = treeIn(path, text);
  if (before === undefined) return { ok: false, why: "unread" };
  const wanted = expected(before, edit, path);
  if (wanted === undefined) return { ok: false, why: edit.kind === "environmentOf" ? "notTouched" : "unknownRule" };
  for (const steps of waysOf(path, edit)) {
    const after = stepped(path, text, steps);
    const said = after === undefined ? undefined : treeIn(path, after);
    if (after !== undefined && said !== undefined && canonicalJson(jsonOf(said)) === canonicalJson(wanted)) return { ok: true, text: after };
  }
  return { ok: false, why: "notTouched" };
}

/** One field after the other: each looks at the text as the one before left it. */
function stepped(path: string, text: string, steps: readonly Step[]): string | undefined {
  const mark = text.startsWith(MARK) ? MARK : "";
  let body = text.slice(mark.length);
  for (const step of steps) {
    const tree = treeIn(path, body);
    const made = tree && step(body, tree);
    if (made === undefined) return undefined;
    body = body.slice(0, made.start) + made.text + body.slice(made.end);
  }
  return mark + body;
}

type Step = (text: string, file: MapTree) => TextEdit | undefined;

/** Ways to make an edit, the one that keeps most first: the first that says what it should is taken. */
function waysOf(path: string, edit: FlagEdit): readonly (readonly Step[])[] {
  return edit.kind === "environmentOf" ? environmentWays(path, edit) : [stepsOf(path, edit)];
}

function stepsOf(path: string, edit: Exclude<FlagEdit, { readonly kind: "environmentOf" }>): readonly Step[] {
  switch (edit.kind) {
    case "facts":
      return Object.entries(edit.set).flatMap(([key, value]: [string, FlagFacts[keyof FlagFacts]]) => (value === undefined ? [] : [factStep(key, value)]));
    case "variants":
      return Object.entries(edit.set).map(([name, value]) => variantStep(name, value));
    case "serving": {
      const { environment, default: usual, rules } = edit;
      return [
        // An environment that the file does not list serves the off variant; the server says which that is.
        ...(usual === undefined
          ? []
          : [
              inEnvironment(path, { environment, usual }, (text, own) =>
                says(own, "default", usual) ? nothing : putEntry(text, own, { key: "default", value: nameInFlow(usual) }),
              ),
            ]),
        ...(rules === undefined ? [] : [inEnvironment(path, { environment }, (text, own) => rulesEdit(text, own, rules))]),
      ];
    }
  }
}

const fieldOrder = (key: string): readonly string[] => FLAG_ORDER.slice(0, Math.max(0, (FLAG_ORDER as readonly string[]).indexOf(key)));

function factStep(key: string, value: string | null | readonly string[]): Step {
  return (text, file) => {
    if (value === null || (Array.isArray(value) && value.length === 0)) return removeEntry(text, file, key);
    if (typeof value === "string") {
      if (says(file, key, value)) return nothing;
      const isFlow = text[file.span.start] === "{";
      return putEntry(text, file, { key, value: isFlow ? flowOf(value) : textOnALine(value), after: fieldOrder(key) });
    }
    const known = valueAt(file, key);
    return (
      (known?.kind === "list" ? editItems(text, known, wantedItems(known, value)) : undefined) ??
      putEntry(text, file, { key, value: flowOf([...value]), after: fieldOrder(key) })
    );
  };
}

/** Tags that stay keep their place in the file, in whichever order they are asked for. */
function wantedItems(list: Extract<Tree, { readonly kind: "list" }>, texts: readonly string[]): readonly ItemWanted[] {
  const written = list.items.map((item) => (item.kind === "value" ? String(item.value) : ""));
  const kept = written.flatMap((one, keep) => (texts.includes(one) ? [{ keep }] : []));
  return [...kept, ...texts.filter((one) => !written.includes(one)).map((one) => ({ lines: [flowOf(one)], flow: flowOf(one) }))];
}

function variantStep(name: string, value: JsonValue): Step {
  return (text, file) => {
    const variants = valueAt(file, "variants");
    if (variants?.kind !== "map") {
      // A boolean flag need not say that it is on or off.
      const all = { on: true, off: false, [name]: value };
      return putEntry(text, file, { key: "variants", value: flowOf(all), after: fieldOrder("variants") });
    }
    return value === null ? removeEntry(text, variants, name) : putEntry(text, variants, { key: nameInFlow(name), value: flowOf(value) });
  };
}

function inEnvironment(path: string, { environment, usual }: { readonly environment: string; readonly usual?: string }, step: Step): Step {
  if (partPlace(path) !== undefined) return step;
  return (text, file) => {
    const places = valueAt(file, "environments");
    if (places?.kind !== "map") return undefined;
    const own = valueAt(places, environment);
    if (own?.kind === "map") return step(text, own);
    return usual === undefined ? undefined : putEntry(text, places, { key: environment, value: `{ default: ${nameInFlow(usual)} }` });
  };
}

function rulesEdit(text: string, own: MapTree, rules: readonly RuleWanted[]): TextEdit | undefined {
  const known = valueAt(own, "rules");
  if (rules.length === 0) return removeEntry(text, own, "rules");
  const wanted = rules.map((rule): ItemWanted => ("keep" in rule ? rule : { lines: ruleLines(rule), flow: flowOf(ruleJson(rule)) }));
  if (known?.kind === "list" && known.items.length > 0) return editItems(text, known, wanted);
  const all = rules.flatMap((rule) => ("keep" in rule ? [] : [ruleJson(rule)]));
  return putEntry(text, own, { key: "rules", value: flowOf(all), after: ["prerequisites", "default"] });
}

type NewRule = Exclude<RuleWanted, { readonly keep: number }>;

function ruleJson({ id, description, if: condition, serve }: NewRule): Json {
  return {
    ...(id === undefined ? {} : { id }),
    ...(description === undefined ? {} : { description }),
    ...(condition === undefined ? {} : { if: condition }),
    serve,
  };
}

const ruleLines = (rule: NewRule): readonly string[] =>
  Object.entries(ruleJson(rule)).map(([key, value]) => `${key}: ${typeof value === "string" && key === "description" ? textOnALine(value) : flowOf(value)}`);

/** What says it already keeps its quotes. */
const nothing: TextEdit = { start: 0, end: 0, text: "" };

function says(map: MapTree, key: string, text: string): boolean {
  const known = valueAt(map, key);
  return known?.kind === "value" && known.value === text;
}

const valueAt = (map: MapTree, key: string): Tree | undefined => map.entries.find((entry) => entry.key === key)?.value;

type EnvironmentEdit = Extract<FlagEdit, { readonly kind: "environmentOf" }>;

function environmentWays(path: string, edit: EnvironmentEdit): readonly (readonly Step[])[] {
  const { environment, said, after = [] } = edit;
  if (said === undefined) return [[(text, file) => removeEnvironment(text, file, environment)]];
  if (partPlace(path) !== undefined) return asPart(said).map((lines) => [(text: string, file: MapTree) => withContents(text, file, lines)]);
  // Where its lines stand is known by then; there are as many ways wherever that is.
  return asEntry(said, 0).map((_, way) => [
    (text: string, file: MapTree): TextEdit | undefined => {
      const written = asEntry(said, columnIn(text, file, environment))[way] ?? "";
      const target = environmentEntry(file, environment);
      const start = target?.keySpan.end ?? 0;
      if (target !== undefined) return { start, end: entryEnd(text, target), text: withLineEnds(written, lineEndOf(text, start)) };
      const places = valueAt(file, "environments");
      const put = places?.kind === "map" ? putEntry(text, places, { key: environment, value: written.slice(1).replace(/^ +/, ""), after }) : undefined;
      return put && { ...put, text: withLineEnds(put.text, lineEndOf(text, put.start)) };
    },
  ]);
}

const withLineEnds = (text: string, lineEnd: string): string => text.replaceAll(/\r?\n/g, lineEnd);

/** All that a part says, written anew below its top. */
function withContents(text: string, file: MapTree, lines: string): TextEdit {
  const start = headerEnd(text, file);
  return { start, end: contentEnd(text, file.span), text: withLineEnds(lines, lineEndOf(text, start)) };
}

/** Where the fields of an environment stand in this file: as they do now, else as those of another, else two further in than its name. */
function columnIn(text: string, file: MapTree, environment: string): number {
  const places = valueAt(file, "environments");
  const all = places?.kind === "map" ? places.entries : [];
  const known = all.find(({ key }) => key === environment);
  const other = [...(known === undefined ? [] : [known]), ...all].find(({ value }) => value.kind === "map" && text[value.span.start] !== "{");
  if (other?.value.kind === "map") return columnOf(text, other.value);
  return (places?.kind === "map" ? columnOf(text, places) : 0) + 2;
}

/** The last one leaves brackets: a flag says where it is served, if nowhere. */
function removeEnvironment(text: string, file: MapTree, environment: string): TextEdit | undefined {
  const places = valueAt(file, "environments");
  if (places?.kind !== "map") return undefined;
  const isLast = places.entries.every(({ key }) => key === environment);
  return isLast ? putEntry(text, file, { key: "environments", value: "{}" }) : removeEntry(text, places, environment);
}

/** What the file must say afterwards, as plain JSON; `undefined` where the edit names something that is not there. */
function expected(file: MapTree, edit: FlagEdit, path: string): JsonValue | undefined {
  const before = objectOf(jsonOf(file));
  switch (edit.kind) {
    case "facts":
      return Object.entries(edit.set).reduce<Json>((now, [key, value]: [string, FlagFacts[keyof FlagFacts]]) => {
        if (value === undefined) return now;
        if (value === null || value.length === 0) return without(now, key);
        return { ...now, [key]: typeof value === "string" ? value : tagsAfter(now[key], value) };
      }, before);
    case "variants": {
      const variants = objectOf(before["variants"] ?? { on: true, off: false });
      const set = Object.entries(edit.set).reduce((now, [name, value]) => (value === null ? without(now, name) : { ...now, [name]: value }), variants);
      return { ...before, variants: set };
    }
    case "serving": {
      if (partPlace(path) !== undefined) return servingAfter(before, edit);
      const places = objectOf(before["environments"]);
      const own = objectOf(places[edit.environment]);
      const next = servingAfter(own, edit);
      return next === undefined ? undefined : { ...before, environments: { ...places, [edit.environment]: next } };
    }
    case "environmentOf": {
      if (partPlace(path) !== undefined) return edit.said?.value;
      const places = objectOf(before["environments"]);
      if (edit.said !== undefined) return { ...before, environments: { ...places, [edit.environment]: edit.said.value } };
      return edit.environment in places ? { ...before, environments: without(places, edit.environment) } : undefined;
    }
  }
}

function tagsAfter(known: JsonValue | undefined, wanted: readonly string[]): JsonValue {
  const before = Array.isArray(known) ? known.map(String) : [];
  return [...before.filter((tag) => wanted.includes(tag)), ...wanted.filter((tag) => !before.includes(tag))];
}

function servingAfter(own: Json, { default: usual, rules }: Extract<FlagEdit, { readonly kind: "serving" }>): Json | undefined {
  const withDefault = usual === undefined ? own : { ...own, default: usual };
  if (rules === undefined) return withDefault;
  const before = Array.isArray(own["rules"]) ? own["rules"] : [];
  if (rules.length === 0) return without(withDefault, "rules");
  if (rules.some((rule) => "keep" in rule && before[rule.keep] === undefined)) return undefined;
  return { ...withDefault, rules: rules.map((rule) => ("keep" in rule ? (before[rule.keep] ?? null) : ruleJson(rule))) };
}

const isObject = (value: JsonValue | undefined): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const objectOf = (value: JsonValue | undefined): Json => (isObject(value) ? value : {});
const without = (object: Json, key: string): Json => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
